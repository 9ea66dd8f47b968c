/**
 * One address space of the host: its areas, its page table, and the frames it took from its node. This is what a fault resolves against,
 * and what a discard (MADV_DONTNEED of anonymous memory) takes away.
 *
 *   gfn --memslots--> vpn --areas: legal?  huge?--> page table --> hfn --owner--> vpn
 *
 * Nothing here is a task: who calls holds what lock the kernel would hold, and books the time. For the secondary MMU the caller keeps
 * safeguard N2: it zaps the SPTEs and flushes the TLBs of a range before `zapRange` frees its frames.
 *
 *   M1  A frame belongs to exactly one page, small or huge: frame kind and mapping level agree.
 *   M2  The owner of a mapped frame is rmapBase plus the page that maps it.
 *   M3  A swap slot in use belongs to one page.
 */
import type { Columns, Footprint, Hfn, Vpn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { granuleOf, planDiscard } from '../backing/backing.ts'
import type { Backing, Discard, DiscardPlan } from '../backing/backing.ts'
import type { HugePool } from '../backing/huge-pool.ts'
import { FaultIn } from './fault-in.ts'
import { FrameKind } from './frames.ts'
import type { HostFrames } from './frames.ts'
import { HUGE_PAGES, TABLE_MASK } from './limits.ts'
import { BAD_ADDRESS, isHuge, mappingHfn, NO_MEMORY, NOT_MAPPED, SWAPPED } from './mapping.ts'
import { HostPageTable, NO_SLOT } from './page-table.ts'
import type { SwapArea } from '../swap/swap-area.ts'
import { NO_VMA, Vmas } from './vmas.ts'
import type { Vma } from './vmas.ts'

export interface HostMmOptions {
  /** First page of the span that the page table covers, a multiple of 512. */
  firstVpn: Vpn
  /** Pages of the span; areas lie inside it. */
  pages: number
  /** Fixed number of PTE tables, for a machine that is reset; absent: as many as needed. */
  tablesMax?: number | undefined
  /** Added to a vpn to make a frame's owner: several mms on one host take disjoint ranges of 32 bits. Default 0. */
  rmapBase?: number | undefined
  /** Where pages of this mm go when the host is short of memory; absent: nowhere. */
  swap?: SwapArea | undefined
  /** Where areas of hugetlb memory get their pages. */
  pool?: HugePool | undefined
  /** CONFIG_PT_RECLAIM (Linux 6.14, x86-64): MADV_DONTNEED of a whole 2 MiB range frees its emptied table. Default false: the table stays. */
  ptReclaim?: boolean | undefined
}

export class HostMm {
  /** What the last `zapRange` did: small pages freed, huge pages freed whole, huge mappings split because they were covered in part. */
  zappedSmall = 0
  zappedHuge = 0
  splits = 0
  /** Pages of it that were in swap: their slots are free. */
  zappedSwap = 0
  /** Frames that a device still uses: unmapped, and lost until it lets go. */
  orphaned = 0
  private readonly swap: SwapArea | undefined
  private readonly pool: HugePool | undefined
  private readonly frames: HostFrames
  private readonly vmas: Vmas
  private readonly table: HostPageTable
  private readonly faultIn: FaultIn
  private readonly ptReclaim: boolean
  private readonly rmapBase: number
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, frames: HostFrames, options: HostMmOptions) {
    const { firstVpn, pages, tablesMax, rmapBase = 0, swap, pool, ptReclaim = false } = options
    this.swap = swap
    this.pool = pool
    assert(rmapBase >= 0 && rmapBase + firstVpn + pages <= 2 ** 32, 'owners have 32 bits')
    this.frames = frames
    this.rmapBase = rmapBase
    this.footprint = cols.footprint
    this.object = cols.objects('host mm')
    this.vmas = new Vmas(cols, 'host mm', this.object)
    this.table = new HostPageTable(cols, { object: this.object, firstVpn, pages, tablesMax })
    this.faultIn = new FaultIn(frames, this.table, { pool, rmapBase })
    this.ptReclaim = ptReclaim
  }

  /** After a `populate` that allocated: the first page, and how many came with it. */
  get freshFirst(): Vpn {
    return this.faultIn.freshFirst
  }

  get freshPages(): number {
    return this.faultIn.freshPages
  }

  /** Pages mapped by PTEs. */
  get small(): number {
    return this.table.small
  }

  /** Huge mappings, of 512 pages each. */
  get huge(): number {
    return this.table.huge
  }

  /** PTE tables, with entries or emptied. */
  get tables(): number {
    return this.table.tables
  }

  /** Pages of 4 KiB that the host gives to this mm (RssAnon). */
  get residentPages(): number {
    return this.table.small + this.table.huge * HUGE_PAGES
  }

  /** Pages whose contents are in swap (VmSwap). */
  get swappedPages(): number {
    return this.table.swapped
  }

  /** The owners that frames of this mm have: from `firstOwner` on, one per page of the span. */
  get firstOwner(): number {
    return this.rmapBase + this.table.firstVpn
  }

  /** Pages that wait in its pool: taken from the host, and nobody's. */
  get pooledPages(): number {
    return this.pool === undefined ? 0 : this.pool.free * this.pool.pageFrames
  }

  get firstVpn(): Vpn {
    return this.table.firstVpn
  }

  get ownerCount(): number {
    return this.table.pages
  }

  vpnOfOwner(owner: number): Vpn {
    return (owner - this.rmapBase) as Vpn
  }

  /** Adds an area of anonymous memory inside the span. */
  addVma(vma: Vma): void {
    this.footprint.write(this.object)
    const { firstVpn, pages } = this.table
    assert(vma.start >= firstVpn && vma.start + vma.pages <= firstVpn + pages, 'an area lies inside the span of its mm')
    this.vmas.add(vma)
  }

  /** The frames of the 512 pages from `vpn`, aligned, into an array; false unless all are there, as small pages. */
  framesAt(vpn: Vpn, into: Int32Array): boolean {
    return this.table.framesAt(vpn, into)
  }

  /** What `vpn` maps to (mapping.ts), or NOT_MAPPED. */
  resolve(vpn: Vpn): number {
    return this.table.lookup(vpn)
  }

  /**
   * Serves a fault: what is mapped already, else a new huge page where it may be one, else a new small page. Returns a mapping with the
   * fresh bit when a frame was allocated; NO_MEMORY when no frame (or table) is left; SWAPPED when it must
   * be read from swap first; BAD_ADDRESS outside every area. Follows the order
   * of mm/memory.c __handle_mm_fault and do_huge_pmd_anonymous_page: only where no table is (pmd_none) may it be huge, and a failed huge page falls
   * back to a small one.
   */
  populate(vpn: Vpn): number {
    this.footprint.write(this.object)
    const vma = this.vmas.find(vpn)
    if (vma === NO_VMA) return BAD_ADDRESS
    const present = this.table.lookup(vpn)
    if (present !== NOT_MAPPED) {
      if (this.frames.lazy > 0) this.frames.clearLazy(this.headOf(present))
      return present
    }
    const backing = this.vmas.backingOf(vma)
    const granule = granuleOf(backing)
    if (granule > 1) return this.vmas.isHugetlb(vma) ? this.faultIn.fromPool(vpn) : this.faultIn.granule(vpn, granule)
    if (this.vmas.allowsHuge(vma, vpn)) {
      const mapping = this.populateHuge(vpn, backing)
      if (mapping !== NO_MEMORY) return mapping
    }
    if (this.swap !== undefined && this.table.slotAt(vpn) !== NO_SLOT) return SWAPPED
    return this.faultIn.small(vpn)
  }

  /**
   * Unmaps the `count` pages from `vpn` and frees their frames; pages that are not mapped, or in no area, are passed over. A huge page
   * that is covered only in part is split first. The result is in `zappedSmall`, `zappedHuge` and `splits`. The caller has zapped and
   * flushed (N2).
   */
  zapRange(vpn: Vpn, count: number): void {
    this.footprint.write(this.object)
    this.zappedSmall = 0
    this.zappedHuge = 0
    this.splits = 0
    this.zappedSwap = 0
    this.orphaned = 0
    const from = Math.max(vpn, this.table.firstVpn)
    const end = Math.min(vpn + count, this.table.firstVpn + this.table.pages)
    for (let page = from; page < end;) {
      const next = Math.min(end, page - (page & TABLE_MASK) + HUGE_PAGES)
      if (!this.table.isSlotBlank(page as Vpn)) this.zapSlot(page as Vpn, next - page)
      page = next
    }
  }

  /**
   * What MADV_DONTNEED does after `zapRange` of the same range on a host with `ptReclaim` (mm/pt_reclaim.c): tables that are empty go where the range covers
   * all of their 2 MiB, also those that were empty before. Punching a hole and reclaim do not.
   */
  reclaimTables(vpn: Vpn, count: number): void {
    if (!this.ptReclaim) return
    this.footprint.write(this.object)
    const end = Math.min(vpn + count, this.table.firstVpn + this.table.pages)
    const first = Math.max(vpn, this.table.firstVpn)
    for (let page = first + (-first & TABLE_MASK); page + HUGE_PAGES <= end; page += HUGE_PAGES) this.table.freeTable(page as Vpn)
  }

  /** The swap slot of a page, or NO_SLOT. */
  slotOf(vpn: Vpn): number {
    return this.table.slotAt(vpn)
  }

  /** Splits the huge page around `vpn`, in the page table and as a frame. */
  splitHuge(vpn: Vpn): void {
    this.footprint.write(this.object)
    this.frames.splitHuge(this.table.splitHuge(vpn))
  }

  /** A small page goes to a slot of the swap area; its frame, which the caller now owns, is returned. The caller has zapped and flushed (N2). */
  swapOut(vpn: Vpn, slot: number): Hfn {
    this.footprint.write(this.object)
    return this.table.toSwap(vpn, slot)
  }

  /**
   * A page was read into `frame`, which becomes its own, and its slot is free. False when its entry is another by now: then the caller keeps the
   * frame (the look at the original entry in mm/memory.c do_swap_page).
   */
  swapIn(vpn: Vpn, slot: number, frame: Hfn): boolean {
    this.footprint.write(this.object)
    if (this.swap === undefined || this.table.slotAt(vpn) !== slot) return false
    this.table.fromSwap(vpn, frame)
    this.frames.setOwner(frame, this.rmapBase + vpn)
    this.swap.free(slot)
    return true
  }

  /** What the memory at `vpn` is, or null outside every area. */
  backingAt(vpn: Vpn): Backing | null {
    const vma = this.vmas.find(vpn)
    return vma === NO_VMA ? null : this.vmas.backingOf(vma)
  }

  /** What a discard of the range would do; the range lies in areas of one backing. */
  planDiscard(vpn: Vpn, count: number, operation: Discard): DiscardPlan {
    const backing = this.backingAt(vpn)
    assert(backing !== null, 'a discarded range lies in an area')
    return planDiscard(backing, operation, vpn, count)
  }

  /** MADV_FREE: marks what is mapped in the range, splitting huge pages that are covered in part; the number of pages marked. Counts in `splits`. */
  markLazy(vpn: Vpn, count: number): number {
    this.footprint.write(this.object)
    this.splits = 0
    let marked = 0
    for (let page = vpn as number; page < vpn + count;) {
      const mapping = this.table.lookup(page as Vpn)
      const inside = page & TABLE_MASK
      const huge = mapping !== NOT_MAPPED && isHuge(mapping)
      const whole = huge && inside === 0 && page + HUGE_PAGES <= vpn + count
      if (huge && !whole) {
        this.splitHuge(page as Vpn)
        this.splits++
      }
      if (mapping !== NOT_MAPPED) this.frames.setLazy(mappingHfn(mapping))
      const size = whole ? HUGE_PAGES : 1
      if (mapping !== NOT_MAPPED) marked += size
      page += size
    }
    return marked
  }

  /** Whether the aligned 2 MiB at `vpn` have small pages of which at most `noneMax` are missing, and none in swap: what khugepaged collapses. */
  isCollapsible(vpn: Vpn, noneMax: number): boolean {
    const vma = this.vmas.find(vpn)
    if (vma === NO_VMA || !this.vmas.allowsHuge(vma, vpn) || this.table.isSlotBlank(vpn)) return false
    let mapped = 0
    for (let page = vpn as number; page < vpn + HUGE_PAGES; page++) {
      const mapping = this.table.lookup(page as Vpn)
      if (mapping !== NOT_MAPPED && isHuge(mapping)) return false
      if (this.table.slotAt(page as Vpn) !== NO_SLOT) return false
      if (mapping !== NOT_MAPPED && this.frames.isPinned(mappingHfn(mapping))) return false
      if (mapping !== NOT_MAPPED) mapped++
    }
    return mapped > 0 && HUGE_PAGES - mapped <= noneMax
  }

  /** The small pages at `vpn`, copied by the caller into the huge frame `head`, give way to it; their table becomes its deposit (collapse_huge_page). */
  collapse(vpn: Vpn, head: Hfn): void {
    this.zapRange(vpn, HUGE_PAGES)
    this.table.freeTable(vpn)
    const mapped = this.table.mapHuge(vpn, head)
    assert(mapped, 'a page table that held the small pages has room for the huge one')
    this.frames.setOwner(head, this.rmapBase + vpn)
  }

  /** Reverse map: the page that maps an allocated frame of this mm. */
  vpnOfFrame(frame: Hfn): Vpn {
    return this.vpnOfOwner(this.frames.ownerOf(frame))
  }

  /** Checks the page table, and that every mapping and its frame agree (M1, M2). The frames check themselves. */
  check(): void {
    this.table.check()
    const { firstVpn, pages } = this.table
    for (let page = firstVpn as number; page < firstVpn + pages; page++) {
      const mapping = this.table.lookup(page as Vpn)
      const isFirst = (page & TABLE_MASK) === 0
      if (mapping === NOT_MAPPED) {
        if (isFirst && this.table.isSlotNone(page as Vpn)) page += HUGE_PAGES - 1
        const slot = this.table.slotAt(page as Vpn)
        assert(slot === NO_SLOT || this.swap?.isUsed(slot) === true, 'a swap entry names a slot in use')
        continue
      }
      const frame = mappingHfn(mapping)
      const kind = this.frames.kindOf(frame)
      assert(isHuge(mapping) === (kind === FrameKind.HUGE_HEAD || kind === FrameKind.HUGE_TAIL), 'frame and mapping have the same size')
      assert(this.vpnOfFrame(frame) === page, 'the owner of a frame is the page that maps it')
      assert(this.vmas.find(page as Vpn) !== NO_VMA, 'a mapped page lies in an area')
      // The table has one word for a huge page, and the frames one owner: what holds for the first page holds for all.
      if (isFirst && isHuge(mapping)) page += HUGE_PAGES - 1
    }
  }

  /** A huge page where no table is in the way; in shmem also where an empty one is. */
  private populateHuge(vpn: Vpn, backing: Backing): number {
    if (this.table.isSlotNone(vpn)) return this.faultIn.huge(vpn)
    return backing === 'shmem' && this.table.isSlotBlank(vpn) ? this.faultIn.hugeByPtes(vpn) : NO_MEMORY
  }

  /** The frame that carries the flags of a mapping: its own, or the head of its huge page. */
  private headOf(mapping: number): Hfn {
    const frame = mappingHfn(mapping)
    return (isHuge(mapping) ? frame - (frame & TABLE_MASK) : frame) as Hfn
  }

  /** A huge page that is mapped no more: to the host or its pool, unless a device holds it. */
  private freeHuge(head: Hfn, isHugetlb: boolean): void {
    if (this.frames.isPinned(head)) this.orphaned += HUGE_PAGES
    else if (!isHugetlb) this.frames.freeHuge(head)
    else if (head % this.pool!.pageFrames === 0) this.pool!.put(head)
  }

  /** Zaps `count` pages that lie in one 2 MiB slot which is not empty. */
  private zapSlot(vpn: Vpn, count: number): void {
    const mapping = this.table.lookup(vpn)
    if (mapping !== NOT_MAPPED && isHuge(mapping)) {
      if (count === HUGE_PAGES) {
        this.freeHuge(this.table.unmapHuge(vpn), this.vmas.isHugetlb(this.vmas.find(vpn)))
        this.zappedHuge++
        return
      }
      this.frames.splitHuge(this.table.splitHuge(vpn))
      this.splits++
    }
    for (let page = vpn as number; page < vpn + count; page++) {
      const frame = this.table.unmapSmall(page as Vpn)
      if (frame === NOT_MAPPED) {
        this.dropSwap(page as Vpn)
        if (this.table.isSlotBlank(vpn)) return
        continue
      }
      if (this.frames.isPinned(frame)) this.orphaned++
      else this.frames.freeSmall(frame)
      this.zappedSmall++
    }
  }

  private dropSwap(vpn: Vpn): void {
    if (this.swap === undefined) return
    const slot = this.table.clearSwap(vpn)
    if (slot === NO_SLOT) return
    this.swap.free(slot)
    this.zappedSwap++
  }
}
