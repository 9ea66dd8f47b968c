/**
 * Builds both ends of one transport over one piece of driver memory. The guest gets `port`, the host gets `source`; neither can see which carrier or
 * service stands between them.
 */
import { alignUp, assert } from '@hintlab/kit'
import { ANSWER_BYTES_MAX, batchBytesMax } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import { TaskKind } from '@hintlab/sim'
import type { Cpu, Engine, Task } from '@hintlab/sim'
import { illegal } from './axes.ts'
import type { Axes } from './axes.ts'
import type { GuestCarrier, HostCarrier, SlotBuffers } from './carrier.ts'
import { DevicePort } from './device-port.ts'
import { DriverMemory } from './driver-memory.ts'
import { GuestPort } from './guest-port.ts'
import { hypercallBuffers, HypercallGuest, HypercallHost, hypercallSlotBytes } from './hypercall-carrier.ts'
import { placeRing, ringBytes } from './ring/layout.ts'
import { VirtqueueDevice, VirtqueueDriver } from './virtqueue-carrier.ts'

export interface TransportOptions {
  /** Prefix of names in counters and messages: the queue's name. */
  readonly label: string
  readonly axes: Axes
  /** Most entries per request. */
  readonly entriesMax: number
  /** Requests in flight at once. */
  readonly slots: number
  /** Number that a kick or hypercall carries to the host. */
  readonly target: number
  /** vCPU that gets the completion interrupt. */
  readonly irqCpu: Cpu
  readonly eventIdx?: boolean
}

export interface Transport {
  readonly port: GuestPort
  readonly source: DevicePort
  /** Bytes and words as each end moves them, for those who test below the port. */
  readonly guestCarrier: GuestCarrier
  readonly hostCarrier: HostCarrier
}

/** Bytes of pinned guest memory that `connect` takes. */
export function transportBytes(options: Pick<TransportOptions, 'axes' | 'entriesMax' | 'slots'>): number {
  const { requestMax, answerMax } = bufferSizes(options.entriesMax)
  if (options.axes.carrier === 'hypercall') return options.slots * alignUp(hypercallSlotBytes(requestMax, answerMax), 16)
  return alignUp(ringBytes(queueSize(options.slots)), 16) + options.slots * (alignUp(requestMax, 16) + alignUp(answerMax, 16))
}

export function connect(engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: TransportOptions): Transport {
  const reason = illegal(options.axes)
  assert(reason === null, () => `not an interface: ${reason}`)
  const { slots, guest, host, handles } = options.axes.carrier === 'hypercall'
    ? hypercallEnds(engine, memory, driverMemory, options)
    : virtqueueEnds(engine, memory, driverMemory, options)
  const port = new GuestPort(engine, memory, guest, { label: options.label, axes: options.axes, entriesMax: options.entriesMax, slots })
  const irq = options.axes.notification === 'interrupt' ? irqTask(engine, port, options) : null
  const answerVisible = options.axes.notification === 'interrupt' ? () => {} : () => port.watch.changed()
  const source = new DevicePort(engine, memory, host, handles, {
    label: options.label,
    interrupt: irq === null ? null : () => engine.raise(irq),
    answerVisible,
    holdsCaller: options.axes.notification === 'return',
  })
  return { port, source, guestCarrier: guest, hostCarrier: host }
}

interface Ends {
  slots: SlotBuffers[]
  guest: GuestCarrier
  host: HostCarrier
  handles: number
}

function hypercallEnds(engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: TransportOptions): Ends {
  const { requestMax, answerMax } = bufferSizes(options.entriesMax)
  const bytes = alignUp(hypercallSlotBytes(requestMax, answerMax), 16)
  const slots = Array.from({ length: options.slots }, () => hypercallBuffers(driverMemory.carve(bytes), requestMax, answerMax))
  const guest = new HypercallGuest(engine.cols, memory, slots, options.target, options.label)
  const host = new HypercallHost(engine.cols, memory, requestMax, answerMax, options.label)
  return { slots, guest, host, handles: HypercallHost.callsMax }
}

function virtqueueEnds(engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: TransportOptions): Ends {
  const { requestMax, answerMax } = bufferSizes(options.entriesMax)
  const size = queueSize(options.slots)
  const place = placeRing(driverMemory.carve(ringBytes(size)), size)
  const slots = Array.from({ length: options.slots }, () => ({
    requestGpa: driverMemory.carve(requestMax),
    requestBytes: requestMax,
    answerGpa: driverMemory.carve(answerMax),
    answerBytes: answerMax,
  }))
  const ring = { ...place, eventIdx: options.eventIdx ?? true }
  const guest = new VirtqueueDriver(engine.cols, memory, slots, options.target, { ...ring, label: `${options.label} driver` })
  const host = new VirtqueueDevice(engine.cols, memory, { ...ring, label: `${options.label} device` })
  return { slots, guest, host, handles: size }
}

function irqTask(engine: Engine, port: GuestPort, options: TransportOptions): Task {
  return engine.addTask(`irq ${options.label}`, options.irqCpu, (task) => port.interruptBody(task), { kind: TaskKind.IRQ })
}

/** Two descriptors per slot, rounded up to a power of two. */
function queueSize(slots: number): number {
  let size = 2
  while (size < 2 * slots) size *= 2
  return size
}

/** Sizes of a slot's two buffers, in whole 32-bit words. */
function bufferSizes(entriesMax: number): { requestMax: number; answerMax: number } {
  return { requestMax: alignUp(batchBytesMax(entriesMax), 4), answerMax: alignUp(ANSWER_BYTES_MAX, 4) }
}
