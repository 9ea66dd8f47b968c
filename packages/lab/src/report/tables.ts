/** Tables of the page: the few numbers that matter first, and all of them, folded away. */
import { escapeHtml } from './escape.ts'
import { looksOf, swatch } from './palette.ts'
import type { Report, ReportRow } from './report.ts'
import { showMetric, spreadOf } from './show.ts'

/** Column heads of the first table: metric, title, and what is under it. */
const KEY_COLUMNS: readonly (readonly [metric: string, title: string, under: string])[] = [
  ['footprint', 'Footprint', 'memory × time'],
  ['resident_end', 'At the end', 'host memory'],
  ['p50_return', 'Free to returned', 'median'],
  ['vcpu_overhead', 'vCPU overhead', 'but work, allocator'],
  ['vcpu_hinting', 'Of it hinting', 'without faults'],
  ['host_overhead', 'Host threads', 'CPU time'],
  ['messages', 'Messages', 'in all'],
  ['max_alloc', 'Worst', 'allocation'],
  ['max_free', 'Worst', 'free'],
  ['late_end', 'Late', 'at its end'],
  ['violations', 'Broken', 'rules'],
]

export function keyTable(report: Report): string {
  const head = KEY_COLUMNS.map(([, title, under]) => `<th scope="col">${title}<small>${under}</small></th>`).join('')
  const looks = looksOf(report.rows)
  const rows = report.rows.map((row, i) => {
    const cells = KEY_COLUMNS.map(([name]) => metricCell(report, row, name, 'td')).join('')
    return `<tr><th scope="row">${swatch(looks[i])}${escapeHtml(row.name)}<small>${escapeHtml(axesText(row))}</small></th>${cells}</tr>`
  })
  return numbersTable('', `<th scope="col">Configuration</th>${head}`, rows)
}

export function allTable(report: Report): string {
  const head = report.rows.map((row) => `<th scope="col">${escapeHtml(row.name)}</th>`).join('')
  const rows = report.metrics.map(({ name, text }) => {
    const cells = report.rows.map((row) => metricCell(report, row, name, 'td')).join('')
    return `<tr><th scope="row"><code>${name}</code><small>${escapeHtml(text)}</small></th>${cells}</tr>`
  })
  return numbersTable(' all', `<th scope="col">Metric</th>${head}`, rows)
}

/** A table that scrolls sideways, its first column standing still. `head` are cells, `rows` whole rows. */
export function numbersTable(classes: string, head: string, rows: readonly string[]): string {
  return `<div class="scroll"><table class="numbers${classes}"><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

export function axesText({ axes, policy }: ReportRow): string {
  if (axes === null) return policy === null ? 'reference' : policy
  return [axes.carrier, axes.service, axes.notification, axes.submitter].join(' · ')
}

/** The median, and with several seeds minimum and maximum below it. */
function metricCell(report: Report, row: ReportRow, name: string, tag: string): string {
  const { kind } = report.metrics.find((metric) => metric.name === name)!
  const spread = spreadOf(row.runs.map(({ metrics }) => metrics[name] ?? null))
  if (spread === null) return `<${tag} class="none">–</${tag}>`
  const range = row.runs.length > 1 && spread.min !== spread.max ? `<small>${showMetric(kind, spread.min)} to ${showMetric(kind, spread.max)}</small>` : ''
  const alarm = name === 'violations' && spread.max > 0 ? ' class="alarm"' : ''
  return `<${tag}${alarm}>${showMetric(kind, spread.median)}${range}</${tag}>`
}
