/**
 * Per-CPU page lists: what a CPU allocates and frees without the zone lock. Each (CPU, zone) has 13 lists in the buddy core's link arrays:
 *
 *   index  0 1 2   3 4 5   6 7 8   9 10 11   12
 *   order    0       1       2        3       9      a list per migratetype, and one for huge pages of any type
 *
 * Frees and allocations use the head (the page is warm in the cache), a drain takes from the tail. A page's kind remembers the type its
 * pageblock had when it was freed, and a drain returns it to that type, also when the pageblock has changed since.
 *
 * Linux 6.1 mm/page_alloc.c: zone_batchsize, zone_highsize, rmqueue_bulk, nr_pcp_free, free_pcppages_bulk.
 */
import { assert, log2Floor, PAGEBLOCK_ORDER, Place } from '@hintlab/kit'
import type { BuddyCore, Columns, Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { MIGRATE_PCPTYPES, Migratetype } from './migratetype.ts'
import type { PageStates } from './page-state.ts'
import { ZoneField } from './zones.ts'
import type { Zone } from './zones.ts'
import { Fpi } from './zone-buddy.ts'
import type { ZoneBuddy } from './zone-buddy.ts'

/** PAGE_ALLOC_COSTLY_ORDER: the largest order with lists of its own, huge pages apart. */
const COSTLY_ORDER = 3
const THP_INDEX = (COSTLY_ORDER + 1) * MIGRATE_PCPTYPES
export const PCP_LISTS = THP_INDEX + 1

const COUNT = 0
const HIGH = 1
const BATCH = 2
const FREE_FACTOR = 3
/** Order and list index of the last free: what a drain that is due was caused by. */
const LAST_ORDER = 4
const LAST_INDEX = 5
const FIELDS = 6

/** True for the orders that have per-CPU lists: 0 to 3 and that of a huge page. */
export const pcpAllowed = (order: number): boolean => order <= COSTLY_ORDER || order === PAGEBLOCK_ORDER

/** Place of a list among the 13. */
export const indexOf = (order: number, migratetype: number): number =>
  order <= COSTLY_ORDER ? order * MIGRATE_PCPTYPES + migratetype : THP_INDEX
const orderOfIndex = (index: number): number => (index === THP_INDEX ? PAGEBLOCK_ORDER : Math.floor(index / MIGRATE_PCPTYPES))

/** Pages moved at once between a per-CPU list and the buddy: about 0.1 % of the zone, at most 63 (zone_batchsize). */
export function batchSize(managed: number): number {
  const quarter = Math.max(1, Math.floor(Math.min(managed >>> 10, 256) / 4))
  return Math.max(1, (1 << log2Floor(quarter + (quarter >>> 1))) - 1)
}

/** Pages that one CPU may keep: its share of the low watermark, at least four batches (zone_highsize). */
export function highSize(low: number, cpus: number, batch: number): number {
  return Math.max(Math.floor(low / cpus), batch << 2)
}

export class PerCpuLists {
  /** False on a machine that was built without them. */
  declare readonly inUse: boolean
  /** What the last drain returned: blocks of less than a huge page, and huge pages. */
  drainedSmall = 0
  drainedHuge = 0
  private declare readonly core: BuddyCore
  private declare readonly pages: PageStates
  private declare readonly cpus: number
  private declare readonly zones: number
  private declare readonly fields: Int32Array
  private declare readonly object: number
  private declare readonly footprint: Footprint

  constructor(cols: Columns, core: BuddyCore, pages: PageStates, sizes: { cpus: number; zones: number }) {
    this.core = core
    this.pages = pages
    this.cpus = sizes.cpus
    this.zones = sizes.zones
    this.footprint = cols.footprint
    this.inUse = sizes.cpus > 0
    const sets = sizes.cpus * sizes.zones
    this.object = cols.objects('per-CPU set', Math.max(1, sets))
    this.fields = cols.i32('pcp.fields', sets * FIELDS, this.object, FIELDS)
  }

  /** Sets batch and high of every CPU of a zone from its managed pages and low watermark. */
  resize(zone: Zone, cpus: number): void {
    const batch = batchSize(zone.fields[ZoneField.MANAGED])
    for (let cpu = 0; cpu < cpus; cpu++) this.setLimits(cpu, zone, batch, highSize(zone.fields[ZoneField.LOW], cpus, batch))
  }

  setLimits(cpu: number, zone: Zone, batch: number, high: number): void {
    const at = this.fieldsOf(cpu, zone)
    this.footprint.write(this.object + at / FIELDS)
    this.fields[at + BATCH] = batch
    this.fields[at + HIGH] = high
  }

  /** Pages on all lists of this CPU and zone. */
  countOf(cpu: number, zone: Zone): number {
    return this.fields[this.fieldsOf(cpu, zone) + COUNT]
  }

  highOf(cpu: number, zone: Zone): number {
    return this.fields[this.fieldsOf(cpu, zone) + HIGH]
  }

  batchOf(cpu: number, zone: Zone): number {
    return this.fields[this.fieldsOf(cpu, zone) + BATCH]
  }

  /** Core list of (cpu, zone, 0..12), for walks. */
  listOf(cpu: number, zone: Zone, index: number): number {
    return this.core.extraBase + (cpu * this.zones + zone.index) * PCP_LISTS + index
  }

  /** Allocates from the list: its first page, now ALLOCATED with the type asked for, or -1 when it is empty. */
  pop(cpu: number, zone: Zone, order: number, migratetype: number): number {
    const at = this.fieldsOf(cpu, zone)
    if (this.footprint.recording) this.footprint.write(this.object + at / FIELDS)
    const list = this.listOf(cpu, zone, indexOf(order, migratetype))
    const pfn = this.core.first(list)
    if (pfn < 0) {
      if (this.footprint.recording) this.footprint.read(this.core.pageObject + this.core.pages + list)
      return -1
    }
    this.core.remove(list, pfn)
    this.fields[at + COUNT] -= 1 << order
    this.fields[at + FREE_FACTOR] >>= 1
    this.core.kind[pfn] = migratetype
    this.pages.move(pfn, order, PageOwner.PCP, PageOwner.ALLOCATED)
    return pfn
  }

  /** Fills the list of (order, migratetype) with a batch from the buddy, ascending pages in ascending places. Returns the blocks added. */
  refill(cpu: number, buddy: ZoneBuddy, order: number, migratetype: number, flags: number): number {
    const at = this.fieldsOf(cpu, buddy.zone)
    this.footprint.write(this.object + at / FIELDS)
    const batch = this.fields[at + BATCH]
    const wanted = batch > 1 ? Math.max(batch >> order, 2) : batch
    const list = this.listOf(cpu, buddy.zone, indexOf(order, migratetype))
    let added = 0
    while (added < wanted) {
      const pfn = buddy.rmqueue(order, migratetype, flags, PageOwner.PCP)
      if (pfn < 0) break
      this.core.insertTail(list, pfn)
      added++
    }
    this.fields[at + COUNT] += added << order
    return added
  }

  /** Frees an ALLOCATED block to the list; `migratetype` is its pageblock's. True when the lists are over high and a drain is due. */
  push(cpu: number, zone: Zone, pfn: number, order: number, migratetype: number): boolean {
    const at = this.fieldsOf(cpu, zone)
    if (this.footprint.recording) this.footprint.write(this.object + at / FIELDS)
    const index = indexOf(order, migratetype < MIGRATE_PCPTYPES ? migratetype : Migratetype.MOVABLE)
    this.pages.move(pfn, order, PageOwner.ALLOCATED, PageOwner.PCP)
    this.core.kind[pfn] = migratetype
    this.core.insertHead(this.listOf(cpu, zone, index), pfn)
    this.fields[at + COUNT] += 1 << order
    this.fields[at + LAST_ORDER] = order
    this.fields[at + LAST_INDEX] = index
    return this.freesEverything(at) || this.fields[at + COUNT] >= this.fields[at + HIGH]
  }

  /** Does the drain that `push` found due: a batch, twice as many each time no allocation came between. Returns pages freed. */
  drain(cpu: number, buddy: ZoneBuddy): number {
    const at = this.fieldsOf(cpu, buddy.zone)
    this.footprint.write(this.object + at / FIELDS)
    const everything = this.freesEverything(at)
    this.drainedSmall = this.drainedHuge = 0
    if (!everything && this.fields[at + COUNT] < this.fields[at + HIGH]) return 0
    const pages = everything ? this.fields[at + COUNT] : this.nextDrain(at)
    return this.freeBulk(cpu, buddy, pages, this.fields[at + LAST_INDEX])
  }

  /** Empties every list of this CPU and zone (drain_pages_zone). */
  drainAll(cpu: number, buddy: ZoneBuddy): number {
    const at = this.fieldsOf(cpu, buddy.zone)
    this.footprint.write(this.object + at / FIELDS)
    return this.freeBulk(cpu, buddy, this.fields[at + COUNT], 0)
  }

  /** Lists a block whose placement is dictated (steer.ts); its owner is PCP already. */
  adopt(cpu: number, zone: Zone, { pfn, order, index, place }: { pfn: number; order: number; index: number; place: Place }): void {
    const list = this.listOf(cpu, zone, index)
    if (place === Place.TAIL) this.core.insertTail(list, pfn)
    else this.core.insertHead(list, pfn)
    this.fields[this.fieldsOf(cpu, zone) + COUNT] += 1 << order
  }

  /** Takes such a block off its list, wherever it is on it. */
  abandon(cpu: number, zone: Zone, { pfn, order, index }: { pfn: number; order: number; index: number }): void {
    this.core.remove(this.listOf(cpu, zone, index), pfn)
    this.fields[this.fieldsOf(cpu, zone) + COUNT] -= 1 << order
  }

  /** A second free of more than one page in a row without allocations: such pages fragment memory while they wait here. */
  private freesEverything(at: number): boolean {
    const order = this.fields[at + LAST_ORDER]
    return this.fields[at + FREE_FACTOR] > 0 && order > 0 && order <= COSTLY_ORDER
  }

  /** Pages of the next drain, and the doubling of the one after it (nr_pcp_free). */
  private nextDrain(at: number): number {
    const batch = this.fields[at + BATCH]
    const high = this.fields[at + HIGH]
    if (high < batch) return 1
    const pages = batch << this.fields[at + FREE_FACTOR]
    if (pages < high - batch) this.fields[at + FREE_FACTOR]++
    return Math.min(Math.max(pages, batch), high - batch)
  }

  /** Returns about `pages` pages to the buddy: lists in turn from `first`, each until it is empty, from its tail (free_pcppages_bulk). */
  private freeBulk(cpu: number, buddy: ZoneBuddy, pages: number, first: number): number {
    const at = this.fieldsOf(cpu, buddy.zone)
    const due = Math.min(pages, this.fields[at + COUNT])
    let freed = 0
    this.drainedSmall = this.drainedHuge = 0
    for (let i = 0; i < PCP_LISTS && freed < due; i++) {
      const index = (first + i) % PCP_LISTS
      const list = this.listOf(cpu, buddy.zone, index)
      const order = orderOfIndex(index)
      while (freed < due) {
        const pfn = this.core.last(list)
        if (pfn < 0) break
        this.freeTail(buddy, list, pfn, order)
        if (index === THP_INDEX) this.drainedHuge++
        else this.drainedSmall++
        freed += 1 << order
      }
    }
    this.fields[at + COUNT] -= freed
    assert(this.fields[at + COUNT] >= 0, 'no more pages leave the lists than were counted')
    return freed
  }

  private freeTail(buddy: ZoneBuddy, list: number, pfn: number, order: number): void {
    this.core.remove(list, pfn)
    const isolating = buddy.zone.fields[ZoneField.ISOLATED_BLOCKS] > 0
    const migratetype = isolating ? buddy.pageblocks.typeOf(pfn) : this.core.kind[pfn]
    buddy.freeOne(pfn, order, migratetype, Fpi.NONE, PageOwner.PCP)
  }

  private fieldsOf(cpu: number, zone: Zone): number {
    assert(cpu >= 0 && cpu < this.cpus, 'the CPU exists')
    return (cpu * this.zones + zone.index) * FIELDS
  }
}
