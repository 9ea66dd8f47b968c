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
 */
import type { Columns, Footprint, Hfn, Vpn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { FrameKind, NO_FRAME } from './frames.ts'
import type { HostFrames } from './frames.ts'
import { HUGE_PAGES, TABLE_MASK } from './limits.ts'
import { BAD_ADDRESS, isHuge, MAPPING_FRESH, MAPPING_HUGE, mappingHfn, NO_MEMORY, NOT_MAPPED, packMapping } from './mapping.ts'
import { HostPageTable } from './page-table.ts'
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
}

export class HostMm {
  /** What the last `zapRange` did: small pages freed, huge pages freed whole, huge mappings split because they were covered in part. */
  zappedSmall = 0
  zappedHuge = 0
  splits = 0
  private readonly frames: HostFrames
  private readonly vmas: Vmas
  private readonly table: HostPageTable
  private readonly rmapBase: number
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, frames: HostFrames, options: HostMmOptions) {
    const { firstVpn, pages, tablesMax, rmapBase = 0 } = options
    assert(rmapBase >= 0 && rmapBase + firstVpn + pages <= 2 ** 32, 'owners have 32 bits')
    this.frames = frames
    this.rmapBase = rmapBase
    this.footprint = cols.footprint
    this.object = cols.objects('host mm')
    this.vmas = new Vmas(cols, 'host mm', this.object)
    this.table = new HostPageTable(cols, { object: this.object, firstVpn, pages, tablesMax })
  }

  /** Pages mapped by PTEs. */
  get small(): number {
    return this.table.small
  }

  /** Huge mappings, of 512 pages each. */
  get huge(): number {
    return this.table.huge
  }

  /** PTE tables in use. */
  get tables(): number {
    return this.table.tables
  }

  /** Pages of 4 KiB that the host gives to this mm (RssAnon). */
  get residentPages(): number {
    return this.table.small + this.table.huge * HUGE_PAGES
  }

  /** Adds an area of anonymous memory inside the span. */
  addVma(vma: Vma): void {
    this.footprint.write(this.object)
    const { firstVpn, pages } = this.table
    assert(vma.start >= firstVpn && vma.start + vma.pages <= firstVpn + pages, 'an area lies inside the span of its mm')
    this.vmas.add(vma)
  }

  /** What `vpn` maps to (mapping.ts), or NOT_MAPPED. */
  resolve(vpn: Vpn): number {
    return this.table.lookup(vpn)
  }

  /**
   * Serves a fault: what is mapped already, else a new huge page where it may be one, else a new small page. Returns a mapping with the
   * fresh bit when a frame was allocated; NO_MEMORY when no frame (or table) is left; BAD_ADDRESS outside every area. Follows the order
   * of mm/memory.c __handle_mm_fault and do_huge_pmd_anonymous_page: a failed huge page falls back to a small one.
   */
  populate(vpn: Vpn): number {
    this.footprint.write(this.object)
    const vma = this.vmas.find(vpn)
    if (vma === NO_VMA) return BAD_ADDRESS
    const present = this.table.lookup(vpn)
    if (present !== NOT_MAPPED) return present
    if (this.vmas.allowsHuge(vma, vpn) && this.table.isSlotEmpty(vpn)) {
      const mapping = this.populateHuge(vpn)
      if (mapping !== NO_MEMORY) return mapping
    }
    return this.populateSmall(vpn)
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
    const from = Math.max(vpn, this.table.firstVpn)
    const end = Math.min(vpn + count, this.table.firstVpn + this.table.pages)
    for (let page = from; page < end;) {
      const next = Math.min(end, page - (page & TABLE_MASK) + HUGE_PAGES)
      if (!this.table.isSlotEmpty(page as Vpn)) this.zapSlot(page as Vpn, next - page)
      page = next
    }
  }

  /** Reverse map: the page that maps an allocated frame of this mm. */
  vpnOfFrame(frame: Hfn): Vpn {
    return (this.frames.ownerOf(frame) - this.rmapBase) as Vpn
  }

  /** Checks the page table, and that every mapping and its frame agree (M1, M2). The frames check themselves. */
  check(): void {
    this.table.check()
    const { firstVpn, pages } = this.table
    for (let page = firstVpn as number; page < firstVpn + pages; page++) {
      const mapping = this.table.lookup(page as Vpn)
      if (mapping === NOT_MAPPED) continue
      const frame = mappingHfn(mapping)
      const kind = this.frames.kindOf(frame)
      assert(isHuge(mapping) === (kind === FrameKind.HUGE_HEAD || kind === FrameKind.HUGE_TAIL), 'frame and mapping have the same size')
      assert(this.vpnOfFrame(frame) === page, 'the owner of a frame is the page that maps it')
      assert(this.vmas.find(page as Vpn) !== NO_VMA, 'a mapped page lies in an area')
    }
  }

  private populateHuge(vpn: Vpn): number {
    const frame = this.frames.allocHuge()
    if (frame === NO_FRAME) return NO_MEMORY
    const inside = vpn & TABLE_MASK
    const head = (vpn - inside) as Vpn
    if (!this.table.mapHuge(head, frame)) {
      this.frames.freeHuge(frame)
      return NO_MEMORY
    }
    this.frames.setOwner(frame, this.rmapBase + head)
    return packMapping(frame + inside, MAPPING_HUGE | MAPPING_FRESH)
  }

  private populateSmall(vpn: Vpn): number {
    const frame = this.frames.allocSmall()
    if (frame === NO_FRAME) return NO_MEMORY
    if (!this.table.mapSmall(vpn, frame)) {
      this.frames.freeSmall(frame)
      return NO_MEMORY
    }
    this.frames.setOwner(frame, this.rmapBase + vpn)
    return packMapping(frame, MAPPING_FRESH)
  }

  /** Zaps `count` pages that lie in one 2 MiB slot which is not empty. */
  private zapSlot(vpn: Vpn, count: number): void {
    const mapping = this.table.lookup(vpn)
    if (mapping !== NOT_MAPPED && isHuge(mapping)) {
      if (count === HUGE_PAGES) {
        this.frames.freeHuge(this.table.unmapHuge(vpn))
        this.zappedHuge++
        return
      }
      this.frames.splitHuge(this.table.splitHuge(vpn))
      this.splits++
    }
    for (let page = vpn as number; page < vpn + count; page++) {
      const frame = this.table.unmapSmall(page as Vpn)
      if (frame === NOT_MAPPED) continue
      this.frames.freeSmall(frame)
      this.zappedSmall++
    }
  }
}
