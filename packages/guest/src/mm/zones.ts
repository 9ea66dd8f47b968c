/**
 * A zone: a range of pages with its own lock (the caller's), counters and watermarks. All numbers are pages, in one column per zone that
 * belongs to the zone's shared object.
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { managedPages, ZONE_KINDS, ZONE_NAMES } from './layout.ts'
import type { Layout, ZoneKind, ZoneRange } from './layout.ts'

/** Places in `Zone.fields`. */
export const ZoneField = {
  /** Pages in free lists, ISOLATE lists apart: NR_FREE_PAGES. */
  FREE: 0,
  MANAGED: 1,
  MIN: 2,
  LOW: 3,
  HIGH: 4,
  /** Pages in HIGHATOMIC pageblocks, an overestimate of what is free there: nr_reserved_highatomic. */
  HIGHATOMIC: 5,
  /** Pageblocks that are ISOLATE now: nr_isolate_pageblock. */
  ISOLATED_BLOCKS: 6,
  /** 1 once any pageblock was of a type that does not merge. */
  EVER_UNMERGEABLE: 7,
  /** Smallest order whose insertion leaves a note in FreeEvents. */
  NOTE_ORDER: 8,
  /** First of ZONE_KINDS reserves, by the best zone of the request: lowmem_reserve. */
  RESERVE: 9,
} as const
const FIELDS = ZoneField.RESERVE + ZONE_KINDS

export class Zone {
  declare readonly kind: ZoneKind
  declare readonly name: string
  /** Position among the guest's zones, ascending; also its group of free lists. */
  declare readonly index: number
  declare readonly start: number
  declare readonly end: number
  declare readonly fields: Int32Array
  declare readonly object: number

  constructor(cols: Columns, layout: Layout, index: number) {
    const range: ZoneRange = layout.zones[index]
    this.kind = range.kind
    this.name = ZONE_NAMES[range.kind]
    this.index = index
    this.start = range.start | 0
    this.end = range.end | 0
    this.object = cols.objects(`zone ${this.name}`)
    this.fields = cols.i32(`zone.${this.name}`, FIELDS, this.object)
    this.fields[ZoneField.MANAGED] = managedPages(layout, range)
    assert(this.fields[ZoneField.MANAGED] > 0, 'a zone has RAM')
  }
}
