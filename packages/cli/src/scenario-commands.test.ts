/** run, sweep, diff and metrics as a user gives them, on a trace of a few hundred lines and on phases of milliseconds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { METRIC_NAMES } from '@hintlab/lab'
import { tinyTraceText } from '@hintlab/lab/testing'
import { afterAll, expect, test } from 'vitest'
import type { DiffOutput } from './diff-command.ts'
import type { RunOutput } from './run-command.ts'
import type { SeedsOutput } from './run-seeds.ts'
import type { SweepOutput } from './sweep-command.ts'
import { captureCli } from './testing/capture.ts'
import { runHintlab } from './testing/run-hintlab.ts'
import type { Finished } from './testing/run-hintlab.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-scenario-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

writeFileSync(at('tiny.txt'), tinyTraceText())
const SMALL = 'hintlab: 1\nguest: { memory: 64 MiB }\nstart: fresh\ninterface: buffer, virtqueue, async\n'
writeFileSync(at('trace.yaml'), `${SMALL}description: A trace\nworkload: { trace: tiny.txt, settle-s: 1 }\n`)
writeFileSync(at('phases.yaml'), `${SMALL}workload:
  settle-s: 3
  phases:
    - name: up
      seconds: 0.05
      run: [{ do: burst, size: 16 MiB, order: 9, hold-ms: 10 }]
    - seconds: 0.01
`)
writeFileSync(at('aged.yaml'), 'hintlab: 1\nguest: { memory: 64 MiB }\ninterface: buffer, virtqueue, async\nworkload: { trace: tiny.txt, settle-s: 1 }\n')
const json = <T>({ stdout }: Finished): T => JSON.parse(stdout) as T

test('run reports every metric that has a value, where the time went, and what the phases did', async () => {
  const { code, stdout, stderr } = await captureCli(['run', at('phases.yaml'), '--assert', 'loops==1', '--assert', 'p50_return<3s'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^hintlab \d+\.\d+\.\d+, phases, seed 1, scenario [0-9a-f]{12}, costs [0-9a-f]{8}\ninterface buffer, virtqueue, async: async-buffer over /)
  expect(stdout).toContain('\nphases up (0.05 s: burst), 1 (0.01 s: idle)\nguest 64 MiB, 2 vCPUs, starts fresh')
  expect(stdout).toMatch(/\n {2}returned +\d+ MiB {3}memory given back to the host\n/)
  expect(stdout).toMatch(/\n {2}violations +0 {3}broken rules of the ghost\n/)
  expect(stdout).toContain('\n  phase    begins  late  allocations  frees  pages touched  loops  pages kept\n')
  expect(stdout).toContain('\n  up         0 ns  0 ns            8      8          4,096      1           0\n')
  expect(stdout).toMatch(/\nloops==1: met, found 1\np50_return<3s: met, found [\d.]+ \w+\n$/)
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(118)
})

test('run --json is one object; --set and --seed are settings like those of the file', async () => {
  const args = ['run', at('trace.yaml'), '--json', '--seed', '9', '--set', 'interface=no hinting', '--set', 'guest.vcpus=1']
  const [first, second] = [await captureCli(args), await captureCli(args)]
  expect(first).toEqual(second)
  const output = json<RunOutput>(first)
  expect(Object.keys(output)).toEqual([
    'version', 'name', 'seed', 'scenarioHash', 'costsHash', 'interfaceName', 'interface', 'options', 'traces', 'phases', 'durationS', 'metrics', 'run', 'assertions',
  ])
  expect(output).toMatchObject({ name: 'trace', seed: 9, interface: null, options: { guest: { vcpus: 1 } }, phases: null, assertions: [] })
  expect(Object.keys(output.metrics)).toEqual(METRIC_NAMES)
  expect(output.traces.map(({ events }) => events)).toEqual([482])
})

test('an assertion that is not met ends with 1; one that is none, and every other mistake, with 2', async () => {
  const missed = await captureCli(['run', at('trace.yaml'), '--json', '--assert', 'returned<1MiB'])
  expect([missed.code, missed.stderr]).toMatchInlineSnapshot(`
    [
      1,
      "hintlab: returned<1MiB: NOT MET, found 58 MiB
    ",
    ]
  `)
  const bad = await captureCli(['run', at('trace.yaml'), '--assert', 'p98_free<1us', '--set', 'guest.vcpus=0'])
  expect([bad.code, bad.stdout]).toEqual([2, ''])
  expect(bad.stderr.replace(METRIC_NAMES.join(', '), 'METRICS')).toMatchInlineSnapshot(`
    "hintlab: --assert "p98_free<1us": found the unknown metric p98_free; accepted are METRICS
    hintlab: --set guest.vcpus=0: guest.vcpus: found 0; accepted is a number from 1
    "
  `)
  const nowhere = await captureCli(['run', 'nowhere'])
  expect(nowhere.code).toBe(2)
  expect(nowhere.stderr).toMatch(/^hintlab: nowhere: found no readable file; accepted is a scenario file, or one of .*\bmemhog\b/)
})

test('sweep: a table in the order of the combinations, files that a second sweep goes on from', async () => {
  const args = ['sweep', at('trace.yaml'), '--vary', 'guest.vcpus=1,2', '--vary', 'interface=no hinting,buffer, virtqueue, async', '--workers', '1']
  const table = await captureCli([...args, '--out', `${at('out')}/`, '--columns', 'messages,returned,violations'])
  expect([table.code, table.stderr]).toEqual([0, ''])
  expect(table.stdout.replace(/hintlab [\d.]+/, 'hintlab X')).toMatchInlineSnapshot(`
    "hintlab X, trace

    guest.vcpus  interface                 messages  returned  violations
    ---------------------------------------------------------------------
    1            no hinting                       0       0 B           0
    1            buffer, virtqueue, async         3    58 MiB           0
    2            no hinting                       0       0 B           0
    2            buffer, virtqueue, async         3    58 MiB           0
    "
  `)
  expect(readFileSync(at('out/table.txt'), 'utf8')).toBe(table.stdout)
  const again = await captureCli([...args, '--out', `${at('out')}/`, '--json', '--assert', 'messages>0'])
  expect(again.code).toBe(1)
  expect(again.stderr).toMatchInlineSnapshot(`
    "hintlab: guest.vcpus=1 interface=no hinting: messages>0: NOT MET, found 0
    hintlab: guest.vcpus=2 interface=no hinting: messages>0: NOT MET, found 0
    "
  `)
  expect(json<SweepOutput>(again).rows.map(({ settings }) => settings['guest.vcpus'])).toEqual(['1', '1', '2', '2'])
  expect(readFileSync(at('out/sweep.json'), 'utf8')).toBe(again.stdout)
  const wrong = await captureCli(['sweep', at('trace.yaml'), '--vary', 'guest.vcpus', '--workers', '0', '--columns', 'speed'])
  expect([wrong.code, wrong.stderr.split('\n').map((line) => line.slice(0, 60))]).toMatchInlineSnapshot(`
    [
      2,
      [
        "hintlab: --vary guest.vcpus: found no values; accepted is pa",
        "hintlab: --workers: found "0"; accepted is a whole number fr",
        "hintlab: --columns: found speed; accepted are footprint, res",
        "",
      ],
    ]
  `)
})

test('run --seeds: means with minimum and maximum, assertions that hold for every seed, a line of CSV for each', async () => {
  const args = ['run', at('aged.yaml'), '--seed', '4', '--seeds', '3', '--workers', '1']
  const { code, stdout, stderr } = await captureCli([...args, '--assert', 'violations==0', '--csv', at('seeds.csv')])
  expect([code, stderr]).toEqual([0, ''])
  const shown = stdout.split('\n').filter((line) => /^hintlab|mean|^ {2}(footprint|messages|violations) |^violations/.test(line))
  expect(shown.map((line) => line.replace(/hintlab [\d.]+/, 'hintlab X').replace(/scenario \w+, costs \w+/, 'HASHES'))).toMatchInlineSnapshot(`
    [
      "hintlab X, aged, seeds 4 to 6, HASHES",
      "Memory                    mean         min         max",
      "  footprint        0.045 GiB*s 0.042 GiB*s 0.050 GiB*s   host memory of the guest, integrated over time",
      "  messages                   4           4           4   requests",
      "  violations                 0           0           0   broken rules of the ghost",
      "violations==0: met with all 3 seeds, found 0",
    ]
  `)
  for (const line of stdout.slice(stdout.indexOf('\nMemory')).split('\n')) expect(line.length).toBeLessThanOrEqual(118)
  const lines = readFileSync(at('seeds.csv'), 'utf8').trimEnd().split('\r\n').map((line) => line.split(','))
  const seedAt = lines[0].indexOf('seed')
  expect(lines.slice(1).map((cells) => cells.at(-(lines[0].length - seedAt)))).toEqual(['4', '5', '6'])
  const whole = await captureCli([...args, '--json'])
  const { seeds, spread, rows } = json<SeedsOutput>(whole)
  expect([seeds, rows.map(({ seed, settings }) => [seed, settings])]).toEqual([[4, 5, 6], [4, 5, 6].map((seed) => [seed, { seed: String(seed) }])])
  for (const name of METRIC_NAMES) {
    const values = rows.map(({ metrics }) => metrics[name]).filter((value) => value !== null)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(spread[name], name).toEqual(values.length === 0 ? null : { min: Math.min(...values), mean, max: Math.max(...values), of: values.length })
  }
  const alone = json<RunOutput>(await captureCli(['run', at('aged.yaml'), '--seed', '5', '--json']))
  expect(rows[1].run.eventHash).toBe(alone.run.eventHash)
  const limit = rows.map(({ metrics }) => metrics['footprint']!).sort((a, b) => a - b)[0]
  const failed = await captureCli([...args, '--json', '--assert', `footprint<=${limit}GiB*s`])
  expect(failed.code).toBe(1)
  expect(failed.stderr).toMatch(/^hintlab: footprint<=[\d.]+GiB\*s: NOT MET with 2 of 3 seeds: \d \(found [\d.]+ GiB\*s\), \d \(found [\d.]+ GiB\*s\)\n$/)
  const record = await captureCli([...args, '--record', at('talk')])
  expect([record.code, record.stderr]).toEqual([2, 'hintlab: --record: found --seeds 3 beside it; accepted is one seed\n'])
})

test('sweep --seeds: a line for each combination, and how far the seeds lie apart below it', async () => {
  const args = ['sweep', at('aged.yaml'), '--vary', 'guest.vcpus=1,2', '--seeds', '2', '--workers', '1', '--columns', 'footprint,messages,violations']
  const { code, stdout } = await captureCli([...args, '--csv', at('sweep.csv'), '--out', `${at('seeded')}/`])
  expect(code).toBe(0)
  expect(stdout.replace(/hintlab [\d.]+/, 'hintlab X')).toMatchInlineSnapshot(`
    "hintlab X, aged
    means of 2 seeds, below them minimum to maximum

    guest.vcpus             footprint  messages  violations
    -------------------------------------------------------
    1                     0.034 GiB*s         4           0
                 0.033 to 0.035 GiB*s
    2                     0.036 GiB*s         4           0
                 0.035 to 0.037 GiB*s
    "
  `)
  const cells = readFileSync(at('sweep.csv'), 'utf8').split('\r\n').map((line) => line.split(',')[3])
  expect(cells).toEqual(['configuration', 'guest.vcpus=1', 'guest.vcpus=1', 'guest.vcpus=2', 'guest.vcpus=2', undefined])
  const again = json<SweepOutput>(await captureCli([...args, '--out', `${at('seeded')}/`, '--json']))
  expect(again.rows.map(({ settings }) => settings)).toEqual(['1', '2'].flatMap((vcpus) => ['1', '2'].map((seed) => ({ 'guest.vcpus': vcpus, seed }))))
  expect(again.spreads!.map(({ settings, spread }) => [settings, spread['violations']])).toEqual(
    ['1', '2'].map((vcpus) => [{ 'guest.vcpus': vcpus }, { min: 0, mean: 0, max: 0, of: 2 }]),
  )
  const twice = await captureCli([...args, '--vary', 'seed=1,2'])
  expect([twice.code, twice.stderr]).toEqual([2, 'hintlab: --seeds: found --vary seed beside it; accepted is one of the two\n'])
})

test('diff: what changed most first; --fail-above; entries of sweeps by their settings', async () => {
  const results: string[] = []
  for (const [i, face] of ['buffer, virtqueue, async', 'buffer, hypercall'].entries()) {
    const { stdout } = await captureCli(['run', at('trace.yaml'), '--json', '--set', `interface=${face}`])
    writeFileSync(at(`${i}.json`), stdout)
    results.push(at(`${i}.json`))
  }
  const diff = await captureCli(['diff', ...results, '--only', 'kicks', '--only', 'interrupts', '--only', 'messages'])
  expect([diff.code, diff.stdout.replace(/\d+ metrics/, 'N metrics')]).toMatchInlineSnapshot(`
    [
      0,
      "trace
      interface.axes.carrier: virtqueue -> hypercall
      interface.axes.notification: interrupt -> return
      interface.axes.service: thread -> inline
      interface.axes.submitter: goes-on -> blocks-irqs-off
      metric      A  B  B - A        %
      kicks       1  3     +2  +200.00
      interrupts  2  0     -2  -100.00
      N metrics are the same
    ",
    ]
  `)
  expect((await captureCli(['diff', results[0], results[0], '--fail-above', '0%'])).code).toBe(0)
  const failed = await captureCli(['diff', ...results, '--fail-above', '5%', '--json'])
  expect(failed.code).toBe(1)
  expect(json<DiffOutput>(failed).failed.map(({ name }) => name)).toContain('interrupts')
  const bad = await captureCli(['diff', results[0], at('trace.yaml'), '--fail-above', '5', '--only', 'x'])
  expect([bad.code, bad.stderr.replace(METRIC_NAMES.join(', '), 'METRICS').replaceAll(folder, 'F')]).toMatchInlineSnapshot(`
    [
      2,
      "hintlab: --fail-above: found "5"; accepted is a percentage such as 5%
    hintlab: --only: found x; accepted are METRICS
    hintlab: F/trace.yaml: found no JSON (Unexpected token 'h', "hintlab: 1"... is not valid JSON); accepted is what hintlab run, sweep or compare prints with --json, or the file of a sweep
    ",
    ]
  `)
})

test('metrics lists every name with its units; the commands are there in a process of their own', async () => {
  const metrics = await captureCli(['metrics'])
  expect(metrics.stdout.split('\n').find((line) => line.startsWith('p99_free'))).toMatchInlineSnapshot(`"p99_free        ns us ms s                 stall of a free, 99th percentile"`)
  for (const name of METRIC_NAMES) expect(metrics.stdout).toMatch(new RegExp(`^${name} `, 'm'))
  expect(json<{ metrics: unknown[] }>(await captureCli(['metrics', '--json'])).metrics).toHaveLength(METRIC_NAMES.length)
  const { code, stdout, stderr } = await runHintlab(['run', 'trace.yaml', '--assert', 'violations==0'], { cwd: folder })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/\ntrace tiny\.txt: 482 events [\s\S]*\nviolations==0: met, found 0\n$/)
})
