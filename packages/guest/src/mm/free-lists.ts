/**
 * The free lists of all zones: one per (zone, migratetype, order), in the buddy core's groups. Also the Reported flag of a listed block and
 * the walk that page reporting makes over a list (mm/page_reporting.c page_reporting_cycle).
 *
 * A block's list follows from its own bytes: order from the state, migratetype from the kind. The migratetype of its pageblock may be
 * another one: a per-CPU list returns a page to the type that was read when the page was freed to it.
 */
import { assert, MARK, Place } from '@hintlab/kit'
import type { BuddyCore, Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { isReportedByte, ownerOfByte } from './page-state.ts'
import type { Zone } from './zones.ts'

export class FreeLists {
  declare readonly core: BuddyCore
  private declare readonly footprint: Footprint

  constructor(core: BuddyCore, footprint: Footprint) {
    this.core = core
    this.footprint = footprint
  }

  listOf(zone: Zone, migratetype: number, order: number): number {
    return this.core.listOf(this.core.base(zone.index), migratetype, order)
  }

  /** Blocks on one list. */
  nrFree(zone: Zone, migratetype: number, order: number): number {
    return this.core.count[this.listOf(zone, migratetype, order)]
  }

  /** Smallest order from `order` up that has a block of this type; -1 when none has. */
  smallestFrom(zone: Zone, migratetype: number, order: number): number {
    return this.core.smallestFrom(this.core.base(zone.index), migratetype, order)
  }

  /** First block of a list; -1 when it is empty. */
  first(zone: Zone, migratetype: number, order: number): number {
    return this.core.first(this.listOf(zone, migratetype, order))
  }

  /** The block behind `pfn` on its list; -1 behind the last. */
  after(pfn: number): number {
    return this.core.after(pfn)
  }

  /** Makes `pfn`, which is on this list, the first of it; the order round the ring stays. */
  rotateToFront(zone: Zone, migratetype: number, order: number, pfn: number): void {
    this.core.rotateToFront(this.listOf(zone, migratetype, order), pfn)
  }

  /** Puts a block in limbo on the list of its order and `migratetype`. */
  insert(zone: Zone, pfn: number, order: number, migratetype: number, place: Place): void {
    this.core.kind[pfn] = migratetype
    const list = this.listOf(zone, migratetype, order)
    if (place === Place.TAIL) this.core.insertTail(list, pfn)
    else this.core.insertHead(list, pfn)
  }

  /** Moves a listed block to the tail of the list of another migratetype; Reported stays (move_to_free_list). */
  moveToType(zone: Zone, pfn: number, order: number, migratetype: number): void {
    this.core.remove(this.listOf(zone, this.core.kind[pfn], order), pfn)
    this.insert(zone, pfn, order, migratetype, Place.TAIL)
  }

  isReported(pfn: number): boolean {
    return isReportedByte(this.core.state[pfn])
  }

  /** The host has been told of this free block. Leaving the list, a split or a merge clears it again. */
  setReported(pfn: number): void {
    this.footprint.write(this.core.pageObject + pfn)
    assert(ownerOfByte(this.core.state[pfn]) === PageOwner.FREE, 'only a free block is Reported')
    this.core.state[pfn] |= MARK
  }

  clearReported(pfn: number): void {
    this.footprint.write(this.core.pageObject + pfn)
    this.core.state[pfn] &= ~MARK
  }
}
