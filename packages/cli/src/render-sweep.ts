/**
 * The table of a sweep: a line for each combination, what is varied first, then the metrics. With several seeds the line has their means, and below them stands
 * how far the seeds lie apart, where they do.
 *
 *     guest.vcpus        footprint    messages
 *     ----------------------------------------
 *     1                 1.24 GiB*s          12
 *               1.2 to 1.31 GiB*s    11 to 14
 */
import { findMetric, metricText, spreadsOf } from '@hintlab/lab'
import type { MetricSpread, MetricSpreads, SweepRow } from '@hintlab/lab'
import { meanText } from './render-seeds.ts'

/** Rows that differ in nothing but their seeds. */
export interface Combination {
  /** Without the seed, where there are several. */
  readonly settings: SweepRow['settings']
  readonly rows: readonly SweepRow[]
  readonly spread: MetricSpreads
}

/** The rows of a sweep whose seeds vary fastest. */
export function combinationsOf(rows: readonly SweepRow[], seeds: number): Combination[] {
  return Array.from({ length: rows.length / seeds }, (_, i) => {
    const same = rows.slice(i * seeds, (i + 1) * seeds)
    const settings = Object.entries(same[0].settings).filter(([path]) => seeds === 1 || path !== 'seed')
    return { settings: Object.fromEntries(settings), rows: same, spread: spreadsOf(same) }
  })
}

/** `guest.vcpus=1 host.thp=never` */
export function labelOf(settings: SweepRow['settings']): string {
  return Object.entries(settings).map(([path, value]) => `${path}=${value}`).join(' ') || 'the scenario'
}

export function renderSweep(combinations: readonly Combination[], columns: readonly string[]): string {
  const paths = Object.keys(combinations[0]?.settings ?? {})
  const head = [...paths, ...columns]
  const cells = combinations.flatMap(({ settings, spread }) => {
    const means = columns.map((name) => meanCell(name, spread[name] ?? null))
    const ranges = columns.map((name) => rangeCell(name, spread[name] ?? null))
    const below = ranges.every((text) => text === '') ? [] : [[...paths.map(() => ''), ...ranges]]
    return [[...paths.map((path) => settings[path] ?? ''), ...means], ...below]
  })
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)))
  const padded = (cell: string, i: number): string => (i < paths.length ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  const line = (row: readonly string[]): string => row.map(padded).join('  ').trimEnd()
  return [...titlesOf(combinations), '', line(head), '-'.repeat(line(head).length), ...cells.map(line), ''].join('\n')
}

function titlesOf(combinations: readonly Combination[]): string[] {
  const titles = new Set(combinations.flatMap(({ rows }) => rows.map(({ version, name }) => `hintlab ${version}, ${name}`)))
  const seeds = combinations[0]?.rows.length ?? 1
  return seeds === 1 ? [...titles] : [...titles, `means of ${seeds} seeds, below them minimum to maximum`]
}

const kindOf = (name: string) => findMetric(name)?.kind ?? 'count'

const meanCell = (name: string, spread: MetricSpread | null): string => (spread === null ? '-' : meanText(kindOf(name), spread.mean))

/** The unit once, where both have the same. */
function rangeCell(name: string, spread: MetricSpread | null): string {
  if (spread === null || spread.min === spread.max) return ''
  const [min, max] = [metricText(kindOf(name), spread.min), metricText(kindOf(name), spread.max)]
  const unit = / \S+$/.exec(max)?.[0] ?? ''
  return `${unit !== '' && min.endsWith(unit) ? min.slice(0, -unit.length) : min} to ${max}`
}
