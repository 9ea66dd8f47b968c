/**
 * Blocks that a driver holds, as a stack through the allocator's own links: they need no memory beyond their own. Pages go in as ALLOCATED and are
 * BALLOON while they are held, so that the ghost knows that their contents do not matter.
 *
 *     top -> pfn -> pfn -> NONE        link of a block: links[2 * pfn]
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { NONE } from '../mm/page-allocator.ts'
import type { PageAllocator } from '../mm/page-allocator.ts'

const TOP = 0
const BLOCKS = 1

export class PageStack {
  private readonly cols: Columns
  private readonly mm: PageAllocator
  private readonly order: number
  private readonly object: number
  private readonly state: Int32Array

  /** All blocks of the stack have this order. */
  constructor(cols: Columns, mm: PageAllocator, label: string, order: number) {
    this.cols = cols
    this.mm = mm
    this.order = order
    this.object = cols.objects(`${label} stack`)
    this.state = cols.i32(`${label}.stack`, 2, this.object)
    this.state[TOP] = NONE
  }

  /** Blocks held. */
  get blocks(): number {
    return this.state[BLOCKS]
  }

  /** Takes a block that the caller has allocated. */
  push(pfn: number): void {
    this.cols.footprint.write(this.object)
    this.mm.pages.move(pfn, this.order, PageOwner.ALLOCATED, PageOwner.BALLOON)
    this.declareLink(pfn)
    this.mm.core.links[2 * pfn] = this.state[TOP]
    this.state[TOP] = pfn
    this.state[BLOCKS]++
  }

  /** Takes the newest block off the stack, or NONE; it stays BALLOON until `own`. */
  pop(): number {
    this.cols.footprint.write(this.object)
    const pfn = this.state[TOP]
    if (pfn === NONE) return NONE
    this.declareLink(pfn)
    this.state[TOP] = this.mm.core.links[2 * pfn]
    this.mm.core.links[2 * pfn] = NONE
    this.state[BLOCKS]--
    return pfn
  }

  /** A popped block is the guest's own again, and can be freed. */
  own(pfn: number): void {
    this.mm.pages.move(pfn, this.order, PageOwner.BALLOON, PageOwner.ALLOCATED)
  }

  /** The stack holds as many blocks as it counts, all of them held. */
  check(): void {
    let blocks = 0
    for (let pfn = this.state[TOP]; pfn !== NONE; pfn = this.mm.core.links[2 * pfn]) {
      assert(this.mm.pages.ownerOf(pfn) === PageOwner.BALLOON, 'a block on the stack is held')
      blocks++
    }
    assert(blocks === this.blocks, 'the stack holds the blocks it counts')
  }

  private declareLink(pfn: number): void {
    this.cols.footprint.write(this.mm.core.pageObject + pfn)
  }
}
