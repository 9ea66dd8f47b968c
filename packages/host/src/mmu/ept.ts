/**
 * Extended page tables of one VM, guest frame to host frame, as the TDP MMU fills, marks and zaps them (its tables: ept-tree.ts).
 *
 *         map4k, map2m, map1g             walk, setAccessedDirty
 *   fault ------------------> SPTE <-------------------------------- vCPU
 *                               |  clearAccessed
 *   invalidation, discard ----> zap
 *
 * Plain state without locks: who maps, zaps or ages holds mmu_lock as the kernel would, and flushes the TLBs that may hold what was
 * dropped. Guest frame numbers here come from the memslots, so one outside is a bug and asserts.
 *
 * Counters `small`, `large` and `giga` are the leaves that a walk over all tables finds (`check`).
 */
import type { Columns, Footprint, Gfn, Hfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { HFN_LIMIT, TABLE_ENTRIES, TABLE_MASK } from '../mm/limits.ts'
import { EptTree, NO_ENTRY } from './ept-tree.ts'
import { behind, Level, pagesAt } from './level.ts'
import { SPTE_ACCESSED, SPTE_DIRTY, SPTE_LARGE, SPTE_PRESENT, SPTE_WRITABLE } from './spte.ts'

// The state column counts leaves: of level n at n - 1.
const counterOf = (level: Level): number => level - 1
const STATE_WORDS = 3

export interface EptOptions {
  /** Fixed number of tables, the root included (`eptTablesMax`), for a machine that is reset; absent: as many as needed. */
  tablesMax?: number | undefined
}

export class Ept {
  /** SPTEs dropped by the last `zap`, or by the last `map2m` or `map1g` to make room. */
  zapped4k = 0
  zapped2m = 0
  zapped1g = 0
  private readonly tree: EptTree
  private readonly state: Uint32Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, { tablesMax }: EptOptions = {}) {
    this.footprint = cols.footprint
    this.object = cols.objects('ept')
    this.state = cols.u32('ept.mapped', STATE_WORDS, this.object)
    this.tree = new EptTree(cols, this.object, tablesMax)
  }

  /** After a walk that found an SPTE: the host frame of the very page that was walked to. */
  get hfn(): Hfn {
    return this.tree.hfn
  }

  /** After a walk that found an SPTE: its size. */
  get level(): Level {
    return this.tree.level
  }

  /** Whether the last `zap` or map dropped any SPTE: then TLBs may hold it. */
  get zappedAny(): boolean {
    return this.zapped4k + this.zapped2m + this.zapped1g > 0
  }

  /** SPTEs of 4 KiB (KVM statistic pages_4k). */
  get small(): number {
    this.footprint.read(this.object)
    return this.state[counterOf(Level.SMALL)]
  }

  /** SPTEs of 2 MiB (KVM statistic pages_2m). */
  get large(): number {
    this.footprint.read(this.object)
    return this.state[counterOf(Level.LARGE)]
  }

  /** SPTEs of 1 GiB (KVM statistic pages_1g). */
  get giga(): number {
    this.footprint.read(this.object)
    return this.state[counterOf(Level.GIGA)]
  }

  /** Tables in use, the root included. */
  get tables(): number {
    this.footprint.read(this.object)
    return this.tree.tables
  }

  /**
   * The hardware's walk: flags of the SPTE that maps `gfn`, its frame then in `hfn` and its size in `level`; NO_SPTE when there is
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
    const entry = this.tree.makeEntry(gfn, Level.SMALL)
    if (entry === NO_ENTRY) return false
    this.put(entry, hfn, flags, Level.SMALL)
    return true
  }

  /** As `map4k`, for the 512 pages of an aligned range that has no SPTE, page i to frame `hfns[i]`. False, with no SPTE made, where it has one. */
  map512(gfn: Gfn, hfns: Int32Array, flags: number): boolean {
    this.footprint.write(this.object)
    assert((flags & SPTE_PRESENT) !== 0 && (flags & SPTE_LARGE) === 0, 'a small SPTE is present and not large')
    assert((gfn & TABLE_MASK) === 0 && hfns.length === TABLE_ENTRIES, 'a whole table is filled')
    if (this.tree.nextMapped(gfn, gfn + TABLE_ENTRIES) !== NO_ENTRY) return false
    const entry = this.tree.makeEntry(gfn, Level.SMALL)
    if (entry === NO_ENTRY) return false
    this.tree.putTable(entry, hfns, flags)
    this.state[counterOf(Level.SMALL)] += TABLE_ENTRIES
    return true
  }

  /**
   * Maps 2 MiB, `gfn` and `hfn` aligned: a new SPTE, or new flags for the same frames. A table in its place is dropped with its SPTEs,
   * counted as by `zap`, and the caller flushes (tdp_mmu.c handle_removed_pt). `flags` may leave SPTE_LARGE out. False, with no SPTE made or
   * dropped, when no table is left.
   */
  map2m(gfn: Gfn, hfn: Hfn, flags: number): boolean {
    return this.mapLarge(gfn, hfn, flags, Level.LARGE)
  }

  /** As `map2m`, 1 GiB. */
  map1g(gfn: Gfn, hfn: Hfn, flags: number): boolean {
    return this.mapLarge(gfn, hfn, flags, Level.GIGA)
  }

  /**
   * Drops every SPTE that maps a page in `[gfn, gfn + count)`: a large one as a whole even when it is covered in part; it is faulted in
   * again later (arch/x86/kvm/mmu/tdp_mmu.c tdp_mmu_zap_leafs). Counts in `zapped4k`, `zapped2m` and `zapped1g`. The caller flushes before a
   * frame is freed (N2).
   */
  zap(gfn: Gfn, count: number): void {
    this.footprint.write(this.object)
    this.startZap()
    this.zapLeaves(gfn, gfn + count)
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
      page = this.tree.nextMapped(behind(page, this.tree.level), end)
    }
    return young
  }

  /** Whether an SPTE that maps a page of the range has A set (mmu_notifier_test_young). */
  isYoung(gfn: Gfn, count: number): boolean {
    this.footprint.read(this.object)
    const end = gfn + count
    for (let page = this.tree.nextMapped(gfn, end); page !== NO_ENTRY; page = this.tree.nextMapped(behind(page, this.tree.level), end)) {
      if ((this.tree.flagsAt(this.tree.leafOf(page)) & SPTE_ACCESSED) !== 0) return true
    }
    return false
  }

  /** Compares the counters with a walk over every table. */
  check(): void {
    const [small, large, giga] = this.state
    this.tree.check({ small, large, giga })
  }

  private mapLarge(gfn: Gfn, hfn: Hfn, flags: number, level: Level): boolean {
    this.footprint.write(this.object)
    const inside = pagesAt(level) - 1
    assert((gfn & inside) === 0 && (hfn & inside) === 0, 'both ends of a large SPTE are aligned')
    assert((flags & SPTE_PRESENT) !== 0, 'a large SPTE is present')
    assert(hfn >= 0 && hfn < HFN_LIMIT, 'a frame number has 29 bits')
    this.startZap()
    const entry = this.tree.makeEntry(gfn, level)
    if (entry === NO_ENTRY) return false
    if (this.tree.hasTable(entry)) {
      this.zapLeaves(gfn, behind(gfn, level))
      // The PT went with its last SPTE; a PD stays until now.
      if (this.tree.hasTable(entry)) this.tree.clearPd(entry)
    }
    this.put(entry, hfn, flags | SPTE_LARGE, level)
    return true
  }

  private put(entry: number, hfn: Hfn, flags: number, level: Level): void {
    if (this.tree.flagsAt(entry) === 0) {
      this.tree.putLeaf(entry, hfn, flags)
      this.state[counterOf(level)]++
      return
    }
    assert(this.tree.hfnAt(entry) === hfn, 'an SPTE is zapped before it maps another frame')
    this.tree.setFlags(entry, flags)
  }

  private startZap(): void {
    this.zapped4k = 0
    this.zapped2m = 0
    this.zapped1g = 0
  }

  private zapLeaves(from: number, end: number): void {
    for (let page = this.tree.nextMapped(from, end); page !== NO_ENTRY;) {
      const leaf = this.tree.leafOf(page)
      const { level } = this.tree
      const next = behind(page, level === Level.SMALL ? Level.LARGE : level)
      if (level === Level.SMALL) this.dropSmall(page, Math.min(end, next))
      else this.dropLarge(leaf, level)
      page = this.tree.nextMapped(next, end)
    }
  }

  private dropSmall(from: number, end: number): void {
    const dropped = this.tree.dropSmall(from, end)
    this.state[counterOf(Level.SMALL)] -= dropped
    this.zapped4k += dropped
  }

  private dropLarge(leaf: number, level: Level): void {
    this.tree.clearEntry(leaf)
    this.state[counterOf(level)]--
    if (level === Level.LARGE) this.zapped2m++
    else this.zapped1g++
  }
}
