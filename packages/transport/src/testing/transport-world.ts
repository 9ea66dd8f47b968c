/**
 * One transport between a scripted guest and a scripted device: the one construction site of the transport's tests.
 *
 *     vcpu 0..n    guest tasks, interrupt handler (vcpu 0), exit tasks        host CPU    device thread, late answers
 */
import { Columns, PAGE_SIZE } from '@hintlab/kit'
import { ArenaMemory, QueueRole, RequestKind } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import type { Cpu, Task, TaskOptions } from '@hintlab/sim'
import type { Axes } from '../axes.ts'
import { connect, transportBytes } from '../connect.ts'
import type { Transport, TransportOptions } from '../connect.ts'
import { DriverMemory } from '../driver-memory.ts'
import { ScriptedDevice } from './scripted-device.ts'
import type { Scene } from './scripted-device.ts'
import { ScriptedGuest } from './scripted-guest.ts'
import type { LetterDefaults } from './scripted-guest.ts'

const DRIVER_GPA = 16 * PAGE_SIZE

/** What a request travels in, beside its axes. */
export type WireVariant = Pick<TransportOptions, 'wire' | 'role' | 'packed' | 'indirect' | 'inOrder' | 'eventIdx'>

export interface WorldOptions extends WireVariant {
  readonly axes: Axes
  readonly vcpus?: number
  readonly slots?: number
  readonly entriesMax?: number
  readonly workNs?: number
  /** What the device does with request number n; it answers by default. */
  readonly script?: (n: number) => Scene
}

export interface World {
  readonly engine: Measure
  readonly memory: ArenaMemory
  readonly transport: Transport
  readonly device: ScriptedDevice
  readonly guest: ScriptedGuest
  readonly vcpus: readonly Cpu[]
  readonly host: Cpu
  /** Adds a guest task on a vCPU. */
  task(name: string, vcpu: number, body: (task: Task) => Generator<number, void, void>, options?: TaskOptions): Task
  /** Runs to `time` and compares every counter with its slow truth. */
  run(time: number): void
}

export function makeWorld(options: WorldOptions): World {
  const { axes, vcpus: count = 1, slots = 2, entriesMax = 32, workNs = 20_000, script = () => ({ act: 'answer' }), ...variant } = options
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const memory = new ArenaMemory(engine.cols)
  const bytes = transportBytes({ axes, entriesMax, slots, ...variant })
  memory.addRegion(DRIVER_GPA, bytes)
  const vcpus = Array.from({ length: count }, (_, i) => engine.addCpu(`vcpu${i}`, { halts: true }))
  const host = engine.addCpu('host0')
  const transport = connect(engine, memory, new DriverMemory(DRIVER_GPA, bytes), {
    label: 'hint', axes, entriesMax, slots, target: 0, irqCpu: vcpus[0], ...variant,
  })
  const guest = new ScriptedGuest(engine, transport.port, variant.wire === 'native' ? nativeLetters(variant.role) : undefined)
  transport.port.setClient(guest)
  const device = new ScriptedDevice(engine, transport, memory, { axes, entriesMax, workNs, script })
  device.addTasks(vcpus, host)
  return {
    engine, memory, transport, device, guest, vcpus, host,
    task: (name, vcpu, body, taskOptions) => engine.addTask(name, vcpus[vcpu], body, taskOptions),
    run: (time) => {
      engine.run(time)
      engine.check()
      transport.port.check()
      transport.source.check()
    },
  }
}

/** A native queue carries one kind of request; single pages are what all of them can carry. */
function nativeLetters(role: WorldOptions['role']): LetterDefaults {
  const kind = role === QueueRole.INFLATE ? RequestKind.INFLATE : RequestKind.REPORT
  return { kind, order: () => 0 }
}
