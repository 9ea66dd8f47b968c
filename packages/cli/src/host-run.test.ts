/** `hintlab run` of a scenario with `guests:` as a user runs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { HostScenarioResult } from '@hintlab/lab'
import { captureCli } from './testing/capture.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-guests-'))
const path = join(folder, 'two.yaml')
writeFileSync(path, `hintlab: 1
host: { memory: 64 MiB, swap: 64 MiB }
guest: { memory: 64 MiB, vcpus: 1 }
workload: { phases: [ { seconds: 1, run: [ { do: memhog, size: 40 MiB, loops: 1 } ] } ] }
guests:
  - { name: a, interface: page-reporting }
  - { name: b, interface: no hinting }
`)
afterAll(() => rmSync(folder, { recursive: true }))

test('a line for each guest, and what the host did for them', async () => {
  const { code, stdout, stderr } = await captureCli(['run', path])
  expect([code, stderr]).toEqual([0, ''])
  expect(`\n${stdout}`).toMatchInlineSnapshot(`
    "
    two, seed 1: 2 guests on one host, 1.0 s.
    Memory of the host in MiB; refused: touches for which it had none.

    guest  hints           at end  most  returned  to swap  from swap  longest touch  refused
    a      page-reporting      30    32         0       10          0         2.0 ms        0
    b      no hinting          32    34         0        8          0         2.0 ms        0

    host of 64 MiB: most in use 62, at end 62
    swap: at most 18, written 18, read 0
    direct reclaims 4, data lost 0
    "
  `)
})

test('--json has the result in full and nothing else', async () => {
  const { code, stdout } = await captureCli(['run', path, '--json', '--seed', '3'])
  const { seed, guests } = JSON.parse(stdout) as HostScenarioResult
  expect([code, seed, guests.map(({ name, run }) => [name, run.seed])]).toEqual([0, 3, [['a', 3], ['b', 3]]])
})

test('what needs one guest is refused, a line each', async () => {
  expect(await captureCli(['run', path, '--csv', 'out.csv', '--seeds', '3'])).toEqual({
    code: 2, stdout: '', stderr: 'hintlab: --csv: found a scenario with guests; accepted is one without\nhintlab: --seeds: found a scenario with guests; accepted is one without\n',
  })
})
