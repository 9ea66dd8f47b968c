/**
 * Guest pages of 4 KiB on a host with larger pages: a balloon takes them one by one, and the host page can go only when all of it was taken. As QEMU does it
 * (hw/virtio/virtio-balloon.c, PartiallyBalloonedPage), one host page is tracked at a time and no longer than a request: another page, or another request, and
 * what was gathered is forgotten. That loses memory when the guest's pages come in no order, and never data: a page that was given back in between is not
 * counted.
 *
 *     base   the host page that is being gathered     bits   one per guest page of it
 */
import type { Columns, Footprint, Gfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'

/** No host page is complete. */
export const NO_WHOLE = -1

const NO_BASE = -1
const BASE = 0
const BITS = 1

export class SubPages {
  /** Guest pages in a host page, at most 32. */
  readonly granule: number
  private readonly state: Int32Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns, granule: number) {
    assert(granule > 1 && granule <= 32, 'the bits of a host page fit into a word')
    this.granule = granule
    this.footprint = cols.footprint
    this.object = cols.objects('partially ballooned page')
    this.state = cols.i32('sub pages.state', 2, this.object)
    this.state[BASE] = NO_BASE
  }

  /** Adds guest pages that lie in one host page; the first page of that one when it is complete now, or NO_WHOLE. */
  add(gfn: Gfn, count: number): number {
    this.footprint.write(this.object)
    const base = gfn - (gfn % this.granule)
    if (gfn + count > base + this.granule || count === this.granule) return NO_WHOLE
    if (this.state[BASE] !== base) this.state[BITS] = 0
    this.state[BASE] = base
    for (let page = gfn - base; page < gfn - base + count; page++) this.state[BITS] |= 1 << page
    if (this.state[BITS] !== (2 ** this.granule - 1 | 0)) return NO_WHOLE
    this.reset()
    return base
  }

  reset(): void {
    this.footprint.write(this.object)
    this.state[BASE] = NO_BASE
    this.state[BITS] = 0
  }
}
