/**
 * Runs cases by the thousand. Worlds are built anew after so many cases, so that what led to a failure is a short series, which is cut down to what is
 * needed: mostly one case.
 *
 *   generate --> run --reached something new--> keep
 *                 \--exception--> the series since the world was new --> minimise --> finding
 */
import { CaseGenerator } from './generate.ts'
import type { FuzzTarget } from './fuzz-target.ts'
import { minimise } from './minimise.ts'

/** Cases that a world serves; later ones may hit what earlier ones left behind. */
const WORLD_CASES = 2048

export interface FuzzOptions {
  readonly cases: number
  readonly seed: number
  /** Cases to begin with: they are run first, and mutated later. */
  readonly corpus?: readonly Uint8Array[]
  readonly onProgress?: (done: number) => void
}

export interface FuzzFinding {
  /** What was thrown. */
  readonly message: string
  /** The cases that lead to it, one after another from a new world. */
  readonly series: readonly Uint8Array[]
}

export interface FuzzResult {
  readonly cases: number
  readonly chains: number
  /** Malformed rings, chains and payloads among them. */
  readonly malformed: number
  /** What was counted, by name. */
  readonly counts: ReadonlyMap<string, number>
  readonly finding: FuzzFinding | null
  /** Cases that reached a set of counters that none before had. */
  readonly kept: readonly Uint8Array[]
}

/** Reports progress after so many cases. */
const PROGRESS_EVERY = 1000

export function runFuzz(make: () => FuzzTarget, options: FuzzOptions): FuzzResult {
  const { cases, seed, corpus = [], onProgress = () => {} } = options
  const generator = new CaseGenerator(seed, corpus)
  const sum = new Sum()
  const kept: Uint8Array[] = []
  const reached = new Set<string>()
  let target = make()
  let series: Uint8Array[] = []
  let finding: FuzzFinding | null = null
  let done = 0
  for (; done < cases && finding === null; done++) {
    const bytes = done < corpus.length ? corpus[done] : generator.next()
    series.push(bytes)
    const last = done + 1 === cases || series.length === WORLD_CASES
    finding = attempt(make, series, () => {
      target.run(bytes)
      if (last) target.finish()
    })
    const signature = sum.reached(target)
    if (finding === null && !reached.has(signature)) {
      reached.add(signature)
      kept.push(bytes)
      generator.keep(bytes)
    }
    if (last && finding === null) {
      sum.add(target)
      target = make()
      series = []
    }
    if (done % PROGRESS_EVERY === 0) onProgress(done)
  }
  if (finding !== null) sum.add(target)
  const counts = new Map(target.names.map((name, i) => [name, sum.counts[i] ?? 0]))
  return { cases: done, chains: sum.chains, malformed: sum.malformed, counts, finding, kept }
}

/** Runs a series in a new world: what it throws, or null. */
export function runSeries(make: () => FuzzTarget, series: readonly Uint8Array[]): string | null {
  const target = make()
  try {
    for (const bytes of series) target.run(bytes)
    target.finish()
    return null
  } catch (error) {
    return messageOf(error)
  }
}

function attempt(make: () => FuzzTarget, series: readonly Uint8Array[], run: () => void): FuzzFinding | null {
  try {
    run()
    return null
  } catch (error) {
    const message = messageOf(error)
    return { message, series: minimise(series, message, (shorter) => runSeries(make, shorter)) }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

/** What several worlds have counted. */
class Sum {
  counts: number[] = []
  chains = 0
  malformed = 0
  private before: number[] = []

  add(target: FuzzTarget): void {
    this.counts = Array.from(target.counts, (count, i) => count + (this.counts[i] ?? 0))
    this.chains += target.chains
    this.malformed += target.malformed
    this.before = []
  }

  /** The counters that moved since it was asked last, and how far in powers of two. */
  reached({ counts }: FuzzTarget): string {
    let signature = ''
    for (let i = 0; i < counts.length; i++) {
      const fresh = counts[i] - (this.before[i] ?? 0)
      this.before[i] = counts[i]
      if (fresh > 0) signature += `${i}.${32 - Math.clz32(fresh)} `
    }
    return signature
  }
}
