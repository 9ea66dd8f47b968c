/** A program's memory for tests: small pages that the test has it touch, huge pages that it is given. */
import { assert, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '@hintlab/kit'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import type { PageAllocator } from '../mm/page-allocator.ts'
import type { AnonArea } from '../thp/anon-area.ts'

export class FakeArea implements AnonArea {
  readonly ranges: number
  /** By range: first page of its huge page, or NONE. */
  readonly heads: number[]
  isGone = false
  private readonly mm: PageAllocator
  private readonly pfns: number[]

  constructor(mm: PageAllocator, ranges: number) {
    this.mm = mm
    this.ranges = ranges
    this.heads = Array.from({ length: ranges }, () => NONE)
    this.pfns = Array.from({ length: ranges * PAGEBLOCK_PAGES }, () => NONE)
  }

  /** A page fault at a place of a range. */
  touch(range: number, index: number): void {
    const pfn = this.mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    assert(pfn !== NONE, 'the test has memory for its program')
    this.pfns[range * PAGEBLOCK_PAGES + index] = pfn
  }

  mayCollapse(range: number): boolean {
    return !this.isGone && this.heads[range] === NONE
  }

  pageAt(range: number, index: number): number {
    return this.pfns[range * PAGEBLOCK_PAGES + index]
  }

  collapse(range: number, head: number): void {
    assert(this.mm.pages.orderOf(head) === PAGEBLOCK_ORDER, 'the area is given a huge page')
    this.heads[range] = head
    this.pfns.fill(NONE, range * PAGEBLOCK_PAGES, (range + 1) * PAGEBLOCK_PAGES)
  }

  /** Pages that are there, by range; a huge page counts as none. */
  small(): number[] {
    return this.heads.map((_, range) => this.pfns.slice(range * PAGEBLOCK_PAGES, (range + 1) * PAGEBLOCK_PAGES).filter((pfn) => pfn !== NONE).length)
  }
}
