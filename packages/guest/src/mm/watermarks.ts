/**
 * How much of a zone must stay free. All in pages.
 *
 *   0 ... min ........ low ........ high ........ managed
 *          |            |            an allocation's first try stops at low, its second at min; what may go below min says so by flags
 *          +-- gap -----+-- gap --   gap = max(min / 4, managed * scale / 10000)
 *
 * Linux 6.1 mm/page_alloc.c: calculate_min_free_kbytes, __setup_per_zone_wmarks, setup_per_zone_lowmem_reserve, __zone_watermark_ok. The
 * boost after a fallback is left out: kswapd of the model (reclaim/) balances to high.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { ZONE_KINDS } from './layout.ts'
import { MIGRATE_PCPTYPES, Migratetype } from './migratetype.ts'
import type { FreeLists } from './free-lists.ts'
import { ZoneField } from './zones.ts'
import type { Zone } from './zones.ts'

/** What an allocation may do (the ALLOC_* of mm/internal.h). */
export const AllocFlag = {
  /** May dip into a quarter of min and use the HIGHATOMIC reserve: GFP_ATOMIC. */
  HARDER: 1,
  /** May dip into half of min: __GFP_HIGH. */
  HIGH: 2,
  /** Is a victim of the OOM killer. */
  OOM: 4,
  /** Ignores watermarks: reclaim itself. */
  NO_WATERMARKS: 8,
  /** Takes no block smaller than a pageblock from another migratetype. */
  NOFRAGMENT: 16,
  /** Gives up at once when no zone has a block: no __GFP_DIRECT_RECLAIM. */
  NO_RECLAIM: 32,
  /** Gives up before anything is killed or deflated for it: __GFP_NORETRY. */
  NO_OOM: 64,
  /** Does not wake kswapd: no __GFP_KSWAPD_RECLAIM. */
  NO_KSWAPD: 128,
} as const

/** Flags of the common callers. */
export const Gfp = { KERNEL: 0, ATOMIC: AllocFlag.HARDER | AllocFlag.HIGH } as const

const MIN_FREE_KBYTES_MIN = 128
const MIN_FREE_KBYTES_MAX = 262144
const KIB_PER_PAGE = PAGE_SIZE / 1024
const LOWMEM_RESERVE_RATIO: readonly number[] = [256, 256, 32]

/** Default of vm.min_free_kbytes for a guest with this many managed pages. */
export function defaultMinFreeKbytes(managed: number): number {
  const root = Math.floor(Math.sqrt(managed * KIB_PER_PAGE * 16))
  return Math.min(Math.max(root, MIN_FREE_KBYTES_MIN), MIN_FREE_KBYTES_MAX)
}

/** What khugepaged raises it to where THP is on: room for every mix of types, at most 5 % (set_recommended_min_free_kbytes). */
export function thpMinFreeKbytes(managed: number, zones: number, pageblockPages: number): number {
  const wanted = pageblockPages * zones * (2 + MIGRATE_PCPTYPES * MIGRATE_PCPTYPES)
  const pages = Math.min(wanted, Math.floor(managed / 20))
  return Math.max(pages * KIB_PER_PAGE, defaultMinFreeKbytes(managed))
}

/** Writes min, low and high of every zone. `scaleFactor` is vm.watermark_scale_factor, in ten-thousandths of the zone. */
export function setupWatermarks(zones: readonly Zone[], minFreeKbytes: number, scaleFactor = 10): void {
  const pagesMin = Math.floor(minFreeKbytes / KIB_PER_PAGE)
  let total = 0
  for (const zone of zones) total += zone.fields[ZoneField.MANAGED]
  for (const zone of zones) {
    const managed = zone.fields[ZoneField.MANAGED]
    const min = Math.floor((pagesMin * managed) / total)
    const gap = Math.max(min >>> 2, Math.floor((managed * scaleFactor) / 10000))
    zone.fields[ZoneField.MIN] = min
    zone.fields[ZoneField.LOW] = min + gap
    zone.fields[ZoneField.HIGH] = min + 2 * gap
  }
}

/** Pages of each zone that a request for a higher zone must leave. */
export function setupLowmemReserve(zones: readonly Zone[]): void {
  for (const zone of zones) {
    for (let highest = 0; highest < ZONE_KINDS; highest++) {
      let above = 0
      for (const upper of zones) if (upper.kind > zone.kind && upper.kind <= highest) above += upper.fields[ZoneField.MANAGED]
      zone.fields[ZoneField.RESERVE + highest] = Math.floor(above / LOWMEM_RESERVE_RATIO[zone.kind])
    }
  }
}

/**
 * True when the zone would still have more than `mark` free pages after an allocation of this order, and has a block for it.
 * `highest` is the zone kind the request would have liked best.
 */
export function watermarkOk(zone: Zone, lists: FreeLists, order: number, mark: number, highest: number, flags: number): boolean {
  const fields = zone.fields
  const harder = (flags & (AllocFlag.HARDER | AllocFlag.OOM)) !== 0
  let free = fields[ZoneField.FREE] - ((1 << order) - 1)
  if (!harder) free -= fields[ZoneField.HIGHATOMIC]
  let min = mark
  if ((flags & AllocFlag.HIGH) !== 0) min -= min >> 1
  if ((flags & AllocFlag.OOM) !== 0) min -= min >> 1
  else if (harder) min -= min >> 2
  if (free <= min + fields[ZoneField.RESERVE + highest]) return false
  if (order === 0) return true
  return hasBlock(zone, lists, order, harder)
}

function hasBlock(zone: Zone, lists: FreeLists, order: number, harder: boolean): boolean {
  for (let type = 0; type < MIGRATE_PCPTYPES; type++) if (lists.smallestFrom(zone, type, order) >= 0) return true
  return harder && lists.smallestFrom(zone, Migratetype.HIGHATOMIC, order) >= 0
}

