/** Random machines under the measuring driver: every schedule keeps M1 to M3, every nanosecond is accounted for along the way, and runs repeat. */
import { Columns, Prng } from '@hintlab/kit'
import { describe, expect, it } from 'vitest'
import { makeCosts, Measure, TaskKind } from './index.ts'
import type { Cpu } from './index.ts'
import { addRandomMachine } from './testing/index.ts'
import type { RandomMachineOptions } from './testing/index.ts'

const CHECK_NS = 100_000
const DEADLINE = 2_000_000_000
/** Longer than a time slice, so that slices end in the middle of steps. */
const LONG_STEP_NS = 4_000_000

/** Runs to the end, with a check after every 100 us (with long steps, some 100 times). Returns what identifies the run. */
function runToEnd(seed: number, options: RandomMachineOptions): string {
  const engine = new Measure(new Columns(), makeCosts(), seed)
  const machine = addRandomMachine(engine, options)
  const checkNs = options.stepNsMax === LONG_STEP_NS ? 20 * CHECK_NS : CHECK_NS
  while (!machine.done() && engine.now < DEADLINE) {
    engine.run(engine.now + checkNs)
    engine.check()
    for (const cpu of machine.cpus) expectHostCode(cpu)
  }
  expect(machine.done(), `seed ${seed}: M2, everything finishes`).toBe(true)
  return `${engine.eventHash} after ${engine.dispatches} dispatches`
}

/** S2: host code that holds a lock of the host, or spins for one, is on a host CPU. */
function expectHostCode({ name, current, backing, granted }: Cpu): void {
  if (backing === null || current === null || current.kind !== TaskKind.EXIT || current.atomic === 0) return
  if (!granted || backing.guest?.name !== name) throw new Error(`${name} was displaced with a spinlock of the host`)
}

/** A machine of random shape. */
function shape(random: Prng, hostCpus: (cpus: number) => number): RandomMachineOptions {
  const cpus = 1 + random.below(4)
  const long = random.chance(1, 4)
  return {
    cpus,
    workers: cpus + random.below(2 * cpus + 1),
    actions: long ? 10 : 20 + random.below(60),
    hostCpus: hostCpus(cpus),
    stepNsMax: long ? LONG_STEP_NS : 2000,
  }
}

describe('random machines', () => {
  it('keep their promises with a host CPU for each vCPU', () => {
    const random = new Prng(1)
    for (let seed = 0; seed < 100; seed++) runToEnd(seed, shape(random, () => 0))
  })

  it('keep them with fewer host CPUs than vCPUs', () => {
    const random = new Prng(2)
    for (let seed = 0; seed < 100; seed++) runToEnd(seed, shape(random, (cpus) => 1 + random.below(cpus)))
  })

  it('run the same way for the same seed, and another way for another', () => {
    for (const hostCpus of [0, 2]) {
      const options = { cpus: 3, workers: 7, actions: 100, hostCpus }
      expect(runToEnd(11, options)).toBe(runToEnd(11, options))
      expect(runToEnd(11, options)).not.toBe(runToEnd(12, options))
    }
  })
})
