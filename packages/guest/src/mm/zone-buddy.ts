/**
 * The buddy allocator of one zone, as it runs under the zone lock: take a block of a migratetype, give one back. What it hands out is in
 * limbo (free, on no list); the caller moves it to its owner. What it takes back the caller has moved to FREE.
 *
 * Linux 6.1 mm/page_alloc.c: __rmqueue_smallest, expand, __rmqueue, __free_one_page, buddy_merge_likely. Shuffling, guard pages and CMA
 * areas are not modeled.
 */
import type { BuddyCore, Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { NO_PAGE, Place } from '@hintlab/kit'
import { stealFallback } from './fallback.ts'
import type { FreeEvents } from './free-events.ts'
import type { FreeLists } from './free-lists.ts'
import { isMergeable, Migratetype } from './migratetype.ts'
import type { Pageblocks } from './pageblocks.ts'
import type { PageStates } from './page-state.ts'
import { ZoneField } from './zones.ts'
import type { Zone } from './zones.ts'

/** How a block goes back (the FPI_* flags). */
export const Fpi = {
  NONE: 0,
  /** To the tail of its list, whatever its neighbours look like. */
  TO_TAIL: 1,
  /** Leaves no note for hint policies. */
  SKIP_REPORT_NOTIFY: 2,
} as const

// Constants of the hot paths as the module's own, which V8 folds into the code; imported ones are loaded from a cell at each use.
const FREE_PAGES = ZoneField.FREE
const UNMERGEABLE = ZoneField.EVER_UNMERGEABLE
const NOTE_ORDER = ZoneField.NOTE_ORDER
const { ISOLATE } = Migratetype
const { TO_TAIL, SKIP_REPORT_NOTIFY: SKIP_NOTE } = Fpi
const { TAIL: AT_TAIL, LIKELY: AT_LIKELY } = Place
const NONE = NO_PAGE
const { FREE } = PageOwner

export class ZoneBuddy {
  declare readonly zone: Zone
  declare readonly core: BuddyCore
  declare readonly lists: FreeLists
  declare readonly pages: PageStates
  declare readonly pageblocks: Pageblocks
  declare readonly events: FreeEvents
  private declare readonly base: number
  private declare readonly fields: Int32Array
  private declare readonly footprint: Footprint

  constructor(zone: Zone, lists: FreeLists, pages: PageStates, pageblocks: Pageblocks, events: FreeEvents, footprint: Footprint) {
    this.zone = zone
    this.lists = lists
    this.core = lists.core
    this.pages = pages
    this.pageblocks = pageblocks
    this.events = events
    this.base = lists.core.base(zone.index)
    this.fields = zone.fields
    this.footprint = footprint
  }

  /**
   * Takes a block of `2 ** order` pages for `migratetype`, from another type when that one has none, and gives it to `owner`. Returns its first page,
   * or -1. `flags` are AllocFlag.
   */
  rmqueue(order: number, migratetype: number, flags: number, owner: PageOwner): number {
    if (this.footprint.recording) this.declareZone()
    let pfn = this.core.takeSmallest(this.base, migratetype, order, owner)
    if (pfn === NONE) {
      if (!stealFallback(this, order, migratetype, flags)) return NONE
      pfn = this.core.takeSmallest(this.base, migratetype, order, owner)
    }
    this.fields[FREE_PAGES] -= 1 << order
    const { observer } = this.pages
    if (observer !== null) observer.moved(pfn, order, FREE, owner)
    return pfn
  }

  /** Says in the footprint that the zone's counters change; lists and pages are declared where they change. */
  declareZone(): void {
    this.footprint.write(this.zone.object)
  }

  /** As `rmqueue`, from the lists of this migratetype only. */
  rmqueueSmallest(order: number, migratetype: number, owner: PageOwner): number {
    const pfn = this.core.takeSmallest(this.base, migratetype, order, owner)
    if (pfn === NONE) return NONE
    this.fields[FREE_PAGES] -= 1 << order
    this.pages.observer?.moved(pfn, order, FREE, owner)
    return pfn
  }

  /** Takes one given free block off its list; it is left in limbo and no longer Reported. Counts it out unless it was ISOLATE. */
  takeBlock(pfn: number, order: number): void {
    const isolated = this.core.kind[pfn] === ISOLATE
    this.core.take(pfn, order, order, this.base)
    if (!isolated) this.zone.fields[FREE_PAGES] -= 1 << order
  }

  /**
   * Puts the block of `from` back: merges it, lists it under `migratetype`, and leaves a note of it. `from` FREE is a block in limbo. `fpi` are Fpi
   * flags.
   */
  freeOne(pfn: number, order: number, migratetype: number, fpi: number, from: PageOwner): void {
    const { core, fields } = this
    if (this.footprint.recording) this.declareZone()
    const { observer } = this.pages
    if (observer !== null && from !== FREE) observer.moved(pfn, order, from, FREE)
    if (migratetype !== ISOLATE) fields[FREE_PAGES] += 1 << order
    const place = (fpi & TO_TAIL) !== 0 ? AT_TAIL : AT_LIKELY
    const head = fields[UNMERGEABLE] === 0
      ? core.put(pfn, order, core.maxOrder, this.base, migratetype, place, from)
      : this.putCarefully(pfn, order, migratetype, place, from)
    const merged = core.mergedOrder
    if (merged >= fields[NOTE_ORDER] && (fpi & SKIP_NOTE) === 0) this.events.inserted(head, merged, order)
  }

  /** A block merges freely below a pageblock, and above it only with pageblocks of a type that may share a block with its own. */
  private putCarefully(pfn: number, order: number, migratetype: number, place: Place, from: PageOwner): number {
    const { core } = this
    if (from !== FREE) this.pages.take(pfn, order, from)
    let head = core.merge(pfn, order, Math.max(order, this.pageblocks.order), this.base)
    for (let o = core.mergedOrder; o >= this.pageblocks.order && o < core.maxOrder; o++) {
      const buddy = head ^ (1 << o)
      if (!core.isFreeHead(buddy, o)) break
      const theirs = this.pageblocks.typeOf(buddy)
      if (migratetype !== theirs && !(isMergeable(migratetype) && isMergeable(theirs))) break
      head = core.merge(head, o, o + 1, this.base)
    }
    return core.put(head, core.mergedOrder, 0, this.base, migratetype, place)
  }
}
