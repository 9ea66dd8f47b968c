/**
 * Two results, metric by metric. A result is what `run`, `sweep` or `compare` printed with `--json`, or the file of a sweep; each holds one or more entries
 * with a label, and entries of the same label are compared.
 *
 *     A: run                 B: run                    the one with the other
 *     A: sweep, vcpus=1 2    B: sweep, vcpus=2 4       vcpus=2 with vcpus=2; the others are named
 */
import { InputError } from '../options.ts'
import type { RunResult } from '../result.ts'
import { METRICS, metricsOf } from './metrics.ts'
import type { Metric, MetricValues } from './metrics.ts'
import type { ScenarioResult } from './run-scenario.ts'
import { parseLine } from './sweep-store.ts'
import type { SweepRow } from './sweep.ts'

export interface DiffEntry {
  readonly label: string
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

/** Entries of a result file. Throws InputError when it is none. */
export function readEntries(text: string, name: string): DiffEntry[] {
  const entries = entriesOf(text)
  if (entries === null || entries.length === 0) {
    throw new InputError(`${name}: found no result; accepted is what hintlab run, sweep or compare prints with --json, or the file of a sweep`)
  }
  return entries
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
  const changes = METRICS.map((metric) => changeOf(metric, a.metrics[metric.name] ?? null, b.metrics[metric.name] ?? null))
  const changed = changes.filter((change) => change.a !== change.b)
  const paths = [...new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])].sort()
  return {
    label,
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

function entryOfRow({ settings, options, interface: face, phases, durationS, metrics }: SweepRow): DiffEntry {
  const label = Object.entries(settings).map(([path, value]) => `${path}=${value}`).join(' ')
  return { label, settings: flat({ ...options, interface: face, workload: { ...options.workload, phases, 'duration-s': durationS } }), metrics }
}

function comparedEntries({ comparisons }: Comparisons): DiffEntry[] {
  return comparisons.flatMap(({ trace, options, rows }) => rows.flatMap(({ name, policy, axes, runs }) => runs.map((run) => {
    const label = [...(comparisons.length > 1 ? [trace.file] : []), name, ...(runs.length > 1 ? [`seed ${run.seed}`] : [])].join(', ')
    const settings = flat({ ...(options as object), seed: run.seed, interface: policy === null ? null : { policy, axes } })
    return { label, settings, metrics: metricsOf({ ...run, phases: run.phases ?? [] }) }
  })))
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
