/**
 * A driver's end of a ring that keeps no rule: it writes the words of a chain wherever it stands, split or packed, and every word can be spoilt before it is
 * published. Left alone, it writes what is right, as long as the device has answered everything before.
 */
import type { MemoryWindow } from '@hintlab/protocol'

export const F_NEXT = 1
export const F_WRITE = 2
export const F_INDIRECT = 4
export const PIECES_MAX = 16
const AVAIL = 0x80
const USED = 0x8000

interface Place {
  readonly descGpa: number
  readonly availGpa: number
  readonly usedGpa: number
}

export class RawRing {
  size = 1
  packed = false
  /** The pieces of the chain in hand; each word can be changed. */
  readonly gpa = new Float64Array(PIECES_MAX)
  readonly len = new Uint32Array(PIECES_MAX)
  readonly flags = new Uint16Array(PIECES_MAX)
  /** -1: the right one. */
  readonly next = new Int32Array(PIECES_MAX)
  count = 0
  /** The head of a split chain, the id of a packed list; -1: the right one. */
  head = -1
  /** Added to the index behind the right one. */
  jump = 0
  /** Piece of a packed list that is not made available; -1: none. */
  torn = -1
  readonly queue: number
  private readonly words: MemoryWindow
  private readonly base: number
  private readonly place: Place
  /** Split: the avail index, and the next descriptor. Packed: the position over two laps. */
  private index = 0
  private free = 0
  private position = 0

  constructor(words: MemoryWindow, base: number, place: Place, queue: number) {
    this.words = words
    this.base = base
    this.place = place
    this.queue = queue
  }

  start(size: number, packed: boolean): void {
    this.size = size
    this.packed = packed
    this.index = this.free = this.position = 0
  }

  begin(): void {
    this.count = 0
    this.head = this.torn = -1
    this.jump = 0
  }

  add(gpa: number, length: number, writable: boolean): void {
    if (this.count === PIECES_MAX) return
    this.gpa[this.count] = gpa
    this.len[this.count] = length
    this.flags[this.count] = writable ? F_WRITE : 0
    this.next[this.count] = -1
    this.count++
    if (this.count > 1) this.flags[this.count - 2] |= F_NEXT
  }

  /** Moves the pieces into a table at `tableGpa`, and leaves the one piece that refers to it. */
  intoTable(tableGpa: number): void {
    const { count } = this
    for (let i = 0; i < count; i++) {
      const next = this.next[i] >= 0 ? this.next[i] : i + 1
      // A packed table has no NEXT flag; the place of `next` holds the id, which says nothing.
      const flags = this.packed ? this.flags[i] & ~F_NEXT : this.flags[i]
      this.store(tableGpa + 16 * i, this.gpa[i], this.len[i], this.packed ? flags << 16 : flags | (next << 16))
    }
    this.count = 0
    this.add(tableGpa, 16 * count, false)
    this.flags[0] = F_INDIRECT
  }

  publish(): void {
    if (this.count === 0) return
    if (this.packed) this.publishPacked()
    else this.publishSplit()
  }

  /** The index as the driver has it, for one that goes back or far ahead. */
  setIndex(value: number): void {
    this.index = value & 0xffff
    this.words.store16(this.place.availGpa + 2 - this.base, this.index)
  }

  /** The event word by which the driver asks for interrupts. */
  setEvent(value: number): void {
    this.words.store16(this.place.availGpa - this.base + (this.packed ? 0 : 4 + 2 * this.size), value & 0xffff)
  }

  /** The first word of the driver's area: flags of a split ring; of a packed one they follow the event word. */
  setFlags(value: number): void {
    this.words.store16(this.place.availGpa - this.base + (this.packed ? 2 : 0), value & 0xffff)
  }

  /** Whether the device has answered the first and only chain of one descriptor, by the words in memory alone. */
  usedOne(): boolean {
    const { words, base, place } = this
    if (!this.packed) return words.load16(place.usedGpa + 2 - base) === 1 && words.load32(place.usedGpa + 4 - base) === 0
    return (words.load16(place.descGpa + 14 - base) & (AVAIL | USED)) === (AVAIL | USED)
  }

  private publishSplit(): void {
    const { words, base, place, size, count } = this
    const first = this.free
    for (let i = 0; i < count; i++) {
      const at = (first + i) % size
      const next = this.next[i] >= 0 ? this.next[i] : (at + 1) % size
      this.store(place.descGpa + 16 * at, this.gpa[i], this.len[i], this.flags[i] | (next << 16))
    }
    this.free = (first + count) % size
    words.store16(place.availGpa + 4 + 2 * (this.index % size) - base, this.head >= 0 ? this.head : first)
    this.setIndex(this.index + 1 + this.jump)
  }

  private publishPacked(): void {
    const { place, size, count } = this
    const id = this.head >= 0 ? this.head : this.free
    this.free = (this.free + 1) % size
    for (let i = 0; i < count; i++) {
      const at = (this.position + i) % (2 * size)
      const lap = at < size ? AVAIL : USED
      const flags = (this.flags[i] & ~(AVAIL | USED)) | (i === this.torn ? lap ^ (AVAIL | USED) : lap)
      this.store(place.descGpa + 16 * (at % size), this.gpa[i], this.len[i], (id & 0xffff) | (flags << 16))
    }
    this.position = (this.position + count + this.jump) % (2 * size)
    if (this.position < 0) this.position += 2 * size
  }

  private store(gpa: number, address: number, length: number, word: number): void {
    const at = gpa - this.base
    if (at + 16 > this.words.length) return
    this.words.store32(at, address % 2 ** 32)
    this.words.store32(at + 4, Math.floor(address / 2 ** 32))
    this.words.store32(at + 8, length)
    this.words.store32(at + 12, word >>> 0)
  }
}
