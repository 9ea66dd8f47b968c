/**
 * Who uses an allocated page, so that the page can be moved: the kernel's page->mapping and page->index (include/linux/mm_types.h), and its reverse map.
 * A page in use is on no list of the allocator, so its two links are free for them, and the map costs no memory.
 *
 *     links[2 pfn]      -(2 + holder)      links[2 pfn + 1]   index, which means something to that holder
 *
 * What the allocator leaves in the links is a page, a list head or -1, so a page that was never mapped has no holder, and stays where it is. Free, listed and
 * split blocks overwrite the links of every page that can be allocated again.
 *
 *   P1  A page with a holder is ALLOCATED, of order 0, and the holder has it at that index.
 */
import { assert } from '@hintlab/kit'
import type { BuddyCore, Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { packHead } from './page-state.ts'

/** Something that remembers page numbers, and can be told a new one. */
export interface PageHolder {
  /** Whether its page may go now; false while I/O is under way on it (trylock_page fails). */
  mayMove(index: number): boolean
  /** Its page at `index` has moved. */
  migrated(index: number, from: number, to: number): void
  /** The page at `index`, or -1: for checks. */
  pageAt(index: number): number
}

const NOBODY = -1
const FIRST = -2
const SINGLE = packHead(PageOwner.ALLOCATED, 0)

export class PageMappings {
  private readonly core: BuddyCore
  private readonly footprint: Footprint
  private readonly holders: PageHolder[] = []

  constructor(core: BuddyCore, footprint: Footprint) {
    this.core = core
    this.footprint = footprint
  }

  /** Registers a holder while the machine is wired; its number is for `set`. */
  add(holder: PageHolder): number {
    return this.holders.push(holder) - 1
  }

  /** A page that the caller has allocated can be moved from now on. */
  set(pfn: number, holder: number, index: number): void {
    assert(this.core.state[pfn] === SINGLE, 'P1: a single page in use has a holder')
    assert(holder >= 0 && holder < this.holders.length, 'the holder is registered')
    this.footprint.write(this.core.pageObject + pfn)
    this.core.links[2 * pfn] = FIRST - holder
    this.core.links[2 * pfn + 1] = index
  }

  /** The page is about to be freed, or to be used in a way that pins it. */
  clear(pfn: number): void {
    this.footprint.write(this.core.pageObject + pfn)
    this.core.links[2 * pfn] = this.core.links[2 * pfn + 1] = NOBODY
  }

  /** Whether the page can be moved now: in use as a single page by a holder that lets it go. */
  movable(pfn: number): boolean {
    this.footprint.read(this.core.pageObject + pfn)
    const holder = this.holderOf(pfn)
    return holder !== NOBODY && this.holders[holder].mayMove(this.core.links[2 * pfn + 1])
  }

  /** Gives the holder of `from` the page `to` instead; its contents have been copied. */
  replace(from: number, to: number): void {
    const holder = this.holderOf(from)
    assert(holder !== NOBODY, 'a page without a holder stays where it is')
    const index = this.core.links[2 * from + 1]
    this.core.kind[to] = this.core.kind[from]
    this.set(to, holder, index)
    this.clear(from)
    this.holders[holder].migrated(index, from, to)
  }

  /** P1 for every page. */
  check(): void {
    for (let pfn = 0; pfn < this.core.pages; pfn++) {
      const holder = this.holderOf(pfn)
      if (holder === NOBODY) continue
      assert(this.holders[holder].pageAt(this.core.links[2 * pfn + 1]) === pfn, 'P1: the holder has the page')
    }
  }

  private holderOf(pfn: number): number {
    const mapping = this.core.links[2 * pfn]
    return this.core.state[pfn] === SINGLE && mapping <= FIRST ? FIRST - mapping : NOBODY
  }
}
