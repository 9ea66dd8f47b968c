/**
 * The page cache and the two lists by which its pages age, as plain functions: no tasks, no time. Pages of files are numbered; all of them are one file.
 *
 *     new ->  inactive: head ... tail  -> reclaimed when clean          (mm/filemap.c, mm/swap.c, mm/vmscan.c of Linux 6.1)
 *               ^  |  second access, or dirty at the tail
 *               |  v
 *             active:   head ... tail  -> inactive, when that is short of pages (inactive_is_low)
 *
 * The lists run through the pages of the file, whose number a page in use carries as its index (mm/page-mapping.ts). So a guest page costs nothing, and a page
 * of the file 13 bytes, as the kernel's tree of a file grows with the file.
 *
 *   C1  A page of the file is on exactly one list while it is cached, on none otherwise.
 *   C2  Counters equal what a walk finds.   C3  A dirty page, a locked one and one under writeback stay.
 *
 * Anonymous pages have no swap to go to, and are on no list. There is one set of lists for all zones (pgdat->__lruvec).
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import type { PageHolder, PageMappings } from '../mm/page-mapping.ts'

const NONE = -1

/** Bits of a cached page. */
export const CacheFlag = {
  ACTIVE: 1,
  REFERENCED: 2,
  DIRTY: 4,
  WRITEBACK: 8,
  /** Reclaim has met it dirty: to the tail of the inactive list once it is written (PG_reclaim). */
  RECLAIM: 16,
  /** Being read; not up to date yet. */
  LOCKED: 32,
} as const

const COUNTS = ['inactive', 'active', 'dirty', 'writeback', 'cursor'] as const
const INACTIVE = 0
const ACTIVE = 1
const DIRTY = 2
const WRITEBACK = 3
/** Where the next look for dirty pages begins. */
const CURSOR = 4
const PINNED = CacheFlag.DIRTY | CacheFlag.WRITEBACK | CacheFlag.LOCKED

export class PageCache implements PageHolder {
  /** Pages of the file. */
  readonly filePages: number
  private readonly cols: Columns
  private readonly mappings: PageMappings
  private readonly holder: number
  private readonly object: number
  /** By page of the file: where it is. */
  private readonly pfns: Int32Array
  /** Rings; the heads of the two lists lie behind the pages. Towards the tail at 2 i, towards the head at 2 i + 1. */
  private readonly links: Int32Array
  private readonly flags: Uint8Array
  private readonly counts: Int32Array

  constructor(cols: Columns, mappings: PageMappings, filePages: number) {
    assert(Number.isInteger(filePages) && filePages > 0, 'a file has pages')
    this.filePages = filePages
    this.cols = cols
    this.mappings = mappings
    this.object = cols.objects('page cache')
    this.pfns = cols.i32('pageCache.pfn', filePages, this.object).fill(NONE)
    this.links = cols.i32('pageCache.links', 2 * (filePages + 2), this.object)
    this.flags = cols.u8('pageCache.flags', filePages, this.object)
    this.counts = cols.i32('pageCache.counts', COUNTS.length, this.object)
    for (const list of [INACTIVE, ACTIVE]) this.links.fill(filePages + list, 2 * (filePages + list), 2 * (filePages + list) + 2)
    this.holder = mappings.add(this)
  }

  get inactive(): number {
    return this.read(INACTIVE)
  }

  get active(): number {
    return this.read(ACTIVE)
  }

  get dirty(): number {
    return this.read(DIRTY)
  }

  get underWriteback(): number {
    return this.read(WRITEBACK)
  }

  /** Pages cached: NR_FILE_PAGES. */
  get cached(): number {
    return this.inactive + this.active
  }

  /** The page that holds page `file` of the file, or -1. */
  pageAt(file: number): number {
    this.cols.footprint.read(this.object)
    return this.pfns[file]
  }

  has(file: number, flag: number): boolean {
    this.cols.footprint.read(this.object)
    return (this.flags[file] & flag) !== 0
  }

  /** filemap_add_folio: a page that was just allocated goes to the head of the inactive list, LOCKED until it is read. */
  insert(file: number, pfn: number): void {
    assert(this.pfns[file] === NONE, 'C1: a page of the file is cached once')
    this.cols.footprint.write(this.object)
    this.pfns[file] = pfn
    this.flags[file] = CacheFlag.LOCKED
    this.mappings.set(pfn, this.holder, file)
    this.listHead(file, INACTIVE)
  }

  lock(file: number): void {
    this.cols.footprint.write(this.object)
    this.flags[file] |= CacheFlag.LOCKED
  }

  unlock(file: number): void {
    this.cols.footprint.write(this.object)
    this.flags[file] &= ~CacheFlag.LOCKED
  }

  /** folio_mark_accessed: a second access makes an inactive page active. */
  accessed(file: number): void {
    this.cols.footprint.write(this.object)
    const flags = this.flags[file]
    if ((flags & CacheFlag.REFERENCED) === 0) this.flags[file] |= CacheFlag.REFERENCED
    else if ((flags & CacheFlag.ACTIVE) === 0) {
      this.unlist(file)
      this.flags[file] &= ~CacheFlag.REFERENCED
      this.listHead(file, ACTIVE)
    }
  }

  /** folio_mark_dirty. */
  markDirty(file: number): void {
    this.cols.footprint.write(this.object)
    if (this.has(file, CacheFlag.DIRTY)) return
    this.flags[file] |= CacheFlag.DIRTY
    this.counts[DIRTY]++
  }

  /** Takes up to `into.length` dirty pages for writing, in file order from where the last call ended (write_cache_pages, range_cyclic). Their number. */
  startWriteback(into: Int32Array): number {
    this.cols.footprint.write(this.object)
    let taken = 0
    for (let seen = 0; seen < this.filePages && taken < into.length && this.counts[DIRTY] > 0; seen++) {
      const file = this.counts[CURSOR]
      this.counts[CURSOR] = (file + 1) % this.filePages
      if ((this.flags[file] & (CacheFlag.DIRTY | CacheFlag.WRITEBACK)) !== CacheFlag.DIRTY) continue
      this.flags[file] ^= CacheFlag.DIRTY | CacheFlag.WRITEBACK
      this.counts[DIRTY]--
      this.counts[WRITEBACK]++
      into[taken++] = file
    }
    return taken
  }

  /** folio_end_writeback: a page that reclaim was waiting for goes where it will be found next (folio_rotate_reclaimable). */
  endWriteback(file: number): void {
    this.cols.footprint.write(this.object)
    assert((this.flags[file] & CacheFlag.WRITEBACK) !== 0, 'the page was being written')
    this.counts[WRITEBACK]--
    this.flags[file] &= ~CacheFlag.WRITEBACK
    if ((this.flags[file] & (CacheFlag.RECLAIM | CacheFlag.DIRTY)) !== CacheFlag.RECLAIM) return
    this.unlist(file)
    this.flags[file] &= ~CacheFlag.RECLAIM
    this.list(file, INACTIVE, this.links[2 * (this.filePages + INACTIVE) + 1])
  }

  /** The last page of a list: what reclaim looks at next. -1 when the list is empty. */
  tail(list: 'inactive' | 'active'): number {
    const file = this.links[2 * (this.filePages + (list === 'active' ? ACTIVE : INACTIVE)) + 1]
    return file < this.filePages ? file : NONE
  }

  /** shrink_active_list: the last active page becomes the first inactive one. Pages of files that are not mapped get no second round. */
  deactivateTail(): void {
    this.cols.footprint.write(this.object)
    const file = this.tail('active')
    assert(file !== NONE, 'there is an active page')
    this.unlist(file)
    this.listHead(file, INACTIVE)
  }

  /** A page that reclaim has met and not taken: back to the head of its list. */
  rotate(file: number): void {
    this.cols.footprint.write(this.object)
    const list = this.listOf(file)
    this.unlist(file)
    this.listHead(file, list)
  }

  /** A page that reclaim has met dirty or being written: active, and due once it is written (shrink_folio_list, activate_locked). */
  activateForWriteback(file: number): void {
    this.cols.footprint.write(this.object)
    this.unlist(file)
    this.flags[file] |= CacheFlag.RECLAIM
    this.listHead(file, ACTIVE)
  }

  /** Whether the page can be dropped now: C3. */
  isClean(file: number): boolean {
    return (this.flags[file] & PINNED) === 0
  }

  /** Drops a clean page from the cache; the caller frees the page that it returns (__remove_mapping, invalidate_mapping_pages). */
  drop(file: number): number {
    this.cols.footprint.write(this.object)
    assert(this.pfns[file] !== NONE && this.isClean(file), 'C3: only a clean page is dropped')
    const pfn = this.pfns[file]
    this.unlist(file)
    this.flags[file] = 0
    this.pfns[file] = NONE
    this.mappings.clear(pfn)
    return pfn
  }

  mayMove(file: number): boolean {
    return !this.has(file, CacheFlag.LOCKED | CacheFlag.WRITEBACK)
  }

  /** The page was isolated and put back: to the head of its list (putback_movable_pages). */
  migrated(file: number, _from: number, to: number): void {
    this.pfns[file] = to
    this.rotate(file)
  }

  /** From the head to the tail. */
  *walk(list: 'inactive' | 'active'): Generator<number, void, void> {
    const head = this.filePages + (list === 'active' ? ACTIVE : INACTIVE)
    for (let file = this.links[2 * head]; file !== head; file = this.links[2 * file]) yield file
  }

  check(): void {
    const seen = new Uint8Array(this.filePages)
    for (const list of ['inactive', 'active'] as const) {
      let pages = 0
      for (const file of this.walk(list)) {
        assert(seen[file]++ === 0, 'C1: on one list')
        assert((this.listOf(file) === ACTIVE) === (list === 'active'), 'C1: on the list that its flag names')
        assert(this.links[2 * this.links[2 * file] + 1] === file, 'links agree in both directions')
        pages++
      }
      assert(pages === this.counts[list === 'active' ? ACTIVE : INACTIVE], 'C2: as many pages on the list as counted')
    }
    for (let file = 0; file < this.filePages; file++) assert((seen[file] === 1) === (this.pfns[file] !== NONE), 'C1: cached pages are listed')
    const count = (flag: number): number => this.flags.reduce((sum, flags) => sum + ((flags & flag) === 0 ? 0 : 1), 0)
    assert(count(CacheFlag.DIRTY) === this.counts[DIRTY] && count(CacheFlag.WRITEBACK) === this.counts[WRITEBACK], 'C2: dirty pages are counted')
  }

  private read(count: number): number {
    this.cols.footprint.read(this.object)
    return this.counts[count]
  }

  private listOf(file: number): typeof ACTIVE | typeof INACTIVE {
    return (this.flags[file] & CacheFlag.ACTIVE) === 0 ? INACTIVE : ACTIVE
  }

  private listHead(file: number, list: typeof ACTIVE | typeof INACTIVE): void {
    this.list(file, list, this.filePages + list)
  }

  /** Puts a page behind `before` on a list. */
  private list(file: number, list: typeof ACTIVE | typeof INACTIVE, before: number): void {
    const behind = this.links[2 * before]
    this.links[2 * file] = behind
    this.links[2 * file + 1] = before
    this.links[2 * before] = file
    this.links[2 * behind + 1] = file
    this.flags[file] = list === ACTIVE ? this.flags[file] | CacheFlag.ACTIVE : this.flags[file] & ~CacheFlag.ACTIVE
    this.counts[list]++
  }

  private unlist(file: number): void {
    const behind = this.links[2 * file]
    const before = this.links[2 * file + 1]
    this.links[2 * before] = behind
    this.links[2 * behind + 1] = before
    this.counts[this.listOf(file)]--
  }
}
