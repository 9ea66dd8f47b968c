/** A balloon machine on a measuring engine, every option defaulted: Linux's driver on QEMU's device, as it is with all its features on. */
import { Columns } from '@hintlab/kit'
import { Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import { makeCosts, Measure } from '@hintlab/sim'
import type { CostName, Task } from '@hintlab/sim'
import { buildBalloonMachine } from '../balloon/balloon-machine.ts'
import type { BalloonMachine, BalloonMachineOptions } from '../balloon/balloon-machine.ts'
import { DEVICES, DRIVERS } from '../balloon/personalities.ts'

export interface BalloonFixtureOptions extends Partial<BalloonMachineOptions> {
  readonly costs?: Partial<Record<CostName, number>>
  /** False: the driver is not bound yet. */
  readonly init?: boolean
}

export interface BalloonFixture extends BalloonMachine {
  readonly engine: Measure
  /** Lets `ms` of virtual time pass. */
  pass(ms: number): void
  /** Adds a task of the guest. */
  guest(name: string, body: (task: Task) => Generator<number, void, void>): Task
  /** Takes pages one by one until none is left, or `most` are taken. */
  hog(most: number): number[]
}

export function makeBalloonMachine({ costs = {}, init = true, ...options }: BalloonFixtureOptions = {}): BalloonFixture {
  const engine = new Measure(new Columns(), makeCosts(costs), 1)
  const machine = buildBalloonMachine(engine, { driver: DRIVERS.linux, device: DEVICES.qemu, ...options })
  if (init) {
    const result = machine.binding.init()
    if (!result.ok) throw new Error(`the driver did not take the device: ${result.reason}`)
  }
  const guest = (name: string, body: (task: Task) => Generator<number, void, void>): Task => engine.addTask(name, machine.vcpus[0], body)
  return {
    ...machine, engine, guest,
    pass: (ms) => engine.run(engine.now + ms * 1e6),
    hog: (most) => {
      const taken: number[] = []
      guest('hog', (task) => hogBody(machine, task, taken, most))
      return taken
    },
  }
}

function* hogBody({ kernel }: BalloonMachine, task: Task, taken: number[], most: number): Generator<number, void, void> {
  while (taken.length < most) {
    let pfn = kernel.allocFast(task, 0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) pfn = yield* kernel.allocSlow(task, 0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    if (pfn === NONE) return
    taken.push(pfn)
  }
}
