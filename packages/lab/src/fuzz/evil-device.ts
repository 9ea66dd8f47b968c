/**
 * A device that lies, behind virtio-mmio registers. It can do what a right one does, read rings and answer chains, and everything else: answer what it never
 * got, answer twice, change its configuration under the driver's eyes, give any register any value.
 *
 *   honest   serves every notification at once, holds one buffer of statistics, keeps its registers
 *   evil     does what its case says, when it says so
 *
 * What a driver gives away is told to the witness when it is taken: a page that the guest still owns is a violation there.
 */
import { Columns, PAGE_SIZE } from '@hintlab/kit'
import { Feature, featureSet, hasFeature, QueueRole } from '@hintlab/protocol'
import type { ArenaMemory, FeatureSet } from '@hintlab/protocol'
import { BALLOON_DEVICE_ID, DeviceStatus, InterruptStatus, makeDeviceRing, Mmio, ringFault, ringOptions } from '@hintlab/transport'
import type { DeviceRing, RegisterAccess } from '@hintlab/transport'
import { demand } from './fuzz-target.ts'

const MAGIC = 0x7472_6976
export const EVIL_QUEUES = 5
const CONFIG_BYTES = 16
/** Register accesses that one case can cause. */
const ACCESSES_MAX = 200_000
const PLACE_REGISTERS: readonly number[] = [
  Mmio.QUEUE_SIZE, Mmio.QUEUE_DESC_LOW, Mmio.QUEUE_DESC_HIGH, Mmio.QUEUE_DRIVER_LOW, Mmio.QUEUE_DRIVER_HIGH, Mmio.QUEUE_DEVICE_LOW, Mmio.QUEUE_DEVICE_HIGH,
]

interface EvilQueue {
  readonly words: number[]
  ready: boolean
  ring: DeviceRing | null
  /** Chains that were taken and not answered. */
  held: number[]
  readonly rings: Map<string, DeviceRing>
}

export class EvilDevice implements RegisterAccess {
  honest = true
  offered: FeatureSet = featureSet(Feature.VERSION_1)
  sizes: readonly number[] = [64, 64, 64, 64, 64]
  refusesFeatures = false
  /** Asks for a reset as soon as the features stand. */
  breaksAtStart = false
  status = 0
  interrupts = 0
  generation = 0
  /** Chains taken. */
  taken = 0
  /** What no right device does: used elements forged, words of rings spoilt, registers and fields that lie. */
  acts = 0
  accesses = 0
  /** The device has written over what the driver says: what it reads there is no longer the driver's word. */
  spoilt = false
  readonly config = new DataView(new ArrayBuffer(CONFIG_BYTES))
  readonly queues: readonly EvilQueue[]
  /** Registers whose next reads give something else. */
  private readonly lies = new Map<number, { value: number; left: number }>()
  private readonly memory: ArenaMemory
  private readonly raise: () => void
  private readonly given: (pfn: number, pages: number) => void
  private readonly selected = new Map<number, number>()
  private accepted = { low: 0, high: 0 }

  /** `raise` is the interrupt line, `given` hears of every block that the driver names. */
  constructor(memory: ArenaMemory, raise: () => void, given: (pfn: number, pages: number) => void) {
    this.memory = memory
    this.raise = raise
    this.given = given
    this.queues = Array.from({ length: EVIL_QUEUES }, () => ({ words: [], ready: false, ring: null, held: [], rings: new Map() }))
  }

  begin(): void {
    this.accesses = 0
    this.lies.clear()
  }

  /** The next `count` reads of a register give `value`. */
  lie(register: number, value: number, count: number): void {
    this.acts++
    this.lies.set(register, { value: value >>> 0, left: count })
  }

  read(address: number, width: number): number {
    demand(++this.accesses <= ACCESSES_MAX, () => 'the driver reads registers without end')
    const lie = this.lies.get(address)
    if (lie !== undefined && lie.left-- > 0) return width === 4 ? lie.value : lie.value % 2 ** (8 * width)
    if (address >= Mmio.CONFIG) return this.readConfig(address - Mmio.CONFIG, width)
    const queue = this.queueSelected()
    switch (address) {
      case Mmio.MAGIC: return MAGIC
      case Mmio.VERSION: return 2
      case Mmio.DEVICE_ID: return BALLOON_DEVICE_ID
      case Mmio.DEVICE_FEATURES: return (this.selected.get(Mmio.DEVICE_FEATURES_SEL) ?? 0) === 0 ? this.offered.low : this.offered.high
      case Mmio.QUEUE_SIZE_MAX: return this.sizes[this.selected.get(Mmio.QUEUE_SEL) ?? 0] ?? 0
      case Mmio.QUEUE_READY: return queue !== null && queue.ready ? 1 : 0
      case Mmio.INTERRUPT_STATUS: return this.interrupts
      case Mmio.STATUS: return this.status
      case Mmio.CONFIG_GENERATION: return this.generation
      default: return 0
    }
  }

  write(address: number, _width: number, value: number): void {
    demand(++this.accesses <= ACCESSES_MAX, () => 'the driver writes registers without end')
    if (address >= Mmio.CONFIG) return
    const queue = this.queueSelected()
    const place = PLACE_REGISTERS.indexOf(address)
    if (place >= 0) {
      if (queue !== null) queue.words[place] = value
      return
    }
    switch (address) {
      case Mmio.STATUS: return this.writeStatus(value)
      case Mmio.DRIVER_FEATURES:
        if ((this.selected.get(Mmio.DRIVER_FEATURES_SEL) ?? 0) === 0) this.accepted.low = value
        else this.accepted.high = value
        return
      case Mmio.QUEUE_READY:
        if (queue !== null) this.enable(queue, value === 1)
        return
      case Mmio.INTERRUPT_ACK: this.interrupts &= ~value; return
      case Mmio.QUEUE_NOTIFY: if (this.honest && value < EVIL_QUEUES) this.serve(value); return
      default: this.selected.set(address, value)
    }
  }

  setConfig(field: number, value: number): void {
    this.config.setUint32(field, value, true)
    this.generation++
  }

  /** Sets bits of the interrupt status and pulls the line, whether there is a reason or not. */
  interrupt(bits: number): void {
    this.interrupts |= bits
    this.raise()
  }

  /** Takes what is available on a queue. */
  take(index: number): void {
    const queue = this.queues[index]
    if (queue.ring === null) return
    for (let name = queue.ring.pop(); name >= 0; name = queue.ring.pop()) {
      this.taken++
      queue.held.push(name)
      this.tellGiven(index, queue.ring)
    }
  }

  /** Answers a chain that was taken: the oldest or the newest. */
  answer(index: number, newest: boolean): void {
    const queue = this.queues[index]
    const name = newest ? queue.held.pop() : queue.held.shift()
    if (name === undefined || queue.ring === null) return
    queue.ring.push(name, 0)
    queue.ring.publish()
  }

  /** What a right device does when it is notified. */
  serve(index: number): void {
    this.take(index)
    const { held } = this.queues[index]
    const kept = index === QueueRole.STATS ? 1 : 0
    const any = held.length > kept
    while (held.length > kept) this.answer(index, false)
    if (any) this.interrupt(InterruptStatus.QUEUE)
  }

  /** A used element out of nothing, where the next one belongs. */
  forge(index: number, id: number, length: number): void {
    const queue = this.queues[index]
    if (queue.ring === null) return
    this.acts++
    const { descGpa, usedGpa, size } = this.placeOf(queue)
    const next = queue.ring.nextIndex
    if (!hasFeature(this.accepted, Feature.RING_PACKED)) {
      const used = this.memory.window(usedGpa, 6 + 8 * size)
      if (used === null) return
      const at = used.load16(2)
      used.store32(4 + 8 * (at % size), id)
      used.store32(8 + 8 * (at % size), length)
      used.store16(2, (at + 1) & 0xffff)
      return
    }
    this.spoilt = true
    const desc = this.memory.window(descGpa, 16 * size)
    const slot = 16 * ((next & 0x7fff) % size)
    desc?.store32(slot + 8, length)
    desc?.store32(slot + 12, ((id & 0xffff) | ((next & 0x8000) !== 0 ? 0x8080_0000 : 0)) >>> 0)
  }

  /** Where a queue lies, for whoever wants to spoil it; size 0 while it is not there. */
  placeOf({ words, ready }: EvilQueue): { size: number; descGpa: number; availGpa: number; usedGpa: number } {
    const address = (low: number): number => (words[low + 1] ?? 0) * 2 ** 32 + (words[low] ?? 0)
    return { size: ready ? (words[0] ?? 0) : 0, descGpa: address(1), availGpa: address(3), usedGpa: address(5) }
  }

  /** Becomes a right device again. Rings begin anew: the driver has given up what was in flight. */
  repent(): void {
    this.honest = true
    this.spoilt = false
    this.refusesFeatures = false
    this.breaksAtStart = false
    this.lies.clear()
    this.interrupts = 0
    this.status &= ~(DeviceStatus.NEEDS_RESET | DeviceStatus.FAILED)
    for (const queue of this.queues) {
      queue.held = []
      queue.ring?.reset()
    }
  }

  private queueSelected(): EvilQueue | null {
    const queue = this.selected.get(Mmio.QUEUE_SEL) ?? 0
    return queue < EVIL_QUEUES ? this.queues[queue] : null
  }

  private writeStatus(value: number): void {
    if (value === 0) for (const queue of this.queues) this.enable(queue, false)
    if (value === 0) this.interrupts = 0
    const granted = this.refusesFeatures ? value & ~DeviceStatus.FEATURES_OK : value
    this.status = granted & 0xff
    if (this.breaksAtStart && (value & DeviceStatus.FEATURES_OK) !== 0) this.status |= DeviceStatus.NEEDS_RESET
  }

  private enable(queue: EvilQueue, ready: boolean): void {
    queue.ready = ready
    queue.held = []
    queue.ring = null
    if (!ready) return
    const options = ringOptions(this.placeOf(queue), this.accepted)
    demand(ringFault(this.memory, options) === null, () => `the driver places a queue where none can lie: ${ringFault(this.memory, options)}`)
    const key = JSON.stringify(options)
    const known = queue.rings.get(key)
    known?.reset()
    queue.ring = known ?? makeDeviceRing(new Columns(), this.memory, options)
    queue.rings.set(key, queue.ring)
  }

  private readConfig(offset: number, width: number): number {
    if (offset + width > CONFIG_BYTES) return 0
    return width === 4 ? this.config.getUint32(offset, true) : width === 2 ? this.config.getUint16(offset, true) : this.config.getUint8(offset)
  }

  private tellGiven(index: number, { chain }: DeviceRing): void {
    if (this.spoilt) return
    if (index === QueueRole.INFLATE && chain.readableCount > 0) {
      const bytes = new Uint8Array(Math.min(chain.len[0], 4096))
      if (!this.memory.read(chain.gpa[0], bytes)) return
      const words = new DataView(bytes.buffer)
      for (let at = 0; at + 4 <= bytes.length; at += 4) this.given(words.getUint32(at, true), 1)
    } else if (index === QueueRole.REPORTING) {
      // Hints of a migration are another matter: the guest may use such a page again at any time (rule 32).
      for (let i = chain.readableCount; i < chain.count; i++) this.given(chain.gpa[i] / PAGE_SIZE, chain.len[i] / PAGE_SIZE)
    }
  }
}
