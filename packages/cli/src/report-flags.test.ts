/** --report, --csv and --perfetto as a user gives them: the files are there and agree with what is printed, and nothing else changes. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report, TraceEvent } from '@hintlab/lab'
import { REPORT_FILES } from '@hintlab/lab'
import { tinyTraceText } from '@hintlab/lab/testing'
import { afterAll, expect, test } from 'vitest'
import type { CompareOutput } from './compare-command.ts'
import { captureFor } from './report-flags.ts'
import { captureCli } from './testing/capture.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-report-flags-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const reportAt = (name: string): Report => JSON.parse(read(`${name}/report.json`)) as Report

writeFileSync(at('tiny.txt'), tinyTraceText())
writeFileSync(at('tiny.yaml'), 'hintlab: 1\nguest: { memory: 64 MiB }\nstart: fresh\ninterface: buffer, virtqueue, async\nworkload: { trace: tiny.txt, settle-s: 1 }\n')
const COMPARE = ['compare', at('tiny.txt'), '--guest-memory', '64M', '--settle', '1', '--interfaces', 'buffer, virtqueue', '--no-sensitivity', '--json']

test('compare: files for the rows that are printed; what is printed stays the same', async () => {
  const plain = await captureCli(COMPARE)
  const withFiles = await captureCli([...COMPARE, '--seeds', '2', '--report', at('compare'), '--csv', at('rows.csv'), '--perfetto', at('timeline.json')])
  expect([withFiles.code, withFiles.stderr]).toEqual([0, ''])
  const [{ rows, scenarioHash }] = (JSON.parse(withFiles.stdout) as CompareOutput).comparisons
  const [first] = (JSON.parse(plain.stdout) as CompareOutput).comparisons
  expect(rows.map(({ runs }) => runs[0])).toEqual(first.rows.map(({ runs }) => runs[0]))
  for (const name of REPORT_FILES) expect(existsSync(at(`compare/${name}`))).toBe(true)
  const report = reportAt('compare')
  expect(report).toMatchObject({ scenarioHash, seeds: [1, 2], version: expect.stringMatching(/^\d/) as string })
  expect(report.rows.map(({ name, runs, timeline }) => [name, runs.map(({ eventHash }) => eventHash), timeline === null])).toEqual(
    rows.map(({ name, runs }) => [name, runs.map(({ eventHash }) => eventHash), false]),
  )
  expect(read('rows.csv')).toBe(read('compare/report.csv'))
  expect(read('rows.csv').trimEnd().split('\n')).toHaveLength(1 + 2 * rows.length)
  const { otherData, traceEvents } = JSON.parse(read('timeline.json')) as { otherData: object; traceEvents: TraceEvent[] }
  expect(otherData).toMatchObject({ scenarioHash, seed: 1 })
  expect(traceEvents.filter(({ name }) => name === 'process_name')).toHaveLength(3 * rows.length)
})

test('run: one configuration', async () => {
  const { code, stderr } = await captureCli(['run', at('tiny.yaml'), '--assert', 'violations==0', '--report', at('run'), '--perfetto', at('run.json')])
  expect([code, stderr]).toEqual([0, ''])
  const { title, rows, conclusions } = reportAt('run')
  expect([title, rows.map(({ name }) => name), conclusions[0]]).toEqual(['Scenario tiny', ['buffer, virtqueue, async'], 'violations==0: met, found 0'])
  expect(read('run/index.html')).toContain('<title>Scenario tiny · hintlab</title>')
  expect(JSON.parse(read('run.json'))).toHaveProperty('traceEvents')
})

test('sweep: a row for each combination, by its settings', async () => {
  const args = ['sweep', at('tiny.yaml'), '--vary', 'guest.vcpus=1,2', '--workers', '1', '--report', at('sweep')]
  const { code, stderr } = await captureCli(args)
  expect([code, stderr]).toEqual([0, ''])
  const { title, rows, scenarioHash } = reportAt('sweep')
  expect([title, scenarioHash]).toEqual(['Sweep of tiny', null])
  expect(rows.map(({ name, timeline }) => [name, timeline === null])).toEqual([['guest.vcpus=1', false], ['guest.vcpus=2', false]])
  expect(new Set(rows.map((row) => row.scenarioHash)).size).toBe(2)
})

test('mistakes: several recordings', async () => {
  const two = await captureCli(['compare', at('tiny.txt'), at('tiny.txt'), '--report', at('x')])
  expect(two.code).toBe(2)
  expect(two.stderr).toMatch(/^hintlab: --report, .*: found 2 recordings; accepted is one\n$/)
})

test('places that cannot be written are told before the work, all at once, and nothing is left behind', async () => {
  writeFileSync(at('file'), 'mine')
  const before = readdirSync(folder)
  const flags = ['--report', at('file/report'), '--csv', at('none/x.csv'), '--perfetto', at('run'), '--record', at('file')]
  for (const command of [['run', at('tiny.yaml')], ['compare', at('tiny.txt')]]) {
    const { code, stdout, stderr } = await captureCli([...command, ...flags])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.replaceAll(folder, 'F')).toMatchInlineSnapshot(`
      "hintlab: --report F/file/report: found the file F/file where a folder must be; accepted is a folder that can be written
      hintlab: --csv F/none/x.csv: found no folder F/none; accepted is a file that can be written
      hintlab: --perfetto F/run: found a folder; accepted is a file that can be written
      "
    `)
  }
  const twice = await captureCli(['sweep', at('tiny.yaml'), '--csv', at('x'), '--perfetto', at('./x'), '--out', at('file/out/')])
  expect([twice.code, twice.stderr.replaceAll(folder, 'F')]).toMatchInlineSnapshot(`
    [
      2,
      "hintlab: --perfetto F/x: found the file of --csv; accepted is another one
    hintlab: --out F/file/out/: found the file F/file where a folder must be; accepted is a folder that can be written
    ",
    ]
  `)
  const same = await captureCli(['sweep', at('tiny.yaml'), '--csv', at('x'), '--out', at('x')])
  expect([same.code, same.stderr.replaceAll(folder, 'F')]).toEqual([2, 'hintlab: --csv F/x: found the file of --out; accepted is another one\n'])
  expect(readdirSync(folder)).toEqual(before)
  expect(read('file')).toBe('mine')
})

test('a recording gets its name when the run is done', async () => {
  const { code } = await captureCli(['run', at('tiny.yaml'), '--record', at('talk'), '--json'])
  expect([code, existsSync(at('talk')), existsSync(at('talk.new'))]).toEqual([0, true, false])
})

test('runs capture what the files need, and nothing without them', () => {
  expect(captureFor({})).toBe(null)
  expect(captureFor({ csv: 'x' })).toBe(null)
  expect(captureFor({ report: 'x' })).toEqual({ series: true, cpus: false })
  expect(captureFor({ perfetto: 'x' })).toEqual({ series: true, cpus: true })
})
