/** A whole machine on a measuring engine, every option defaulted: a setting that a test names is one that matters to it. */
import { Columns } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import type { CostName, Task } from '@hintlab/sim'
import type { Axes } from '@hintlab/transport'
import { buildMachine } from '../machine.ts'
import type { Interface, Machine, MachineOptions } from '../machine.ts'
import { parseRunOptions } from '../options.ts'

/** The interface of Linux's page reporting: a virtqueue, a device thread, a worker that sleeps. */
export const QUEUE_SLEEPS: Axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' }
/** The thread's proposal: as above, and the vCPU goes on. */
export const QUEUE_GOES_ON: Axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'goes-on' }
/** A hypercall that holds the vCPU until the host is done. */
export const CALL_BLOCKS: Axes = { carrier: 'hypercall', service: 'inline', notification: 'return', submitter: 'blocks-irqs-on' }

export const REPORTING: Interface = { policy: 'page-reporting', axes: QUEUE_SLEEPS }
export const BUFFER: Interface = { policy: 'async-buffer', axes: QUEUE_GOES_ON }
export const BUFFER_BLOCKS: Interface = { policy: 'async-buffer', axes: CALL_BLOCKS }

export interface MachineFixtureOptions extends Omit<Partial<MachineOptions>, 'run'> {
  /** Settings as in a scenario file, on top of: 64 MiB, one vCPU, a fresh start. */
  readonly settings?: Record<string, unknown>
  readonly guest?: Record<string, unknown>
  readonly costs?: Partial<Record<CostName, number>>
}

export interface MachineFixture {
  readonly engine: Measure
  readonly machine: Machine
  /** Adds a task on vCPU number `cpu`. */
  script(cpu: number, body: (task: Task) => Generator<number, void, void>): Task
}

export function makeMachine({ settings = {}, guest = {}, costs = {}, ...options }: MachineFixtureOptions = {}): MachineFixture {
  const run = parseRunOptions({ start: 'fresh', ...settings, guest: { memory: 64 * 2 ** 20, vcpus: 1, ...guest } })
  const engine = new Measure(new Columns(), makeCosts(costs), run.seed)
  const machine = buildMachine(engine, { interface: null, ...options, run }, () => `${engine.now} ns`)
  return { engine, machine, script: (cpu, body) => engine.addTask(`script ${cpu}`, machine.vcpus[cpu], body) }
}
