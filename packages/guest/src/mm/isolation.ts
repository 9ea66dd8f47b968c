/**
 * Taking free blocks away from the allocator and giving them back: single blocks for a report (mm/page_alloc.c __isolate_free_page and
 * __putback_isolated_page of Linux 6.1), and whole pageblocks (mm/page_isolation.c), whose pages stay in the buddy but are never handed
 * out. Everything here runs under the zone lock.
 */
import { assert, Place } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { moveFreeBlocks, MOVED_SHIFT } from './fallback.ts'
import { isMergeable, Migratetype } from './migratetype.ts'
import { orderOfByte, ownerOfByte } from './page-state.ts'
import { watermarkOk } from './watermarks.ts'
import { ZoneField } from './zones.ts'
import { Fpi } from './zone-buddy.ts'
import type { ZoneBuddy } from './zone-buddy.ts'

/**
 * Takes the free block at `pfn`, whole, for a report: FREE to ISOLATED. False, with nothing changed, when the zone would then have no
 * more than min free. A block of at least half a pageblock makes its pageblocks MOVABLE, whatever list it was on.
 */
export function isolateFreePage(buddy: ZoneBuddy, pfn: number): boolean {
  const { zone, pageblocks, pages } = buddy
  const order = pages.orderOf(pfn)
  buddy.declareZone()
  assert(buddy.core.isFreeHead(pfn, order), 'only a free block is isolated')
  if (pageblocks.typeOf(pfn) !== Migratetype.ISOLATE) {
    const mark = zone.fields[ZoneField.MIN] + (1 << order)
    if (!watermarkOk(zone, buddy.lists, 0, mark, 0, 0)) return false
  }
  buddy.takeBlock(pfn, order)
  if (order >= pageblocks.order - 1) {
    for (let p = pfn; p < pfn + (1 << order); p += 1 << pageblocks.order) {
      if (isMergeable(pageblocks.typeOf(p))) pageblocks.setType(p, Migratetype.MOVABLE)
    }
  }
  pages.move(pfn, order, PageOwner.FREE, PageOwner.ISOLATED)
  return true
}

/**
 * Gives an isolated block back, from ISOLATED or IN_FLIGHT: to the tail of the list of `migratetype`, merged as always, without a note
 * for hint policies. True when it is still a block of its own, so that Reported may be set on it.
 */
export function putbackIsolated(buddy: ZoneBuddy, pfn: number, order: number, migratetype: number): boolean {
  const owner = ownerOfByte(buddy.core.state[pfn])
  assert(owner === PageOwner.ISOLATED || owner === PageOwner.IN_FLIGHT, 'only an isolated block is put back')
  buddy.freeOne(pfn, order, migratetype, Fpi.SKIP_REPORT_NOTIFY | Fpi.TO_TAIL, owner)
  return buddy.core.isFreeHead(pfn, order)
}

/**
 * Makes the pageblock of `pfn` ISOLATE: its free pages stop counting as free, and pages freed later join them. False when it holds a page
 * that cannot be moved away, or is ISOLATE already (set_migratetype_isolate).
 */
export function isolatePageblock(buddy: ZoneBuddy, pfn: number): boolean {
  const { zone, pageblocks } = buddy
  buddy.declareZone()
  const begin = pfn & ~((1 << pageblocks.order) - 1)
  if (pageblocks.typeOf(begin) === Migratetype.ISOLATE || hasUnmovable(buddy, begin)) return false
  buddy.zone.fields[ZoneField.EVER_UNMERGEABLE] = 1
  splitAround(buddy, begin)
  pageblocks.setType(begin, Migratetype.ISOLATE)
  zone.fields[ZoneField.ISOLATED_BLOCKS]++
  zone.fields[ZoneField.FREE] -= moveFreeBlocks(buddy, begin, Migratetype.ISOLATE) >>> MOVED_SHIFT
  return true
}

/** Makes an ISOLATE pageblock one of `migratetype` again (unset_migratetype_isolate). */
export function unisolatePageblock(buddy: ZoneBuddy, pfn: number, migratetype: Migratetype): void {
  const { zone, pageblocks, core } = buddy
  buddy.declareZone()
  const begin = pfn & ~((1 << pageblocks.order) - 1)
  assert(pageblocks.typeOf(begin) === Migratetype.ISOLATE, 'the pageblock is ISOLATE')
  splitAround(buddy, begin)
  pageblocks.setType(begin, migratetype)
  zone.fields[ZoneField.ISOLATED_BLOCKS]--
  if (core.isFreeHead(begin, pageblocks.order)) {
    // A whole free pageblock could not merge while it was ISOLATE: freeing it again lets it.
    buddy.takeBlock(begin, pageblocks.order)
    buddy.freeOne(begin, pageblocks.order, migratetype, Fpi.TO_TAIL, PageOwner.FREE)
    return
  }
  zone.fields[ZoneField.FREE] += moveFreeBlocks(buddy, begin, migratetype) >>> MOVED_SHIFT
}

/** In use by something that stays, or part of a larger block in use. Per-CPU pages return to the buddy by themselves. */
function hasUnmovable(buddy: ZoneBuddy, begin: number): boolean {
  const { pages, core } = buddy
  for (let p = begin; p < begin + (1 << buddy.pageblocks.order); ) {
    const head = pages.headOf(p)
    const owner = ownerOfByte(core.state[head])
    const movable = owner === PageOwner.FREE || owner === PageOwner.PCP || owner === PageOwner.BALLOON
      || (owner === PageOwner.ALLOCATED && core.kind[head] === Migratetype.MOVABLE)
    const order = orderOfByte(core.state[head])
    if (!movable || (order > buddy.pageblocks.order && owner !== PageOwner.FREE)) return true
    p = head + (1 << order)
  }
  return false
}

/** Splits a free block that is larger than the pageblock at `begin`, so that only that pageblock changes its list. */
function splitAround(buddy: ZoneBuddy, begin: number): void {
  const { core, pageblocks, pages, lists, zone } = buddy
  const head = pages.headOf(begin)
  const order = orderOfByte(core.state[head])
  if (order <= pageblocks.order || ownerOfByte(core.state[head]) !== PageOwner.FREE) return
  const migratetype = core.kind[head]
  core.take(head, order, pageblocks.order, core.base(zone.index))
  lists.insert(zone, head, pageblocks.order, migratetype, Place.TAIL)
}
