/**
 * The report of one scenario with several seeds: every metric with its mean, and how far the seeds lie apart.
 *
 *     Memory                    mean         min         max
 *       footprint         98.3 GiB*s  97.9 GiB*s  98.8 GiB*s   host memory of the guest, integrated over time
 */
import { grouped, METRICS, metricText, significant } from '@hintlab/lab'
import type { Metric, MetricKind, MetricSpread, MetricSpreads, ScenarioResult } from '@hintlab/lab'
import { GROUPS, headLines, NAME_WIDTH, WIDTH } from './render-run.ts'
import type { SeedVerdict } from './seed-verdicts.ts'
import { wrap } from './text.ts'
import type { Style } from './text.ts'

const VALUE_WIDTH = 12
/** From here on the decimals of a mean of counts say nothing. */
const WHOLE_FROM = 100

/** Of runs that differ in nothing but their seeds. */
export function renderSeeds(results: readonly ScenarioResult[], spreads: MetricSpreads, description: string, style: Style): string {
  const head = headLines(results[0], `seeds ${results[0].seed} to ${results[results.length - 1].seed}`)
  return [
    ...head.flatMap((line) => wrap(line, WIDTH, '  ')),
    ...(description === '' ? [] : ['', ...wrap(description.trim().replaceAll(/\s+/g, ' '), WIDTH)]),
    ...METRICS.flatMap((metric, n) => [
      ...GROUPS.filter(([, first]) => first === metric.name).flatMap(([title]) => ['', titleLine(title, n === 0, style)]),
      ...spreadLine(metric, spreads[metric.name] ?? null, results.length, style),
    ]),
    '',
  ].join('\n')
}

/** One line per assertion; nothing when there is none. */
export function renderSeedVerdicts(verdicts: readonly SeedVerdict[], style: Style): string {
  if (verdicts.length === 0) return ''
  return ['', ...verdicts.map(({ line, holds }) => (holds ? line : style.alert(line))), ''].join('\n')
}

/** A mean need not be a whole number where its values are. */
export function meanText(kind: MetricKind, mean: number): string {
  if (kind === 'count') return Number.isInteger(mean) || mean >= WHOLE_FROM ? grouped(Math.round(mean)) : significant(mean)
  return metricText(kind, kind === 'ns' || kind === 'bytes' ? Math.round(mean) : mean)
}

function titleLine(title: string, isFirst: boolean, style: Style): string {
  if (!isFirst) return style.bold(title)
  const columns = ['mean', 'min', 'max'].map((name) => name.padStart(VALUE_WIDTH)).join('')
  return `${style.bold(title)}${' '.repeat(NAME_WIDTH + 2 - title.length)}${style.dim(columns)}`
}

/** A metric without a value is left out. */
function spreadLine({ name, kind, text }: Metric, spread: MetricSpread | null, seeds: number, style: Style): string[] {
  if (spread === null) return []
  const shown = [meanText(kind, spread.mean), metricText(kind, spread.min), metricText(kind, spread.max)].map((value) => value.padStart(VALUE_WIDTH)).join('')
  const line = `  ${name.padEnd(NAME_WIDTH)}${shown}   `
  const part = spread.of < seeds ? [' '.repeat(line.length) + style.dim(`of ${spread.of} of the ${seeds} seeds`)] : []
  return [name === 'violations' && spread.max > 0 ? style.alert(line + text) : line + style.dim(text), ...part]
}
