/** One line per run, one column per number (RFC 4180): what a spreadsheet or a data frame reads. */
import type { Report, ReportRow, ReportRun } from './report.ts'

/** Columns before those of the metrics. */
export const CSV_IDENTITY = [
  'version', 'scenario', 'costs', 'configuration', 'policy', 'carrier', 'service', 'notification', 'submitter', 'seed', 'event_hash',
] as const

const CELL_NEEDS_QUOTES = /[",\r\n]/
/** A spreadsheet takes a cell that begins so for a formula. */
const LOOKS_LIKE_FORMULA = /^[=+@\t]/

export function reportCsv(report: Report): string {
  const metrics = report.metrics.map(({ name }) => name)
  const lines = report.rows.flatMap((row) => row.runs.map((run) => [...identityOf(report, row, run), ...metrics.map((name) => run.metrics[name] ?? '')]))
  return [[...CSV_IDENTITY, ...metrics], ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

function identityOf({ version, scenarioHash, costsHash }: Report, { name, policy, axes, scenarioHash: own }: ReportRow, { seed, eventHash }: ReportRun) {
  const { carrier = '', service = '', notification = '', submitter = '' } = axes ?? {}
  return [version, own ?? scenarioHash ?? '', costsHash, name, policy ?? '', carrier, service, notification, submitter, seed, eventHash]
}

function csvCell(value: string | number): string {
  const text = typeof value === 'string' && LOOKS_LIKE_FORMULA.test(value) ? `'${value}` : String(value)
  return CELL_NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
