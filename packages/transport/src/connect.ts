/**
 * Builds both ends of one transport over one piece of driver memory. The guest gets `port`, the host gets `source`; neither can see which wire, carrier or
 * service stands between them.
 */
import { alignUp, assert } from '@hintlab/kit'
import { QueueRole } from '@hintlab/protocol'
import type { GuestMemory, HintBatch, StatsBatch } from '@hintlab/protocol'
import { TaskKind } from '@hintlab/sim'
import type { Cpu, Engine, Task } from '@hintlab/sim'
import { illegal } from './axes.ts'
import type { Axes } from './axes.ts'
import type { GuestCarrier, HostCarrier, SlotBuffers } from './carrier.ts'
import { DevicePort } from './device-port.ts'
import { DriverMemory } from './driver-memory.ts'
import { GuestPort } from './guest-port.ts'
import { hypercallBuffers, HypercallGuest, HypercallHost, hypercallSlotBytes } from './hypercall-carrier.ts'
import { ANSWER_BUFFER_BYTES, messageQueue, messageQueueBytes, nativeQueue, nativeQueueBytes, PIECE_ALIGN } from './queue-shape.ts'
import type { RingOptions } from './queue-shape.ts'
import { makeDeviceRing, makeDriverRing, placeQueue, queueBytes } from './ring/make-ring.ts'
import type { QueueShape } from './ring/make-ring.ts'
import type { QueueOptions, QueuePlace } from './ring/queue-options.ts'
import { VirtqueueDevice, VirtqueueDriver } from './virtqueue-carrier.ts'
import { HINT_MESSAGES, STATS_MESSAGES } from './wire/message-codec.ts'
import type { MessageCodec } from './wire/message-codec.ts'
import { MessageDevice } from './wire/message-device.ts'
import { MessageDriver } from './wire/message-driver.ts'
import { NativeHintDevice, NativeStatsDevice } from './wire/native-device.ts'
import { nativeBufferBytes, NativeHintDriver, NativeStatsDriver } from './wire/native-driver.ts'
import type { HintRole } from './wire/native-driver.ts'
import type { GuestWire, HostWire } from './wire/wire.ts'

export interface TransportOptions extends RingOptions {
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
  /** Messages of this project, or the payloads of virtio-balloon, which only virtqueues carry. */
  readonly wire?: 'protobuf' | 'native'
  /** What a native queue is for; reporting by default. */
  readonly role?: HintRole
}

/** Statistics have a queue of their own, whose role is known. */
export type StatsTransportOptions = Omit<TransportOptions, 'role'>

export interface Transport<Request = HintBatch> {
  readonly port: GuestPort<Request>
  readonly source: DevicePort<Request>
  /** Bytes and words as each end moves them, for those who listen or test below the port. */
  readonly guestWire: GuestWire<Request>
  readonly hostWire: HostWire<Request>
  /** What messages travel in at the host's end; null on a native wire. */
  readonly hostCarrier: HostCarrier | null
  /** Where the queue lies; null where requests are hypercalls. */
  readonly place: QueuePlace | null
}

/** What the size of a transport depends on. */
type Sizes = Pick<TransportOptions, 'axes' | 'entriesMax' | 'slots'> & Partial<Pick<TransportOptions, 'wire' | 'role'>> & RingOptions

/** Bytes of pinned guest memory that `connect` takes. */
export const transportBytes = (options: Sizes): number => wireBytes(options, HINT_MESSAGES, options.role ?? QueueRole.REPORTING)

/** Bytes of pinned guest memory that `connectStats` takes. */
export const statsTransportBytes = (options: Omit<Sizes, 'role'>): number => wireBytes(options, STATS_MESSAGES, QueueRole.STATS)

export function connect(engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: TransportOptions): Transport {
  assertLegal(options)
  if (options.wire !== 'native') return join(engine, options, messageEnds(engine, memory, driverMemory, options, HINT_MESSAGES))
  const { label, role = QueueRole.REPORTING } = options
  const { ring, native } = nativeQueueOf(driverMemory, options, role)
  const guest = new NativeHintDriver(engine.cols, memory, { ...native, role })
  const host = new NativeHintDevice(engine.cols, memory, { label: `${label} device`, role })
  attachRings(engine, memory, ring, label, guest, host)
  return join(engine, options, { guest, host, carrier: null, place: ring })
}

/** As `connect`, for statistics. */
export function connectStats(
  engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: StatsTransportOptions,
): Transport<StatsBatch> {
  assertLegal(options)
  if (options.wire !== 'native') return join(engine, options, messageEnds(engine, memory, driverMemory, options, STATS_MESSAGES))
  const { label, entriesMax } = options
  const { ring, native } = nativeQueueOf(driverMemory, options, QueueRole.STATS)
  const guest = new NativeStatsDriver(engine.cols, memory, { ...native, role: QueueRole.STATS })
  const host = new NativeStatsDevice(engine.cols, memory, { label: `${label} device`, entriesMax })
  attachRings(engine, memory, ring, label, guest, host)
  return join(engine, options, { guest, host, carrier: null, place: ring })
}

function assertLegal({ axes, wire }: StatsTransportOptions): void {
  const reason = illegal(axes)
  assert(reason === null, () => `not an interface: ${reason}`)
  assert(wire !== 'native' || axes.carrier === 'virtqueue', 'native payloads travel on virtqueues')
}

function wireBytes(options: Omit<Sizes, 'role'>, codec: Pick<MessageCodec<never>, 'bytesMax'>, role: QueueRole): number {
  const { axes, entriesMax, slots, wire } = options
  if (wire === 'native') return nativeQueueBytes(role, slots, entriesMax, options)
  const requestMax = codec.bytesMax(entriesMax)
  if (axes.carrier !== 'virtqueue') return slots * alignUp(hypercallSlotBytes(requestMax, ANSWER_BUFFER_BYTES), PIECE_ALIGN)
  return messageQueueBytes(slots, requestMax, options)
}

interface Ends<Request> {
  guest: GuestWire<Request>
  host: HostWire<Request>
  carrier: HostCarrier | null
  place: QueuePlace | null
}

/** Puts the ports on both ends. */
function join<Request>(engine: Engine, options: StatsTransportOptions, { guest, host, carrier, place }: Ends<Request>): Transport<Request> {
  const { label, axes } = options
  const port = new GuestPort<Request>(engine, guest, { label, axes })
  const irq = axes.notification === 'interrupt' ? irqTask(engine, port, options) : null
  const source = new DevicePort<Request>(engine, host, {
    label,
    interrupt: irq === null ? null : () => engine.raise(irq),
    answerVisible: axes.notification === 'interrupt' ? () => {} : () => port.watch.changed(),
    holdsCaller: axes.notification === 'return',
  })
  return { port, source, guestWire: guest, hostWire: host, hostCarrier: carrier, place }
}

function messageEnds<Request>(
  engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: StatsTransportOptions, codec: MessageCodec<Request>,
): Ends<Request> {
  const { label, entriesMax } = options
  const requestBytes = codec.bytesMax(entriesMax)
  const ends = options.axes.carrier === 'virtqueue' ? virtqueueEnds : hypercallEnds
  const { buffers, guest, host, handles, place } = ends(engine, memory, driverMemory, options, requestBytes)
  return {
    guest: new MessageDriver(engine.cols, memory, guest, codec, { label, entriesMax, buffers }),
    host: new MessageDevice(engine.cols, memory, host, codec, { label, handles }),
    carrier: host,
    place,
  }
}

interface CarrierEnds {
  buffers: SlotBuffers[]
  guest: GuestCarrier
  host: HostCarrier
  handles: number
  place: QueuePlace | null
}

/** Also of a hardware log: an exit whose argument is where the host reads, and an answer that is there when it is over. */
function hypercallEnds(
  engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: StatsTransportOptions, requestBytes: number,
): CarrierEnds {
  const bytes = alignUp(hypercallSlotBytes(requestBytes, ANSWER_BUFFER_BYTES), PIECE_ALIGN)
  const buffers = Array.from({ length: options.slots }, () => hypercallBuffers(driverMemory.carve(bytes), requestBytes, ANSWER_BUFFER_BYTES))
  const guest = new HypercallGuest(engine.cols, memory, buffers, options.target, options.label)
  const host = new HypercallHost(engine.cols, memory, requestBytes, ANSWER_BUFFER_BYTES, options.label)
  return { buffers, guest, host, handles: HypercallHost.callsMax, place: null }
}

function virtqueueEnds(
  engine: Engine, memory: GuestMemory, driverMemory: DriverMemory, options: StatsTransportOptions, requestBytes: number,
): CarrierEnds {
  const ring = carveRing(driverMemory, messageQueue(options.slots, options), options)
  const buffers = Array.from({ length: options.slots }, () => ({
    requestGpa: driverMemory.carve(requestBytes),
    requestBytes,
    answerGpa: driverMemory.carve(ANSWER_BUFFER_BYTES),
    answerBytes: ANSWER_BUFFER_BYTES,
  }))
  const guest = new VirtqueueDriver(engine.cols, memory, buffers, options.target, { ...ring, label: `${options.label} driver` })
  const host = new VirtqueueDevice(engine.cols, memory, { ...ring, label: `${options.label} device` })
  return { buffers, guest, host, handles: ring.size, place: ring }
}

/** The ring of a native queue, and what its driver's end is made of. */
function nativeQueueOf(driverMemory: DriverMemory, options: StatsTransportOptions, role: QueueRole) {
  const { label, target, slots, entriesMax } = options
  const ring = carveRing(driverMemory, nativeQueue(role, slots, entriesMax, options), options)
  const bytes = nativeBufferBytes(role, entriesMax)
  const buffersGpa = bytes === 0 ? 0 : driverMemory.carve(slots * bytes)
  return { ring, native: { label: `${label} driver`, target, queueSize: ring.size, slots, entriesMax, buffersGpa } }
}

function carveRing(driverMemory: DriverMemory, shape: QueueShape, { eventIdx = true, indirect = false, inOrder = false }: RingOptions): QueueOptions {
  return { ...placeQueue(driverMemory.carve(queueBytes(shape), PIECE_ALIGN), shape), eventIdx, indirect, inOrder }
}

type NativeGuest = NativeHintDriver | NativeStatsDriver
type NativeHost = NativeHintDevice | NativeStatsDevice

function attachRings(engine: Engine, memory: GuestMemory, ring: QueueOptions, label: string, guest: NativeGuest, host: NativeHost): void {
  guest.attach(makeDriverRing(engine.cols, memory, { ...ring, label: `${label} driver ring` }))
  host.attach(makeDeviceRing(engine.cols, memory, { ...ring, label: `${label} device ring` }))
}

function irqTask<Request>(engine: Engine, port: GuestPort<Request>, options: StatsTransportOptions): Task {
  return engine.addTask(`irq ${options.label}`, options.irqCpu, (task) => port.interruptBody(task), { kind: TaskKind.IRQ })
}
