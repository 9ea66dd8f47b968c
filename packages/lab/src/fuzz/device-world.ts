/**
 * A small host with a whole balloon device behind virtio-mmio registers, and what a hostile driver needs: the registers, the bytes of guest memory, and
 * an honest start to fall back to.
 *
 *   guest pages 0 .. PAGES-1, one memslot          bytes: region A at ARENA_A, region B right behind it; nothing else of the guest has any
 *
 *   A  | queue 0: desc, avail, used | queue 1 ... queue 4 | tables | payload | honest buffer |   B  | payload over an edge |
 */
import { Columns, gfn, PAGEBLOCK_PAGES, vpn } from '@hintlab/kit'
import { HostFrames, HostMm, Vm } from '@hintlab/host'
import { ArenaMemory, featureSet, Feature, hasFeature, queueRole } from '@hintlab/protocol'
import type { FeatureSet, MemoryWindow } from '@hintlab/protocol'
import { makeCosts, Measure, NEVER } from '@hintlab/sim'
import { DeviceStatus, initDriver, MmioDevice, MmioDriver, NativePort, RingFault, VirtioDevice } from '@hintlab/transport'
import type { DeviceRing } from '@hintlab/transport'
import { BalloonModel } from '../balloon/balloon-model.ts'
import { DEVICES, DRIVERS } from '../balloon/personalities.ts'
import type { DeviceName } from '../balloon/personalities.ts'
import { demand } from './fuzz-target.ts'
import { GuardedMemory } from './guarded-memory.ts'
import type { Region } from './guarded-memory.ts'
import { PIECES_MAX, RawRing } from './raw-ring.ts'

export const PAGES = 1024
export const ARENA_A = 0x10_0000
export const ARENA_BYTES = 0x3000
export const ARENA_B = ARENA_A + ARENA_BYTES
export const EDGE_BYTES = 0x1000
const QUEUE_STRIDE = 0x300
const AVAIL_AT = 0x140
const USED_AT = 0x1c0
export const TABLES = ARENA_A + 0x1000
export const PAYLOAD = ARENA_A + 0x1800
export const PAYLOAD_BYTES = 0x1000
const HONEST = ARENA_A + 0x2800
export const QUEUES = 5

const RING_FEATURES = featureSet(Feature.INDIRECT_DESC, Feature.EVENT_IDX, Feature.RING_PACKED, Feature.IN_ORDER)
/** Steps of the engine in which everything that a case asks for must be done. */
const DISPATCHES_MAX = 200_000
const REGIONS: readonly Region[] = [{ base: ARENA_A, bytes: ARENA_BYTES }, { base: ARENA_B, bytes: EDGE_BYTES }]

export interface Negotiate {
  /** Features of the rings that the driver takes, if they are offered. */
  readonly rings: FeatureSet
  /** Other features that it declines. */
  readonly declined: FeatureSet
  readonly size: number
}

export class DeviceWorld {
  readonly engine = new Measure(new Columns(), makeCosts(), 1)
  readonly name: DeviceName
  readonly memory: ArenaMemory
  readonly guard: GuardedMemory
  readonly vm: Vm
  readonly model: BalloonModel
  readonly virtio: VirtioDevice
  readonly mmio: MmioDevice
  readonly bus: MmioDriver
  readonly words: MemoryWindow
  readonly rings: readonly RawRing[]
  /** Pages that were discarded since `begin`, and whether exactly the pages in order. */
  readonly discarded = new Uint8Array(PAGES)
  discards = 0
  /** The driver has said or changed something about where queues lie. */
  placesChanged = true
  /** The device's ends of its queues. */
  readonly ports: readonly NativePort[]
  /** Rings that the device has worked on since somebody emptied this, and how often one of them broke, by fault. */
  readonly ringsSeen = new Set<DeviceRing>()
  readonly ringFaults = new Float64Array(Object.keys(RingFault).length)
  private readonly roles = new Int8Array(QUEUES)
  private readonly broken = new Set<DeviceRing>()
  private readonly bytes: readonly Uint8Array[]
  private dispatchLimit = 0

  constructor(name: DeviceName) {
    const { engine } = this
    const { cols } = engine
    this.name = name
    const frames = new HostFrames(cols, 2 * PAGES)
    const mm = new HostMm(cols, frames, { firstVpn: vpn(0), pages: PAGES })
    const witness = { zeroed: () => {}, residentChanged: () => {}, discarding: (first: number, count: number) => this.discarding(first, count) }
    this.vm = new Vm(engine, mm, { vcpus: [], witness })
    mm.addVma({ start: vpn(0), pages: PAGES, thp: 'always' })
    this.vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages: PAGES })
    this.memory = new ArenaMemory(cols)
    for (const { base, bytes } of REGIONS) this.memory.addRegion(base, bytes)
    this.bytes = REGIONS.map(({ base, bytes }) => this.memory.view(base, bytes)!)
    this.words = this.memory.window(ARENA_A, ARENA_BYTES)!
    this.guard = new GuardedMemory(this.memory, REGIONS, PAGES)
    const host = engine.addCpu('host')
    this.model = new BalloonModel(engine, this.vm, this.guard, { personality: DEVICES[name] })
    this.virtio = new VirtioDevice(cols, { model: this.model, memory: this.guard, queues: QUEUES, ringColumns: new Columns() })
    this.model.bind(this.virtio)
    const { hints, stats } = this.model.device
    this.ports = [...hints.sources, stats.source].filter((source) => source instanceof NativePort)
    this.mmio = new MmioDevice(cols, this.virtio)
    this.bus = new MmioDriver(this.mmio)
    engine.addTask('balloon device', host, (task) => this.model.requestThread(task))
    engine.addTask('balloon device stats', host, (task) => this.model.statsThread(task))
    this.rings = Array.from({ length: QUEUES }, (_, queue) => new RawRing(this.words, ARENA_A, placeOf(queue, 1), queue))
    this.backAll()
    this.settle()
  }

  /** A new case: everything that the driver could have left behind is gone. */
  begin(): void {
    this.guard.begin()
    this.discarded.fill(0)
    this.discards = 0
    this.dispatchLimit = this.engine.dispatches + DISPATCHES_MAX
    if (this.vm.residentPages < PAGES / 4) this.backAll()
  }

  /** The way of an honest driver: reset, negotiation, queues, DRIVER_OK. */
  start({ rings, declined, size }: Negotiate): void {
    for (const bytes of this.bytes) bytes.fill(0)
    const { knows } = DRIVERS.hintlab
    const wanted = {
      low: (knows.low & ~declined.low & (~RING_FEATURES.low | rings.low)) >>> 0,
      high: (knows.high & ~declined.high & (~RING_FEATURES.high | rings.high)) >>> 0,
    }
    const result = initDriver(this.bus, {
      wanted,
      setUp: (bus, negotiated) => {
        for (let queue = 0; queue < QUEUES; queue++) {
          if (bus.queueSizeMax(queue) === 0) continue
          this.rings[queue].start(size, hasFeature(negotiated, Feature.RING_PACKED))
          bus.setUpQueue(queue, placeOf(queue, size))
        }
        return true
      },
    })
    demand(result.ok, () => `an honest driver is not served: ${result.ok ? '' : result.reason}, status ${this.virtio.status}`)
    this.placesChanged = true
    this.settle()
  }

  /** One honest inflation, of a page: it comes back, and that page and no other was discarded. */
  inflate(pfn: number): void {
    const before = this.discards
    this.discarded[pfn] = 0
    this.words.store32(HONEST - ARENA_A, pfn)
    const [ring] = this.rings
    ring.begin()
    ring.add(HONEST, 4, false)
    ring.publish()
    this.bus.notify(0)
    this.settle()
    demand(ring.usedOne(), () => 'an honest inflation does not come back')
    demand(this.discards === before + 1 && this.discarded[pfn] === 1, () => `an honest inflation discards ${this.discards - before} pages`)
  }

  /** Lets the device work until it has nothing to do. */
  settle(): void {
    this.allow()
    const { engine } = this
    for (let next = engine.nextEventTime; next !== NEVER; next = engine.nextEventTime) {
      demand(engine.dispatches <= this.dispatchLimit || this.dispatchLimit === 0, () => `F3: more than ${DISPATCHES_MAX} steps of the device`)
      engine.run(next + 1_000_000)
    }
    this.lookAtRings()
  }

  /** Lets the device work for a moment, so that what comes next finds it in the middle. */
  work(ns: number): void {
    this.allow()
    this.engine.run(this.engine.now + ns)
    this.lookAtRings()
  }

  /** Every queue that is enabled lies where an honest driver puts it, so that no ring lies over another. */
  get tidy(): boolean {
    for (let queue = 0; queue < QUEUES; queue++) {
      if (!this.virtio.queues.isEnabled(queue)) continue
      const { size, descGpa, availGpa, usedGpa } = this.virtio.queues.place(queue)
      const own = placeOf(queue, size)
      if (size > PIECES_MAX || descGpa !== own.descGpa || availGpa !== own.availGpa || usedGpa !== own.usedGpa) return false
    }
    return true
  }

  /** What a queue is for, as its driver can know it. */
  roleOf(queue: number): number {
    if (this.placesChanged) this.allow()
    return this.roles[queue]
  }

  private readRole(queue: number): number {
    const { offered } = this.model
    const counts = (this.virtio.status & DeviceStatus.FEATURES_OK) !== 0 && (DEVICES[this.name].checksAccepted ?? true) ? this.virtio.negotiated : offered
    return queueRole(queue, DEVICES[this.name].numbering, offered, counts)
  }

  /** The device may store in the used area of a queue that is enabled; of a packed ring in the descriptors too. */
  private allow(): void {
    if (!this.placesChanged) return
    this.placesChanged = false
    for (let queue = 0; queue < QUEUES; queue++) this.roles[queue] = this.readRole(queue)
    const packed = hasFeature(this.virtio.negotiated, Feature.RING_PACKED)
    const places: Region[] = []
    for (let queue = 0; queue < QUEUES; queue++) {
      if (!this.virtio.queues.isEnabled(queue)) continue
      const { size, descGpa, usedGpa } = this.virtio.queues.place(queue)
      if (packed) places.push({ base: descGpa, bytes: 16 * size })
      places.push({ base: usedGpa, bytes: packed ? 4 : 6 + 8 * size })
    }
    this.guard.allow(places)
  }

  private lookAtRings(): void {
    for (let queue = 0; queue < QUEUES; queue++) {
      const ring = this.virtio.queues.ring(queue)
      if (ring === null) continue
      this.ringsSeen.add(ring)
      if (!ring.needsReset) this.broken.delete(ring)
      else if (!this.broken.has(ring)) {
        this.broken.add(ring)
        this.ringFaults[ring.ringFault]++
      }
    }
  }

  private backAll(): void {
    for (let first = 0; first < PAGES; first += PAGEBLOCK_PAGES) this.vm.prefault(gfn(first), true)
  }

  private discarding(first: number, count: number): void {
    demand(first >= 0 && first + count <= PAGES, () => `a discard of ${count} pages at ${first}, outside the memslots`)
    for (let page = first; page < first + count; page++) {
      demand(this.guard.named[page] === 1, () => `page ${page} is discarded, and the driver did not name it`)
      this.discarded[page] = 1
    }
    this.discards += count
  }
}

export function placeOf(queue: number, size: number): { size: number; descGpa: number; availGpa: number; usedGpa: number } {
  const base = ARENA_A + queue * QUEUE_STRIDE
  return { size, descGpa: base, availGpa: base + AVAIL_AT, usedGpa: base + USED_AT }
}
