/**
 * The 4 KiB frames of the 2 MiB chunks that were broken up: one bit per frame (1 = free), a free count per chunk, and an intrusive list
 * of the chunks with at least one free frame. A per-frame list would cost 8 bytes a frame; this costs one bit.
 *
 *   head -> chunk 7 (3 free) <-> chunk 2 (511 free) <-> chunk 9 (1 free)
 *
 *   B1  A chunk is on the list exactly when its free count is not zero.
 *   B2  The free count is the number of set bits.
 *   B3  A chunk that is not broken has a free count of zero and no bit set.
 */
import type { Columns } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { HUGE_PAGES, TABLE_SHIFT } from './limits.ts'

const WORDS = HUGE_PAGES / 32
const NIL = -1

export class BrokenChunks {
  private readonly bits: Uint32Array
  private readonly free: Uint16Array
  private readonly next: Int32Array
  private readonly prev: Int32Array
  private readonly head: Int32Array

  constructor(cols: Columns, label: string, object: number, chunks: number) {
    this.bits = cols.u32(`${label}.freeBits`, chunks * WORDS, object)
    this.free = cols.u16(`${label}.chunkFree`, chunks, object)
    this.next = cols.i32(`${label}.chunkNext`, chunks, object)
    this.prev = cols.i32(`${label}.chunkPrev`, chunks, object)
    this.head = cols.i32(`${label}.chunkHead`, 1, object)
    this.head[0] = NIL
  }

  /** Breaks a chunk up: its first `frames` frames are free, the rest does not exist (the end of the node). */
  open(chunk: number, frames: number): void {
    for (let f = 0; f < frames; f++) this.bits[chunk * WORDS + (f >> 5)] |= 1 << (f & 31)
    this.free[chunk] = frames
    if (frames > 0) this.link(chunk)
  }

  /** The lowest free frame of the first chunk on the list, or -1. */
  take(): number {
    const chunk = this.head[0]
    if (chunk === NIL) return -1
    let at = chunk * WORDS
    while (this.bits[at] === 0) at++
    const word = this.bits[at]
    const bit = 31 - Math.clz32(word & -word)
    this.bits[at] = word & (word - 1)
    if (--this.free[chunk] === 0) this.unlink(chunk)
    return (at << 5) | bit
  }

  /** Frees a frame; true when its whole chunk is now free, which the caller then closes. */
  put(hfn: number): boolean {
    const chunk = hfn >>> TABLE_SHIFT
    const bit = 1 << (hfn & 31)
    assert((this.bits[hfn >>> 5] & bit) === 0, 'a freed frame was in use')
    this.bits[hfn >>> 5] |= bit
    if (++this.free[chunk] === 1) this.link(chunk)
    return this.free[chunk] === HUGE_PAGES
  }

  /** A wholly free chunk stops being broken. */
  close(chunk: number): void {
    assert(this.free[chunk] === HUGE_PAGES, 'a closed chunk is free as a whole')
    this.unlink(chunk)
    this.bits.fill(0, chunk * WORDS, (chunk + 1) * WORDS)
    this.free[chunk] = 0
  }

  /** Whether the bit of a frame says free. */
  isFree(hfn: number): boolean {
    return (this.bits[hfn >>> 5] & (1 << (hfn & 31))) !== 0
  }

  /** B3: no bit of the chunk is set. */
  isEmpty(chunk: number): boolean {
    for (let at = chunk * WORDS; at < (chunk + 1) * WORDS; at++) if (this.bits[at] !== 0) return false
    return true
  }

  /** Recounts bits and list (B1, B2); returns the free frames found. */
  check(): number {
    let sum = 0
    let linked = 0
    for (let c = 0; c < this.free.length; c++) {
      let found = 0
      for (let at = c * WORDS; at < (c + 1) * WORDS; at++) for (let word = this.bits[at]; word !== 0; word &= word - 1) found++
      assert(found === this.free[c], 'the free count of a chunk is the number of its bits')
      sum += found
      if (found > 0) linked++
    }
    let before = NIL
    for (let c = this.head[0]; c !== NIL; c = this.next[c]) {
      assert(linked-- > 0 && this.free[c] > 0 && this.prev[c] === before, 'the list holds each partly free chunk once')
      before = c
    }
    assert(linked === 0, 'every partly free chunk is on the list')
    return sum
  }

  private link(chunk: number): void {
    const old = this.head[0]
    this.next[chunk] = old
    this.prev[chunk] = NIL
    if (old !== NIL) this.prev[old] = chunk
    this.head[0] = chunk
  }

  private unlink(chunk: number): void {
    const before = this.prev[chunk]
    const after = this.next[chunk]
    if (before === NIL) this.head[0] = after
    else this.next[before] = after
    if (after !== NIL) this.prev[after] = before
  }
}
