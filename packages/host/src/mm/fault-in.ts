/**
 * What a fault takes when nothing is mapped: frames, put into the page table and told who owns them. Which of these it is, host-mm.ts decides.
 *
 *     huge          one frame of 2 MiB into an empty slot
 *     small         one of 4 KiB, and a table where there is none
 *     granule       one page of a host with larger pages, as so many frames
 *     pool          one page of hugetlb memory, of 2 MiB or 1 GiB
 *     huge by PTEs  shmem, where a table is in the way: the file takes its huge page all the same (mm/shmem.c does not look at page tables), and
 *                   mm/memory.c finish_fault maps it in small pages
 *
 * Each returns a mapping with the fresh bit, or NO_MEMORY with nothing done.
 */
import type { Hfn, Vpn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import type { HugePool } from '../backing/huge-pool.ts'
import { NO_FRAME } from './frames.ts'
import type { HostFrames } from './frames.ts'
import { HUGE_PAGES, TABLE_MASK } from './limits.ts'
import { MAPPING_FRESH, MAPPING_HUGE, mappingHfn, NO_MEMORY, packMapping } from './mapping.ts'
import type { HostPageTable } from './page-table.ts'

export class FaultIn {
  /** After one that allocated: the first page, and how many came with it. */
  freshFirst = 0 as Vpn
  freshPages = 0
  private readonly frames: HostFrames
  private readonly table: HostPageTable
  private readonly pool: HugePool | undefined
  private readonly rmapBase: number

  constructor(frames: HostFrames, table: HostPageTable, options: { pool: HugePool | undefined; rmapBase: number }) {
    this.frames = frames
    this.table = table
    this.pool = options.pool
    this.rmapBase = options.rmapBase
  }

  huge(vpn: Vpn): number {
    const frame = this.frames.allocHuge()
    if (frame === NO_FRAME) return NO_MEMORY
    const inside = vpn & TABLE_MASK
    const head = (vpn - inside) as Vpn
    if (!this.table.mapHuge(head, frame)) {
      this.frames.freeHuge(frame)
      return NO_MEMORY
    }
    this.frames.setOwner(frame, this.rmapBase + head)
    return this.fresh(head, HUGE_PAGES, packMapping(frame + inside, MAPPING_HUGE | MAPPING_FRESH))
  }

  small(vpn: Vpn): number {
    const frame = this.frames.allocSmall()
    if (frame === NO_FRAME) return NO_MEMORY
    if (!this.table.mapSmall(vpn, frame)) {
      this.frames.freeSmall(frame)
      return NO_MEMORY
    }
    this.frames.setOwner(frame, this.rmapBase + vpn)
    return this.fresh(vpn, 1, packMapping(frame, MAPPING_FRESH))
  }

  /** Only where `isSlotBlank`. */
  hugeByPtes(vpn: Vpn): number {
    if (this.frames.freeHugeCount === 0) return NO_MEMORY
    const wasTable = this.table.freeTable(vpn)
    const mapping = this.huge(vpn)
    assert(wasTable && mapping !== NO_MEMORY, 'a slot gave a table, and a huge frame was free')
    this.frames.splitHuge(this.table.splitHuge(vpn))
    return mapping & ~MAPPING_HUGE
  }

  /** A page of the pool, of 2 MiB or 1 GiB; never a small one instead (mm/hugetlb.c hugetlb_no_page: SIGBUS when the pool is empty). */
  fromPool(vpn: Vpn): number {
    const head = this.pool?.alloc() ?? NO_FRAME
    if (head === NO_FRAME) return NO_MEMORY
    const pages = this.pool!.pageFrames
    const first = vpn - (vpn % pages)
    for (let page = 0; page < pages; page += HUGE_PAGES) {
      const mapped = this.table.mapHuge((first + page) as Vpn, (head + page) as Hfn)
      assert(mapped, 'a page table of hugetlb memory is not bounded')
      this.frames.setOwner((head + page) as Hfn, this.rmapBase + first + page)
    }
    return this.fresh(first as Vpn, pages, packMapping(head + (vpn - first), MAPPING_HUGE | MAPPING_FRESH))
  }

  /** A host page of several times 4 KiB: so many frames, all or none. They need not be neighbours: what counts is that they come and go together. */
  granule(vpn: Vpn, granule: number): number {
    const first = vpn - (vpn % granule)
    for (let page = first; page < first + granule; page++) {
      if (this.small(page as Vpn) !== NO_MEMORY) continue
      for (let taken = first; taken < page; taken++) this.frames.freeSmall(this.table.unmapSmall(taken as Vpn) as Hfn)
      return NO_MEMORY
    }
    return this.fresh(first as Vpn, granule, packMapping(mappingHfn(this.table.lookup(vpn)), MAPPING_FRESH))
  }

  private fresh(first: Vpn, pages: number, mapping: number): number {
    this.freshFirst = first
    this.freshPages = pages
    return mapping
  }
}
