/**
 * Extended page tables of one VM, guest frame to host frame, as the TDP MMU fills, marks and zaps them (its tables: ept-tree.ts).
 *
 *             map4k, map2m                 walk, setAccessedDirty
 *   fault ------------------> SPTE <-------------------------------- vCPU
 *                               |  clearAccessed
 *   invalidation, discard ----> zap
 *
 * Plain state without locks: who maps, zaps or ages holds mmu_lock as the kernel would, and flushes the TLBs that may hold what was
 * dropped. Guest frame numbers here come from the memslots, so one outside is a bug and asserts.
 *
 * Counters `small` and `large` are the leaves that a walk over all tables finds (`check`).
 */
import type { Columns, Footprint, Gfn, Hfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { HFN_LIMIT, TABLE_MASK } from '../mm/limits.ts'
import { entryOf, NO_TABLE } from '../mm/table-pool.ts'
import { EptTree, NO_ENTRY, nextRegion } from './ept-tree.ts'
import { SPTE_ACCESSED, SPTE_DIRTY, SPTE_LARGE, SPTE_PRESENT, SPTE_WRITABLE } from './spte.ts'

// Indexes of the state column.
const SMALL = 0
const LARGE = 1

export interface EptOptions {
  /** Fixed number of tables, the root included (`eptTablesMax`), for a machine that is reset; absent: as many as needed. */
  tablesMax?: number | undefined
}

export class Ept {
  /** SPTEs dropped by the last `zap`, or by the last `map2m` to make room. */
  zapped4k = 0
  zapped2m = 0
  private readonly tree: EptTree
  private readonly state: Uint32Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, { tablesMax }: EptOptions = {}) {
    this.footprint = cols.footprint
    this.object = cols.objects('ept')
    this.state = cols.u32('ept.mapped', 2, this.object)
    this.tree = new EptTree(cols, this.object, tablesMax)
  }

  /** After a walk that found an SPTE: the host frame of the very page that was walked to. */
  get hfn(): Hfn {
    return this.tree.hfn
  }

  /** SPTEs of 4 KiB (KVM statistic pages_4k). */
  get small(): number {
    this.footprint.read(this.object)
    return this.state[SMALL]
  }

  /** SPTEs of 2 MiB (KVM statistic pages_2m). */
  get large(): number {
    this.footprint.read(this.object)
    return this.state[LARGE]
  }

  /** Tables in use, the root included. */
  get tables(): number {
    this.footprint.read(this.object)
    return this.tree.tables
  }

  /**
   * The hardware's walk: flags of the SPTE that maps `gfn` (SPTE_LARGE says its size), its frame then in `hfn`; NO_SPTE when there is
   * none.
   */
  walk(gfn: Gfn): number {
    this.footprint.read(this.object)
    return this.tree.walk(gfn)
  }

  /**
   * Maps one page: a new SPTE, or new flags for the same frame. Another frame, or a page under a large SPTE, must be zapped (and
   * flushed) first. False, with no SPTE made, when no table is left.
   */
  map4k(gfn: Gfn, hfn: Hfn, flags: number): boolean {
    this.footprint.write(this.object)
    assert((flags & SPTE_PRESENT) !== 0 && (flags & SPTE_LARGE) === 0, 'a small SPTE is present and not large')
    assert(hfn >= 0 && hfn < HFN_LIMIT, 'a frame number has 29 bits')
    const slot = this.tree.makeSlot(gfn)
    if (slot === NO_ENTRY) return false
    assert(this.tree.flagsAt(slot) === 0, 'no small SPTE under a large one')
    const pt = this.tree.makePt(slot)
    if (pt === NO_TABLE) return false
    const entry = entryOf(pt, gfn & TABLE_MASK)
    this.put(entry, hfn, flags, SMALL)
    return true
  }

  /**
   * Maps 2 MiB, `gfn` and `hfn` aligned: a new SPTE, or new flags for the same frames. A PT in its place is dropped with its SPTEs,
   * counted in `zapped4k`, and the caller flushes. `flags` may leave SPTE_LARGE out. False, with nothing done, when no table is left.
   */
  map2m(gfn: Gfn, hfn: Hfn, flags: number): boolean {
    this.footprint.write(this.object)
    assert((gfn & TABLE_MASK) === 0 && (hfn & TABLE_MASK) === 0, 'both ends of a large SPTE are aligned')
    assert((flags & SPTE_PRESENT) !== 0, 'a large SPTE is present')
    assert(hfn >= 0 && hfn < HFN_LIMIT, 'a frame number has 29 bits')
    this.zapped4k = 0
    this.zapped2m = 0
    const slot = this.tree.makeSlot(gfn)
    if (slot === NO_ENTRY) return false
    if (this.tree.hasPt(slot)) this.dropSmall(gfn, nextRegion(gfn))
    this.put(slot, hfn, flags | SPTE_LARGE, LARGE)
    return true
  }

  /**
   * Drops every SPTE that maps a page in `[gfn, gfn + count)`: a large one as a whole even when it is covered in part; it is faulted in
   * again later (arch/x86/kvm/mmu/tdp_mmu.c tdp_mmu_zap_leafs). Counts in `zapped4k` and `zapped2m`. The caller flushes before a frame
   * is freed (N2).
   */
  zap(gfn: Gfn, count: number): void {
    this.footprint.write(this.object)
    this.zapped4k = 0
    this.zapped2m = 0
    const end = gfn + count
    for (let page = this.tree.nextMapped(gfn, end); page !== NO_ENTRY; page = this.tree.nextMapped(nextRegion(page), end)) {
      const leaf = this.tree.leafOf(page)
      if ((this.tree.flagsAt(leaf) & SPTE_LARGE) === 0) {
        this.dropSmall(page, Math.min(end, nextRegion(page)))
        continue
      }
      this.tree.clearSlot(leaf)
      this.state[LARGE]--
      this.zapped2m++
    }
  }

  /** The hardware marks an SPTE that exists: `bits` is SPTE_ACCESSED, or SPTE_ACCESSED | SPTE_DIRTY for a write. */
  setAccessedDirty(gfn: Gfn, bits: number): void {
    this.footprint.write(this.object)
    assert((bits & ~(SPTE_ACCESSED | SPTE_DIRTY)) === 0, 'the hardware sets A and D only')
    const leaf = this.tree.leafOf(gfn)
    assert(leaf !== NO_ENTRY, 'a page that is mapped is marked')
    const flags = this.tree.flagsAt(leaf)
    assert((bits & SPTE_DIRTY) === 0 || (flags & SPTE_WRITABLE) !== 0, 'only a writable page becomes dirty')
    this.tree.setFlags(leaf, flags | bits)
  }

  /** Clears A in every SPTE that maps a page of the range, and returns how many had it. KVM flushes no TLB for this since 6.13. */
  clearAccessed(gfn: Gfn, count: number): number {
    this.footprint.write(this.object)
    const end = gfn + count
    let young = 0
    for (let page = this.tree.nextMapped(gfn, end); page !== NO_ENTRY;) {
      const leaf = this.tree.leafOf(page)
      const flags = this.tree.flagsAt(leaf)
      if ((flags & SPTE_ACCESSED) !== 0) young++
      this.tree.setFlags(leaf, flags & ~SPTE_ACCESSED)
      page = this.tree.nextMapped((flags & SPTE_LARGE) === 0 ? page + 1 : nextRegion(page), end)
    }
    return young
  }

  /** Whether an SPTE that maps a page of the range has A set (mmu_notifier_test_young). */
  isYoung(gfn: Gfn, count: number): boolean {
    this.footprint.read(this.object)
    const end = gfn + count
    for (let page = this.tree.nextMapped(gfn, end); page !== NO_ENTRY; page = this.tree.nextMapped(page + 1, end)) {
      if ((this.tree.flagsAt(this.tree.leafOf(page)) & SPTE_ACCESSED) !== 0) return true
    }
    return false
  }

  /** Compares the counters with a walk over every table. */
  check(): void {
    this.tree.check(this.state[SMALL], this.state[LARGE])
  }

  private put(entry: number, hfn: Hfn, flags: number, counter: number): void {
    if (this.tree.flagsAt(entry) === 0) {
      this.tree.putLeaf(entry, hfn, flags)
      this.state[counter]++
      return
    }
    assert(this.tree.hfnAt(entry) === hfn, 'an SPTE is zapped before it maps another frame')
    this.tree.setFlags(entry, flags)
  }

  private dropSmall(from: number, end: number): void {
    const dropped = this.tree.dropSmall(from, end)
    this.state[SMALL] -= dropped
    this.zapped4k += dropped
  }
}
