/**
 * The swap area of one host: slots of a page each, a bit for used and a bit for "holds zeroes", which needs no I/O (mm/page_io.c swap_zeromap, Linux 6.12).
 *
 *   slot   0 1 2 3 4 5 6 7
 *   used   1 1 0 0 1 1 1 0      allocation goes on from where the last one ended, round and round
 *   zero   0 1 0 0 0 0 1 0
 *
 *   S1  `used` is the number of set bits.    S2  A slot that is free is not marked as zero.
 */
import type { Columns, Footprint } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { HFN_LIMIT } from '../mm/limits.ts'

/** The swap area is full. */
export const SWAP_FULL = -1

// Indexes of the state column.
const USED = 0
const HINT = 1

const FULL_WORD = 0xffff_ffff

export class SwapArea {
  /** Slots of it. */
  readonly slots: number
  private readonly bits: Uint32Array
  private readonly zero: Uint32Array
  private readonly state: Uint32Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, slots: number) {
    assert(slots > 0 && slots < HFN_LIMIT, 'a slot number fits into a PTE')
    this.slots = slots
    this.footprint = cols.footprint
    this.object = cols.objects('swap area')
    const words = Math.ceil(slots / 32)
    this.bits = cols.u32('swap.used', words, this.object)
    this.zero = cols.u32('swap.zero', words, this.object)
    this.state = cols.u32('swap.state', 2, this.object)
    // What is behind the end is never handed out.
    for (let slot = slots; slot < words * 32; slot++) this.bits[slot >>> 5] |= 1 << (slot & 31)
  }

  get used(): number {
    this.footprint.read(this.object)
    return this.state[USED]
  }

  get freeSlots(): number {
    return this.slots - this.used
  }

  /** A free slot, or SWAP_FULL. `isZero`: its page reads as zeroes, so nothing is written. */
  alloc(isZero: boolean): number {
    this.footprint.write(this.object)
    if (this.state[USED] === this.slots) return SWAP_FULL
    let at = this.state[HINT]
    while (this.bits[at] === FULL_WORD) at = at + 1 === this.bits.length ? 0 : at + 1
    const word = ~this.bits[at]
    const bit = word & -word
    this.bits[at] |= bit
    if (isZero) this.zero[at] |= bit
    this.state[HINT] = at
    this.state[USED]++
    return (at << 5) | (31 - Math.clz32(bit))
  }

  free(slot: number): void {
    this.footprint.write(this.object)
    assert(this.isUsed(slot), 'a freed slot was in use')
    const bit = 1 << (slot & 31)
    this.bits[slot >>> 5] &= ~bit
    this.zero[slot >>> 5] &= ~bit
    this.state[USED]--
  }

  isUsed(slot: number): boolean {
    return slot >= 0 && slot < this.slots && (this.bits[slot >>> 5] & (1 << (slot & 31))) !== 0
  }

  /** Whether the slot holds zeroes, which are not read from the device. */
  isZero(slot: number): boolean {
    this.footprint.read(this.object)
    return (this.zero[slot >>> 5] & (1 << (slot & 31))) !== 0
  }

  /** Recounts the bits (S1, S2). */
  check(): void {
    let used = 0
    for (let slot = 0; slot < this.slots; slot++) {
      if (this.isUsed(slot)) used++
      else assert(!this.isZero(slot), 'a free slot is not marked')
    }
    assert(used === this.state[USED], 'used slots are counted')
  }
}
