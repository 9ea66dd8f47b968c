/** A machine of one echo device with a transport in front, and a driver that sends words round. The construction site of the virtio tests. */
import { Columns } from '@hintlab/kit'
import { ArenaMemory, Feature, featureSet, hasFeature } from '@hintlab/protocol'
import type { FeatureSet, Tap, TapEvent } from '@hintlab/protocol'
import { BufferChain } from '../ring/buffer-chain.ts'
import { makeDriverRing, placeQueue } from '../ring/make-ring.ts'
import { NONE } from '../ring/queue-options.ts'
import type { QueuePlace } from '../ring/queue-options.ts'
import type { DriverRing } from '../ring/ring.ts'
import type { DriverBus } from '../virtio/driver-bus.ts'
import { initDriver } from '../virtio/init-driver.ts'
import type { InitResult } from '../virtio/init-driver.ts'
import { MmioDevice } from '../virtio/mmio-device.ts'
import { MmioDriver } from '../virtio/mmio-driver.ts'
import type { RegisterAccess } from '../virtio/mmio-registers.ts'
import { ringOptions } from '../virtio/negotiated-ring.ts'
import { VirtioDevice } from '../virtio/virtio-device.ts'
import type { VirtioDeviceOptions } from '../virtio/virtio-device.ts'
import { EchoDevice } from './echo-device.ts'
import type { EchoOptions } from './echo-device.ts'

/** Guest memory of the fixture: one region. */
export const MEMORY_GPA = 0x10_0000
export const MEMORY_BYTES = 0x8_0000
/** Bytes that a queue's areas may take, and where the buffers lie behind all of them. */
const QUEUE_STRIDE = 0x4000
const BUFFERS_GPA = MEMORY_GPA + 0x6_0000

export const ALL_RING_FEATURES = featureSet(
  Feature.VERSION_1, Feature.RING_PACKED, Feature.EVENT_IDX, Feature.INDIRECT_DESC, Feature.IN_ORDER, Feature.RING_RESET,
)

export interface VirtioSettings extends EchoOptions, Partial<Pick<VirtioDeviceOptions, 'waitDriverOk'>> {
  offered?: FeatureSet
  /** Rings in the machine's columns, for save and load. */
  saved?: boolean
}

export function makeVirtio(settings: VirtioSettings = {}) {
  const { offered = ALL_RING_FEATURES, waitDriverOk = true, queues = 2, saved = false } = settings
  const cols = new Columns()
  const memory = new ArenaMemory(cols)
  memory.addRegion(MEMORY_GPA, MEMORY_BYTES)
  const echo = new EchoDevice(memory, offered, settings)
  const events: TapEvent[] = []
  const tap: Tap = { event: (event) => events.push(event) }
  const device = new VirtioDevice(cols, { model: echo, memory, queues: queues + 1, tap, waitDriverOk, ringColumns: saved ? cols : null })
  echo.front = device
  const line: boolean[] = []
  const mmio = new MmioDevice(cols, device, { line: (level) => line.push(level) })
  return { cols, memory, echo, device, mmio, events, line }
}

export type VirtioWorld = ReturnType<typeof makeVirtio>

export interface EchoDriverOptions {
  wanted?: FeatureSet
  size?: number
  queues?: number
}

/** A driver of the echo device: rings of one size, one request at a time and queue. */
export class EchoDriver {
  readonly bus: DriverBus
  readonly rings: DriverRing[] = []
  readonly places: QueuePlace[] = []
  negotiated: FeatureSet = { low: 0, high: 0 }
  private readonly cols: Columns
  private readonly memory: ArenaMemory
  private readonly size: number
  private readonly queues: number
  private readonly wanted: FeatureSet
  private readonly chain: BufferChain
  private readonly object: number
  private sent = 0

  constructor(world: Pick<VirtioWorld, 'memory'>, bus: DriverBus, options: EchoDriverOptions = {}) {
    const { wanted = ALL_RING_FEATURES, size = 8, queues = 2 } = options
    this.bus = bus
    this.cols = new Columns()
    this.memory = world.memory
    this.size = size
    this.queues = queues
    this.wanted = wanted
    this.object = this.cols.objects('echo driver')
    this.chain = new BufferChain(this.cols, this.object, 'chain', 4)
  }

  init(): InitResult {
    return initDriver(this.bus, {
      wanted: this.wanted,
      setUp: (_, negotiated) => {
        this.negotiated = negotiated
        this.rings.length = 0
        for (let queue = 0; queue < this.queues; queue++) if (!this.setUpQueue(queue)) return false
        return true
      },
    })
  }

  setUpQueue(queue: number): boolean {
    if (this.bus.queueSizeMax(queue) < this.size) return false
    const packed = hasFeature(this.negotiated, Feature.RING_PACKED)
    const tableBuffers = hasFeature(this.negotiated, Feature.INDIRECT_DESC) ? 4 : 0
    const place = placeQueue(MEMORY_GPA + queue * QUEUE_STRIDE, { size: this.size, packed, tableBuffers })
    this.places[queue] = place
    this.rings[queue] = makeDriverRing(this.cols, this.memory, { ...ringOptions(place, this.negotiated), label: `driver ${queue}` })
    this.bus.setUpQueue(queue, place)
    return true
  }

  /** Publishes a request of `bytes`, in two readable buffers when it can be, and kicks when the device wants it. Its name. */
  send(queue: number, bytes: readonly number[]): number {
    const ring = this.rings[queue]
    const gpa = BUFFERS_GPA + (this.sent++ % 64) * 64
    this.memory.write(gpa, Uint8Array.from(bytes))
    this.chain.clear()
    const cut = this.size >= 3 && bytes.length > 1 ? 1 : 0
    if (cut > 0) this.chain.addReadable(gpa, cut)
    this.chain.addReadable(gpa + cut, bytes.length - cut)
    if (this.size > 1) this.chain.addWritable(gpa + 32, bytes.length)
    const name = ring.addChain(this.chain)
    ring.publish()
    if (ring.needsKick()) this.bus.notify(queue)
    return name
  }

  /** Sends and takes the answer: the bytes that came back, or `null` when none came. */
  echo(queue: number, bytes: readonly number[]): number[] | null {
    const gpa = BUFFERS_GPA + (this.sent % 64) * 64
    const name = this.send(queue, bytes)
    if (this.rings[queue].popUsed() !== name || name === NONE) return null
    const answer = new Uint8Array(this.rings[queue].usedLength)
    this.memory.read(gpa + 32, answer)
    return [...answer]
  }
}

/** An initialised pair over virtio-mmio. */
export function makeEchoPair(settings: VirtioSettings = {}, options: EchoDriverOptions = {}) {
  const world = makeVirtio(settings)
  const driver = new EchoDriver(world, new MmioDriver(world.mmio), options)
  return { ...world, driver, result: driver.init() }
}

/** Writes down every access to registers, as text: `R 070` or `W 070=0`. */
export function tracedRegisters(access: RegisterAccess, lines: string[]): RegisterAccess {
  const hex = (offset: number): string => offset.toString(16).padStart(3, '0')
  return {
    read(address, width) {
      const value = access.read(address, width)
      lines.push(`R ${hex(address)}=${value.toString(16)}`)
      return value
    },
    write(address, width, value) {
      lines.push(`W ${hex(address)}=${value.toString(16)}`)
      access.write(address, width, value)
    },
  }
}
