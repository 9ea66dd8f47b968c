/**
 * The HIGHATOMIC reserve: pageblocks kept for atomic requests of more than one page, which cannot wait for memory to be put together. A
 * pageblock joins when such a request was served from it, up to about 1 % of the zone. Linux 6.1 mm/page_alloc.c
 * reserve_highatomic_pageblock and unreserve_highatomic_pageblock; under the zone lock.
 */
import { moveFreeBlocks, MOVED_SHIFT } from './fallback.ts'
import { isMergeable, Migratetype } from './migratetype.ts'
import { ZoneField } from './zones.ts'
import type { ZoneBuddy } from './zone-buddy.ts'

/** Reserves the pageblock of a block that was just allocated, if the zone has not reserved enough. */
export function reserveHighatomic(buddy: ZoneBuddy, pfn: number): void {
  const { fields } = buddy.zone
  buddy.declareZone()
  const size = 1 << buddy.pageblocks.order
  if (fields[ZoneField.HIGHATOMIC] >= Math.floor(fields[ZoneField.MANAGED] / 100) + size) return
  if (!isMergeable(buddy.pageblocks.typeOf(pfn))) return
  fields[ZoneField.HIGHATOMIC] += size
  fields[ZoneField.EVER_UNMERGEABLE] = 1
  buddy.pageblocks.setType(pfn, Migratetype.HIGHATOMIC)
  moveFreeBlocks(buddy, pfn, Migratetype.HIGHATOMIC)
}

/**
 * Gives one reserved pageblock with free pages to `migratetype`. The last one is kept unless `lastToo` says that memory is all but gone.
 * True when pages were freed for that type: the allocation is worth another try.
 */
export function unreserveHighatomic(buddy: ZoneBuddy, migratetype: Migratetype, options: { lastToo: boolean }): boolean {
  const { zone, lists, pageblocks } = buddy
  buddy.declareZone()
  const size = 1 << pageblocks.order
  if (!options.lastToo && zone.fields[ZoneField.HIGHATOMIC] <= size) return false
  for (let order = 0; order <= buddy.core.maxOrder; order++) {
    const pfn = lists.first(zone, Migratetype.HIGHATOMIC, order)
    if (pfn < 0) continue
    if (pageblocks.typeOf(pfn) === Migratetype.HIGHATOMIC) {
      zone.fields[ZoneField.HIGHATOMIC] -= Math.min(size, zone.fields[ZoneField.HIGHATOMIC])
    }
    pageblocks.setType(pfn, migratetype)
    if (moveFreeBlocks(buddy, pfn, migratetype) >>> MOVED_SHIFT > 0) return true
  }
  return false
}
