/**
 * How badly a zone's free memory is scattered, and whether compacting it can help. All plain reads of the free lists.
 *
 * Linux 6.1: mm/vmstat.c fill_contig_page_info, fragmentation_index, extfrag_for_order; mm/compaction.c compaction_suitable, fragmentation_score_node.
 */
import { watermarkOk } from '../mm/watermarks.ts'
import type { PageAllocator } from '../mm/page-allocator.ts'
import { MIGRATETYPES } from '../mm/migratetype.ts'
import { ZoneField } from '../mm/zones.ts'
import type { Zone } from '../mm/zones.ts'

/** PAGE_ALLOC_COSTLY_ORDER: blocks above it are worth less trouble. */
export const COSTLY_ORDER = 3
/** vm.extfrag_threshold: at or below it an allocation fails for lack of memory rather than for its scattering. */
const EXTFRAG_THRESHOLD = 500
const SUITABLE = -1000

/** Free pages in blocks of at least `order`, of all types. */
function pagesFrom({ lists, core }: PageAllocator, zone: Zone, order: number): number {
  let pages = 0
  for (let type = 0; type < MIGRATETYPES; type++) {
    for (let o = order; o <= core.maxOrder; o++) pages += lists.nrFree(zone, type, o) << o
  }
  return pages
}

function freeBlocks({ lists, core }: PageAllocator, zone: Zone): number {
  let blocks = 0
  for (let type = 0; type < MIGRATETYPES; type++) for (let o = 0; o <= core.maxOrder; o++) blocks += lists.nrFree(zone, type, o)
  return blocks
}

/** Thousandths: towards 0 an allocation of this order fails for lack of memory, towards 1000 for fragmentation; -1000 when it would not fail. */
export function fragmentationIndex(mm: PageAllocator, zone: Zone, order: number): number {
  const blocks = freeBlocks(mm, zone)
  if (blocks === 0) return 0
  if (pagesFrom(mm, zone, order) > 0) return SUITABLE
  return 1000 - Math.floor((1000 + Math.floor((pagesFrom(mm, zone, 0) * 1000) / 2 ** order)) / blocks)
}

/** Per cent of the zone's free memory that is in blocks too small for a huge page (extfrag_for_order). */
export function fragmentationScore(mm: PageAllocator, zone: Zone): number {
  const free = pagesFrom(mm, zone, 0)
  return free === 0 ? 0 : Math.floor(((free - pagesFrom(mm, zone, mm.pageblocks.order)) * 100) / free)
}

/** The scores of all zones, each by its share of memory: what proactive compaction looks at. */
export function nodeScore(mm: PageAllocator): number {
  const present = mm.managed()
  return mm.zones.reduce((sum, zone) => sum + Math.floor((zone.fields[ZoneField.MANAGED] * fragmentationScore(mm, zone)) / (present + 1)), 0)
}

/** compaction_suitable: 'done' when the block is there, 'skip' when compacting could not make one. `highest` is the best zone of the request. */
export function suitable(mm: PageAllocator, zone: Zone, order: number, highest: number): 'done' | 'skip' | 'go' {
  const { fields } = zone
  if (watermarkOk(zone, mm.lists, order, fields[ZoneField.LOW], highest, 0)) return 'done'
  const mark = (order > COSTLY_ORDER ? fields[ZoneField.LOW] : fields[ZoneField.MIN]) + (2 << order)
  if (!watermarkOk(zone, mm.lists, 0, mark, highest, 0)) return 'skip'
  if (order <= COSTLY_ORDER) return 'go'
  const index = fragmentationIndex(mm, zone, order)
  return index >= 0 && index <= EXTFRAG_THRESHOLD ? 'skip' : 'go'
}
