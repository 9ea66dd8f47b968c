/**
 * The queues of a device: what the driver has said about each, and the ring of each that is enabled.
 *
 *   words (registers)  --enable-->  checked once, ring made  --start-->  the model serves it  --stop-->  words again
 *
 *   Q1  an enabled queue has a ring, and its words do not change: nothing of what was checked is read again from where the driver can write
 *   Q2  the model knows the rings of started queues, and no others
 *
 * Rings are objects that come to be when the driver enables a queue, with columns of their own that nobody saves. For a machine whose state is saved,
 * restored and hashed, give `ringColumns`: the rings are then registered there, so the driver must have enabled its queues before the columns are
 * sealed; a queue that comes back at the same place with the same features finds its old ring, emptied, and a reset costs nothing new.
 */
import { assert, Columns } from '@hintlab/kit'
import type { Counters } from '@hintlab/kit'
import type { FeatureSet, GuestMemory } from '@hintlab/protocol'
import { makeDeviceRing } from '../ring/make-ring.ts'
import { ringFault } from '../ring/queue-options.ts'
import type { QueueOptions, QueuePlace, RingSafeguards } from '../ring/queue-options.ts'
import type { DeviceRing } from '../ring/ring.ts'
import type { DeviceModel } from './device-model.ts'
import { ringOptions } from './negotiated-ring.ts'
import type { VirtioCounter } from './virtio-counters.ts'

/** What a driver says of a queue, in 32-bit words. Size 0 is the largest, as after a reset. */
export const QueueWord = {
  SIZE: 0, DESC_LOW: 1, DESC_HIGH: 2, AVAIL_LOW: 3, AVAIL_HIGH: 4, USED_LOW: 5, USED_HIGH: 6,
} as const
export type QueueWord = (typeof QueueWord)[keyof typeof QueueWord]
const QUEUE_WORDS = 7

/** Values of the `phase` column. */
const OFF = 0
const ENABLED = 1
const STARTED = 2

export interface QueueTableOptions {
  readonly model: DeviceModel
  readonly memory: GuestMemory
  /** Numbers of queues go from 0 to below this. */
  readonly queues: number
  readonly safeguards?: Partial<RingSafeguards>
  /** See the head of the file; by default new columns for each ring. */
  readonly ringColumns?: Columns | null
}

export class QueueTable {
  readonly count: number
  /** Why a queue was refused last, for a log. */
  fault: string | null = null
  private readonly cols: Columns
  private readonly label: string
  private readonly options: QueueTableOptions
  private readonly model: DeviceModel
  private readonly counters: Counters<VirtioCounter>
  private readonly object: number
  private readonly words: Uint32Array
  private readonly phase: Uint8Array
  private readonly early: Uint8Array
  private readonly rings: (DeviceRing | null)[]
  /** How each ring was made: a queue that is enabled the same way again gets it back. */
  private readonly shapes: (QueueOptions | null)[]

  constructor(cols: Columns, label: string, object: number, counters: Counters<VirtioCounter>, options: QueueTableOptions) {
    const { queues } = options
    this.count = queues
    this.cols = cols
    this.label = label
    this.options = options
    this.model = options.model
    this.counters = counters
    this.object = object
    this.words = cols.u32(`${label}.queueWords`, queues * QUEUE_WORDS, object)
    this.phase = cols.u8(`${label}.queuePhase`, queues, object)
    this.early = cols.u8(`${label}.queueEarly`, queues, object)
    this.rings = Array.from({ length: queues }, () => null)
    this.shapes = Array.from({ length: queues }, () => null)
  }

  /** Most entries of a queue; 0 when there is none of this number. */
  sizeMax(queue: number): number {
    return queue < this.count ? this.model.queueSizeMax(queue) : 0
  }

  isEnabled(queue: number): boolean {
    this.cols.footprint.read(this.object)
    return queue < this.count && this.phase[queue] !== OFF
  }

  isStarted(queue: number): boolean {
    this.cols.footprint.read(this.object)
    return queue < this.count && this.phase[queue] === STARTED
  }

  anyEnabled(): boolean {
    this.cols.footprint.read(this.object)
    return this.phase.some((phase) => phase !== OFF)
  }

  /** The ring of an enabled queue. */
  ring(queue: number): DeviceRing | null {
    return this.isEnabled(queue) ? this.rings[queue] : null
  }

  word(queue: number, word: QueueWord): number {
    this.cols.footprint.read(this.object)
    return queue < this.count ? this.words[queue * QUEUE_WORDS + word] : 0
  }

  /** The driver says a word about a queue; ignored and counted for one that is enabled or that does not exist. */
  setWord(queue: number, word: QueueWord, value: number): void {
    this.cols.footprint.write(this.object)
    if (this.sizeMax(queue) === 0) this.counters.add('queueMissing')
    else if (this.phase[queue] !== OFF) this.counters.add('queueLocked')
    else this.words[queue * QUEUE_WORDS + word] = value
  }

  /** Where the words say that the queue lies. */
  place(queue: number): QueuePlace {
    return {
      size: this.word(queue, QueueWord.SIZE) || this.sizeMax(queue),
      descGpa: this.address(queue, QueueWord.DESC_LOW),
      availGpa: this.address(queue, QueueWord.AVAIL_LOW),
      usedGpa: this.address(queue, QueueWord.USED_LOW),
    }
  }

  /** Makes the ring of a queue that is off; false, with `fault`, where none can lie. */
  enable(queue: number, place: QueuePlace, features: FeatureSet, startIndex?: number): boolean {
    assert(queue < this.count && this.phase[queue] === OFF, 'a queue is enabled once')
    this.cols.footprint.write(this.object)
    const label = `${this.label} queue ${queue}`
    const made = { ...ringOptions(place, features), label, ...(this.options.safeguards && { safeguards: this.options.safeguards }) }
    const options: QueueOptions = startIndex === undefined ? made : { ...made, startIndex }
    this.fault = this.faultOf(queue, options)
    if (this.fault !== null) {
      this.counters.add('queueRefused')
      return false
    }
    this.rings[queue] = this.makeRing(queue, options)
    this.phase[queue] = ENABLED
    return true
  }

  /** Hands an enabled queue to the model. */
  start(queue: number): void {
    assert(this.phase[queue] === ENABLED, 'a queue is enabled before it starts, and starts once')
    this.cols.footprint.write(this.object)
    this.phase[queue] = STARTED
    this.model.queueStarted(queue, this.rings[queue]!)
  }

  /** Takes the queue away from the model and forgets its ring. */
  stop(queue: number): void {
    this.cols.footprint.write(this.object)
    const before = this.phase[queue]
    this.phase[queue] = OFF
    this.early[queue] = 0
    if (before === STARTED) this.model.queueStopped(queue)
  }

  /** What the driver said about a queue that is off is forgotten. */
  forget(queue: number): void {
    assert(this.phase[queue] === OFF, 'a queue is stopped before its words are forgotten')
    this.cols.footprint.write(this.object)
    this.words.fill(0, queue * QUEUE_WORDS, (queue + 1) * QUEUE_WORDS)
  }

  /** Keeps a notification for later, or asks for it and forgets it. */
  noteEarly(queue: number): void {
    this.cols.footprint.write(this.object)
    this.early[queue] = 1
  }

  takeEarly(queue: number): boolean {
    const noted = this.early[queue] !== 0
    this.early[queue] = 0
    return noted
  }

  check(): void {
    for (let queue = 0; queue < this.count; queue++) {
      assert(this.phase[queue] <= STARTED, 'a queue is in one of three phases')
      assert(this.phase[queue] === OFF || this.rings[queue] !== null, 'an enabled queue has a ring')
      if (this.phase[queue] !== OFF) this.rings[queue]!.check()
    }
  }

  private address(queue: number, low: QueueWord): number {
    return this.word(queue, (low + 1) as QueueWord) * 0x1_0000_0000 + this.word(queue, low)
  }

  private faultOf(queue: number, options: QueueOptions): string | null {
    const max = this.sizeMax(queue)
    if (max === 0) return 'the device has no such queue'
    if (options.size > max) return 'the queue is larger than the device allows'
    const fault = ringFault(this.options.memory, options)
    if (fault !== null || options.startIndex === undefined || options.packed !== true) return fault
    // Without the wrap counter, an offset into the ring. The index of a split ring can be any number of 16 bits.
    return (options.startIndex & 0x7fff) < options.size ? null : 'the queue begins outside its ring'
  }

  private makeRing(queue: number, options: QueueOptions): DeviceRing {
    const { memory, ringColumns = null } = this.options
    if (ringColumns === null) return makeDeviceRing(new Columns(), memory, options)
    const old = this.rings[queue]
    const shape = this.shapes[queue]
    if (old !== null && shape !== null && sameShape(shape, options)) {
      old.reset()
      return old
    }
    this.shapes[queue] = options
    return makeDeviceRing(ringColumns, memory, options)
  }
}

/** Whether two rings of one table are the same, which differ neither in their label nor in their safeguards. */
function sameShape(a: QueueOptions, b: QueueOptions): boolean {
  return a.size === b.size && a.descGpa === b.descGpa && a.availGpa === b.availGpa && a.usedGpa === b.usedGpa && a.packed === b.packed
    && a.eventIdx === b.eventIdx && a.indirect === b.indirect && a.inOrder === b.inOrder && a.startIndex === b.startIndex
}
