/**
 * The free memory of a guest at one moment, as it was read from the guest's own lists: what `loadSnapshot` puts our allocator into, and what the end of a
 * replay is compared with.
 */
import { MAX_ORDER, PAGEBLOCK_ORDER } from '@hintlab/kit'
import { Migratetype, Steer, ZoneField, ZoneKind } from '@hintlab/guest'
import type { Layout, PageAllocator } from '@hintlab/guest'

export interface SnapshotZone {
  readonly name: string
  readonly start_pfn: number
  readonly spanned: number
  readonly watermark_min_low_high: readonly [number, number, number]
  readonly nr_reserved_highatomic: number
  readonly free: readonly SnapshotList[]
  readonly pcp: readonly SnapshotPcp[]
}

/** A free list, head first: [first page, 1 when Reported]. */
export interface SnapshotList {
  readonly order: number
  readonly mt: number
  readonly list: readonly (readonly [number, number])[]
}

/** The lists of one CPU in a zone; index = order * 3 + migratetype, 12 for order 9. */
export interface SnapshotPcp {
  readonly cpu: number
  readonly high: number
  readonly batch: number
  readonly lists: Readonly<Record<string, readonly number[]>>
}

export interface Snapshot {
  readonly zones: readonly SnapshotZone[]
  /** A digit per pageblock, from pfn 0. */
  readonly pageblock_mt: string
}

const KINDS: Record<string, ZoneKind> = { DMA: ZoneKind.DMA, DMA32: ZoneKind.DMA32, Normal: ZoneKind.NORMAL }
/** MIGRATE_ISOLATE of a kernel without CMA. */
const ISOLATE_RECORDED = 4
const PCP_TYPES = 3
const THP_INDEX = 12

export const parseSnapshot = (json: string): Snapshot => JSON.parse(json) as Snapshot

/** The zones of the recorded guest, in whole blocks of the largest order. */
export function layoutOf({ zones }: Snapshot): Layout {
  const unit = 2 ** MAX_ORDER
  const ranges = zones.map(({ name, start_pfn: start, spanned }) => ({
    kind: KINDS[name],
    start: Math.floor(start / unit) * unit,
    end: Math.ceil((start + spanned) / unit) * unit,
  }))
  return {
    pages: ranges[ranges.length - 1].end,
    ram: ranges.map(({ start, end }) => ({ start, end })),
    zones: ranges,
    maxOrder: MAX_ORDER,
    pageblockOrder: PAGEBLOCK_ORDER,
  }
}

export const cpusOf = ({ zones }: Snapshot): number => Math.max(...zones.map(({ pcp }) => pcp.length))

const typeOf = (recorded: number): number => (recorded === ISOLATE_RECORDED ? Migratetype.ISOLATE : recorded)

/** Puts an allocator whose memory is all offline into exactly this state: lists in their order, Reported flags, watermarks, pageblock types. */
export function loadSnapshot(mm: PageAllocator, steer: Steer, { zones, pageblock_mt: types }: Snapshot): void {
  for (let block = 0; block < types.length && block << PAGEBLOCK_ORDER < mm.layout.pages; block++) {
    mm.pageblocks.setType(block << PAGEBLOCK_ORDER, typeOf(Number(types[block])) as Migratetype)
  }
  for (const [i, zone] of zones.entries()) {
    const { fields } = mm.zones[i]
    const [min, low, high] = zone.watermark_min_low_high
    fields[ZoneField.MIN] = min
    fields[ZoneField.LOW] = low
    fields[ZoneField.HIGH] = high
    fields[ZoneField.HIGHATOMIC] = zone.nr_reserved_highatomic
    if (hasUnmergeable(mm, i)) fields[ZoneField.EVER_UNMERGEABLE] = 1
    for (const { order, mt, list } of zone.free) for (const [pfn, reported] of list) steer.loadFree(pfn, order, typeOf(mt), reported !== 0)
    for (const { cpu, high: limit, batch, lists } of zone.pcp) {
      mm.pcp.setLimits(cpu, mm.zones[i], batch, limit)
      for (const [key, pfns] of Object.entries(lists)) loadPcpList(mm, steer, cpu, Number(key), pfns)
    }
  }
  steer.loadUsed()
}

function hasUnmergeable(mm: PageAllocator, zone: number): boolean {
  const { start, end } = mm.zones[zone]
  for (let p = start; p < end; p += 1 << PAGEBLOCK_ORDER) if (mm.pageblocks.typeOf(p) >= PCP_TYPES) return true
  return false
}

function loadPcpList(mm: PageAllocator, steer: Steer, cpu: number, index: number, pfns: readonly number[]): void {
  const order = index === THP_INDEX ? PAGEBLOCK_ORDER : Math.floor(index / PCP_TYPES)
  for (const pfn of pfns) steer.loadPcp(cpu, pfn, order, index === THP_INDEX ? mm.pageblocks.typeOf(pfn) : index % PCP_TYPES)
}

/** The free lists of the allocator in the form of a recording. */
export function takeLists(mm: PageAllocator, zone: number): SnapshotList[] {
  const lists: SnapshotList[] = []
  for (let order = 0; order <= MAX_ORDER; order++) {
    for (let mt = 0; mt <= ISOLATE_RECORDED; mt++) {
      const list: [number, number][] = []
      for (let p = mm.lists.first(mm.zones[zone], typeOf(mt), order); p >= 0; p = mm.lists.after(p)) list.push([p, mm.lists.isReported(p) ? 1 : 0])
      if (list.length > 0) lists.push({ order, mt, list })
    }
  }
  return lists
}
