/** What was done in vain: memory that came back at once, huge pages that were lost, hints that nobody could use. */
import { PAGE_SIZE } from '@hintlab/kit'
import { escapeHtml } from './escape.ts'
import { looksOf, swatch } from './palette.ts'
import type { Report, ReportRun } from './report.ts'
import { percent } from './scale.ts'
import { showMetric } from './show.ts'
import { numbersTable } from './tables.ts'

const HUGE_SIZE = 2 * 2 ** 20

const COUNTS: readonly (readonly [metric: string, title: string, under: string])[] = [
  ['splits', 'Huge pages', 'split'], ['huge_lost', 'Huge pages', 'lost'], ['rejected', 'Hints', 'rejected'], ['ignored', 'Hints', 'ignored'],
  ['stale', 'Hints', 'stale'], ['refused', 'Hints', 'no room'], ['dropped', 'Hints', 'dropped'],
]

export function wasteTable(report: Report): string {
  const looks = looksOf(report.rows)
  const rows = report.rows.map(({ name, runs: [run] }, i) => {
    const [returned, again] = [value(run, 'returned'), touched(run)]
    const share = returned === 0 ? '–' : `${gauge(Math.min(1, again / returned), looks[i].colour)}${Math.round((100 * again) / returned)} %`
    const counts = COUNTS.map(([metric]) => `<td>${showMetric('count', run?.metrics[metric] ?? null)}</td>`).join('')
    return `<tr><th scope="row">${swatch(looks[i])}${escapeHtml(name)}</th><td>${showMetric('bytes', returned)}</td>`
      + `<td>${showMetric('bytes', again)}</td><td class="gauge">${share}</td>${counts}</tr>`
  })
  const head = COUNTS.map(([, title, under]) => `<th scope="col">${title}<small>${under}</small></th>`).join('')
  const first = [['Returned', 'to the host'], ['First touches', 'host had to give'], ['Share', 'touched of returned']]
  const fixed = first.map(([title, under]) => `<th scope="col">${title}<small>${under}</small></th>`).join('')
  return numbersTable('', `<th scope="col">Configuration</th>${fixed}${head}`, rows)
}

const value = (run: ReportRun | undefined, metric: string): number => run?.metrics[metric] ?? 0

/** Memory that the host had to give on first touches, bytes. */
const touched = (run: ReportRun | undefined): number => value(run, 'faults_2m') * HUGE_SIZE + value(run, 'faults_4k') * PAGE_SIZE

const gauge = (share: number, colour: string): string => `<i style="width:${percent(share)};background:var(${colour})"></i>`
