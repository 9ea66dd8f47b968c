/**
 * Memory as a build leaves it after a while: in some pageblocks single pages stay in use, of the page cache and of the kernel, and what is free between them
 * is in small blocks.
 *
 *     pageblock:  free  |  x . . x x . x x x . x ...  |  free        each page of a sprinkled block is in use with the same chance
 */
import { PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { AllocFlag, Migratetype, NONE, splitPage, ZoneKind } from '@hintlab/guest'
import type { GuestKernel } from '@hintlab/guest'

const SHARE_UNIT = 1_000_000

/** Of the free pageblocks of a guest at rest, `sprinkled` get pages in use, `kept` of theirs; both are shares. */
export function sprinkle({ mm }: GuestKernel, random: Prng, { sprinkled, kept }: { sprinkled: number; kept: number }): void {
  const chance = (share: number): boolean => random.chance(Math.round(share * SHARE_UNIT), SHARE_UNIT)
  const take = (): number => mm.allocSlow(0, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL, AllocFlag.NO_WATERMARKS)
  const blocks: number[] = []
  for (let pfn = take(); pfn !== NONE; pfn = take()) blocks.push(pfn)
  for (const block of blocks) {
    if (!chance(sprinkled)) {
      mm.freeSlow(block)
      continue
    }
    splitPage(mm, block, PAGEBLOCK_ORDER, 0)
    for (let pfn = block; pfn < block + PAGEBLOCK_PAGES; pfn++) if (!chance(kept)) mm.freeSlow(pfn)
  }
}
