/**
 * What a hint policy learns of a zone's free lists. A callback from inside the allocator would be slow and could re-enter it, so each
 * insertion of a freed block leaves a note, and the policy reads the notes after the call, still under the zone lock.
 *
 *   (a) `takeNotified`: was any block of order >= notifyOrder inserted? (mm/page_reporting.h page_reporting_notify_free)
 *   (b) the capture ring: (pfn, order after merging, order that was freed) of each inserted block of order >= captureOrder
 *
 *            tail           head
 *       | . . x x x x x x x x . . . |     head and tail count up; a slot is the count modulo the capacity
 *
 * A full ring drops the new note and counts it in `overflow`. Putting an isolated block back leaves no note, as in Linux
 * (FPI_SKIP_REPORT_NOTIFY).
 */
import { assert, isPowerOfTwo } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { ZoneField } from './zones.ts'
import type { Zone } from './zones.ts'

/** An order that no block has: the note is switched off. */
export const NEVER = 15

const NOTIFY_ORDER = 0
const CAPTURE_ORDER = 1
const NOTIFIED = 2
const HEAD = 3
const TAIL = 4
const OVERFLOW = 5
const FIELDS = 6

export class FreeEvents {
  private declare readonly fields: Int32Array
  private declare readonly zone: Zone
  private declare readonly pfns: Uint32Array
  private declare readonly orders: Uint8Array
  private declare readonly mask: number
  private declare readonly footprint: Footprint

  /** `capacity` notes, a power of two, or 0 when nothing will be captured. All of it belongs to the zone's shared object. */
  constructor(cols: Columns, zone: Zone, capacity: number) {
    assert(capacity === 0 || isPowerOfTwo(capacity), 'capacity is a power of two')
    const { name, object } = zone
    this.zone = zone
    this.footprint = cols.footprint
    this.mask = capacity - 1
    this.fields = cols.i32(`freeEvents.${name}.fields`, FIELDS, object)
    this.pfns = cols.u32(`freeEvents.${name}.pfn`, capacity, object)
    this.orders = cols.u8(`freeEvents.${name}.order`, capacity, object)
    this.fields[NOTIFY_ORDER] = this.fields[CAPTURE_ORDER] = zone.fields[ZoneField.NOTE_ORDER] = NEVER
  }

  /** Smallest order that sets the notified flag; NEVER switches it off. */
  setNotifyOrder(order: number): void {
    this.footprint.write(this.zone.object)
    this.fields[NOTIFY_ORDER] = order
    this.zone.fields[ZoneField.NOTE_ORDER] = Math.min(order, this.fields[CAPTURE_ORDER])
  }

  /** Smallest order (after merging) that is captured; NEVER switches it off. */
  setCaptureOrder(order: number): void {
    assert(order === NEVER || this.pfns.length > 0, 'capturing needs a ring')
    this.footprint.write(this.zone.object)
    this.fields[CAPTURE_ORDER] = order
    this.zone.fields[ZoneField.NOTE_ORDER] = Math.min(order, this.fields[NOTIFY_ORDER])
  }

  /** A block of `order`, at least the zone's NOTE_ORDER, was inserted; a free of order `freed` (less, if it merged) made it. */
  inserted(pfn: number, order: number, freed: number): void {
    const fields = this.fields
    if (order >= fields[NOTIFY_ORDER]) fields[NOTIFIED] = 1
    if (order < fields[CAPTURE_ORDER]) return
    const head = fields[HEAD]
    if (head - fields[TAIL] > this.mask) {
      fields[OVERFLOW]++
      return
    }
    this.pfns[head & this.mask] = pfn
    this.orders[head & this.mask] = order | (freed << 4)
    fields[HEAD] = head + 1
  }

  /** Reads and clears the notified flag. */
  takeNotified(): boolean {
    this.footprint.write(this.zone.object)
    const notified = this.fields[NOTIFIED] !== 0
    this.fields[NOTIFIED] = 0
    return notified
  }

  /** Notes in the ring. The i-th oldest is read by `pfnAt(i)`, `orderAt(i)` and `freedOrderAt(i)`. */
  get captured(): number {
    this.footprint.read(this.zone.object)
    return this.fields[HEAD] - this.fields[TAIL]
  }

  /** Notes that were dropped because the ring was full. */
  get overflow(): number {
    return this.fields[OVERFLOW]
  }

  pfnAt(index: number): number {
    return this.pfns[this.slotOf(index)]
  }

  orderAt(index: number): number {
    return this.orders[this.slotOf(index)] & 0x0f
  }

  /** Order of the free that made the block: less than `orderAt` when it merged. */
  freedOrderAt(index: number): number {
    return this.orders[this.slotOf(index)] >> 4
  }

  /** Drops the `count` oldest notes. */
  discard(count: number): void {
    assert(count >= 0 && count <= this.captured, 'no more notes are dropped than there are')
    this.footprint.write(this.zone.object)
    this.fields[TAIL] += count
    if (this.fields[TAIL] === this.fields[HEAD]) this.fields[TAIL] = this.fields[HEAD] = 0
  }

  private slotOf(index: number): number {
    assert(index >= 0 && index < this.fields[HEAD] - this.fields[TAIL], 'the note is in the ring')
    return (this.fields[TAIL] + index) & this.mask
  }
}
