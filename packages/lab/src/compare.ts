/**
 * Sets interfaces side by side on one trace: every row runs with every seed, the result is plain data.
 *
 *     trace, options --planReplay--> plan      rows x seeds --runReplay--> results --headlineOf--> spreads --conclude--> sentences
 *                                              rows x changed costs, first seed ------------------------> sensitivity
 *
 * Rows and seeds run in a fixed order and share nothing but the plan, so the same input gives the same bytes.
 */
import { readFileSync } from 'node:fs'
import { costsHash } from '@hintlab/sim'
import type { Axes } from '@hintlab/transport'
import { canonicalHash } from './canonical.ts'
import { conclude, quoted } from './conclusions.ts'
import type { Conclusion, JudgedRow } from './conclusions.ts'
import { grouped } from './format.ts'
import { headlineOf, HEADLINE_NAMES, spreadOf } from './headline.ts'
import type { Headline, HeadlineSpread } from './headline.ts'
import type { NamedInterface } from './interfaces.ts'
import type { Settings } from './presets/policy-part.ts'
import { policyName } from './presets/policy-parts.ts'
import { costsOf, InputError, SEED_MAX } from './options.ts'
import type { RunOptions } from './options.ts'
import type { RecordTo } from './conversation/record-run.ts'
import type { PlainRun, RunPool } from './pool/run-pool.ts'
import type { RunResult } from './result.ts'
import { COST_VARIANTS, judgeSensitivity, variantCosts } from './sensitivity.ts'
import type { Sensitivity } from './sensitivity.ts'
import type { CaptureOptions, Timeline } from './timeline/timeline.ts'
import type { Trace, TraceSummary } from './trace/read-trace.ts'

export interface CompareProgress {
  /** Runs finished, and runs in all. */
  readonly done: number
  readonly total: number
  /** The row that was run last. */
  readonly row: string
}

export interface CompareInput {
  readonly trace: Trace
  readonly options: RunOptions
  readonly rows: readonly NamedInterface[]
  /** Number of seeds: options.seed, options.seed + 1, ... Default 1. */
  readonly seeds?: number
  /** Where the runs are made: `makeRunPool` of the trace's events. */
  readonly pool: RunPool
  /** Captured of each row's run with the first seed, and handed out as soon as it is there. */
  readonly capture?: CaptureOptions
  readonly onTimeline?: (row: string, timeline: Timeline) => void
  /** The row whose run with the first seed is recorded, and where. */
  readonly record?: { readonly row: string; readonly to: RecordTo }
  readonly onProgress?: (progress: CompareProgress) => void
}

/** One interface with its results. */
export interface ComparedRow {
  readonly name: string
  /** null is a guest that hints nothing. */
  readonly policy: string | null
  readonly axes: Axes | null
  /** What the interface fixes of its policy's settings, where it does. */
  readonly settings?: Settings
  readonly headline: HeadlineSpread
  /** In the order of the seeds. */
  readonly runs: readonly RunResult[]
}

/** Everything that `hintlab compare` knows about one trace: what `--json` prints. Keys keep this order. */
export interface Comparison {
  readonly version: string
  readonly seeds: readonly number[]
  /** Names options (all but the seed) and trace; the same scenario has the same hash whatever the seed. */
  readonly scenarioHash: string
  readonly costsHash: string
  readonly trace: TraceSummary
  readonly options: RunOptions
  readonly rows: readonly ComparedRow[]
  readonly conclusions: readonly Conclusion[]
  /** One sentence on whether guest data was lost. */
  readonly safety: string
  /** What else a reader must know: allocations that failed, a host without memory. */
  readonly notes: readonly string[]
  /** Over all rows and seeds. */
  readonly violations: number
  /** null when it was not asked for. */
  readonly sensitivity: Sensitivity | null
}

/** Runs every row with every seed. The sensitivity, which needs many more runs, is left null: see `compareSensitivity`. */
export async function compareRows(input: CompareInput): Promise<Comparison> {
  const { trace, options, rows } = input
  const seeds = seedsOf(options, input.seeds ?? 1)
  const runs = rows.flatMap((row) => seeds.map((seed, i) => {
    const capture = i === 0 && input.capture !== undefined ? { capture: input.capture } : {}
    const record = i === 0 && input.record?.row === row.name ? { record: input.record.to } : {}
    return { name: row.name, options: { ...options, seed }, interface: row.interface, ...capture, ...record }
  }))
  const results = await runAll(input, runs)
  const runsOf = (row: NamedInterface): RunResult[] => results.slice(rows.indexOf(row) * seeds.length).slice(0, seeds.length)
  const reference = rows.find((row) => row.interface === null)
  const compared = rows.map((row) => comparedRow(row, runsOf(row), reference === undefined ? [] : runsOf(reference)))
  const violations = sum(results.map((run) => run.violations))
  return {
    version: labVersion(),
    seeds,
    scenarioHash: scenarioHash(options, trace.summary.sha256),
    costsHash: costsHash(costsOf(options)),
    trace: trace.summary,
    options,
    rows: compared,
    conclusions: conclude(compared.map((row) => judged(input, row, medians(row.headline)))),
    safety: safetyText(options, violations, results.length),
    notes: notesOf(compared),
    violations,
    sensitivity: null,
  }
}

/** Runs the hinting rows again, with the first seed, under each of the changed cost tables. */
export async function compareSensitivity(input: CompareInput, comparison: Comparison): Promise<Sensitivity> {
  const { options } = input
  const hinting = comparison.rows.filter((row) => row.policy !== null)
  const reference = comparison.rows.find((row) => row.policy === null)?.runs[0] ?? null
  const runs = COST_VARIANTS.flatMap((variant) => {
    const varied = { ...options, cost: variantCosts(options.cost, variant) }
    return hinting.map((row) => ({ name: row.name, options: varied, interface: interfaceOf(input, row) }))
  })
  const results = await runAll(input, runs)
  const variants = COST_VARIANTS.map((_, v) => hinting.map((row, r) => judged(input, row, headlineOf(results[v * hinting.length + r], reference))))
  const base = comparison.rows.map((row) => judged(input, row, headlineOf(row.runs[0], reference)))
  const violations = sum(results.map((run) => run.violations))
  return { seed: options.seed, runs: results.length, ...judgeSensitivity(base, variants), violations }
}

function runAll({ pool, onProgress, onTimeline }: CompareInput, runs: readonly PlainRun[]): Promise<RunResult[]> {
  let done = 0
  return pool.runAll(runs, ({ name }, timeline) => {
    if (timeline !== null) onTimeline?.(name, timeline)
    onProgress?.({ done: ++done, total: runs.length, row: name })
  })
}

/** Twelve hexadecimal digits that name options and workload: SHA-256 of their canonical JSON, the seed left out. */
export function scenarioHash(options: RunOptions, traceSha256: string): string {
  const { seed: _, ...scenario } = options
  return canonicalHash({ scenario, trace: traceSha256 })
}

/** Version of this package, which every output carries. */
export function labVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function seedsOf({ seed }: RunOptions, count: number): number[] {
  if (seed + count - 1 > SEED_MAX) throw new InputError(`seeds: found ${count} from ${seed} on; accepted are seeds up to ${SEED_MAX}`)
  return Array.from({ length: count }, (_, i) => seed + i)
}

function comparedRow({ name, interface: face }: NamedInterface, runs: readonly RunResult[], reference: readonly RunResult[]): ComparedRow {
  const headline = spreadOf(runs.map((run, i) => headlineOf(run, reference[i] ?? null)))
  const fixed = face?.settings === undefined ? {} : { settings: face.settings }
  return { name, policy: policyName(face), axes: face?.axes ?? null, ...fixed, headline, runs }
}

const interfaceOf = ({ rows }: CompareInput, { name }: ComparedRow): NamedInterface['interface'] => rows.find((row) => row.name === name)?.interface ?? null

const judged = (input: CompareInput, row: ComparedRow, headline: Headline): JudgedRow => ({ name: row.name, interface: interfaceOf(input, row), headline })

const medians = (spread: HeadlineSpread): Headline => {
  return Object.fromEntries(HEADLINE_NAMES.map((name) => [name, spread[name]?.median ?? null])) as unknown as Headline
}

function safetyText(options: RunOptions, violations: number, runs: number): string {
  if (!options.ghost) return 'Whether guest data was lost is not known: the ghost is off.'
  const found = `${violations} violation${violations === 1 ? '' : 's'} in ${runs} run${runs === 1 ? '' : 's'}`
  return violations === 0 ? `No guest data was lost: ${found}.` : `THE PROTOCOL WAS BROKEN: ${found}.`
}

function notesOf(rows: readonly ComparedRow[]): string[] {
  const runs = rows.flatMap((row) => row.runs)
  const notes = [
    failures('The guest was out of memory: allocations failed', runs.map((run) => run.oom)),
    failures('The host was out of memory: first touches failed', runs.map((run) => run.hostOutOfMemory)),
  ].flat()
  const idle = rows.filter(({ policy, runs }) => policy !== null && runs.every((run) => run.memory.returned === 0))
  if (idle.length > 0) notes.push(`Nothing was returned by ${idle.map(({ name }) => quoted(name)).join(', ')}.`)
  return notes
}

/** `... in 3 of 8 runs, 12 to 15 in each.` */
function failures(what: string, counts: readonly number[]): string[] {
  const failed = counts.filter((count) => count > 0)
  if (failed.length === 0) return []
  return [`${what} in ${failed.length} of ${counts.length} runs, ${grouped(Math.min(...failed))} to ${grouped(Math.max(...failed))} in each.`]
}

const sum = (values: readonly number[]): number => values.reduce((total, n) => total + n, 0)
