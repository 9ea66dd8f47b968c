/**
 * Tables of 512 entries, the building block of the host's page table and of the EPT. Only tables in use cost memory, so an untouched page
 * costs nothing.
 *
 *   chunk 0                          chunk 1
 *   +-------+-------+--   --+-------+-------+--        entry i of table t has the position (t << 9) | i:
 *   | t = 0 |   1   |  ...  |  63   |  64   |          element position & 32767 of chunk position >> 15
 *   +-------+-------+--   --+-------+-------+--
 *
 * A pool without `tablesMax` adds a chunk of columns when it needs one; that is only possible until the columns are sealed. A machine
 * that is reset (exploration) gives `tablesMax`, and gets all of it at construction.
 *
 * Whoever fills or clears an entry keeps the table's count with `fill` and `clear`.
 *
 *   T1  Every word and every flag of a free table is zero, but word 0: the free-list link.
 *   T2  Tables ever handed out = tables in use + tables on the free list.
 *   T3  A bounded pool never promises (`deposit`) a table that it does not have.
 */
import type { Columns } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { CHUNK_TABLES, CHUNK_TABLES_SHIFT, TABLE_ENTRIES, TABLE_SHIFT, TABLES_MAX } from './limits.ts'

/** A position is split by these into chunk and element. */
export const CHUNK_ENTRIES_SHIFT = CHUNK_TABLES_SHIFT + TABLE_SHIFT
export const CHUNK_ENTRIES_MASK = 2 ** CHUNK_ENTRIES_SHIFT - 1

/** Position of entry `index` of a table: what the pool's words and flags are addressed by. */
export const entryOf = (table: number, index: number): number => (table << TABLE_SHIFT) | index

/** The table of a position. */
export const tableOf = (entry: number): number => entry >> TABLE_SHIFT

/** No table is left, in a pool with `tablesMax`. */
export const NO_TABLE = -1

// Indexes of the state column.
const IN_USE = 0
const FREE_HEAD = 1
const HANDED_OUT = 2
const DEPOSITS = 3
const STATE_WORDS = 4

export interface TablePoolOptions {
  /** First part of the column labels: the budget counts under it. */
  label: string
  /** Shared object that all columns belong to. */
  object: number
  /** Whether entries have a byte of flags beside the 32-bit word. */
  entryFlags: boolean
  /** Fixed number of tables, all allocated now. Absent: grows as needed. */
  tablesMax?: number | undefined
}

export class TablePool {
  /** By chunk. Public, as `flags`, for the one walk that is too hot for a call per entry. */
  readonly words: Int32Array[] = []
  /** By chunk; empty when the pool has no flags. */
  readonly flags: Uint8Array[] = []
  private readonly filled: Uint16Array[] = []
  private readonly state: Int32Array
  private readonly cols: Columns
  private readonly options: TablePoolOptions
  private capacity = 0

  constructor(cols: Columns, options: TablePoolOptions) {
    this.cols = cols
    this.options = options
    this.state = cols.i32(`${options.label}.tablePool`, STATE_WORDS, options.object)
    this.state[FREE_HEAD] = NO_TABLE
    if (options.tablesMax !== undefined) while (this.capacity < options.tablesMax) this.grow(options.tablesMax - this.capacity)
  }

  /** Tables that are handed out now. */
  get inUse(): number {
    return this.state[IN_USE]
  }

  /** An empty table, or NO_TABLE when a bounded pool has none that is not promised. */
  alloc(): number {
    if (!this.hasSpare()) return NO_TABLE
    return this.take()
  }

  /**
   * Promises one table to a later `allocDeposited`, as a huge PMD keeps the page table for its split (mm/huge_memory.c,
   * pgtable_trans_huge_deposit).
   */
  deposit(): boolean {
    if (!this.hasSpare()) return false
    this.state[DEPOSITS]++
    return true
  }

  /** Gives a promise back. */
  withdraw(): void {
    assert(this.state[DEPOSITS] > 0, 'a table was deposited')
    this.state[DEPOSITS]--
  }

  /** Redeems a promise: never fails. */
  allocDeposited(): number {
    this.withdraw()
    return this.take()
  }

  /** Takes back a table whose entries are all zero. */
  free(table: number): void {
    assert(this.filledOf(table) === 0, 'a freed table is empty')
    this.setWord(entryOf(table, 0), this.state[FREE_HEAD] + 1)
    this.state[FREE_HEAD] = table
    this.state[IN_USE]--
  }

  /** The word at a position, as a signed 32-bit integer. */
  word(entry: number): number {
    return this.words[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
  }

  setWord(entry: number, word: number): void {
    this.words[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK] = word
  }

  /** The flags byte at a position, in a pool that has flags. */
  flag(entry: number): number {
    return this.flags[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK]
  }

  setFlag(entry: number, flags: number): void {
    this.flags[entry >> CHUNK_ENTRIES_SHIFT][entry & CHUNK_ENTRIES_MASK] = flags
  }

  /** Counts `count` entries of the table as filled. */
  fill(table: number, count: number): void {
    this.filled[table >> CHUNK_TABLES_SHIFT][table & (CHUNK_TABLES - 1)] += count
  }

  /** Counts one entry of the table as cleared; true when it was the last. */
  clear(table: number): boolean {
    const chunk = this.filled[table >> CHUNK_TABLES_SHIFT]
    const at = table & (CHUNK_TABLES - 1)
    assert(chunk[at] > 0, 'a cleared entry was counted')
    return --chunk[at] === 0
  }

  /** Entries of the table that are filled. */
  filledOf(table: number): number {
    return this.filled[table >> CHUNK_TABLES_SHIFT][table & (CHUNK_TABLES - 1)]
  }

  /** Compares the counters with the free list (T1, T2, T3). The owner checks the tables in use; it passes how many it found, and
   *  how many deposits it holds. */
  check(tablesFound: number, depositsFound: number): void {
    let free = 0
    for (let t = this.state[FREE_HEAD]; t !== NO_TABLE; free++) {
      assert(free < this.state[HANDED_OUT], 'the free list of tables ends')
      assert(this.filledOf(t) === 0, 'a free table counts no entries')
      for (let i = 1; i < TABLE_ENTRIES; i++) assert(this.word(entryOf(t, i)) === 0, 'a free table is zero')
      for (let i = 0; this.options.entryFlags && i < TABLE_ENTRIES; i++) assert(this.flag(entryOf(t, i)) === 0, 'a free table has no flags')
      t = this.word(entryOf(t, 0)) - 1
    }
    assert(tablesFound === this.state[IN_USE], 'tables reached from the root are the tables in use')
    assert(free + this.state[IN_USE] === this.state[HANDED_OUT], 'tables in use and free are the tables handed out')
    assert(depositsFound === this.state[DEPOSITS], 'every deposit has its holder')
    const { tablesMax } = this.options
    if (tablesMax !== undefined) assert(this.state[IN_USE] + this.state[DEPOSITS] <= tablesMax, 'every deposit is covered')
  }

  private hasSpare(): boolean {
    const { tablesMax } = this.options
    return tablesMax === undefined || this.state[IN_USE] + this.state[DEPOSITS] < tablesMax
  }

  private take(): number {
    this.state[IN_USE]++
    const free = this.state[FREE_HEAD]
    if (free === NO_TABLE) {
      const table = this.state[HANDED_OUT]++
      if (table === this.capacity) this.grow(CHUNK_TABLES)
      return table
    }
    const link = entryOf(free, 0)
    this.state[FREE_HEAD] = this.word(link) - 1
    this.setWord(link, 0)
    return free
  }

  private grow(tablesWanted: number): void {
    const tables = Math.min(tablesWanted, CHUNK_TABLES)
    const { label, object, entryFlags } = this.options
    assert(this.capacity + tables <= TABLES_MAX, 'positions of entries have 31 bits')
    this.words.push(this.cols.i32(`${label}.tableWord`, tables * TABLE_ENTRIES, object))
    if (entryFlags) this.flags.push(this.cols.u8(`${label}.tableFlag`, tables * TABLE_ENTRIES, object))
    this.filled.push(this.cols.u16(`${label}.tableFilled`, tables, object))
    this.capacity += tables
  }
}
