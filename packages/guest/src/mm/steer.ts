/**
 * Placement from a recording. A recorded guest says which page each event moved; here the allocator moves exactly that page, while the order of lists,
 * splits, merges, stealing and everything behind them stay its own:
 *
 *   event                            page goes                 what the allocator would have taken
 *   mm_page_alloc_zone_locked        buddy -> per-CPU list     first block of the smallest sufficient order
 *   mm_page_alloc                    per-CPU list -> in use    first of its list
 *   mm_page_free                     in use -> per-CPU list    (the recording alone knows)
 *   mm_page_pcpu_drain               per-CPU list -> buddy     last of its list
 *
 * How often both agree is counted: it measures the model's list order. An event that finds its page elsewhere (some of Linux's paths are not traced)
 * fetches it from there and counts as stray. One whose page is away in a report must wait until it is back (`isAway`).
 *
 *   S1  Pages in use are blocks of one page each: a recording frees blocks that it did not see allocated.
 */
import { assert, BODY, Place } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { stealFallback } from './fallback.ts'
import { MIGRATE_PCPTYPES, Migratetype } from './migratetype.ts'
import type { PageAllocator } from './page-allocator.ts'
import { orderOfByte, OFFLINE_BYTE, ownerOfByte, packHead } from './page-state.ts'
import { indexOf, pcpAllowed, PCP_LISTS } from './pcp.ts'
import { Fpi } from './zone-buddy.ts'
import type { ZoneBuddy } from './zone-buddy.ts'
import { ZoneField } from './zones.ts'

/** Indexes of the counters: events, those where the allocator would have taken the same page, and strays. */
export const STEER_COUNTERS = ['takes', 'takesAlike', 'steals', 'pops', 'popsAlike', 'frees', 'drains', 'drainsAlike', 'stray'] as const
export type SteerCounter = (typeof STEER_COUNTERS)[number]
const COUNT = Object.fromEntries(STEER_COUNTERS.map((name, i) => [name, i])) as Record<SteerCounter, number>

const { FREE, ALLOCATED, PCP } = PageOwner
const SINGLE = packHead(ALLOCATED, 0)
const AWAY = -1

export class Steer {
  private readonly mm: PageAllocator
  /** 1 + cpu * PCP_LISTS + index of the per-CPU list that holds the block; 0 elsewhere. */
  private readonly held: Uint16Array
  private readonly counts: Float64Array
  private readonly object: number

  constructor(cols: Columns, mm: PageAllocator) {
    this.mm = mm
    this.object = cols.objects('steer')
    this.held = cols.u16('steer.held', mm.core.pages, this.object)
    this.counts = cols.f64('steer.counts', STEER_COUNTERS.length, this.object)
  }

  counter(name: SteerCounter): number {
    return this.counts[COUNT[name]]
  }

  /** Initial state: a free block at the tail of its list. All `load` calls come before the first event, `loadUsed` last. */
  loadFree(pfn: number, order: number, migratetype: number, reported: boolean): void {
    const buddy = this.mm.buddyOf(pfn)
    this.mm.pages.online(pfn, order)
    this.list(buddy, pfn, order, migratetype, Place.TAIL)
    if (reported) this.mm.lists.setReported(pfn)
  }

  /** Initial state: a block at the tail of per-CPU list `index`, which is its order and type. */
  loadPcp(cpu: number, pfn: number, order: number, migratetype: number): void {
    this.mm.pages.online(pfn, order)
    this.mm.pages.move(pfn, order, FREE, PCP)
    this.hold(cpu, pfn, order, migratetype, Place.TAIL)
  }

  /** Initial state: all RAM that is neither is in use, by pages of its pageblock's type. */
  loadUsed(): void {
    const { core, layout, pageblocks } = this.mm
    for (const { start, end } of layout.ram) {
      for (let p = start; p < end; p++) if (core.state[p] === OFFLINE_BYTE) this.single(p, pageblocks.typeOf(p))
    }
  }

  /** Whether a page of the block is away in a report: then no event can move it. */
  isAway(pfn: number, order: number): boolean {
    for (let p = pfn; p < pfn + (1 << order); p = this.endOf(p)) {
      const owner = this.mm.pages.ownerOf(p)
      if (owner === PageOwner.ISOLATED || owner === PageOwner.IN_FLIGHT) return true
    }
    return false
  }

  /** mm_page_alloc_zone_locked (__rmqueue_smallest): from the buddy to the tail of a list of `cpu`, or straight to the caller. Under the zone lock. */
  take(cpu: number, pfn: number, order: number, migratetype: number, options: { toPcp: boolean }): void {
    this.counts[COUNT.takes]++
    const expected = this.firstFor(this.mm.buddyOf(pfn), order, migratetype)
    if (expected === pfn) this.counts[COUNT.takesAlike]++
    this.fetch(pfn, order, FREE, migratetype)
    if (!options.toPcp) return
    this.form(pfn, order, PCP)
    this.hold(cpu, pfn, order, migratetype, Place.TAIL)
  }

  /** mm_page_alloc: from the list of `cpu` to its owner. */
  alloc(cpu: number, pfn: number, order: number, migratetype: number): void {
    const found = ownerOfByte(this.mm.core.state[pfn])
    // Taken straight from the buddy just before.
    if (found === ALLOCATED) return
    this.counts[COUNT.pops]++
    const { core, pcp } = this.mm
    const zone = this.mm.zones[this.mm.zoneOf(pfn)]
    if (pcpAllowed(order) && core.first(pcp.listOf(cpu, zone, indexOf(order, migratetype))) === pfn) this.counts[COUNT.popsAlike]++
    this.fetch(pfn, order, PCP, migratetype)
  }

  /** mm_page_free: to the head of a list of `cpu`, or to the buddy when the order has no list or the recording says so. Under the zone lock. */
  free(cpu: number, pfn: number, order: number, options: { toPcp: boolean }): void {
    this.counts[COUNT.frees]++
    const migratetype = this.mm.pageblocks.typeOf(pfn)
    this.fetch(pfn, order, ALLOCATED, migratetype)
    if (options.toPcp && pcpAllowed(order) && migratetype !== Migratetype.ISOLATE) {
      this.form(pfn, order, PCP)
      this.hold(cpu, pfn, order, migratetype, Place.HEAD)
      return
    }
    this.form(pfn, order, ALLOCATED)
    this.mm.buddyOf(pfn).freeOne(pfn, order, migratetype, Fpi.NONE, ALLOCATED)
  }

  /** mm_page_pcpu_drain (free_pcppages_bulk): from a per-CPU list to the buddy. Under the zone lock. */
  drain(pfn: number, order: number, migratetype: number): void {
    this.counts[COUNT.drains]++
    const list = this.heldList(pfn)
    if (list >= 0 && this.mm.core.last(list) === pfn) this.counts[COUNT.drainsAlike]++
    this.fetch(pfn, order, PCP, migratetype)
    this.form(pfn, order, ALLOCATED)
    this.mm.buddyOf(pfn).freeOne(pfn, order, migratetype, Fpi.NONE, ALLOCATED)
  }

  /** What the allocator would take: from another type's lists when its own are empty, as it does. */
  private firstFor(buddy: ZoneBuddy, order: number, migratetype: number): number {
    const { lists } = this.mm
    let smallest = lists.smallestFrom(buddy.zone, migratetype, order)
    if (smallest < 0 && migratetype < MIGRATE_PCPTYPES && stealFallback(buddy, order, migratetype, 0)) {
      this.counts[COUNT.steals]++
      smallest = lists.smallestFrom(buddy.zone, migratetype, order)
    }
    return smallest < 0 ? AWAY : lists.first(buddy.zone, migratetype, smallest)
  }

  /** Makes every page of the block one in use (S1), wherever it is. */
  private fetch(pfn: number, order: number, expected: PageOwner, migratetype: number): void {
    const { pages, core } = this.mm
    const end = pfn + (1 << order)
    let stray = 0
    for (let p = pfn; p < end; p = this.endOf(p)) {
      const owner = pages.ownerOf(p)
      assert(owner === FREE || owner === PCP || owner === ALLOCATED, 'an event moves a page that is in the guest')
      if (owner !== expected) stray = 1
    }
    this.counts[COUNT.stray] += stray
    for (let p = pfn; p < end; ) p = this.fetchPart(p, end, order)
    core.kind.fill(migratetype, pfn, end)
  }

  /** First page behind the block that holds `p`. */
  private endOf(p: number): number {
    const head = this.mm.pages.headOf(p)
    return head + (1 << orderOfByte(this.mm.core.state[head]))
  }

  /** Fetches the part of the block that begins at `p`; returns where the next one begins. */
  private fetchPart(p: number, end: number, order: number): number {
    const { pages, core } = this.mm
    const head = pages.headOf(p)
    const byte = core.state[head]
    const blockOrder = orderOfByte(byte)
    if (ownerOfByte(byte) === ALLOCATED) return p + 1
    if (ownerOfByte(byte) === PCP) {
      this.release(head, blockOrder)
      this.scatter(head, blockOrder)
      return Math.min(end, head + (1 << blockOrder))
    }
    const part = Math.min(order, blockOrder)
    this.carve(head, blockOrder, p, part)
    this.scatter(p, part)
    return p + (1 << part)
  }

  /** Takes a part out of a free block; what is left of it goes to the heads of its lists, from large to small (expand). */
  private carve(head: number, from: number, pfn: number, to: number): void {
    const buddy = this.mm.buddyOf(pfn)
    const migratetype = this.mm.core.kind[head]
    buddy.takeBlock(head, from)
    let at = head
    for (let o = from - 1; o >= to; o--) {
      const upper = at + (1 << o)
      const rest = pfn >= upper ? at : upper
      if (pfn >= upper) at = upper
      this.mm.core.state[rest] = packHead(FREE, o)
      this.list(buddy, rest, o, migratetype, Place.HEAD)
    }
    assert(at === pfn, 'the part begins inside the block')
  }

  /** Lists a block in limbo, and counts it. */
  private list(buddy: ZoneBuddy, pfn: number, order: number, migratetype: number, place: Place): void {
    this.mm.lists.insert(buddy.zone, pfn, order, migratetype, place)
    if (migratetype !== Migratetype.ISOLATE) buddy.zone.fields[ZoneField.FREE] += 1 << order
  }

  /** Makes pages in use a block of `owner`. */
  private form(pfn: number, order: number, owner: PageOwner): void {
    const { state } = this.mm.core
    state.fill(BODY, pfn, pfn + (1 << order))
    state[pfn] = packHead(owner, order)
  }

  private scatter(pfn: number, order: number): void {
    this.mm.core.state.fill(SINGLE, pfn, pfn + (1 << order))
  }

  private single(pfn: number, migratetype: number): void {
    this.mm.core.state[pfn] = SINGLE
    this.mm.core.kind[pfn] = migratetype
  }

  private hold(cpu: number, pfn: number, order: number, migratetype: number, place: Place): void {
    const index = indexOf(order, migratetype < MIGRATE_PCPTYPES ? migratetype : Migratetype.MOVABLE)
    this.mm.core.kind[pfn] = migratetype
    this.held[pfn] = 1 + cpu * PCP_LISTS + index
    this.mm.pcp.adopt(cpu, this.mm.zones[this.mm.zoneOf(pfn)], { pfn, order, index, place })
  }

  private release(pfn: number, order: number): void {
    const at = this.held[pfn] - 1
    this.held[pfn] = 0
    assert(at >= 0, 'a per-CPU page is on the list that was noted')
    this.mm.pcp.abandon(Math.floor(at / PCP_LISTS), this.mm.zones[this.mm.zoneOf(pfn)], { pfn, order, index: at % PCP_LISTS })
  }

  /** Core list that holds a per-CPU block, or -1. */
  private heldList(pfn: number): number {
    const at = this.held[pfn] - 1
    return at < 0 ? -1 : this.mm.pcp.listOf(Math.floor(at / PCP_LISTS), this.mm.zones[this.mm.zoneOf(pfn)], at % PCP_LISTS)
  }
}
