/**
 * Blocks that a driver holds, as a stack through the allocator's own links: they need no memory beyond their own. Pages go in as ALLOCATED and are
 * BALLOON while they are held, so that the ghost knows that their contents do not matter.
 *
 *     top -> pfn -> pfn -> NONE        links of a block: towards the bottom links[2 * pfn], towards the top links[2 * pfn + 1]
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
    const below = this.state[TOP]
    this.link(pfn, below)
    this.link(NONE, pfn)
    this.state[BLOCKS]++
  }

  /** Takes the newest block off the stack, or NONE; it stays BALLOON until `own`. */
  pop(): number {
    this.cols.footprint.write(this.object)
    const pfn = this.state[TOP]
    if (pfn !== NONE) this.remove(pfn)
    return pfn
  }

  /** Takes this block off the stack, wherever it is on it; it stays BALLOON until `own`. */
  remove(pfn: number): void {
    this.cols.footprint.write(this.object)
    const { links } = this.mm.core
    this.link(links[2 * pfn + 1], links[2 * pfn])
    this.declareLinks(pfn)
    links[2 * pfn] = links[2 * pfn + 1] = NONE
    this.state[BLOCKS]--
  }

  /** Whether the block is on the stack; it is BALLOON, and a popped one has no links. */
  has(pfn: number): boolean {
    this.cols.footprint.read(this.object)
    return this.state[TOP] === pfn || this.mm.core.links[2 * pfn + 1] !== NONE
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
      const below = this.mm.core.links[2 * pfn]
      assert(below === NONE || this.mm.core.links[2 * below + 1] === pfn, 'links agree in both directions')
      blocks++
    }
    assert(blocks === this.blocks, 'the stack holds the blocks it counts')
  }

  /** Makes `above` the one over `below`; NONE above is the top, NONE below the bottom. */
  private link(above: number, below: number): void {
    const { links } = this.mm.core
    if (above === NONE) this.state[TOP] = below
    else {
      this.declareLinks(above)
      links[2 * above] = below
    }
    if (below === NONE) return
    this.declareLinks(below)
    links[2 * below + 1] = above
  }

  private declareLinks(pfn: number): void {
    this.cols.footprint.write(this.mm.core.pageObject + pfn)
  }
}
