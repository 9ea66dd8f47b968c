/**
 * A device's end of a queue with native requests, for queues that start and stop while the engine runs: constructed with the device, given a ring when the
 * driver has set one up, and deprived of it by a reset. Answers to requests of an earlier ring are dropped and counted (`stale`).
 *
 *     detached --attach(ring)--> attached --detach--> detached
 *
 * A ring adds columns when it is constructed. Before the columns of a machine are sealed they belong there; a live backend, whose peer may start a queue any
 * number of times, gives each ring columns of its own.
 */
import { QueueRole } from '@hintlab/protocol'
import type { GuestMemory, HintBatch, StatsBatch } from '@hintlab/protocol'
import type { Engine } from '@hintlab/sim'
import { DevicePort } from '../device-port.ts'
import type { DeviceRing } from '../ring/ring.ts'
import { NativeHintDevice, NativeStatsDevice } from './native-device.ts'
import type { NativeCounter, NativeHintDeviceOptions } from './native-device.ts'
import type { HintRole } from './native-driver.ts'
import type { HostWire } from './wire.ts'

export interface NativePortOptions extends Partial<Pick<NativeHintDeviceOptions, 'misaligned' | 'usedLength'>> {
  readonly label: string
  readonly role: QueueRole
  /** Interrupts the guest; null when it polls. */
  readonly interrupt: (() => void) | null
  /** Called when a request was given back. */
  readonly answerVisible?: () => void
}

/** A wire whose ring comes and goes. */
export interface NativeWire<Request> extends HostWire<Request> {
  readonly ring: DeviceRing | null
  /** The ring is corrupt. */
  readonly needsReset: boolean
  counter(name: NativeCounter): number
  attach(ring: DeviceRing): void
  detach(): void
}

export class NativePort<Request = HintBatch> extends DevicePort<Request> {
  /** Counters of what the driver sent, and where a tap is set. */
  readonly native: NativeWire<Request>

  constructor(engine: Engine, native: NativeWire<Request>, options: NativePortOptions) {
    const { label, interrupt, answerVisible = () => {} } = options
    super(engine, native, { label, interrupt, answerVisible, holdsCaller: false })
    this.native = native
  }

  get ring(): DeviceRing | null {
    return this.native.ring
  }

  /** The driver has started the queue. */
  attach(ring: DeviceRing): void {
    this.native.attach(ring)
  }

  /** The queue was stopped or reset. Nothing happens when it was not started. */
  detach(): void {
    this.forget()
    this.native.detach()
  }
}

/** The end of a queue for blocks. */
export function makeHintPort(engine: Engine, memory: GuestMemory, options: NativePortOptions & { readonly role: HintRole }): NativePort {
  const { label, role, misaligned = 'cut', usedLength = 'zero' } = options
  return new NativePort(engine, new NativeHintDevice(engine.cols, memory, { label, role, misaligned, usedLength }), options)
}

/** The end of the statistics queue. A request is answered when new statistics are wanted. */
export function makeStatsPort(
  engine: Engine, memory: GuestMemory, options: NativePortOptions & { readonly entriesMax: number },
): NativePort<StatsBatch> {
  const { label, usedLength = 'zero', entriesMax } = options
  return new NativePort<StatsBatch>(engine, new NativeStatsDevice(engine.cols, memory, { label, usedLength, entriesMax }), options)
}
