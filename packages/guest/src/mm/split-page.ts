/** mm/page_alloc.c split_page: an allocated block becomes pages that are freed one by one. */
import { assert, NO_PAGE } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { packHead } from './page-state.ts'
import type { PageAllocator } from './page-allocator.ts'

/** Makes the ALLOCATED block of `2 ** from` pages at `pfn` into blocks of `2 ** to`. Their migratetype is the block's. */
export function splitPage(mm: PageAllocator, pfn: number, from: number, to: number): void {
  const { core, pages } = mm
  assert(pages.orderOf(pfn) === from && pages.ownerOf(pfn) === PageOwner.ALLOCATED, 'an allocated block is split')
  assert(to <= from, 'a block is split into smaller ones')
  pages.declare(pfn, from)
  for (let p = pfn; p < pfn + 2 ** from; p += 2 ** to) {
    core.state[p] = packHead(PageOwner.ALLOCATED, to)
    core.kind[p] = core.kind[pfn]
    core.links[2 * p] = core.links[2 * p + 1] = NO_PAGE // What is left there must not look like a holder (page-mapping.ts).
  }
}
