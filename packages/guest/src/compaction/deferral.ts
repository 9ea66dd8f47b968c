/**
 * After a compaction that went over a whole zone in vain, the next ones are left out: twice as many each time, up to 64 (mm/compaction.c defer_compaction,
 * compaction_deferred, compaction_defer_reset).
 */
import type { Columns } from '@hintlab/kit'

const SHIFT_MAX = 6
const CONSIDERED = 0
const SHIFT = 1
/** Smallest order that failed; 0 for none. */
const FAILED = 2
const FIELDS = 3

export class Deferral {
  private readonly cols: Columns
  private readonly object: number
  private readonly fields: Int32Array

  constructor(cols: Columns, zones: number) {
    this.cols = cols
    this.object = cols.objects('compaction deferral', zones)
    this.fields = cols.i32('compaction.deferral', zones * FIELDS, this.object, FIELDS)
  }

  /** Whether this attempt is to be left out; counts it. */
  deferred(zone: number, order: number): boolean {
    this.cols.footprint.write(this.object + zone)
    const at = zone * FIELDS
    const limit = 1 << this.fields[at + SHIFT]
    if (this.fields[at + FAILED] === 0 || order < this.fields[at + FAILED]) return false
    this.fields[at + CONSIDERED] = Math.min(limit, this.fields[at + CONSIDERED] + 1)
    return this.fields[at + CONSIDERED] < limit
  }

  succeeded(zone: number, order: number): void {
    this.cols.footprint.write(this.object + zone)
    const at = zone * FIELDS
    this.fields[at + CONSIDERED] = this.fields[at + SHIFT] = 0
    if (this.fields[at + FAILED] <= order) this.fields[at + FAILED] = 0
  }

  failed(zone: number, order: number): void {
    this.cols.footprint.write(this.object + zone)
    const at = zone * FIELDS
    this.fields[at + CONSIDERED] = 0
    this.fields[at + SHIFT] = Math.min(SHIFT_MAX, this.fields[at + SHIFT] + 1)
    const before = this.fields[at + FAILED]
    this.fields[at + FAILED] = before === 0 ? order : Math.min(before, order)
  }
}
