/**
 * The translations one vCPU has cached, guest frame to host frame, in three direct-mapped arrays: of 4 KiB, 2 MiB and 1 GiB. The slot of
 * a translation is fixed by its address, so replacement needs no state and no chance.
 *
 *   small   gfn         & (size - 1)   -> tag, hfn, flags, generation
 *   large  (gfn >> 9)   & (size - 1)   -> tag, hfn, flags, generation
 *   giga   (gfn >> 18)  & (size - 1)   -> tag, hfn, flags, generation
 *
 * Only a flush removes a stale entry: nothing here looks at the EPT. That is the point: after a zap without a flush the vCPU goes on
 * using the old frame, with the old W. `flushAll` starts a new generation, so it costs the same whatever the size.
 */
import type { Columns, Footprint, Gfn, Hfn } from '@hintlab/kit'
import { assert, isPowerOfTwo } from '@hintlab/kit'
import { GFN_LIMIT, TABLE_MASK, TABLE_SHIFT } from '../mm/limits.ts'
import { GIGA_MASK, GIGA_SHIFT, Level, pagesAt } from './level.ts'
import { NO_SPTE, SPTE_LARGE, SPTE_PRESENT } from './spte.ts'

export interface TlbOptions {
  /** Number of the vCPU, for the name of the shared object. */
  vcpu: number
  /** Entries for 4 KiB translations, a power of two. Default 1024. */
  smallEntries?: number | undefined
  /** Entries for 2 MiB translations, a power of two. Default 64. */
  largeEntries?: number | undefined
  /** Entries for 1 GiB translations, a power of two. Default 16, as many as the second-level TLB of Intel's servers has. */
  gigaEntries?: number | undefined
}

// Indexes of the state column.
const GENERATION = 0
const HITS = 1
const MISSES = 2
const STATE_WORDS = 3

/** The generation at which the stamps are wiped and counted from 1 again; 0 marks an entry that was never filled or was flushed alone. */
const GENERATION_LIMIT = 2 ** 31 - 1

export class Tlb {
  /** After a hit: the host frame of the very page that was looked up. */
  hfn = 0 as Hfn
  private readonly smallMask: number
  private readonly largeMask: number
  private readonly gigaMask: number
  /** Where the entries of 2 MiB and of 1 GiB begin, behind the small ones. */
  private readonly largeFirst: number
  private readonly gigaFirst: number
  private readonly tag: Int32Array
  private readonly frame: Uint32Array
  private readonly flags: Uint8Array
  private readonly stamp: Int32Array
  private readonly state: Float64Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, { vcpu, smallEntries = 1024, largeEntries = 64, gigaEntries = 16 }: TlbOptions) {
    assert(isPowerOfTwo(smallEntries) && isPowerOfTwo(largeEntries) && isPowerOfTwo(gigaEntries), 'TLB sizes are powers of two')
    const entries = smallEntries + largeEntries + gigaEntries
    this.footprint = cols.footprint
    this.object = cols.objects(`tlb ${vcpu}`)
    this.smallMask = smallEntries - 1
    this.largeMask = largeEntries - 1
    this.gigaMask = gigaEntries - 1
    this.largeFirst = smallEntries
    this.gigaFirst = smallEntries + largeEntries
    this.tag = cols.i32('tlb.tag', entries, this.object)
    this.frame = cols.u32('tlb.hfn', entries, this.object)
    this.flags = cols.u8('tlb.flags', entries, this.object)
    this.stamp = cols.i32('tlb.stamp', entries, this.object)
    this.state = cols.f64('tlb.state', STATE_WORDS, this.object)
    this.state[GENERATION] = 1
  }

  get hits(): number {
    this.footprint.read(this.object)
    return this.state[HITS]
  }

  get misses(): number {
    this.footprint.read(this.object)
    return this.state[MISSES]
  }

  /** The cached SPTE flags of the translation of `gfn`, its frame then in `hfn`; NO_SPTE on a miss. */
  lookup(gfn: Gfn): number {
    this.footprint.write(this.object)
    const generation = this.state[GENERATION]
    const small = gfn & this.smallMask
    if (this.tag[small] === gfn && this.stamp[small] === generation) {
      this.state[HITS]++
      this.hfn = this.frame[small] as Hfn
      return this.flags[small]
    }
    const region = gfn >>> TABLE_SHIFT
    const large = this.largeFirst + (region & this.largeMask)
    if (this.tag[large] === region && this.stamp[large] === generation) {
      this.state[HITS]++
      this.hfn = (this.frame[large] + (gfn & TABLE_MASK)) as Hfn
      return this.flags[large]
    }
    const gib = gfn >>> GIGA_SHIFT
    const giga = this.gigaFirst + (gib & this.gigaMask)
    if (this.tag[giga] === gib && this.stamp[giga] === generation) {
      this.state[HITS]++
      this.hfn = (this.frame[giga] + (gfn & GIGA_MASK)) as Hfn
      return this.flags[giga]
    }
    this.state[MISSES]++
    return NO_SPTE
  }

  /**
   * Caches what a walk found for `gfn`: its flags, its `level`, and `hfn`, the frame of this very page. A translation that was in the slot
   * is replaced, so filling again with more flags is how W or D is updated.
   */
  insert(gfn: Gfn, hfn: Hfn, flags: number, level: Level): void {
    this.footprint.write(this.object)
    assert(gfn >= 0 && gfn < GFN_LIMIT && (flags & SPTE_PRESENT) !== 0, 'a present translation is cached')
    assert(((flags & SPTE_LARGE) !== 0) === (level !== Level.SMALL), 'a translation of more than a page is large')
    const tag = gfn >>> (TABLE_SHIFT * (level - 1))
    const at = this.slotOf(tag, level)
    this.tag[at] = tag
    this.frame[at] = hfn - (gfn & (pagesAt(level) - 1))
    this.flags[at] = flags
    this.stamp[at] = this.state[GENERATION]
  }

  /** Drops everything. */
  flushAll(): void {
    this.footprint.write(this.object)
    if (++this.state[GENERATION] < GENERATION_LIMIT) return
    this.stamp.fill(0)
    this.state[GENERATION] = 1
  }

  /** Drops every translation of a page in `[gfn, gfn + count)`, large ones that reach into it included. */
  flushRange(gfn: Gfn, count: number): void {
    this.footprint.write(this.object)
    const end = gfn + count
    if (count <= this.smallMask) for (let page = gfn as number; page < end; page++) this.dropSmall(page & this.smallMask, gfn, end)
    else for (let at = 0; at <= this.smallMask; at++) this.dropSmall(at, gfn, end)
    for (let at = this.largeFirst; at < this.tag.length; at++) {
      const pages = pagesAt(this.levelAt(at))
      const first = this.tag[at] * pages
      if (first < end && first + pages > gfn) this.stamp[at] = 0
    }
  }

  /** Every entry lies in the slot that its address names, and is of no generation to come. */
  check(): void {
    for (let at = 0; at < this.tag.length; at++) {
      assert(this.stamp[at] <= this.state[GENERATION], 'no entry is of a later generation')
      if (this.stamp[at] === 0) continue
      const level = this.levelAt(at)
      assert(this.slotOf(this.tag[at], level) === at, 'an entry lies in the slot of its address')
      assert(((this.flags[at] & SPTE_LARGE) !== 0) === (level !== Level.SMALL), 'large translations are kept apart')
    }
  }

  private levelAt(at: number): Level {
    if (at < this.largeFirst) return Level.SMALL
    return at < this.gigaFirst ? Level.LARGE : Level.GIGA
  }

  private slotOf(tag: number, level: Level): number {
    if (level === Level.SMALL) return tag & this.smallMask
    return level === Level.LARGE ? this.largeFirst + (tag & this.largeMask) : this.gigaFirst + (tag & this.gigaMask)
  }

  private dropSmall(at: number, from: number, end: number): void {
    const tag = this.tag[at]
    if (tag >= from && tag < end) this.stamp[at] = 0
  }
}
