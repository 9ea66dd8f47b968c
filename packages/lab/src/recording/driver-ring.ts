/**
 * The driver's end of a recorded queue, as bytes: each chain goes into the ring as the recorded driver had put it there, under the same name, with the same
 * buffers. Which entries of the table its other descriptors had is not recorded; a device does not care, and here they take what no chain is named after.
 *
 *   split    descriptors, entry of the available ring, its index       packed   a list of descriptors from the next place on, with the chain's name as id
 *
 * With indirect descriptors a chain of several buffers takes one place, as Linux does it; the table lies in scratch memory.
 */
import type { GuestMemory, messages, TapEvent } from '@hintlab/protocol'
import type { QueuePlace } from '@hintlab/transport'

const DESC_BYTES = 16
const NEXT = 1
const WRITE = 2
const INDIRECT = 4
/** Packed: the bits that make a descriptor available on odd and even laps. */
const AVAIL_BITS = [1 << 7, 1 << 15] as const
const FREE = -1

export interface DriverRingOptions {
  readonly place: QueuePlace
  /** Heads that the recording has on this queue. */
  readonly heads: ReadonlySet<number>
  /** Where tables of indirect descriptors may lie: a table for each entry of the queue, of `tableBuffers` descriptors. Without, there are none. */
  readonly tables?: { readonly gpa: number; readonly buffers: number }
}

type Buffer = { readonly gpa: number; readonly len: number; readonly flags: number }

export class DriverRing {
  private readonly memory: GuestMemory
  private readonly options: DriverRingOptions
  /** By descriptor: the head of the chain that has it, or FREE. */
  private readonly owners: number[]
  /** Split: chains made available. Packed: descriptors, in two laps. */
  private position = 0

  constructor(memory: GuestMemory, options: DriverRingOptions) {
    this.memory = memory
    this.options = options
    this.owners = Array.from({ length: options.place.size }, () => FREE)
  }

  /** Makes a recorded chain available; false when it cannot be put where it was. */
  feed({ head, descriptors }: messages.DescriptorChain.$Properties, payload: TapEvent['payload']): boolean {
    const all = (descriptors ?? []).map(({ gpa, len, flags }) => ({ gpa: gpa ?? 0, len: len ?? 0, flags: flags ?? 0 }))
    const buffers = all.filter(({ flags }) => (flags & INDIRECT) === 0)
    const { place, tables } = this.options
    const fits = (head ?? 0) < place.size && buffers.length <= (tables?.buffers ?? place.size)
    if (buffers.length === 0 || !fits || !this.fill(buffers, payload)) return false
    const inRing = tables === undefined || buffers.length === 1 ? buffers : this.table(head ?? 0, buffers, tables)
    return place.packed === true ? this.feedPacked(head ?? 0, inRing) : this.feedSplit(head ?? 0, inRing)
  }

  /** The device has given a chain back. */
  answered(head: number): void {
    for (const [i, owner] of this.owners.entries()) if (owner === head) this.owners[i] = FREE
  }

  /** The words that are the driver's: what it wants to be told of. */
  setWords({ availFlags, usedEvent }: messages.RingWords.$Properties): void {
    const { availGpa, size, packed } = this.options.place
    this.write16(availGpa + (packed === true ? 2 : 0), availFlags ?? 0)
    this.write16(availGpa + (packed === true ? 0 : 4 + 2 * size), usedEvent ?? 0)
  }

  /** The buffers that the device reads, with their bytes; false when one does not lie in memory. */
  private fill(buffers: readonly Buffer[], payload: TapEvent['payload']): boolean {
    let at = 0
    for (const { gpa, len, flags } of buffers) {
      if ((flags & WRITE) !== 0) continue
      const bytes = (payload ?? new Uint8Array(0)).subarray(at, at + len)
      if (bytes.length > 0 && !this.memory.write(gpa, bytes)) return false
      at += len
    }
    return true
  }

  private table(head: number, buffers: readonly Buffer[], { gpa, buffers: most }: { gpa: number; buffers: number }): Buffer[] {
    const at = gpa + head * most * DESC_BYTES
    const packed = this.options.place.packed === true
    buffers.forEach((buffer, i) => {
      const flags = packed ? buffer.flags & WRITE : this.chained(buffer, i, buffers)
      this.writeDescriptor(at + i * DESC_BYTES, buffer, { flags, link: packed ? 0 : i + 1 })
    })
    return [{ gpa: at, len: buffers.length * DESC_BYTES, flags: INDIRECT }]
  }

  private feedSplit(head: number, buffers: readonly Buffer[]): boolean {
    const { descGpa, availGpa, size } = this.options.place
    const indexes = this.take(head, buffers.length)
    if (indexes === null) return false
    buffers.forEach((buffer, i) => {
      this.writeDescriptor(descGpa + indexes[i] * DESC_BYTES, buffer, { flags: this.chained(buffer, i, buffers), link: indexes[i + 1] ?? 0 })
    })
    this.write16(availGpa + 4 + (this.position % size) * 2, head)
    this.write16(availGpa + 2, ++this.position)
    return true
  }

  private chained({ flags }: Buffer, i: number, all: readonly Buffer[]): number {
    return (flags & (WRITE | INDIRECT)) | (i + 1 < all.length ? NEXT : 0)
  }

  /** Indexes of so many descriptors, the first of them the chain's name; null when they are taken. */
  private take(head: number, count: number): number[] | null {
    const { heads } = this.options
    const free = (i: number): boolean => this.owners[i] === FREE && i !== head
    if (this.owners[head] !== FREE) return null
    const others = [...this.owners.keys()].filter(free).sort((a, b) => Number(heads.has(a)) - Number(heads.has(b)) || a - b).slice(0, count - 1)
    if (others.length < count - 1) return null
    const indexes = [head, ...others]
    for (const i of indexes) this.owners[i] = head
    return indexes
  }

  private feedPacked(head: number, buffers: readonly Buffer[]): boolean {
    const { descGpa, size } = this.options.place
    if (buffers.length > size) return false
    buffers.forEach((buffer, i) => {
      const lap = Math.floor(this.position / size) % 2
      const flags = this.chained(buffer, i, buffers) | AVAIL_BITS[lap]
      this.writeDescriptor(descGpa + (this.position % size) * DESC_BYTES, buffer, { flags, link: head })
      this.position++
    })
    return true
  }

  /** The last two words are flags and next in a split ring, and id and flags in a packed one: `link` is the next or the id. */
  private writeDescriptor(at: number, { gpa, len }: Buffer, { flags, link }: { flags: number; link: number }): void {
    const packed = this.options.place.packed === true
    const bytes = new Uint8Array(DESC_BYTES)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, gpa >>> 0, true)
    view.setUint32(4, Math.floor(gpa / 2 ** 32), true)
    view.setUint32(8, len, true)
    view.setUint16(12, packed ? link : flags, true)
    view.setUint16(14, packed ? flags : link, true)
    this.memory.write(at, bytes)
  }

  private write16(gpa: number, value: number): void {
    this.memory.write(gpa, Uint8Array.of(value & 255, (value >>> 8) & 255))
  }
}
