/**
 * The events of a trace as columns: event i is element i of every column. 19 bytes an event, so that ten million events stay below 200 MB.
 *
 *   timeNs       f64  nanoseconds since the earliest event of the trace; never falls within one CPU
 *   cpu          u16  recorded CPU
 *   kind         u8   EVENT_ALLOC or EVENT_FREE
 *   pfn          u32  recorded frame number. It only names a block: the replay places blocks by itself
 *   order        u8   0 .. 10
 *   migratetype  u8   as recorded; 0 for a free, which does not say it
 *   zone         u8   the highest zone that the request allows (gfp.ts); ZONE_NORMAL for a free
 *   flags        u8   GFP_FLAG_ZERO | GFP_FLAG_ATOMIC (gfp.ts); 0 for a free
 *
 * While the file is read nobody knows how many events it has, so the columns double when they are full and are cut to size once at the end.
 */
import { assert } from '@hintlab/kit'

export const EVENT_ALLOC = 0
export const EVENT_FREE = 1

/** A trace is refused beyond this many events: 5 GiB of columns, and every index still fits into 32 bits. */
export const EVENTS_MAX = 2 ** 28

const CAPACITY_AT_START = 4096

export interface TraceEvents {
  readonly length: number
  readonly timeNs: Float64Array
  readonly cpu: Uint16Array
  readonly kind: Uint8Array
  readonly pfn: Uint32Array
  readonly order: Uint8Array
  readonly migratetype: Uint8Array
  readonly zone: Uint8Array
  readonly flags: Uint8Array
}

/** The columns while they grow. `put` takes the columns as numbers, so that nothing is allocated per event. */
export class TraceEventsBuilder {
  length = 0
  private timeNs = new Float64Array(CAPACITY_AT_START)
  private cpu = new Uint16Array(CAPACITY_AT_START)
  private kind = new Uint8Array(CAPACITY_AT_START)
  private pfn = new Uint32Array(CAPACITY_AT_START)
  private order = new Uint8Array(CAPACITY_AT_START)
  private migratetype = new Uint8Array(CAPACITY_AT_START)
  private zone = new Uint8Array(CAPACITY_AT_START)
  private flags = new Uint8Array(CAPACITY_AT_START)
  private earliestNs = 0

  /** Appends an event. `timeNs` may be negative: `finish` moves the origin to the earliest event. */
  put(timeNs: number, cpu: number, kind: number, pfn: number, order: number, migratetype: number, zone: number, flags: number): void {
    if (this.length === this.timeNs.length) this.grow()
    const i = this.length++
    this.timeNs[i] = timeNs
    this.cpu[i] = cpu
    this.kind[i] = kind
    this.pfn[i] = pfn
    this.order[i] = order
    this.migratetype[i] = migratetype
    this.zone[i] = zone
    this.flags[i] = flags
    if (timeNs < this.earliestNs) this.earliestNs = timeNs
  }

  /** The columns, cut to their length. The builder must not be used afterwards. */
  finish(): TraceEvents {
    const n = this.length
    if (this.earliestNs < 0) for (let i = 0; i < n; i++) this.timeNs[i] = this.timeNs[i] - this.earliestNs
    return {
      length: n,
      timeNs: this.timeNs.slice(0, n),
      cpu: this.cpu.slice(0, n),
      kind: this.kind.slice(0, n),
      pfn: this.pfn.slice(0, n),
      order: this.order.slice(0, n),
      migratetype: this.migratetype.slice(0, n),
      zone: this.zone.slice(0, n),
      flags: this.flags.slice(0, n),
    }
  }

  private grow(): void {
    const capacity = this.length * 2
    assert(capacity <= EVENTS_MAX, 'the reader stops before the columns are over their limit')
    this.timeNs = copyInto(new Float64Array(capacity), this.timeNs)
    this.cpu = copyInto(new Uint16Array(capacity), this.cpu)
    this.kind = copyInto(new Uint8Array(capacity), this.kind)
    this.pfn = copyInto(new Uint32Array(capacity), this.pfn)
    this.order = copyInto(new Uint8Array(capacity), this.order)
    this.migratetype = copyInto(new Uint8Array(capacity), this.migratetype)
    this.zone = copyInto(new Uint8Array(capacity), this.zone)
    this.flags = copyInto(new Uint8Array(capacity), this.flags)
  }
}

function copyInto<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(to: T, from: T): T {
  to.set(from)
  return to
}
