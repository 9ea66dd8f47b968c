/**
 * One request as the ring sees it: buffers that the device reads, then buffers that it writes. Columns, sized once and refilled.
 *
 *   gpa | r0 | r1 | w0 |        readableCount = 2, writableCount = 1
 *   len | 64 | 16 |  8 |        readableBytes = 80, writableBytes = 8
 *
 * The driver's caller fills one and hands it to `addChain`; the device end fills its own at each `pop`.
 *   C1  readable buffers come first      C2  every length is positive      C3  the sums belong to the buffers
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { GPA_LIMIT } from '@hintlab/protocol'
import { ChainFault } from './chain-fault.ts'

/** The most bytes that a chain may have in all. */
export const CHAIN_BYTES_MAX = 2 ** 32

const READABLE = 0
const WRITABLE = 1

export class BufferChain {
  /** Guest physical address of each buffer, in bytes. */
  readonly gpa: Float64Array
  /** Length of each buffer, in bytes. */
  readonly len: Uint32Array
  private readonly counts: Uint32Array
  private readonly sums: Float64Array

  /** The columns belong to shared object `object`; whoever fills or reads the chain declares that object. */
  constructor(cols: Columns, object: number, label: string, buffersMax: number) {
    this.gpa = cols.f64(`${label}.gpa`, buffersMax, object)
    this.len = cols.u32(`${label}.len`, buffersMax, object)
    this.counts = cols.u32(`${label}.counts`, 2, object)
    this.sums = cols.f64(`${label}.sums`, 2, object)
  }

  get readableCount(): number {
    return this.counts[READABLE]
  }

  get writableCount(): number {
    return this.counts[WRITABLE]
  }

  get count(): number {
    return this.counts[READABLE] + this.counts[WRITABLE]
  }

  get readableBytes(): number {
    return this.sums[READABLE]
  }

  get writableBytes(): number {
    return this.sums[WRITABLE]
  }

  clear(): void {
    this.finish(0, 0, 0, 0)
  }

  /** Appends a buffer that the device reads; `length` in bytes, positive. */
  addReadable(gpa: number, length: number): void {
    assert(this.counts[WRITABLE] === 0, 'readable buffers come before writable ones')
    this.put(gpa, length)
    this.counts[READABLE]++
    this.sums[READABLE] += length
  }

  /** Appends a buffer that the device may write; `length` in bytes, positive. */
  addWritable(gpa: number, length: number): void {
    this.put(gpa, length)
    this.counts[WRITABLE]++
    this.sums[WRITABLE] += length
  }

  /** For a reader that wrote `gpa` and `len` itself: states what they hold. */
  finish(readableCount: number, writableCount: number, readableBytes: number, writableBytes: number): void {
    this.counts[READABLE] = readableCount
    this.counts[WRITABLE] = writableCount
    this.sums[READABLE] = readableBytes
    this.sums[WRITABLE] = writableBytes
  }

  /** For a reader of foreign descriptors: appends a buffer, or says what is wrong with it and appends nothing. */
  accept(gpa: number, length: number, writable: boolean): ChainFault {
    const { counts } = this
    const at = counts[READABLE] + counts[WRITABLE]
    if (at >= this.gpa.length) return ChainFault.LOOP
    if (length === 0) return ChainFault.ZERO_LENGTH
    if (gpa + length > GPA_LIMIT) return ChainFault.ADDRESS
    if (!writable && counts[WRITABLE] > 0) return ChainFault.ORDER
    this.gpa[at] = gpa
    this.len[at] = length
    const side = writable ? WRITABLE : READABLE
    counts[side]++
    this.sums[side] += length
    return ChainFault.NONE
  }

  /** Ends a series of `accept`: the fault, to which the sum of all lengths may add one. The chain is emptied when there is any. */
  orEmpty(fault: ChainFault): ChainFault {
    const tooLong = this.sums[READABLE] + this.sums[WRITABLE] > CHAIN_BYTES_MAX
    const found = fault === ChainFault.NONE && tooLong ? ChainFault.TOO_LONG : fault
    if (found !== ChainFault.NONE) this.clear()
    return found
  }

  private put(gpa: number, length: number): void {
    const at = this.count
    assert(at < this.gpa.length, 'chain has room for one more buffer')
    assert(length > 0 && length <= 0xffff_ffff && length === Math.floor(length), 'buffer length is a positive 32-bit number')
    assert(gpa >= 0 && gpa + length <= GPA_LIMIT && gpa === Math.floor(gpa), 'buffer lies below 2^52')
    this.gpa[at] = gpa
    this.len[at] = length
  }
}
