/** run, sweep, diff and metrics as a user gives them, on a trace of a few hundred lines and on phases of milliseconds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { METRIC_NAMES } from '@hintlab/lab'
import { tinyTraceText } from '@hintlab/lab/testing'
import { afterAll, expect, test } from 'vitest'
import type { DiffOutput } from './diff-command.ts'
import type { RunOutput } from './run-command.ts'
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
    hintlab: F/trace.yaml: found no result; accepted is what hintlab run, sweep or compare prints with --json, or the file of a sweep
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
