/**
 * What a zone does when a migratetype has run out: it takes a block from another type, the largest it can find, and when enough of the
 * pageblock around it is free or of the requested kind, it takes the pageblock too. Small blocks of many types in one pageblock are what
 * keeps huge pages from forming, so every rule here tries to mix in as few pageblocks as possible.
 *
 * Linux 6.1 mm/page_alloc.c: __rmqueue_fallback, find_suitable_fallback, can_steal_fallback, steal_suitable_fallback, move_freepages_block.
 */
import { assert } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { Migratetype } from './migratetype.ts'
import { isBodyByte, orderOfByte, ownerOfByte } from './page-state.ts'
import { AllocFlag } from './watermarks.ts'
import type { ZoneBuddy } from './zone-buddy.ts'

const { UNMOVABLE, MOVABLE, RECLAIMABLE } = Migratetype
/** Where each type looks, in this order. */
const FALLBACKS: readonly (readonly number[])[] = [
  [RECLAIMABLE, MOVABLE],
  [RECLAIMABLE, UNMOVABLE],
  [UNMOVABLE, MOVABLE],
]

/**
 * Moves a block of another type, of at least `order`, to the lists of `start`; with it perhaps the rest of its pageblock. Returns false
 * when no type has one.
 */
export function stealFallback(buddy: ZoneBuddy, order: number, start: number, flags: number): boolean {
  const keepWhole = (flags & AllocFlag.NOFRAGMENT) !== 0 && order < buddy.pageblocks.order
  const orderMin = keepWhole ? buddy.pageblocks.order : order
  for (let o = buddy.core.maxOrder; o >= orderMin; o--) {
    const type = findFallback(buddy, o, start)
    if (type < 0) continue
    const whole = canStealBlock(buddy, o, start)
    // A movable allocation that may not take the pageblock splits the smallest block instead: nothing is fragmented for good by it.
    if (!whole && start === MOVABLE && o > order) stealSmallest(buddy, order, start)
    else stealSuitable(buddy, buddy.lists.first(buddy.zone, type, o), start, whole)
    return true
  }
  return false
}

/** First type in the fallback order of `start` that has a block of exactly this order; -1 when none has. */
function findFallback(buddy: ZoneBuddy, order: number, start: number): number {
  const types = FALLBACKS[start]
  for (let i = 0; i < types.length; i++) if (buddy.lists.nrFree(buddy.zone, types[i], order) > 0) return types[i]
  return -1
}

/** Whether to try for the whole pageblock: large blocks, and any block for pages that cannot be moved away again. */
function canStealBlock(buddy: ZoneBuddy, order: number, start: number): boolean {
  return order >= buddy.pageblocks.order >> 1 || start === RECLAIMABLE || start === UNMOVABLE
}

function stealSmallest(buddy: ZoneBuddy, order: number, start: number): void {
  for (let o = order; o <= buddy.core.maxOrder; o++) {
    const type = findFallback(buddy, o, start)
    if (type < 0) continue
    stealSuitable(buddy, buddy.lists.first(buddy.zone, type, o), start, canStealBlock(buddy, o, start))
    return
  }
  assert(false, 'the search for the largest block had found one')
}

function stealSuitable(buddy: ZoneBuddy, pfn: number, start: number, whole: boolean): void {
  const order = buddy.pages.orderOf(pfn)
  const oldType = buddy.pageblocks.typeOf(pfn)
  if (oldType !== Migratetype.HIGHATOMIC && order >= buddy.pageblocks.order) buddy.pageblocks.setRange(pfn, order, start as Migratetype)
  else if (oldType !== Migratetype.HIGHATOMIC && whole) {
    stealPageblock(buddy, pfn, start, oldType)
    return
  }
  buddy.lists.moveToType(buddy.zone, pfn, order, start)
}

/** Takes every free block of the pageblock, and its type when at least half of it is free or of a compatible kind. */
function stealPageblock(buddy: ZoneBuddy, pfn: number, start: number, oldType: number): void {
  const packed = moveFreeBlocks(buddy, pfn, start)
  const free = packed >>> MOVED_SHIFT
  const movable = packed & MOVED_MASK
  const size = 1 << buddy.pageblocks.order
  let alike = 0
  if (start === MOVABLE) alike = movable
  else if (oldType === MOVABLE) alike = size - (free + movable)
  if (free + alike >= size >> 1) buddy.pageblocks.setType(pfn, start as Migratetype)
}

export const MOVED_SHIFT = 12
export const MOVED_MASK = 0xfff

/**
 * Moves all free blocks of the pageblock of `pfn` to the lists of `migratetype`. Returns the free pages moved, shifted by MOVED_SHIFT, and
 * in the low bits the pages in use that can be moved. A page on a per-CPU list counts as neither.
 */
export function moveFreeBlocks(buddy: ZoneBuddy, pfn: number, migratetype: number): number {
  const size = 1 << buddy.pageblocks.order
  const begin = pfn & ~(size - 1)
  const { state, kind } = buddy.core
  let free = 0
  let movable = 0
  for (let p = begin; p < begin + size; ) {
    const byte = state[p]
    if (isBodyByte(byte)) {
      p++ // The upper half of a block larger than a pageblock: it stays as it is.
      continue
    }
    const order = orderOfByte(byte)
    const owner = ownerOfByte(byte)
    const pages = Math.min(1 << order, size)
    if (owner === PageOwner.FREE) {
      buddy.lists.moveToType(buddy.zone, p, order, migratetype)
      free += pages
    } else if (owner === PageOwner.BALLOON || (owner === PageOwner.ALLOCATED && kind[p] === MOVABLE)) movable += pages
    p += 1 << order
  }
  return (free << MOVED_SHIFT) | movable
}
