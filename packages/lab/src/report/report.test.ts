/** The files of a report: nothing unescaped, nothing from elsewhere, everything documented. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { METRIC_NAMES } from '../scenario/metrics.ts'
import { CSV_IDENTITY, reportCsv } from './csv.ts'
import { escapeHtml, scriptJson } from './escape.ts'
import { renderHtml } from './html.ts'
import { makeReport } from './report.ts'
import type { Report, ReportInput } from './report.ts'
import { decades, linearTicks, log2 } from './scale.ts'
import { REPORT_FIELDS, schemaText } from './schema.ts'
import { NASTY, tinyReport } from './testing/tiny-report.ts'
import { REPORT_FILES, writeReport } from './write-report.ts'

let input: ReportInput
let report: Report
let html: string

beforeAll(async () => {
  input = await tinyReport()
  report = makeReport(input)
  html = renderHtml(report)
}, 120_000)

test('the folder has its files, and the same input writes the same bytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-report-'))
  try {
    writeReport(join(folder, 'a', 'b'), input)
    expect(readdirSync(join(folder, 'a', 'b')).sort()).toEqual([...REPORT_FILES].sort())
    expect(readFileSync(join(folder, 'a', 'b', 'index.html'), 'utf8') === html).toBe(true)
    expect(JSON.parse(readFileSync(join(folder, 'a', 'b', 'report.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)))
    writeFileSync(join(folder, 'file'), '')
    expect(() => writeReport(join(folder, 'file'), input)).toThrow(/^--report .*file: found .*; accepted is a folder that can be written$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('text from outside stays text', () => {
  expect(html).not.toContain('<img')
  expect(html).toContain(escapeHtml(NASTY))
  expect(scriptJson({ a: '</script>' })).toBe(String.raw`{"a":"\u003c/script>"}`)
  // As many ends of scripts as beginnings: none came with the data.
  expect(html.match(/<script\b/g)!.length).toBe(html.match(/<\/script>/g)!.length)
})

test('nothing is loaded from anywhere', () => {
  expect(html.match(/\b(?:src|href)="(?!#|data:,")[^"]*"/g)).toBe(null)
  expect(html).not.toMatch(/@import|url\(|<link rel="stylesheet"|\bfetch\(|XMLHttpRequest|import\(/)
  expect(html).toContain('Content-Security-Policy')
})

test('the page carries what every output carries, and says so without scripts, too', () => {
  const text = html.replaceAll(/<script[^]*?<\/script>/g, '').replaceAll(/<style[^]*?<\/style>/g, '')
  for (const part of ['hintlab 0.0.0', 'seed 3', '0123456789ab', '01234567', ...input.rows.slice(0, 4).map(({ name }) => name)]) expect(text).toContain(part)
  for (const name of METRIC_NAMES) expect(text).toContain(`<code>${name}</code>`)
  expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/)
  expect([...text.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title)).toEqual([
    'Findings', 'Numbers', 'Memory over time', 'CPU time by cause', 'Footprint against CPU time', 'Stalls', 'Waste', 'Page map',
  ])
})

test('without anything captured there is a page, without charts over time', () => {
  const bare = renderHtml(makeReport({ ...input, rows: input.rows.map((row) => ({ ...row, timeline: null })) }))
  expect(bare).not.toContain('id="memory-charts"')
  expect(bare).toContain('id="cost"')
})

/** Paths of all leaves, as schema.ts writes them. */
function pathsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`))
  if (value === null || typeof value !== 'object') return [path]
  const anyKey = /\.(?:metrics|vcpuNs|hostNs|stalls)$/.test(path)
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === '' ? key : `${path}.${anyKey ? '*' : key}`))
}

test('report.json is as docs/report-schema.md says', async () => {
  const violation = { ...input.rows[0].runs[0], violationTexts: [{ rule: 'V1', at: '0 s', text: 'x' } as const] }
  const full = makeReport({ ...input, rows: [{ ...input.rows[0], runs: [violation] }, ...input.rows.slice(1), { ...input.rows[1], timeline: null }] })
  const found = new Set(pathsOf(full, ''))
  const documented = REPORT_FIELDS.map(({ path }) => path)
  expect([...found].filter((path) => !documented.includes(path))).toEqual([])
  // An object that may be null shows as a leaf only where it is.
  expect(documented.filter((path) => !found.has(path))).toEqual([])
  await expect(schemaText()).toMatchFileSnapshot('../../../../docs/report-schema.md')
})

test('report.csv: a line per run, quoted where it must be, no formulas', () => {
  const lines = reportCsv(report).split('\r\n')
  expect(lines[0]).toBe([...CSV_IDENTITY, ...METRIC_NAMES].join(','))
  expect(lines).toHaveLength(input.rows.length + 2)
  expect(lines[1]).toMatch(/^0\.0\.0,0123456789ab,01234567,no hinting,,,,,,3,[0-9a-f]{8},\d/)
  expect(lines[2]).toContain('"reporting, virtqueue, sleeps",page-reporting,virtqueue,thread,interrupt,sleeps,3,')
  expect(lines[5]).toContain(`"${NASTY.replaceAll('"', '""')}"`)
  expect(reportCsv(makeReport({ ...input, rows: [{ ...input.rows[0], name: '=1+1' }] }))).toContain(",'=1+1,")
})

test('axes: logarithms as the machine has them, round numbers, no end before the data', () => {
  // eslint-disable-next-line no-restricted-properties -- what log2 is compared with
  const machine = Math[['log', '2'].join('') as 'log2']
  for (const n of [1, 1.5, 2, 3, 10, 999, 1e9, 2 ** 40 + 1]) expect(Math.abs(log2(n) - machine(n))).toBeLessThan(2 ** -15)
  expect(linearTicks(237)).toEqual([0, 50, 100, 150, 200, 250])
  for (const max of [0.003, 0.9, 1, 1.01, 4.4, 10, 286, 12345]) {
    const ticks = linearTicks(max)
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(max)
    expect(ticks.length, `${max}`).toBeGreaterThan(2)
    expect(ticks.length).toBeLessThan(9)
  }
  expect(linearTicks(0)).toEqual([0, 1])
  expect(decades(50, 5000)).toEqual([100, 1000])
})
