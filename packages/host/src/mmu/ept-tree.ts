/**
 * The tables of an EPT: four levels of 512 entries, leaves of 4 KiB, 2 MiB or 1 GiB. Here is where an SPTE lies; what is done to SPTEs is
 * in ept.ts.
 *
 *   gfn   35      27 26      18 17       9 8        0
 *        [  PML4   ][  PDPT   ][   PD    ][   PT    ]
 *   root --word--> PDPT --word--> PD --word--> PT --SPTE--> 4 KiB at hfn            level 1
 *                    |              |---------SPTE (large)-> 2 MiB at hfn            level 2
 *                    |------------------------SPTE (large)-> 1 GiB at hfn            level 3
 *
 *   word of an entry   upper levels: 0 nothing, n > 0 the table n (table 0 is the root, nobody's child), n < 0 a large leaf at hfn ~n
 *                      PT: the hfn of a leaf
 *
 * An entry with flags is a leaf. Frame numbers below 2^31 use the lowest 16 entries of the root.
 *
 *   E1  A leaf is present; it is large exactly when it lies above a PT, its word is then negative and its hfn aligned to its size.
 *   E2  A PT in the tree has at least one leaf. It leaves the tree with its last one; upper tables stay (2.5 KiB per GiB once touched)
 *       until a leaf takes their place.
 */
import type { Columns, Hfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { GFN_LIMIT, TABLE_ENTRIES, TABLE_MASK } from '../mm/limits.ts'
import { CHUNK_ENTRIES_MASK, CHUNK_ENTRIES_SHIFT, entryOf, NO_TABLE, tableOf, TablePool } from '../mm/table-pool.ts'
import { behind, GIGA_MASK, Level, pagesAt } from './level.ts'
import { NO_SPTE, SPTE_LARGE, SPTE_PRESENT } from './spte.ts'

/** Nothing maps the page: no leaf, or no table for one. */
export const NO_ENTRY = -1

const ROOT = 0
/** Word of an upper entry without a child. */
const NO_CHILD = 0
const ROOT_LEVEL = 4

// Bits of a gfn below the entry of each level.
const PML4_SHIFT = 27
const PDPT_SHIFT = 18
const PD_SHIFT = 9

/** Tables that suffice for any state of a guest whose frames lie below `gfnEnd`: what a bounded EPT is given. */
export function eptTablesMax(gfnEnd: number): number {
  return 1 + Math.ceil(gfnEnd / 2 ** PML4_SHIFT) + Math.ceil(gfnEnd / 2 ** PDPT_SHIFT) + Math.ceil(gfnEnd / 2 ** PD_SHIFT)
}

/** Leaves by size, and tables, as a walk over all of them finds them. */
export interface EptCounts {
  small: number
  large: number
  giga: number
}

export class EptTree {
  /** After a walk that found a leaf: the frame of the very page that was walked to. */
  hfn = 0 as Hfn
  /** Level of the leaf that `walk` or `leafOf` found last. */
  level: Level = Level.SMALL
  private readonly pool: TablePool

  constructor(cols: Columns, object: number, tablesMax: number | undefined) {
    assert(tablesMax === undefined || tablesMax > 0, 'an EPT has a root')
    this.pool = new TablePool(cols, { label: 'ept', object, entryFlags: true, tablesMax })
    assert(this.pool.alloc() === ROOT, 'the root is table 0')
  }

  /** Tables in the tree, the root included. */
  get tables(): number {
    return this.pool.inUse
  }

  /**
   * Flags of the leaf that maps `gfn`, its frame then in `hfn` and its level in `level`; NO_SPTE when there is none. As `leafOf`, but in one
   * function without a call per entry, for this is what a guest access pays on a TLB miss (walk.bench.ts, 64 MiB in order: 16 ns instead of
   * 22).
   */
  walk(gfn: number): number {
    const { words, flags } = this.pool
    assert(gfn >= 0 && gfn < GFN_LIMIT, 'guest frame numbers have 31 bits')
    const pdpt = words[0][gfn >>> PML4_SHIFT]
    if (pdpt === NO_CHILD) return NO_SPTE
    let entry = entryOf(pdpt, (gfn >>> PDPT_SHIFT) & TABLE_MASK)
    const pd = words[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
    if (pd === NO_CHILD) return NO_SPTE
    if (pd < 0) {
      this.hfn = (~pd + (gfn & GIGA_MASK)) as Hfn
      this.level = Level.GIGA
      return flags[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
    }
    entry = entryOf(pd, (gfn >>> PD_SHIFT) & TABLE_MASK)
    const pt = words[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
    if (pt < 0) {
      this.hfn = (~pt + (gfn & TABLE_MASK)) as Hfn
      this.level = Level.LARGE
      return flags[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
    }
    if (pt === NO_CHILD) return NO_SPTE
    entry = entryOf(pt, gfn & TABLE_MASK)
    const found = flags[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
    if (found === 0) return NO_SPTE
    this.hfn = words[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK] as Hfn
    this.level = Level.SMALL
    return found
  }

  /** Position of the leaf that maps `gfn`, its level then in `level`; or NO_ENTRY. */
  leafOf(gfn: number): number {
    let entry = this.pdptEntryOf(gfn)
    this.level = Level.GIGA
    let word = entry === NO_ENTRY ? NO_CHILD : this.pool.word(entry)
    if (word < 0) return entry
    if (word === NO_CHILD) return NO_ENTRY
    entry = entryOf(word, (gfn >>> PD_SHIFT) & TABLE_MASK)
    this.level = Level.LARGE
    word = this.pool.word(entry)
    if (word < 0) return entry
    if (word === NO_CHILD) return NO_ENTRY
    entry = entryOf(word, gfn & TABLE_MASK)
    this.level = Level.SMALL
    return this.pool.flag(entry) === 0 ? NO_ENTRY : entry
  }

  /** Flags of the leaf at a position, 0 where there is none. */
  flagsAt(leaf: number): number {
    return this.pool.flag(leaf)
  }

  /** First host frame of the leaf at a position. */
  hfnAt(leaf: number): number {
    const word = this.pool.word(leaf)
    return word < 0 ? ~word : word
  }

  setFlags(leaf: number, flags: number): void {
    this.pool.setFlag(leaf, flags)
  }

  /** Position of the entry of a level for `gfn`, with the tables above it; NO_ENTRY when no table is left. No larger leaf may be in the way. */
  makeEntry(gfn: number, level: Level): number {
    assert(gfn >= 0 && gfn < GFN_LIMIT, 'guest frame numbers have 31 bits')
    const pdpt = this.child(entryOf(ROOT, gfn >>> PML4_SHIFT))
    if (pdpt === NO_TABLE) return NO_ENTRY
    let entry = entryOf(pdpt, (gfn >>> PDPT_SHIFT) & TABLE_MASK)
    if (level === Level.GIGA) return entry
    const pd = this.child(entry)
    if (pd === NO_TABLE) return NO_ENTRY
    entry = entryOf(pd, (gfn >>> PD_SHIFT) & TABLE_MASK)
    if (level === Level.LARGE) return entry
    const pt = this.child(entry)
    return pt === NO_TABLE ? NO_ENTRY : entryOf(pt, gfn & TABLE_MASK)
  }

  /** True when a table hangs under an entry above a PT. */
  hasTable(entry: number): boolean {
    return this.pool.word(entry) > 0
  }

  /** Makes an empty entry a leaf, above a PT where `flags` has SPTE_LARGE. */
  putLeaf(entry: number, hfn: number, flags: number): void {
    this.pool.setWord(entry, (flags & SPTE_LARGE) === 0 ? hfn : ~hfn)
    this.pool.setFlag(entry, flags)
    this.pool.fill(tableOf(entry), 1)
  }

  /** Makes all entries of an empty PT, the first of which is `entry`, leaves. */
  putTable(entry: number, hfns: Int32Array, flags: number): void {
    const chunk = entry >> CHUNK_ENTRIES_SHIFT
    const at = entry & CHUNK_ENTRIES_MASK
    this.pool.words[chunk].set(hfns, at)
    this.pool.flags[chunk].fill(flags, at, at + TABLE_ENTRIES)
    this.pool.fill(tableOf(entry), TABLE_ENTRIES)
  }

  /** Clears an entry above a PT: a large leaf, or the link to a table, which is empty and is freed. */
  clearEntry(entry: number): void {
    const table = this.pool.word(entry)
    this.pool.setWord(entry, NO_CHILD)
    this.pool.setFlag(entry, 0)
    this.pool.clear(tableOf(entry))
    if (table > 0) this.pool.free(table)
  }

  /** Frees the PD under a PDPT entry, which has no leaf below it any more. */
  clearPd(entry: number): void {
    const pd = this.pool.word(entry)
    assert(this.pool.filledOf(pd) === 0, 'a PD that gives way to a leaf has no entry')
    this.clearEntry(entry)
  }

  /** Clears the leaves of `[from, end)`, which lies in one 2 MiB that has a PT, and the PT with its last. Returns how many they were. */
  dropSmall(from: number, end: number): number {
    const slot = entryOf(this.pool.word(this.pdptEntryOf(from)), (from >>> PD_SHIFT) & TABLE_MASK)
    const pt = this.pool.word(slot)
    let dropped = 0
    for (let gfn = from; gfn < end; gfn++) {
      const entry = entryOf(pt, gfn & TABLE_MASK)
      if (this.pool.flag(entry) === 0) continue
      this.pool.setWord(entry, 0)
      this.pool.setFlag(entry, 0)
      dropped++
      if (!this.pool.clear(pt)) continue
      this.clearEntry(slot)
      break
    }
    return dropped
  }

  /**
   * The first page in `[from, end)` that a leaf maps, or NO_ENTRY. Absent tables are passed over at once, so a walk over an empty range
   * is short. The form of every loop over SPTEs (for_each_tdp_pte): go on at the next page or, past a large leaf, `behind` it.
   */
  nextMapped(from: number, end: number): number {
    assert(from >= 0 && end <= GFN_LIMIT, 'guest frame numbers have 31 bits')
    for (let gfn = from; gfn < end;) {
      const giga = this.pdptEntryOf(gfn)
      const pd = giga === NO_ENTRY ? NO_CHILD : this.pool.word(giga)
      if (pd < 0) return gfn
      if (pd === NO_CHILD) {
        gfn = behind(gfn, Level.GIGA)
        continue
      }
      const pt = this.pool.word(entryOf(pd, (gfn >>> PD_SHIFT) & TABLE_MASK))
      if (pt < 0) return gfn
      const last = Math.min(end, behind(gfn, Level.LARGE))
      if (pt === NO_CHILD) gfn = last
      else for (; gfn < last; gfn++) if (this.pool.flag(entryOf(pt, gfn & TABLE_MASK)) !== 0) return gfn
    }
    return NO_ENTRY
  }

  /** Walks every table (E1, E2) and compares the leaves found with the owner's counters. */
  check(counted: EptCounts): void {
    const found = { [Level.SMALL]: 0, [Level.LARGE]: 0, [Level.GIGA]: 0, tables: 0 }
    this.checkTable(ROOT, ROOT_LEVEL, found)
    const { small, large, giga } = counted
    assert(found[Level.SMALL] === small && found[Level.LARGE] === large && found[Level.GIGA] === giga, 'leaves are counted')
    this.pool.check(found.tables, 0)
  }

  private checkTable(table: number, level: number, found: Record<Level, number> & { tables: number }): void {
    found.tables++
    let filled = 0
    for (let index = 0; index < TABLE_ENTRIES; index++) {
      const word = this.pool.word(entryOf(table, index))
      const flags = this.pool.flag(entryOf(table, index))
      if (flags === 0 && word === NO_CHILD) continue
      filled++
      if (flags === 0) {
        assert(level > Level.SMALL && word > 0, 'a word without flags is a table, and tables end at level 1')
        this.checkTable(word, level - 1, found)
        continue
      }
      assert((flags & SPTE_PRESENT) !== 0 && level <= Level.GIGA, 'a leaf is present, and not in the root')
      const own = level as Level
      assert(((flags & SPTE_LARGE) !== 0) === (own !== Level.SMALL), 'a leaf above a PT is large')
      const aligned = own === Level.SMALL ? word >= 0 : word < 0 && (~word & (pagesAt(own) - 1)) === 0
      assert(aligned, 'a large leaf is marked in its word and aligned')
      found[own]++
    }
    assert(filled === this.pool.filledOf(table), 'a table counts its entries')
    assert(level > Level.SMALL || filled > 0, 'no empty PT stays in the tree')
  }

  /** Position of the PDPT entry of `gfn`, or NO_ENTRY when there is no PDPT. */
  private pdptEntryOf(gfn: number): number {
    assert(gfn >= 0 && gfn < GFN_LIMIT, 'guest frame numbers have 31 bits')
    const pdpt = this.pool.word(entryOf(ROOT, gfn >>> PML4_SHIFT))
    return pdpt === NO_CHILD ? NO_ENTRY : entryOf(pdpt, (gfn >>> PDPT_SHIFT) & TABLE_MASK)
  }

  private child(entry: number): number {
    const word = this.pool.word(entry)
    assert(word >= 0, 'no smaller SPTE under a large one')
    if (word !== NO_CHILD) return word
    const made = this.pool.alloc()
    if (made === NO_TABLE) return NO_TABLE
    this.pool.setWord(entry, made)
    this.pool.fill(tableOf(entry), 1)
    return made
  }
}
