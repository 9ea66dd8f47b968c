/**
 * A sweep: one scenario with some of its settings varied, every combination run.
 *
 *     --vary a=1,2 --vary b=x,y      a=1 b=x   a=1 b=y   a=2 b=x   a=2 b=y       the last one varies fastest
 *
 *   W1 results and their order depend on the scenario and the variations, never on the number of workers
 *   W2 what the store has is not run again (sweep-store.ts)
 */
import { InputError } from '../options.ts'
import { workersThatFit } from '../machine-size.ts'
import { poolOver, startWorkers } from '../pool/run-pool.ts'
import type { Workers } from '../pool/run-pool.ts'
import { identityOf, resultOf, workOf } from './run-scenario.ts'
import type { ScenarioIdentity, ScenarioResult } from './run-scenario.ts'
import type { ScenarioFile } from './scenario-file.ts'
import { parseScenario } from './scenario.ts'
import type { RunScenario } from './scenario.ts'
import type { SweepStore } from './sweep-store.ts'
import type { CaptureOptions, Timeline } from '../timeline/timeline.ts'
import type { ScenarioTrace } from './traces.ts'

export const SWEEP_POINTS_MAX = 100_000

export interface Variation {
  readonly path: string
  /** As they stand behind `=` in a setting. */
  readonly values: readonly string[]
}

/** One combination. */
export interface SweepPoint {
  /** The varied settings, in the order of the command line. */
  readonly settings: Readonly<Record<string, string>>
  readonly scenario: RunScenario
}

export interface SweepRow extends ScenarioResult {
  readonly settings: Readonly<Record<string, string>>
}

/**
 * `guest.vcpus=1,2,4`. A comma before a space belongs to the value, so that names such as `buffer, hypercall` need no quotes; a JSON list is taken as it is.
 */
export function parseVariation(text: string): Variation {
  const at = text.indexOf('=')
  const list = text.slice(at + 1)
  const values = at <= 0 || list === '' ? [] : (jsonList(list) ?? list.split(/,(?! )/))
  if (values.length === 0 || values.includes('')) {
    throw new InputError(`--vary ${text}: found no values; accepted is path=value,value,... such as guest.vcpus=1,2,4`)
  }
  return { path: text.slice(0, at), values }
}

/** Every combination, validated; throws InputError with each mistake once. */
export function sweepPoints(file: ScenarioFile, settings: readonly string[], variations: readonly Variation[]): SweepPoint[] {
  const count = variations.reduce((product, { values }) => product * values.length, 1)
  if (count > SWEEP_POINTS_MAX) throw new InputError(`--vary: found ${count} combinations; accepted are up to ${SWEEP_POINTS_MAX}`)
  const twice = variations.find(({ path }, i) => variations.findIndex((other) => other.path === path) !== i)
  if (twice !== undefined) throw new InputError(`--vary ${twice.path}: found twice; accepted is each path once, with all its values`)
  const points: SweepPoint[] = []
  const mistakes = new Set<string>()
  for (let n = 0; n < count; n++) {
    const chosen = combination(variations, n)
    try {
      points.push({ settings: Object.fromEntries(chosen), scenario: parseScenario(file, [...settings, ...chosen.map(([path, value]) => `${path}=${value}`)]) })
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      for (const line of error.message.split('\n')) mistakes.add(line)
    }
  }
  if (mistakes.size > 0) throw new InputError([...mistakes].join('\n'))
  return points
}

/** Combination number `n`: digits of a number whose places have the sizes of the variations. */
function combination(variations: readonly Variation[], n: number): [string, string][] {
  const chosen: [string, string][] = []
  let rest = n
  for (const { path, values } of variations.toReversed()) {
    chosen.push([path, values[rest % values.length]])
    rest = Math.floor(rest / values.length)
  }
  return chosen.reverse()
}

export interface SweepInput {
  readonly points: readonly SweepPoint[]
  readonly workers: number
  /** Reads the trace of a scenario; called once for each that differs. */
  readonly readTrace: (scenario: RunScenario) => Promise<ScenarioTrace | null>
  /** null keeps nothing. */
  readonly store: SweepStore | null
  /** `skipped` of `total` were in the store. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly skipped: number }) => void
  /** Captured of the first points that are wanted; what the store has is not run, and not captured. */
  readonly capture?: {
    readonly options: CaptureOptions
    readonly points: number
    readonly wanted?: (point: SweepPoint) => boolean
    readonly onTimeline: (settings: SweepPoint['settings'], timeline: Timeline) => unknown
  }
}

/** Runs what the store does not have; returns all rows in the order of the points. */
export async function runSweep(input: SweepInput): Promise<SweepRow[]> {
  // A sweep that goes on may have little left to run, or nothing: then workers are started when that is known.
  const workers = workersThatFit(Math.min(input.workers, input.points.length), input.points.map(({ scenario }) => scenario.options))
  const early = input.store === null || input.store.size === 0 ? startWorkers(workers) : null
  try {
    return await sweepWith({ ...input, workers }, early)
  } finally {
    await early?.destroy()
  }
}

async function sweepWith({ points, workers, readTrace, store, onProgress, capture }: SweepInput, early: Workers): Promise<SweepRow[]> {
  const { traces, numberOf } = await readTraces(points, readTrace)
  const jobs = points.map((point) => {
    const trace = numberOf(point.scenario)
    return { ...point, trace, identity: identityOf(point.scenario, traces[trace] ?? null) }
  })
  const results = new Map<string, ScenarioResult>()
  for (const { identity } of jobs) {
    const known = store?.find(keyOf(identity))
    if (known === undefined) continue
    const { settings: _, ...result } = known
    results.set(keyOf(identity), result)
  }
  const open = new Map(jobs.filter(({ identity }) => !results.has(keyOf(identity))).map((job) => [keyOf(job.identity), job]))
  const todo = [...open.values()]
  const skipped = results.size
  const total = skipped + todo.length
  onProgress?.({ done: skipped, total, skipped })
  if (todo.length > 0) {
    const events = traces.flatMap((trace) => (trace === null ? [] : [trace.events]))
    const pool = poolOver(events, early ?? startWorkers(Math.min(workers, todo.length)))
    try {
      const captured = capture === undefined ? [] : todo.filter((point) => capture.wanted?.(point) ?? true).slice(0, capture.points)
      const work = todo.map((job) => ({
        ...workOf(job.scenario, job.trace), ...(capture !== undefined && captured.includes(job) ? { capture: capture.options } : {}),
      }))
      await pool.runAll(work, (index, run, timeline) => {
        const { identity, settings } = todo[index]
        const result = resultOf(identity, run)
        results.set(keyOf(identity), result)
        if (timeline !== null) capture?.onTimeline(settings, timeline)
        store?.append(keyOf(identity), { settings, ...result })
        onProgress?.({ done: results.size, total, skipped })
      })
    } finally {
      await pool.close()
    }
  }
  const rows = jobs.map(({ identity, settings }) => ({ settings, ...results.get(keyOf(identity))!, name: identity.name }))
  store?.finish(rows.map((row) => ({ key: keyOf(row), row })))
  return rows
}

/** What makes two runs the same run. */
export const keyOf = ({ version, scenarioHash, costsHash, seed }: ScenarioIdentity): string => `${version}/${scenarioHash}/${costsHash}/${seed}`

const traceName = ({ traces, durationS }: RunScenario): string => JSON.stringify([traces, durationS])

/** Each trace once, and its number by scenario; -1 for a scenario without. */
async function readTraces(points: readonly SweepPoint[], read: SweepInput['readTrace']) {
  const traces: (ScenarioTrace | null)[] = []
  const numbers = new Map<string, number>()
  for (const { scenario } of points) {
    if (scenario.traces.length === 0 || numbers.has(traceName(scenario))) continue
    numbers.set(traceName(scenario), traces.length)
    traces.push(await read(scenario))
  }
  return { traces, numberOf: (scenario: RunScenario): number => (scenario.traces.length === 0 ? -1 : (numbers.get(traceName(scenario)) ?? -1)) }
}

function jsonList(text: string): string[] | null {
  if (!text.startsWith('[')) return null
  try {
    const list = JSON.parse(text) as unknown
    return Array.isArray(list) ? list.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))) : null
  } catch {
    return null
  }
}
