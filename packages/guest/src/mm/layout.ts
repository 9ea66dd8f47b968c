/**
 * Where a guest's memory lies. Every array of the guest is indexed by absolute pfn, so a hole costs its bytes but no arithmetic.
 *
 *   x86, 8 GiB     0        16 MiB              3 GiB      4 GiB                    9 GiB
 *                  |  DMA   |  DMA32            |  hole    |  NORMAL                |
 *                  [ RAM ............................ ]    [ RAM ................. ]
 *
 *   L1  Zones are in ascending order, do not overlap, and begin at multiples of the largest block: a block never crosses a zone.
 *   L2  Ranges of RAM are ascending and each lies in one zone. What no range covers is OFFLINE.
 */
import { alignUp, assert, divCeil, log2Floor, MAX_ORDER, pagesIn, PAGEBLOCK_ORDER } from '@hintlab/kit'

/** The zone numbers of include/linux/mmzone.h on x86-64; also the position in a zonelist, which is searched downwards. */
export const ZoneKind = { DMA: 0, DMA32: 1, NORMAL: 2 } as const
export type ZoneKind = (typeof ZoneKind)[keyof typeof ZoneKind]
export const ZONE_KINDS = 3
export const ZONE_NAMES = ['DMA', 'DMA32', 'Normal'] as const

/** Pages `[start, end)`. */
export interface PageRange {
  readonly start: number
  readonly end: number
}

export interface ZoneRange extends PageRange {
  readonly kind: ZoneKind
}

export interface Layout {
  /** Length of the per-page arrays: past the last page, in whole blocks of `maxOrder`. */
  readonly pages: number
  readonly ram: readonly PageRange[]
  /** Only zones that have RAM. */
  readonly zones: readonly ZoneRange[]
  readonly maxOrder: number
  /** Order of a pageblock: 9, or `maxOrder` on a machine that is smaller than one. */
  readonly pageblockOrder: number
}

const DMA_END = pagesIn(16 * 2 ** 20)
const HOLE_START = pagesIn(3 * 2 ** 30)
const HOLE_END = pagesIn(4 * 2 ** 30)
/** 1 TiB of RAM and the hole. */
const PAGES_MAX = 2 ** 28 + HOLE_END - HOLE_START

/** The map of an x86-64 guest with `bytes` of RAM, a multiple of 4 MiB: RAM below 3 GiB, the rest from 4 GiB upwards. */
export function x86Layout(bytes: number): Layout {
  const pages = pagesIn(bytes)
  const low = Math.min(pages, HOLE_START)
  const ram = [{ start: 0, end: Math.min(low, DMA_END) }]
  const zones: ZoneRange[] = [{ kind: ZoneKind.DMA, start: 0, end: Math.min(low, DMA_END) }]
  if (low > DMA_END) {
    ram.push({ start: DMA_END, end: low })
    zones.push({ kind: ZoneKind.DMA32, start: DMA_END, end: low })
  }
  if (pages > low) {
    const high = { start: HOLE_END, end: HOLE_END + pages - low }
    ram.push(high)
    zones.push({ kind: ZoneKind.NORMAL, ...high })
  }
  return checked({ pages: zones[zones.length - 1].end, ram, zones, maxOrder: MAX_ORDER, pageblockOrder: PAGEBLOCK_ORDER })
}

/**
 * One NORMAL zone from pfn 0 with this many pages. Below 1024 pages the largest order shrinks to what the pages span, so a machine of four
 * pages for exploration has arrays of four pages.
 */
export function singleZoneLayout(usablePages: number): Layout {
  assert(usablePages >= 1, 'a guest has at least one page')
  const spanOrder = usablePages === 1 ? 0 : log2Floor(usablePages - 1) + 1
  const maxOrder = Math.min(MAX_ORDER, spanOrder)
  const pages = alignUp(usablePages, 2 ** maxOrder)
  return checked({
    pages,
    ram: [{ start: 0, end: usablePages }],
    zones: [{ kind: ZoneKind.NORMAL, start: 0, end: pages }],
    maxOrder,
    pageblockOrder: Math.min(PAGEBLOCK_ORDER, maxOrder),
  })
}

/** Asserts L1 and L2 on a map of the caller's own. */
export function checked(layout: Layout): Layout {
  const unit = 2 ** layout.maxOrder
  assert(layout.pages > 0 && layout.pages <= PAGES_MAX && layout.pages % unit === 0, 'the arrays hold whole blocks, up to 1 TiB')
  let zoneEnd = 0
  let kindMin = 0
  for (const zone of layout.zones) {
    assert(zone.start % unit === 0 && zone.end % unit === 0, 'L1: zones are whole blocks of maxOrder')
    assert(zone.start >= zoneEnd && zone.end > zone.start && zone.end <= layout.pages, 'L1: zones ascend inside the arrays')
    assert(zone.kind >= kindMin && zone.kind < ZONE_KINDS, 'L1: zone kinds ascend')
    zoneEnd = zone.end
    kindMin = zone.kind + 1
  }
  let ramEnd = 0
  for (const range of layout.ram) {
    assert(range.start >= ramEnd && range.end > range.start, 'L2: ranges of RAM ascend')
    assert(layout.zones.some((z) => range.start >= z.start && range.end <= z.end), 'L2: a range of RAM lies in one zone')
    ramEnd = range.end
  }
  return layout
}

/** Pages of RAM in a zone before anything is allocated: what Linux calls managed. */
export function managedPages(layout: Layout, zone: ZoneRange): number {
  let sum = 0
  for (const range of layout.ram) if (range.start >= zone.start && range.end <= zone.end) sum += range.end - range.start
  return sum
}

export const pageblocksIn = (layout: Layout): number => divCeil(layout.pages, 2 ** layout.pageblockOrder)
