/**
 * The physical frames of one host node, by hfn. Memory is kept in 2 MiB chunks; a chunk is either whole (free, or one huge page) or
 * broken into 512 small frames.
 *
 *                 allocHuge                    splitHuge
 *   FREE chunk <-------------> HUGE head, tails -----------> broken: SMALL x 512
 *        |        freeHuge                                     ^     |
 *        |  allocSmall, no broken chunk has room               |     | last freeSmall
 *        +-----------------------------------------------------+     |
 *        ^-----------------------------------------------------------+
 *
 * Per frame: owner (4 bytes), flags (1 byte), one bit. The owner is what the reverse map needs: a number by which the mm that allocated
 * the frame finds the page that maps it. That of a huge page has a column of its own, with a place per chunk: its entries in the column of
 * the small ones stay untouched, and are never backed on a host that holds huge pages only.
 *
 *   H1  free + small + 512 * huge = frames.
 *   H2  A chunk whose 512 frames are all free is whole, so it can serve a huge page.
 *   H3  A huge page has its flags on the head and the tails, and its owner in `hugeOwner` only.
 */
import type { Columns, Footprint, Hfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { BrokenChunks } from './broken-chunks.ts'
import { FreeChunks } from './free-chunks.ts'
import { HFN_LIMIT, HUGE_PAGES, TABLE_MASK, TABLE_SHIFT } from './limits.ts'

/** No frame is free: the host is out of memory, or has no whole chunk left. */
export const NO_FRAME = -1

/** What a frame is, in the low bits of its flags byte. */
export const FrameKind = { FREE: 0, SMALL: 1, HUGE_HEAD: 2, HUGE_TAIL: 3 } as const
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]
const KIND_MASK = 3

/** Other bits of the flags byte. Allocated since reclaim looked last: a page that is being faulted in has no SPTE yet that could say so. */
const NEW = 4
/** Its contents may be dropped when the host is short (MADV_FREE). */
const LAZY = 8
/** A device may write to it at any time: it stays allocated until it is unpinned. */
const PINNED = 16

// Indexes of the state column.
const FREE = 0
const SMALL = 1
const HUGE = 2
const LAZY_FRAMES = 3
const STATE_WORDS = 4

export class HostFrames {
  /** Number of frames: hfn 0 to frames - 1. */
  readonly frames: number
  private readonly owner: Uint32Array
  /** By chunk. */
  private readonly hugeOwner: Uint32Array
  private readonly flags: Uint8Array
  private readonly state: Uint32Array
  private readonly whole: FreeChunks
  private readonly broken: BrokenChunks
  private readonly object: number
  private readonly footprint: Footprint

  /** `frames` need not be a multiple of 512: what is left at the end only serves small pages. */
  constructor(cols: Columns, frames: number) {
    assert(frames >= 0 && frames <= HFN_LIMIT, 'a host frame number has 29 bits')
    const chunks = Math.ceil(frames / HUGE_PAGES)
    this.frames = frames
    this.footprint = cols.footprint
    this.object = cols.objects('host frames')
    this.owner = cols.u32('host frames.owner', frames, this.object)
    this.hugeOwner = cols.u32('host frames.hugeOwner', chunks, this.object)
    this.flags = cols.u8('host frames.flags', frames, this.object)
    this.state = cols.u32('host frames.state', STATE_WORDS, this.object)
    this.whole = new FreeChunks(cols, 'host frames', this.object, Math.floor(frames / HUGE_PAGES))
    this.broken = new BrokenChunks(cols, 'host frames', this.object, chunks)
    this.state[FREE] = frames
    if (frames % HUGE_PAGES !== 0) this.broken.open(chunks - 1, frames % HUGE_PAGES)
  }

  /** Free frames of 4 KiB, those in whole chunks included. */
  get free(): number {
    this.footprint.read(this.object)
    return this.state[FREE]
  }

  /** Allocated 4 KiB frames. */
  get small(): number {
    this.footprint.read(this.object)
    return this.state[SMALL]
  }

  /** Allocated 2 MiB frames. */
  get huge(): number {
    this.footprint.read(this.object)
    return this.state[HUGE]
  }

  /** Allocated frames that reclaim may free without writing them. */
  get lazy(): number {
    this.footprint.read(this.object)
    return this.state[LAZY_FRAMES]
  }

  /** Whole free chunks: how many huge pages can still be had. */
  get freeHugeCount(): number {
    this.footprint.read(this.object)
    return this.whole.count
  }

  /** One 4 KiB frame, from a broken chunk while there is one (so that whole chunks last), or NO_FRAME. */
  allocSmall(): Hfn | typeof NO_FRAME {
    this.footprint.write(this.object)
    let frame = this.broken.take()
    if (frame < 0) {
      const chunk = this.whole.alloc()
      if (chunk < 0) return NO_FRAME
      this.broken.open(chunk, HUGE_PAGES)
      frame = this.broken.take()
    }
    this.flags[frame] = FrameKind.SMALL | NEW
    this.state[FREE]--
    this.state[SMALL]++
    return frame as Hfn
  }

  /** The head of 512 consecutive frames, aligned to 512, or NO_FRAME. */
  allocHuge(): Hfn | typeof NO_FRAME {
    this.footprint.write(this.object)
    const chunk = this.whole.first
    return chunk < 0 ? NO_FRAME : this.takeHuge(chunk)
  }

  /** Makes a whole free chunk a huge page. */
  private takeHuge(chunk: number): Hfn {
    this.whole.take(chunk)
    const head = chunk << TABLE_SHIFT
    this.flags.fill(FrameKind.HUGE_TAIL, head + 1, head + HUGE_PAGES)
    this.flags[head] = FrameKind.HUGE_HEAD | NEW
    this.state[FREE] -= HUGE_PAGES
    this.state[HUGE]++
    return head as Hfn
  }

  freeSmall(frame: Hfn): void {
    this.footprint.write(this.object)
    assert(this.kindOf(frame) === FrameKind.SMALL, 'a small frame is freed as one')
    assert((this.flags[frame] & PINNED) === 0, 'a pinned frame is not freed')
    this.clearLazy(frame)
    this.flags[frame] = FrameKind.FREE
    this.state[SMALL]--
    this.state[FREE]++
    if (!this.broken.put(frame)) return
    const chunk = frame >>> TABLE_SHIFT
    this.broken.close(chunk)
    this.whole.free(chunk)
  }

  /** `head` is the first frame of the huge page. */
  freeHuge(head: Hfn): void {
    this.footprint.write(this.object)
    assert(this.kindOf(head) === FrameKind.HUGE_HEAD, 'a huge frame is freed by its head')
    assert((this.flags[head] & PINNED) === 0, 'a pinned frame is not freed')
    this.clearLazy(head)
    this.flags.fill(FrameKind.FREE, head, head + HUGE_PAGES)
    this.state[HUGE]--
    this.state[FREE] += HUGE_PAGES
    this.whole.free(head >>> TABLE_SHIFT)
  }

  /**
   * A huge page becomes 512 small allocated ones in place, owners head's, head's + 1, ... (mm/huge_memory.c split_huge_page without the
   * failure).
   */
  splitHuge(head: Hfn): void {
    this.footprint.write(this.object)
    assert(this.kindOf(head) === FrameKind.HUGE_HEAD, 'a huge frame is split by its head')
    const owner = this.hugeOwner[head >>> TABLE_SHIFT]
    for (let i = 0; i < HUGE_PAGES; i++) this.owner[head + i] = owner + i
    this.flags.fill(FrameKind.SMALL | (this.flags[head] & (LAZY | PINNED)), head, head + HUGE_PAGES)
    this.state[HUGE]--
    this.state[SMALL] += HUGE_PAGES
  }

  /** Names who maps an allocated frame; of a huge page the head, whose tails then have the numbers after it. 32 bits. */
  setOwner(frame: Hfn, owner: number): void {
    this.footprint.write(this.object)
    const kind = this.kindOf(frame)
    assert(kind === FrameKind.SMALL || kind === FrameKind.HUGE_HEAD, 'an owner is set on a small frame or a huge head')
    if (kind === FrameKind.SMALL) this.owner[frame] = owner
    else this.hugeOwner[frame >>> TABLE_SHIFT] = owner
  }

  /** Reverse map: the owner of an allocated frame, head, tail or small. */
  ownerOf(frame: Hfn): number {
    this.footprint.read(this.object)
    const kind = this.kindOf(frame)
    assert(kind !== FrameKind.FREE, 'a free frame has no owner')
    return kind === FrameKind.SMALL ? this.owner[frame] : this.hugeOwner[frame >>> TABLE_SHIFT] + (frame & TABLE_MASK)
  }

  /** The head of `chunks` consecutive huge frames, aligned to their size, each allocated as one; or NO_FRAME. Slow: for pools that are made at boot. */
  allocRun(chunks: number): Hfn | typeof NO_FRAME {
    this.footprint.write(this.object)
    for (let first = 0; first + chunks <= Math.floor(this.frames / HUGE_PAGES); first += chunks) {
      let free = 0
      while (free < chunks && this.whole.isFree(first + free)) free++
      if (free < chunks) continue
      for (let i = 0; i < chunks; i++) this.takeHuge(first + i)
      return (first << TABLE_SHIFT) as Hfn
    }
    return NO_FRAME
  }

  /** Marks a small frame or a huge page as free for the taking (MADV_FREE). */
  setLazy(frame: Hfn): void {
    this.footprint.write(this.object)
    if (this.isLazy(frame)) return
    this.flags[frame] |= LAZY
    this.state[LAZY_FRAMES] += this.sizeOf(frame)
  }

  /** It was touched again, and stays. */
  clearLazy(frame: Hfn): void {
    if (!this.isLazy(frame)) return
    this.footprint.write(this.object)
    this.flags[frame] &= ~LAZY
    this.state[LAZY_FRAMES] -= this.sizeOf(frame)
  }

  /** Asked of a small frame or a huge head. */
  isLazy(frame: Hfn): boolean {
    this.footprint.read(this.object)
    return (this.flags[frame] & LAZY) !== 0
  }

  /** A device may use the frame until `unpin`; asked of a small frame or a huge head. */
  pin(frame: Hfn): void {
    this.footprint.write(this.object)
    this.flags[frame] |= PINNED
  }

  unpin(frame: Hfn): void {
    this.footprint.write(this.object)
    this.flags[frame] &= ~PINNED
  }

  isPinned(frame: Hfn): boolean {
    this.footprint.read(this.object)
    return (this.flags[frame] & PINNED) !== 0
  }

  /** Whether the frame was allocated since the last such question. */
  takeNew(frame: Hfn): boolean {
    this.footprint.write(this.object)
    const isNew = (this.flags[frame] & NEW) !== 0
    this.flags[frame] &= ~NEW
    return isNew
  }

  /** Whether the frame is the first of a chunk that is free as a whole. */
  isWholeFree(frame: Hfn): boolean {
    this.footprint.read(this.object)
    return (frame & TABLE_MASK) === 0 && this.whole.isFree(frame >>> TABLE_SHIFT)
  }

  /** What the frame is now. */
  kindOf(frame: Hfn): FrameKind {
    assert(frame >= 0 && frame < this.frames, 'a frame of this host')
    return (this.flags[frame] & KIND_MASK) as FrameKind
  }

  /** Recomputes every counter, bitmap and list from the flags (H1 to H3). */
  check(): void {
    const wholeFree = this.whole.check()
    let freeInWhole = 0
    let huge = 0
    let small = 0
    let free = 0
    let lazy = 0
    for (let chunk = 0; chunk < Math.ceil(this.frames / HUGE_PAGES); chunk++) {
      if (this.whole.isFree(chunk)) freeInWhole += HUGE_PAGES
      if (this.kindOf((chunk << TABLE_SHIFT) as Hfn) === FrameKind.HUGE_HEAD) huge++
      const end = Math.min(this.frames, (chunk + 1) << TABLE_SHIFT)
      const alike = this.alikeIn(chunk)
      if (alike) {
        if (!this.whole.isFree(chunk) && this.isLazy((chunk << TABLE_SHIFT) as Hfn)) lazy += HUGE_PAGES
        if (this.whole.isFree(chunk)) free += HUGE_PAGES
        assert(this.broken.isEmpty(chunk), 'the bit says free exactly in broken chunks')
        continue
      }
      for (let frame = chunk << TABLE_SHIFT; frame < end; frame++) {
        const kind = this.kindOf(frame as Hfn)
        this.checkFrame(frame, kind)
        if (kind === FrameKind.FREE) free++
        if (kind === FrameKind.SMALL) small++
        if (kind !== FrameKind.FREE && this.isLazy(frame as Hfn)) lazy += this.sizeOf(frame as Hfn)
      }
    }
    assert(freeInWhole === wholeFree * HUGE_PAGES, 'free whole chunks are counted')
    assert(freeInWhole + this.broken.check() === free, 'every free frame is in a whole chunk or has its bit')
    assert(free === this.state[FREE] && small === this.state[SMALL] && huge === this.state[HUGE], 'counters are the truth')
    assert(lazy === this.state[LAZY_FRAMES], 'frames that are free for the taking are counted')
    assert(free + small + huge * HUGE_PAGES === this.frames, 'no frame is lost')
  }

  private sizeOf(frame: Hfn): number {
    return this.kindOf(frame) === FrameKind.HUGE_HEAD ? HUGE_PAGES : 1
  }

  /** Whether a chunk is one huge page, or free as a whole, with 512 frames that say so: most chunks of a large host, told apart quickly. */
  private alikeIn(chunk: number): boolean {
    const first = chunk << TABLE_SHIFT
    const isHuge = (this.flags[first] & KIND_MASK) === FrameKind.HUGE_HEAD
    if (!isHuge && !this.whole.isFree(chunk)) return false
    const kind = isHuge ? FrameKind.HUGE_TAIL : FrameKind.FREE
    for (let frame = first + 1; frame < first + HUGE_PAGES; frame++) if ((this.flags[frame] & KIND_MASK) !== kind) return false
    return isHuge !== this.whole.isFree(chunk) && (isHuge || (this.flags[first] & KIND_MASK) === FrameKind.FREE)
  }

  private checkFrame(frame: number, kind: FrameKind): void {
    const first = frame & ~TABLE_MASK
    const inHuge = this.kindOf(first as Hfn) === FrameKind.HUGE_HEAD
    const tail = inHuge && frame !== first
    assert(tail === (kind === FrameKind.HUGE_TAIL), 'tails follow their head')
    assert(kind !== FrameKind.HUGE_HEAD || frame === first, 'a huge head is aligned')
    const whole = this.whole.isFree(frame >>> TABLE_SHIFT)
    assert(!whole || kind === FrameKind.FREE, 'a whole free chunk has no frame in use')
    assert(this.broken.isFree(frame) === (kind === FrameKind.FREE && !whole), 'the bit says free exactly in broken chunks')
  }
}
