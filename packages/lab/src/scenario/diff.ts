/**
 * Two results, metric by metric. A result is what `run`, `sweep` or `compare` printed with `--json`, or the file of a sweep; each holds one or more entries
 * with a label, and entries of the same label are compared.
 *
 *     A: run                 B: run                    the one with the other
 *     A: sweep, vcpus=1 2    B: sweep, vcpus=2 4       vcpus=2 with vcpus=2; the others are named
 */
import { InputError } from '../options.ts'
import type { RunResult } from '../result.ts'
import { METRICS } from './metrics.ts'
import type { Metric, MetricValues } from './metrics.ts'
import type { ScenarioResult } from './run-scenario.ts'
import { parseLine } from './sweep-store.ts'
import type { SweepRow } from './sweep.ts'

export interface DiffEntry {
  readonly label: string
  /** Of hintlab; null where the result does not say. */
  readonly version: string | null
  /** Path to value, all groups opened. */
  readonly settings: Readonly<Record<string, string>>
  readonly metrics: MetricValues
}

export interface MetricChange {
  readonly name: string
  readonly kind: Metric['kind']
  readonly a: number | null
  readonly b: number | null
  /** b - a, and its share of a; null when one of them has no value, or a is 0. */
  readonly absolute: number | null
  readonly relative: number | null
}

export interface DiffPair {
  readonly label: string
  /** Of A and B, where they are different ones. */
  readonly versions: { readonly a: string | null; readonly b: string | null } | null
  /** Metrics that only one of them has, because the versions differ. */
  readonly onlyA: readonly string[]
  readonly onlyB: readonly string[]
  /** Settings that differ: path, value in A, value in B; `-` where one has none. */
  readonly settings: readonly { readonly path: string; readonly a: string; readonly b: string }[]
  /** Largest relative change first; what is the same is left out. */
  readonly changes: readonly MetricChange[]
  readonly unchanged: number
}

export interface ResultDiff {
  readonly pairs: readonly DiffPair[]
  readonly onlyA: readonly string[]
  readonly onlyB: readonly string[]
}

/** Entries of a result file. Throws InputError when it is none, or one with numbers that are none. */
export function readEntries(text: string, name: string): DiffEntry[] {
  const entries = entriesOf(text)
  if (entries === null || entries.length === 0) {
    const found = jsonMistake(text) ?? 'no result'
    throw new InputError(`${name}: found ${found}; accepted is what hintlab run, sweep or compare prints with --json, or the file of a sweep`)
  }
  const mistakes = entries.flatMap(({ label, metrics }) => mistakesOf(metrics).map((line) => `${name}: ${label}: ${line}`))
  const labels = entries.map(({ label }) => label)
  const twice = [...new Set(labels.filter((label, i) => labels.indexOf(label) !== i))].map((label) => `${name}: found ${label} twice; accepted is each once`)
  if (mistakes.length + twice.length > 0) throw new InputError([...twice, ...mistakes.slice(0, MISTAKES_MAX)].join('\n'))
  return entries
}

/** Lines per file. */
const MISTAKES_MAX = 10

/** What is wrong with a text that is meant to be one JSON value. */
function jsonMistake(text: string): string | null {
  if (text.trim() === '') return 'an empty file'
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return `no JSON (${(error as Error).message.replaceAll(/\s+/g, ' ')})`
  }
}

function mistakesOf(metrics: unknown): string[] {
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) return [`metrics: found ${JSON.stringify(metrics)}; accepted is an object`]
  const known = METRICS.filter(({ name }) => (metrics as Partial<MetricValues>)[name] !== undefined)
  if (known.length === 0) return ['metrics: found none that is known; accepted are those of hintlab metrics']
  return known.flatMap(({ name }) => {
    const value = (metrics as Record<string, unknown>)[name]
    if (value === null || Number.isFinite(value)) return []
    const found = typeof value === 'number' ? value : JSON.stringify(value)
    return [`metrics.${name}: found ${found}; accepted is a number, or null for none`]
  })
}

export function diffEntries(a: readonly DiffEntry[], b: readonly DiffEntry[]): ResultDiff {
  if (a.length === 1 && b.length === 1) {
    const label = a[0].label === b[0].label ? a[0].label : `${a[0].label} -> ${b[0].label}`
    return { pairs: [pairOf(label, a[0], b[0])], onlyA: [], onlyB: [] }
  }
  const byLabel = new Map(b.map((entry) => [entry.label, entry]))
  const labels = new Set(a.map(({ label }) => label))
  return {
    pairs: a.flatMap((entry) => {
      const other = byLabel.get(entry.label)
      return other === undefined ? [] : [pairOf(entry.label, entry, other)]
    }),
    onlyA: a.filter(({ label }) => !byLabel.has(label)).map(({ label }) => label),
    onlyB: b.filter(({ label }) => !labels.has(label)).map(({ label }) => label),
  }
}

/** How far a change goes, for sorting and limits: a number that appears or vanishes goes further than any that changes. */
export const extent = ({ relative }: MetricChange): number => (relative === null ? Number.POSITIVE_INFINITY : Math.abs(relative))

function pairOf(label: string, a: DiffEntry, b: DiffEntry): DiffPair {
  const has = ({ metrics }: DiffEntry, { name }: Metric): boolean => metrics[name] !== undefined
  const changes = METRICS.filter((metric) => has(a, metric) && has(b, metric)).map((metric) => changeOf(metric, a.metrics[metric.name], b.metrics[metric.name]))
  const only = (one: DiffEntry, other: DiffEntry): string[] => METRICS.filter((metric) => has(one, metric) && !has(other, metric)).map(({ name }) => name)
  const changed = changes.filter((change) => change.a !== change.b)
  const paths = [...new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])].sort()
  return {
    label,
    versions: a.version === b.version ? null : { a: a.version, b: b.version },
    onlyA: only(a, b),
    onlyB: only(b, a),
    settings: paths.map((path) => ({ path, a: a.settings[path] ?? '-', b: b.settings[path] ?? '-' })).filter((setting) => setting.a !== setting.b),
    // The sort is stable, so equal changes stay in the order of the table of metrics. Infinity less itself is no number: equal too.
    changes: changed.sort((x, y) => extent(y) - extent(x) || 0),
    unchanged: changes.length - changed.length,
  }
}

function changeOf({ name, kind }: Metric, a: number | null, b: number | null): MetricChange {
  const absolute = a === null || b === null ? null : b - a
  return { name, kind, a, b, absolute, relative: absolute === null || a === null || a === 0 ? null : absolute / Math.abs(a) }
}

/** Only what is read here: a file of another version may lack the rest. */
interface Comparisons {
  readonly version?: string | null
  readonly comparisons: readonly {
    readonly trace: { readonly file: string }
    readonly options: unknown
    readonly rows: readonly { readonly name: string; readonly policy: unknown; readonly axes: unknown; readonly runs: readonly RunResult[] }[]
  }[]
}

function entriesOf(text: string): DiffEntry[] | null {
  try {
    return entriesOfJson(JSON.parse(text) as Partial<ScenarioResult & Comparisons & { rows: readonly SweepRow[] }>)
  } catch {
    const lines = text.split('\n').slice(0, -1).map(parseLine)
    return lines.some((line) => line === null) ? null : lines.map((line) => entryOfRow(line!.row))
  }
}

function entriesOfJson(json: Partial<ScenarioResult & Comparisons & { rows: readonly SweepRow[] }> | null): DiffEntry[] | null {
  if (typeof json !== 'object' || json === null) return null
  if (json.comparisons !== undefined) return comparedEntries(json as Comparisons)
  if (json.rows !== undefined) return json.rows.map(entryOfRow)
  const line = (json as { row?: SweepRow }).row
  if (line !== undefined) return [entryOfRow(line)]
  return json.metrics === undefined ? null : [{ ...entryOfRow({ ...(json as ScenarioResult), settings: {} }), label: json.name ?? '' }]
}

function entryOfRow({ version, settings, options, interface: face, phases, durationS, metrics }: SweepRow): DiffEntry {
  const label = Object.entries(settings).map(([path, value]) => `${path}=${value}`).join(' ')
  const workload = { ...options.workload, phases, 'duration-s': durationS }
  return { label, version: version ?? null, settings: flat({ ...options, interface: face, workload }), metrics }
}

function comparedEntries({ version = null, comparisons }: Comparisons): DiffEntry[] {
  return comparisons.flatMap(({ trace, options, rows }) => rows.flatMap(({ name, policy, axes, runs }) => runs.map((run) => {
    const label = [...(comparisons.length > 1 ? [trace.file] : []), name, ...(runs.length > 1 ? [`seed ${run.seed}`] : [])].join(', ')
    const settings = flat({ ...(options as object), seed: run.seed, interface: policy === null ? null : { policy, axes } })
    return { label, version, settings, metrics: knownMetrics({ ...run, phases: run.phases ?? [] }) }
  })))
}

/** Those that can be had of a run, which another version may have written: it lacks what was not measured then. */
function knownMetrics(run: RunResult): MetricValues {
  return Object.fromEntries(METRICS.flatMap(({ name, of }) => {
    try {
      const value = of(run)
      return value === null || Number.isFinite(value) ? [[name, value]] : []
    } catch {
      return []
    }
  }))
}

/** `{a: {b: 1}}` as `a.b` to `1`. */
function flat(value: unknown, path = '', into: Record<string, string> = {}): Record<string, string> {
  if (typeof value !== 'object' || value === null) {
    if (path !== '' && value !== undefined) into[path] = typeof value === 'string' ? value : JSON.stringify(value)
    return into
  }
  for (const [key, inner] of Object.entries(value)) flat(inner, path === '' ? key : `${path}.${key}`, into)
  return into
}
