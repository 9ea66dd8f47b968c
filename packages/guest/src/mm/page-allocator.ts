/**
 * The guest's page allocator as plain functions: no tasks, no time, no locks. A task above it takes the locks and pays for them.
 *
 *   allocate                                         free
 *     allocFast -> pfn                                 freeFast -> DONE   on the per-CPU list
 *        | NONE                                           | DRAIN         take the zone lock, drainPcp
 *     nextAttempt -> attempt, zone = attemptZone          | SLOW          take the zone lock, freeSlow
 *     take that zone's lock, allocAttempt -> pfn
 *        | NONE: unlock, nextAttempt(attempt + 1)
 *        | no attempt left: reclaim, deflate, OOM
 *
 * An attempt is a number: pass * 3 + position in the zonelist NORMAL, DMA32, DMA. The passes are those of Linux 6.1: down to the low
 * watermark without mixing migratetypes (only with a NORMAL zone), down to low, down to min with the caller's flags
 * (get_page_from_freelist, alloc_flags_nofragment, __alloc_pages_slowpath).
 *
 *   A1  A page has one owner, and changes it in PageStates.move.
 *   A2  Zone counters, list counts and per-CPU counts equal what a walk finds: `check()`.
 */
import { assert, BuddyCore } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import type { PageObserver } from '@hintlab/protocol'
import { checkAllocator } from './check.ts'
import { FreeEvents } from './free-events.ts'
import { FreeLists } from './free-lists.ts'
import { reserveHighatomic } from './highatomic.ts'
import { ZONE_KINDS, ZoneKind } from './layout.ts'
import type { Layout } from './layout.ts'
import { MIGRATE_PCPTYPES, Migratetype, MIGRATETYPES } from './migratetype.ts'
import { PageMappings } from './page-mapping.ts'
import { Pageblocks } from './pageblocks.ts'
import { PageStates } from './page-state.ts'
import { PCP_LISTS, pcpAllowed, PerCpuLists } from './pcp.ts'
import { AllocFlag, defaultMinFreeKbytes, setupLowmemReserve, setupWatermarks, watermarkOk } from './watermarks.ts'
import { Fpi, ZoneBuddy } from './zone-buddy.ts'
import { Zone, ZoneField } from './zones.ts'

/** No page, or no attempt left. */
export const NONE = -1

export const FreeResult = {
  DONE: 0,
  /** The page is on its per-CPU list, which is over its limit: take the zone lock and call `drainPcp`. */
  DRAIN: 1,
  /** Nothing was done: take the zone lock and call `freeSlow`. */
  SLOW: 2,
  /** The kernel's own, never the allocator's: nothing was done, a hook frees the block. */
  HELD: 3,
  /** The kernel's own: as DONE, and the hint policy has something to do. */
  NOTED: 4,
} as const
export type FreeResult = (typeof FreeResult)[keyof typeof FreeResult]

export interface AllocatorOptions {
  cpus: number
  /** vm.min_free_kbytes. Default: Linux's square root rule; 0 for a machine without watermarks. */
  minFreeKbytes?: number
  /** Without them every page comes from and goes to the buddy. Default on. */
  perCpuLists?: boolean
  /** Notes per zone in the capture ring, a power of two. Default 0: capturing is off. */
  captureCapacity?: number
}

const FIRST_TO_LOW = ZONE_KINDS
const FIRST_TO_MIN = 2 * ZONE_KINDS
const ATTEMPTS = 3 * ZONE_KINDS

// Constants of the hot paths as the module's own, which V8 folds into the code; imported ones are loaded from a cell at each use.
const { FREE: FREE_PAGES, HIGHATOMIC, LOW, RESERVE } = ZoneField
const { FREE, ALLOCATED } = PageOwner
const { HARDER } = AllocFlag

export class PageAllocator {
  declare readonly layout: Layout
  declare readonly cpus: number
  declare readonly core: BuddyCore
  declare readonly pages: PageStates
  declare readonly mappings: PageMappings
  declare readonly lists: FreeLists
  declare readonly pageblocks: Pageblocks
  declare readonly pcp: PerCpuLists
  /** Ascending; only zones with RAM. */
  declare readonly zones: readonly Zone[]
  declare readonly buddies: readonly ZoneBuddy[]
  private declare readonly usesPcp: boolean
  private declare readonly footprint: Footprint
  /** Zone index by preferred zone and attempt; NONE where there is nothing to try. Fixed at construction. */
  private readonly plan = new Int8Array(ZONE_KINDS * ATTEMPTS)
  /** AllocFlag that an attempt adds by itself. */
  private readonly planFlags = new Uint8Array(ZONE_KINDS * ATTEMPTS)

  /** All memory is offline until `freeAll`. */
  constructor(cols: Columns, layout: Layout, options: AllocatorOptions) {
    const { cpus, perCpuLists = true, captureCapacity = 0 } = options
    assert(cpus >= 1, 'a guest has a CPU')
    this.layout = layout
    this.cpus = cpus
    this.usesPcp = perCpuLists
    this.footprint = cols.footprint
    const groups = layout.zones.length
    const extraLists = perCpuLists ? cpus * groups * PCP_LISTS : 0
    const { pages, maxOrder } = layout
    this.core = new BuddyCore(cols, 'guestPage', { pages, maxOrder, kinds: MIGRATETYPES, groups, extraLists })
    this.pages = new PageStates(this.core, cols.footprint)
    this.mappings = new PageMappings(this.core, cols.footprint)
    this.lists = new FreeLists(this.core, cols.footprint)
    this.pageblocks = new Pageblocks(cols, layout)
    this.zones = layout.zones.map((_, i) => new Zone(cols, layout, i))
    this.buddies = this.zones.map((zone) => {
      const events = new FreeEvents(cols, zone, captureCapacity)
      return new ZoneBuddy(zone, this.lists, this.pages, this.pageblocks, events, cols.footprint)
    })
    this.pcp = new PerCpuLists(cols, this.core, this.pages, { cpus: perCpuLists ? cpus : 0, zones: groups })
    this.planAttempts()
    this.setMinFreeKbytes(options.minFreeKbytes ?? defaultMinFreeKbytes(this.managed()))
    setupLowmemReserve(this.zones)
  }

  /** Told of every change of ownership; null switches it off. */
  set observer(observer: PageObserver | null) {
    this.pages.observer = observer
  }

  /** Recomputes watermarks, and the per-CPU limits that follow from them, as a write to vm.min_free_kbytes does. */
  setMinFreeKbytes(kbytes: number): void {
    for (const zone of this.zones) this.footprint.write(zone.object)
    setupWatermarks(this.zones, kbytes)
    if (this.usesPcp) for (const zone of this.zones) this.pcp.resize(zone, this.cpus)
  }

  /** Boot: hands all RAM to the buddy, ascending, in the largest aligned blocks, each to the tail of its list (memblock_free_all). */
  freeAll(): void {
    for (const { start, end } of this.layout.ram) {
      const buddy = this.buddyOf(start)
      for (let pfn = start | 0; pfn < end; ) {
        let order = this.layout.maxOrder
        while ((pfn & ((1 << order) - 1)) !== 0 || pfn + (1 << order) > end) order--
        this.pages.online(pfn, order)
        buddy.freeOne(pfn, order, this.pageblocks.typeOf(pfn), Fpi.TO_TAIL | Fpi.SKIP_REPORT_NOTIFY, FREE)
        pfn += 1 << order
      }
    }
  }

  /** Index of the zone that holds `pfn`: which zone lock to take before `freeSlow` and `drainPcp`. */
  zoneOf(pfn: number): number {
    const zones = this.zones
    for (let i = zones.length - 1; i > 0; i--) if (pfn >= zones[i].start) return i
    return 0
  }

  buddyOf(pfn: number): ZoneBuddy {
    return this.buddies[this.zoneOf(pfn)]
  }

  /**
   * A page from this CPU's lists, without the zone lock: from the first zone above its low watermark, at or below `zonePref`. NONE when
   * the list there is empty or the order has none.
   */
  allocFast(cpu: number, order: number, migratetype: number, zonePref: ZoneKind): number {
    assert(migratetype < MIGRATE_PCPTYPES, 'an allocation asks for one of the first three types')
    if (!this.usesPcp || !pcpAllowed(order)) return NONE
    const attempt = this.nextAttempt(0, order, zonePref, 0)
    if (attempt === NONE || attempt >= FIRST_TO_MIN) return NONE
    return this.pcp.pop(cpu, this.zones[this.attemptZone(attempt, zonePref)], order, migratetype)
  }

  /** First attempt from `from` up whose zone exists and is above the watermark of its pass; NONE when no attempt is left. */
  nextAttempt(from: number, order: number, zonePref: ZoneKind, flags: number): number {
    for (let attempt = from; attempt < ATTEMPTS; attempt++) {
      const index = this.plan[zonePref * ATTEMPTS + attempt]
      if (index === NONE) continue
      const zone = this.zones[index]
      if (this.footprint.recording) this.footprint.read(zone.object)
      // A single page is nearly always far above low: one comparison says so, whatever the flags (zone_watermark_fast).
      const { fields } = zone
      if (order === 0 && fields[FREE_PAGES] - fields[HIGHATOMIC] > fields[LOW] + fields[RESERVE + zonePref]) return attempt
      if (this.passes(zone, attempt, order, zonePref, flags)) return attempt
    }
    return NONE
  }

  /** Index of the zone of an attempt: whose lock to take. NONE when the guest has no such zone. */
  attemptZone(attempt: number, zonePref: ZoneKind): number {
    return this.plan[zonePref * ATTEMPTS + attempt]
  }

  /**
   * Makes the attempt, under the lock of `attemptZone`: refills this CPU's list or takes from the buddy. NONE when the zone has no block.
   */
  allocAttempt(attempt: number, cpu: number, order: number, migratetype: Migratetype, zonePref: ZoneKind, flags: number): number {
    assert(migratetype < MIGRATE_PCPTYPES, 'an allocation asks for one of the first three types')
    const at = zonePref * ATTEMPTS + attempt
    const buddy = this.buddies[this.plan[at]]
    const may = this.planFlags[at] | (attempt < FIRST_TO_MIN ? 0 : flags)
    if (this.usesPcp && pcpAllowed(order)) {
      const pfn = this.allocPcp(buddy, cpu, order, migratetype, may)
      if (pfn !== NONE) return pfn
    }
    return this.allocBuddy(buddy, order, migratetype, may)
  }

  /** All attempts in turn, for a caller that needs no locks. NONE when nothing above min is left: the caller handles OOM. */
  allocSlow(cpu: number, order: number, migratetype: Migratetype, zonePref: ZoneKind, flags: number): number {
    for (let attempt = this.nextAttempt(0, order, zonePref, flags); attempt !== NONE;) {
      const pfn = this.allocAttempt(attempt, cpu, order, migratetype, zonePref, flags)
      if (pfn !== NONE) return pfn
      attempt = this.nextAttempt(attempt + 1, order, zonePref, flags)
    }
    return NONE
  }

  /** Whether an attempt goes below the low watermark, or there is none left: then kswapd is due (ALLOC_WMARK_LOW has failed). */
  isBelowLow(attempt: number): boolean {
    return attempt === NONE || attempt >= FIRST_TO_MIN
  }

  /** Takes a block that compaction has just put together, under the zone lock and whatever the watermarks say; NONE when there is none (compaction_capture). */
  captureBlock(zone: number, order: number, migratetype: Migratetype): number {
    const buddy = this.buddies[zone]
    buddy.declareZone()
    const pfn = buddy.rmqueueSmallest(order, migratetype, ALLOCATED)
    if (pfn !== NONE) this.core.kind[pfn] = migratetype
    return pfn
  }

  /** Frees an ALLOCATED block to this CPU's list. The order is the block's own. */
  freeFast(cpu: number, pfn: number): FreeResult {
    const order = this.pages.orderOf(pfn)
    if (!this.usesPcp || !pcpAllowed(order)) return FreeResult.SLOW
    const migratetype = this.pageblocks.typeOf(pfn)
    if (migratetype === Migratetype.ISOLATE) return FreeResult.SLOW
    const due = this.pcp.push(cpu, this.zones[this.zoneOf(pfn)], pfn, order, migratetype)
    return due ? FreeResult.DRAIN : FreeResult.DONE
  }

  /** Frees an ALLOCATED block straight to the buddy, under the zone lock (__free_pages_ok). */
  freeSlow(pfn: number): void {
    const order = this.pages.orderOf(pfn)
    this.buddyOf(pfn).freeOne(pfn, order, this.pageblocks.typeOf(pfn), Fpi.NONE, ALLOCATED)
  }

  /** The drain that `freeFast` found due, under the zone lock. Returns pages freed. */
  drainPcp(cpu: number, zone: number): number {
    return this.pcp.drain(cpu, this.buddies[zone])
  }

  /** Empties this CPU's lists of every zone (drain_local_pages). The caller holds each zone's lock in turn, or needs none. */
  drainAll(cpu: number): number {
    let freed = 0
    for (const buddy of this.buddies) freed += this.drainZone(cpu, buddy.zone.index)
    return freed
  }

  /** Empties this CPU's lists of one zone, under its lock. */
  drainZone(cpu: number, zone: number): number {
    return this.usesPcp ? this.pcp.drainAll(cpu, this.buddies[zone]) : 0
  }

  /** Pages in free lists of all zones, per-CPU lists not included. */
  freePages(): number {
    return this.zones.reduce((sum, zone) => sum + zone.fields[ZoneField.FREE], 0)
  }

  managed(): number {
    return this.zones.reduce((sum, zone) => sum + zone.fields[ZoneField.MANAGED], 0)
  }

  /** Recomputes every counter from the lists and the page states; asserts. Costs a walk over all pages. */
  check(): void {
    checkAllocator(this)
  }

  private allocPcp(buddy: ZoneBuddy, cpu: number, order: number, migratetype: number, flags: number): number {
    const pfn = this.pcp.pop(cpu, buddy.zone, order, migratetype)
    if (pfn !== NONE) return pfn
    return this.pcp.refill(cpu, buddy, order, migratetype, flags) > 0 ? this.pcp.pop(cpu, buddy.zone, order, migratetype) : NONE
  }

  /** Straight from the buddy (rmqueue_buddy); an atomic request of more than one page tries and fills the HIGHATOMIC reserve. */
  private allocBuddy(buddy: ZoneBuddy, order: number, migratetype: number, flags: number): number {
    const reserves = order > 0 && (flags & HARDER) !== 0
    let pfn = reserves ? buddy.rmqueueSmallest(order, Migratetype.HIGHATOMIC, ALLOCATED) : NONE
    if (pfn === NONE) pfn = buddy.rmqueue(order, migratetype, flags, ALLOCATED)
    if (pfn === NONE) return NONE
    this.core.kind[pfn] = migratetype
    if (reserves) reserveHighatomic(buddy, pfn)
    return pfn
  }

  private passes(zone: Zone, attempt: number, order: number, zonePref: ZoneKind, flags: number): boolean {
    if (attempt < FIRST_TO_MIN) return watermarkOk(zone, this.lists, order, zone.fields[ZoneField.LOW], zonePref, 0)
    return (flags & AllocFlag.NO_WATERMARKS) !== 0 || watermarkOk(zone, this.lists, order, zone.fields[ZoneField.MIN], zonePref, flags)
  }

  /** Fills the table of attempts: which zone each one tries. */
  private planAttempts(): void {
    const indexOf = (kind: number): number => this.zones.findIndex((zone) => zone.kind === kind)
    for (let pref = 0; pref < ZONE_KINDS; pref++) {
      const best = this.zones.findLast((zone) => zone.kind <= pref)
      // Only a request whose best zone is NORMAL, and has lower zones to go to, avoids mixing types there (alloc_flags_nofragment).
      const noFragment = best?.kind === ZoneKind.NORMAL
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const kind = pref - (attempt % ZONE_KINDS)
        const repeated = attempt >= FIRST_TO_LOW && attempt < FIRST_TO_MIN && !noFragment
        this.plan[pref * ATTEMPTS + attempt] = kind < 0 || repeated ? NONE : indexOf(kind)
        this.planFlags[pref * ATTEMPTS + attempt] = attempt < FIRST_TO_LOW && noFragment ? AllocFlag.NOFRAGMENT : 0
      }
    }
  }
}
