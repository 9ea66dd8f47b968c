/**
 * The host page table of one mm, over `pages` virtual pages from `firstVpn`: one slot per 2 MiB (the PMD level), and a table of PTEs
 * where small pages are mapped. The levels above are not modeled: they never decide anything here.
 *
 *   vpn - firstVpn:  [ slot (one per 2 MiB) | index 9 bits ]
 *
 *   slot --> nothing                     lookup: NOT_MAPPED                              pmd_none: a fault may take a huge page
 *        --> huge page at head           lookup: head + index, huge
 *        --> table of PTEs --> PTE       lookup: its hfn, or NOT_MAPPED (none, or a swap entry: then slotAt)
 *
 * As in Linux, clearing PTEs never frees their table (mm/memory.c zap_pte_range): a 2 MiB range that was once mapped in small pages, or split, stays
 * with small pages. The table goes with `freeTable`: khugepaged deposits it under the huge page, and Linux 6.14 reclaims it (host-mm.ts reclaimTables).
 *
 *   V1  A slot has a table from its first small mapping or split until `freeTable`, whether the table has entries or not.
 *   V2  `small`, `huge` and `swapped` are what a walk over all slots counts.
 *   V3  Each huge slot holds a deposit in the pool, so that its split cannot fail.
 */
import type { Columns, Footprint, Hfn, Vpn } from '@hintlab/kit'
import { assert, divCeil } from '@hintlab/kit'
import { HFN_LIMIT, HUGE_PAGES, TABLE_MASK, TABLE_SHIFT, VPN_LIMIT } from './limits.ts'
import { MAPPING_HUGE, NOT_MAPPED, packMapping } from './mapping.ts'
import {
  isPmdHuge, isPmdTable, packPmdHuge, packPmdTable, packPte, PMD_NONE, pmdHuge, pmdTable, PTE_NONE, PTE_PRESENT, PTE_SWAP, pteHfn, pteKind, pteSlot,
} from './pte.ts'
import { entryOf, NO_TABLE, tableOf, TablePool } from './table-pool.ts'

// Indexes of the state column.
const SMALL = 0
const HUGE = 1
const SWAP = 2

/** The page has no swap entry. */
export const NO_SLOT = -1

export interface HostPageTableOptions {
  /** Shared object that the table belongs to: the mm. */
  object: number
  /** A multiple of 512. */
  firstVpn: Vpn
  pages: number
  /** Fixed number of PTE tables; absent: the pool grows. */
  tablesMax?: number | undefined
}

export class HostPageTable {
  readonly firstVpn: Vpn
  readonly pages: number
  private readonly slots: Int32Array
  private readonly pool: TablePool
  private readonly state: Uint32Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, options: HostPageTableOptions) {
    const { object, firstVpn, pages, tablesMax } = options
    assert(firstVpn % HUGE_PAGES === 0, 'the page table starts at a 2 MiB boundary')
    assert(firstVpn >= 0 && firstVpn + pages <= VPN_LIMIT, 'virtual page numbers have 31 bits')
    this.firstVpn = firstVpn
    this.pages = pages
    this.object = object
    this.footprint = cols.footprint
    this.slots = cols.i32('host mm.pmd', divCeil(pages, HUGE_PAGES), object)
    this.state = cols.u32('host mm.mapped', 3, object)
    this.pool = new TablePool(cols, { label: 'host mm', object, entryFlags: false, tablesMax })
  }

  /** Pages mapped by PTEs. */
  get small(): number {
    this.footprint.read(this.object)
    return this.state[SMALL]
  }

  /** Huge mappings, of 512 pages each. */
  get huge(): number {
    this.footprint.read(this.object)
    return this.state[HUGE]
  }

  /** Pages whose contents are in swap. */
  get swapped(): number {
    this.footprint.read(this.object)
    return this.state[SWAP]
  }

  /** PTE tables in use. */
  get tables(): number {
    this.footprint.read(this.object)
    return this.pool.inUse
  }

  /** What `vpn` maps to, as a mapping (mapping.ts) without the fresh bit; NOT_MAPPED also outside the table. */
  lookup(vpn: Vpn): number {
    this.footprint.read(this.object)
    const page = vpn - this.firstVpn
    if (page < 0 || page >= this.pages) return NOT_MAPPED
    const slot = this.slots[page >>> TABLE_SHIFT]
    if (slot === PMD_NONE) return NOT_MAPPED
    if (isPmdHuge(slot)) return packMapping(pmdHuge(slot) + (page & TABLE_MASK), MAPPING_HUGE)
    const pte = this.pool.word(entryOf(pmdTable(slot), page & TABLE_MASK))
    return pteKind(pte) === PTE_PRESENT ? packMapping(pteHfn(pte), 0) : NOT_MAPPED
  }

  /** True when nothing, not even a table, is at the 2 MiB around `vpn`: pmd_none, the condition for a huge page fault. */
  isSlotNone(vpn: Vpn): boolean {
    this.footprint.read(this.object)
    return this.slots[this.pageOf(vpn) >>> TABLE_SHIFT] === PMD_NONE
  }

  /** True when the 2 MiB around `vpn` have no page, here or in swap; a table without entries may be there. */
  isSlotBlank(vpn: Vpn): boolean {
    this.footprint.read(this.object)
    const slot = this.slots[this.pageOf(vpn) >>> TABLE_SHIFT]
    return slot === PMD_NONE || (isPmdTable(slot) && this.pool.filledOf(pmdTable(slot)) === 0)
  }

  /** Frees the table of the 2 MiB around `vpn` when it is there and has no entry (mm/pt_reclaim.c try_to_free_pte); whether it did. */
  freeTable(vpn: Vpn): boolean {
    this.footprint.write(this.object)
    const index = this.pageOf(vpn) >>> TABLE_SHIFT
    const slot = this.slots[index]
    if (!isPmdTable(slot) || this.pool.filledOf(pmdTable(slot)) > 0) return false
    this.slots[index] = PMD_NONE
    this.pool.free(pmdTable(slot))
    return true
  }

  /** Maps one page that is not mapped; false, with nothing done, when no table is left. */
  mapSmall(vpn: Vpn, hfn: Hfn): boolean {
    this.footprint.write(this.object)
    assert(hfn >= 0 && hfn < HFN_LIMIT, 'a frame number has 29 bits')
    const page = this.pageOf(vpn)
    let slot = this.slots[page >>> TABLE_SHIFT]
    assert(!isPmdHuge(slot), 'a small page is not mapped into a huge mapping')
    if (slot === PMD_NONE) {
      const table = this.pool.alloc()
      if (table === NO_TABLE) return false
      slot = packPmdTable(table)
      this.slots[page >>> TABLE_SHIFT] = slot
    }
    const table = pmdTable(slot)
    const entry = entryOf(table, page & TABLE_MASK)
    assert(this.pool.word(entry) === PTE_NONE, 'a page is mapped once')
    this.pool.setWord(entry, packPte(PTE_PRESENT, hfn))
    this.pool.fill(table, 1)
    this.state[SMALL]++
    return true
  }

  /** Maps the 512 pages from `vpn`, aligned, into an empty slot; false when a bounded pool cannot promise the table for a later split. */
  mapHuge(vpn: Vpn, head: Hfn): boolean {
    this.footprint.write(this.object)
    const page = this.pageOf(vpn)
    assert((page & TABLE_MASK) === 0 && (head & TABLE_MASK) === 0, 'both ends of a huge mapping are aligned')
    assert(head >= 0 && head < HFN_LIMIT, 'a frame number has 29 bits')
    assert(page + HUGE_PAGES <= this.pages, 'a huge mapping lies inside the page table')
    assert(this.slots[page >>> TABLE_SHIFT] === PMD_NONE, 'a huge page is mapped into an empty slot')
    if (!this.pool.deposit()) return false
    this.slots[page >>> TABLE_SHIFT] = packPmdHuge(head)
    this.state[HUGE]++
    return true
  }

  /**
   * The huge mapping around `vpn` becomes a table of 512 PTEs to the same frames (mm/huge_memory.c __split_huge_pmd). Returns the head.
   */
  splitHuge(vpn: Vpn): Hfn {
    this.footprint.write(this.object)
    const page = this.pageOf(vpn)
    const slot = this.slots[page >>> TABLE_SHIFT]
    assert(isPmdHuge(slot), 'a huge mapping is split')
    const head = pmdHuge(slot)
    const table = this.pool.allocDeposited()
    for (let i = 0; i < HUGE_PAGES; i++) this.pool.setWord(entryOf(table, i), packPte(PTE_PRESENT, head + i))
    this.pool.fill(table, HUGE_PAGES)
    this.slots[page >>> TABLE_SHIFT] = packPmdTable(table)
    this.state[HUGE]--
    this.state[SMALL] += HUGE_PAGES
    return head
  }

  /** Unmaps one small page and returns its frame, or NOT_MAPPED when nothing is there. A huge mapping must be split first. */
  unmapSmall(vpn: Vpn): Hfn | typeof NOT_MAPPED {
    this.footprint.write(this.object)
    const page = this.pageOf(vpn)
    const slot = this.slots[page >>> TABLE_SHIFT]
    assert(!isPmdHuge(slot), 'a huge mapping is unmapped as one, or split first')
    if (slot === PMD_NONE) return NOT_MAPPED
    const table = pmdTable(slot)
    const entry = entryOf(table, page & TABLE_MASK)
    const pte = this.pool.word(entry)
    if (pteKind(pte) !== PTE_PRESENT) return NOT_MAPPED
    this.pool.setWord(entry, PTE_NONE)
    this.pool.clear(table)
    this.state[SMALL]--
    return pteHfn(pte)
  }

  /** Unmaps the huge mapping around `vpn` and returns its first frame. */
  unmapHuge(vpn: Vpn): Hfn {
    this.footprint.write(this.object)
    const page = this.pageOf(vpn)
    const slot = this.slots[page >>> TABLE_SHIFT]
    assert(isPmdHuge(slot), 'a huge mapping is unmapped')
    this.slots[page >>> TABLE_SHIFT] = PMD_NONE
    this.pool.withdraw()
    this.state[HUGE]--
    return pmdHuge(slot)
  }

  /** The swap slot that holds the contents of `vpn`, or NO_SLOT. */
  slotAt(vpn: Vpn): number {
    this.footprint.read(this.object)
    const entry = this.entryAt(vpn)
    if (entry < 0) return NO_SLOT
    const pte = this.pool.word(entry)
    return pteKind(pte) === PTE_SWAP ? pteSlot(pte) : NO_SLOT
  }

  /** A small page gives way to a swap entry (mm/rmap.c try_to_unmap_one); returns the frame that it had. */
  toSwap(vpn: Vpn, slot: number): Hfn {
    this.footprint.write(this.object)
    const entry = this.entryAt(vpn)
    assert(entry >= 0, 'a page that goes to swap is mapped small')
    const pte = this.pool.word(entry)
    assert(pteKind(pte) === PTE_PRESENT, 'a page that goes to swap is present')
    this.pool.setWord(entry, packPte(PTE_SWAP, slot))
    this.state[SMALL]--
    this.state[SWAP]++
    return pteHfn(pte)
  }

  /** A swap entry gives way to the frame that its contents were read into. */
  fromSwap(vpn: Vpn, hfn: Hfn): void {
    this.footprint.write(this.object)
    assert(this.slotAt(vpn) !== NO_SLOT, 'a page that comes back was in swap')
    this.pool.setWord(this.entryAt(vpn), packPte(PTE_PRESENT, hfn))
    this.state[SWAP]--
    this.state[SMALL]++
  }

  /** Drops a swap entry and returns its slot, or NO_SLOT when there is none. */
  clearSwap(vpn: Vpn): number {
    const slot = this.slotAt(vpn)
    if (slot === NO_SLOT) return NO_SLOT
    this.footprint.write(this.object)
    const entry = this.entryAt(vpn)
    this.pool.setWord(entry, PTE_NONE)
    this.pool.clear(tableOf(entry))
    this.state[SWAP]--
    return slot
  }

  /** Walks all slots and tables and compares the counters (V1 to V3). */
  check(): void {
    let small = 0
    let huge = 0
    let tables = 0
    let swapped = 0
    for (const slot of this.slots) {
      if (isPmdHuge(slot)) huge++
      if (!isPmdTable(slot)) continue
      tables++
      let filled = 0
      for (let i = 0; i < HUGE_PAGES; i++) {
        const kind = pteKind(this.pool.word(entryOf(pmdTable(slot), i)))
        if (kind !== PTE_NONE) filled++
        if (kind === PTE_PRESENT) small++
        if (kind === PTE_SWAP) swapped++
      }
      assert(filled === this.pool.filledOf(pmdTable(slot)), 'a table counts its entries')
    }
    assert(small === this.state[SMALL] && huge === this.state[HUGE] && swapped === this.state[SWAP], 'mapped and swapped pages are counted')
    this.pool.check(tables, huge)
  }

  /** The frames of the 512 pages from `vpn`, aligned, into an array; false unless all are present as small pages. */
  framesAt(vpn: Vpn, into: Int32Array): boolean {
    this.footprint.read(this.object)
    const slot = this.slots[this.pageOf(vpn) >>> TABLE_SHIFT]
    if (!isPmdTable(slot)) return false
    for (let i = 0; i < HUGE_PAGES; i++) {
      const pte = this.pool.word(entryOf(pmdTable(slot), i))
      if (pteKind(pte) !== PTE_PRESENT) return false
      into[i] = pteHfn(pte)
    }
    return true
  }

  /** Position of the PTE of `vpn`, or -1 where no table is. */
  private entryAt(vpn: Vpn): number {
    const page = vpn - this.firstVpn
    if (page < 0 || page >= this.pages) return -1
    const slot = this.slots[page >>> TABLE_SHIFT]
    return isPmdTable(slot) ? entryOf(pmdTable(slot), page & TABLE_MASK) : -1
  }

  private pageOf(vpn: Vpn): number {
    const page = vpn - this.firstVpn
    assert(page >= 0 && page < this.pages, 'a page of this mm')
    return page
  }
}
