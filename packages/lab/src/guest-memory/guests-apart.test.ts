/** Guests of one host draw for themselves: what one starts as and reads does not depend on who is beside it. */
import { Columns, MIB, SECOND } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { buildHost } from '../hosts/build-host.ts'
import type { GuestSpec } from '../hosts/build-host.ts'
import { parseRunOptions } from '../options.ts'
import { parsePhases } from '../workload/phase-schema.ts'
import { PhaseWorkload } from '../workload/phase-workload.ts'

const run = parseRunOptions({
  guest: { memory: 64 * MIB, vcpus: 1, 'page-cache': 2 }, aged: { used: 0.3, fragmented: 0.5, huge: 0.5 },
  files: { 'accesses-per-second': 5000, 'write-share': 0.2 },
})
const { host } = parseRunOptions({ start: 'fresh', host: { memory: 512 * MIB } })
const phases = parsePhases([{ seconds: 1, run: [{ do: 'churn', size: MIB, 'per-second': 2000 }] }])

/** What each guest began as, and what it read, wrote and allocated in a second. */
function live(names: readonly string[]): Record<string, unknown> {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const guests = names.map((name): GuestSpec => ({ name, run, interface: null }))
  const built = buildHost(engine, { guests, host }).guests
  const begun = built.map(({ machine: { kernel } }) => kernel.mm.core.state.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0))
  const loads = built.map(({ machine }) => new PhaseWorkload(machine, phases))
  engine.run(2 * SECOND)
  return Object.fromEntries(built.map(({ name, machine }, i) => [name, { begun: begun[i], files: machine.files!.counts, load: loads[i].phases[0] }]))
}

test('a guest is the same alone and beside others, and no two guests are', () => {
  const both = live(['a', 'b'])
  expect([live(['a'])['a'], live(['b'])['b']]).toEqual([both['a'], both['b']])
  expect(both['a']).not.toEqual(both['b'])
})
