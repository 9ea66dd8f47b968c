/** The command line as a user runs it: a process of its own on a trace of a few hundred lines. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { COMPARED } from '@hintlab/lab'
import { tinyTraceText } from '@hintlab/lab/testing'
import { afterAll, expect, test } from 'vitest'
import { checkFailed } from './compare-command.ts'
import type { CompareOutput } from './compare-command.ts'
import { fixtureComparison } from './testing/fixture.ts'
import { runHintlab } from './testing/run-hintlab.ts'
import type { Finished, RunAt } from './testing/run-hintlab.ts'

const cwd = mkdtempSync(join(tmpdir(), 'hintlab-cli-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const text = tinyTraceText()
const BAD_LINES = Array.from({ length: 7 }, (_, i) => `  a-1 [000] ..... 2.00000${i}: mm_page_free: page=0 pfn=0x1 order=2${i}`)
writeFileSync(join(cwd, 'tiny.txt'), text)
writeFileSync(join(cwd, 'tiny.gz'), gzipSync(text))
writeFileSync(join(cwd, 'bad.txt'), `${text}${BAD_LINES.join('\n')}\n`)
mkdirSync(join(cwd, 'inner'))

/** A small guest that idles briefly: a run takes some milliseconds. */
const SMALL = ['--guest-memory', '64M', '--settle', '1']
/** And few rows. */
const TINY = [...SMALL, '--interfaces', 'async', '--no-sensitivity']

const hintlab = (args: readonly string[], at: Partial<RunAt> = {}): Promise<Finished> => runHintlab(args, { cwd, ...at })
const jsonOf = ({ stdout }: Finished): CompareOutput => JSON.parse(stdout) as CompareOutput

test('the table: all rows, conclusions, sensitivity; the same bytes when it is run again', async () => {
  const args = ['compare', 'tiny.txt', ...SMALL]
  const [first, second] = await Promise.all([hintlab(args), hintlab(args)])
  expect([first.code, first.stderr]).toEqual([0, ''])
  for (const { name } of COMPARED) expect(first.stdout).toContain(`\n${name} `)
  expect(first.stdout).toMatch(/^hintlab \d+\.\d+\.\d+, seed 1, scenario [0-9a-f]{12}, costs [0-9a-f]{8}\ntrace tiny\.txt: 482 events /)
  expect(first.stdout).toContain('No guest data was lost: 0 violations in 8 runs.')
  expect(first.stdout).toContain('\nSensitivity: with the 26 costs')
  expect(Math.max(...first.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  // eslint-disable-next-line no-control-regex -- a pipe gets no escapes
  expect(first.stdout).not.toMatch(/\u001b/)
  expect(second).toEqual(first)
})

test('--mail prints at most 72 columns; a gzip file over standard input is the same workload', async () => {
  const [file, stdin] = await Promise.all([
    hintlab(['compare', 'tiny.txt', '--mail', '--seeds', '2', ...TINY]),
    hintlab(['compare', '-', '--mail', '--seeds', '2', ...TINY], { stdin: gzipSync(text) }),
  ])
  expect([file.code, file.stderr]).toEqual([0, ''])
  for (const line of file.stdout.split('\n')) expect(line).toMatch(/^[ -~]{0,72}$/)
  expect(file.stdout).toContain('seeds 1 to 2')
  expect(stdin.stdout.replace('<stdin>', 'tiny.txt')).toBe(file.stdout)
})

test('--json prints one object and nothing else, one comparison per trace', async () => {
  const result = await hintlab(['compare', 'tiny.txt', 'tiny.gz', '--json', '--seed', '3', '--seeds', '3', '--set', 'cost.kick=1234', ...TINY])
  expect([result.code, result.stderr]).toEqual([0, ''])
  const { version, comparisons } = jsonOf(result)
  expect(version).toBe(comparisons[0].version)
  expect(comparisons.map(({ trace }) => trace.file)).toEqual(['tiny.txt', 'tiny.gz'])
  expect({ ...comparisons[1], trace: null }).toEqual({ ...comparisons[0], trace: null })
  expect(Object.keys(comparisons[0])).toEqual([
    'version', 'seeds', 'scenarioHash', 'costsHash', 'trace', 'options', 'rows', 'conclusions', 'safety', 'notes', 'violations', 'sensitivity',
  ])
  expect(comparisons[0].seeds).toEqual([3, 4, 5])
  expect(comparisons[0].options.cost.kick).toBe(1234)
  expect(comparisons[0].rows.map((row) => [row.name, row.runs.length])).toEqual([['no hinting', 3], ['buffer, hypercall, async', 3], ['buffer, virtqueue, async', 3]])
})

test('bad input ends with 2, one line per mistake and nothing on standard output', async () => {
  const outcomes = await Promise.all([
    hintlab(['compare', '--frob']),
    hintlab([
      'compare', 'nowhere.txt', 'tiny.txt', 'gone.gz', '--set', 'reporting.delay=1', '--vcpus', '0', '--start', 'old', '--seeds', 'x', '--interfaces', 'pigeon',
    ]),
    hintlab(['compare', '-', ...TINY], { stdin: 'no trace\n' }),
  ])
  for (const { code, stdout } of outcomes) expect([code, stdout]).toEqual([2, ''])
  expect(outcomes.map(({ stderr }) => stderr).join('\n')).toMatchInlineSnapshot(`
    "hintlab: unknown option '--frob'
    hintlab compare --help lists what is accepted

    hintlab: --vcpus: found 0; accepted is a number from 1
    hintlab: --start: found "old"; accepted is one of fresh, aged
    hintlab: reporting: found the unknown setting delay; accepted are delay-ms, capacity, order, budget-divisor
    hintlab: --seeds: found "x"; accepted is a whole number from 1 to 1000
    hintlab: --interfaces: found "pigeon"; accepted is a part of one of "no hinting", "reporting, hypercall", "reporting, virtqueue, polls", "reporting, virtqueue, sleeps", "buffer, hypercall", "buffer, virtqueue, sleeps", "buffer, hypercall, async", "buffer, virtqueue, async", "balloon", "essa-log", "free-page-hint", "free-page-hint, until DONE", "migration without hints", "hypercall-thp, free path", "hypercall-thp", "hypercall-thp, polls", "percpu-array", "async-buffer 256", "async-buffer 512", "zone-bitmap", "page-reporting"
    hintlab: nowhere.txt: found no such file, accepted text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input
    hintlab: gone.gz: found no such file, accepted text of ftrace, trace-cmd report or perf script, plain or gzip, or - for standard input

    hintlab: <stdin>: found no event in 1 lines (0 events of other kinds, 0 malformed), accepted lines such as "task-1 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0"
    "
  `)
})

test('malformed lines are warnings with file and line; --strict stops at the first; paths are relative to where the user stands', async () => {
  const inner = { initCwd: join(cwd, 'inner') }
  const [lenient, strict] = await Promise.all([
    // What `pnpm start -- --vcpus 1 ...` hands on.
    hintlab(['compare', '--', '--vcpus', '1', '../bad.txt', '--json', ...TINY], inner), hintlab(['compare', 'bad.txt', '--strict', ...TINY]),
  ])
  expect(lenient.code).toBe(0)
  expect(lenient.stderr).toMatchInlineSnapshot(`
    "hintlab: warning: ../bad.txt:485: no readable order: a-1 [000] ..... 2.000000: mm_page_free: page=0 pfn=0x1 order=20
    hintlab: warning: ../bad.txt:486: no readable order: a-1 [000] ..... 2.000001: mm_page_free: page=0 pfn=0x1 order=21
    hintlab: warning: ../bad.txt:487: no readable order: a-1 [000] ..... 2.000002: mm_page_free: page=0 pfn=0x1 order=22
    hintlab: warning: ../bad.txt:488: no readable order: a-1 [000] ..... 2.000003: mm_page_free: page=0 pfn=0x1 order=23
    hintlab: warning: ../bad.txt:489: no readable order: a-1 [000] ..... 2.000004: mm_page_free: page=0 pfn=0x1 order=24
    hintlab: warning: ../bad.txt: 7 malformed lines left out, the first 5 are shown
    "
  `)
  expect(jsonOf(lenient)).toMatchObject({ comparisons: [{ trace: { file: '../bad.txt', malformedLines: 7 }, options: { guest: { vcpus: 1 } } }] })
  expect([strict.code, strict.stdout]).toEqual([2, ''])
  expect(strict.stderr).toMatchInlineSnapshot(`
    "hintlab: bad.txt:485: found no readable order in "a-1 [000] ..... 2.000000: mm_page_free: page=0 pfn=0x1 order=20", accepted an order from order=0 to order=10
    "
  `)
})

test('a reader that goes away is no error; version and costs', async () => {
  const [closed, version, costs] = await Promise.all([
    hintlab(['compare', 'tiny.txt', ...SMALL, '--interfaces', 'async'], { closeEarly: true }), hintlab(['--version']), hintlab(['costs']),
  ])
  expect([closed.code, closed.stderr]).toEqual([0, ''])
  expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, stderr: '' })
  expect(costs.stdout.split('\n').find((line) => line.startsWith('kick '))).toMatchInlineSnapshot(`"kick               900       600-2000  D  in-kernel exit plus eventfd signal (ioeventfd)"`)
})

test('a broken rule makes the check fail, also one that only changed costs bring out', () => {
  const broken = { seed: 1, runs: 8, holding: [], flips: [], asynchronyRatios: [], violations: 1, texts: [] }
  expect(checkFailed([fixtureComparison()])).toBe(false)
  expect(checkFailed([fixtureComparison(), fixtureComparison({ violations: 1 })])).toBe(true)
  expect(checkFailed([fixtureComparison({ sensitivity: broken })])).toBe(true)
})

test('check finds nothing with every safeguard, and the lost page with its steps without one', async () => {
  const rows = ['--interfaces', 'buffer, virtqueue, async', '--schedules', '500']
  const merges = ['--all', '--interfaces', 'hypercall-thp, polls', '--schedules', '500', '--set', 'hypercall-thp.hook=merge']
  const [clean, broken, wrong, merged, foreign] = await Promise.all([
    hintlab(['check', ...rows]),
    hintlab(['check', ...rows, '--without', 'F2']),
    hintlab(['check', '--without', 'F99', '--schedules', '1']),
    hintlab(['check', ...merges, '--without', 'F2']),
    hintlab(['check', ...rows, '--set', 'reporting.order=9']),
  ])
  expect([clean.code, clean.stderr]).toEqual([0, ''])
  expect(clean.stdout).toMatch(/^2 vCPUs, 4 pages, every safeguard on, seed 1\nbuffer, virtqueue, async +clean in 500 schedules {2}\(\d+ steps, hash [0-9a-f]{8}\)\n$/)
  expect([broken.code, broken.stderr]).toEqual([1, ''])
  expect(broken.stdout).toContain('without F2')
  expect(broken.stdout).toMatch(/\n {3}1 {2}\w+ +/)
  expect(broken.stdout).toMatch(/the host discards page p0x\d, which the guest owns \(allocated\)\n$/)
  expect([wrong.code, wrong.stdout]).toEqual([2, ''])
  expect(wrong.stderr).toBe('hintlab: --without: found F99; accepted: F1, F2\n')
  expect(merged.code).toBe(1)
  expect(merged.stdout).toMatch(/^2 vCPUs, 4 pages, without F2, hypercall-thp\.hook=merge, seed 1\n[^]*put back: zone lock\n[^]*which the guest owns/)
  expect([foreign.code, foreign.stderr]).toEqual([
    2, 'hintlab: --set: found reporting; accepted are settings of the interfaces that are checked: async-buffer\n',
  ])
})
