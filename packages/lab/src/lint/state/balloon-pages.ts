/**
 * Where the pages of the guest stand with the balloon, as the queues tell it.
 *
 *   guest's --inflate request--> inflating --used--> ballooned --deflate request--> deflating --used--> guest's
 *   guest's --report--> (in a chain in flight) --used--> reported: the guest's again, contents undefined
 */
import { PageSet, pagesOf } from './page-set.ts'
import type { SeenOf } from '../seen.ts'
import { leWords } from '../seen.ts'

export class BalloonPages {
  readonly inflating = new PageSet()
  readonly ballooned = new PageSet()
  readonly deflating = new PageSet()
  /** Deflated and not written since. */
  readonly deflated = new PageSet()
  /** Reported at some time, and answered. */
  readonly reported = new PageSet()
  /** Reported, answered, and not written since. */
  readonly unwritten = new PageSet()
  /** What an observer saw in reported pages before the answer. */
  readonly seenBefore = new Map<number, number | null>()
  /** Every page in the balloon is known: the conversation began with an empty balloon, and each buffer was seen whole. */
  complete = true
  /** The last change of the number of pages, and whether `actual` was written since. */
  changedAt = -1
  /** Deflated, and not yet answered, since the last change of `actual`. */
  actualStale = false

  /** An inflate or deflate buffer is made available. */
  request(chain: SeenOf<'chain'>, inflate: boolean): void {
    if (chain.payload === null) this.complete = false
    for (const pfn of leWords(chain.payload ?? new Uint8Array(0))) {
      if (inflate) this.inflating.add(pfn)
      else if (this.ballooned.has(pfn)) this.deflating.add(pfn)
      if (inflate) this.deflated.delete(pfn)
    }
  }

  /** It was used. */
  answered(chain: SeenOf<'chain'>, inflate: boolean, sequence: number): void {
    for (const pfn of leWords(chain.payload ?? new Uint8Array(0))) {
      if (inflate) {
        this.inflating.delete(pfn)
        this.ballooned.add(pfn)
      } else {
        this.deflating.delete(pfn)
        this.ballooned.delete(pfn)
        this.deflated.add(pfn)
      }
    }
    this.changedAt = sequence
    this.actualStale = true
  }

  /** A report was answered. */
  reportAnswered(chain: SeenOf<'chain'>): void {
    for (const d of chain.descriptors) {
      const { pfn, pages } = pagesOf(d.gpa, d.len)
      this.reported.add(pfn, pages)
      this.unwritten.add(pfn, pages)
    }
  }

  wrote(pfn: number, pages: number): void {
    this.unwritten.delete(pfn, pages)
    this.deflated.delete(pfn, pages)
    this.reported.delete(pfn, pages)
    for (let page = pfn; this.seenBefore.size > 0 && page < pfn + pages; page++) this.seenBefore.delete(page)
  }

  /** A new driver: it owns every page, and `actual` is what the device still holds of the old one; -1 when nobody has said. */
  reset(actual: number): void {
    for (const set of [this.inflating, this.ballooned, this.deflating, this.deflated, this.reported, this.unwritten]) set.clear()
    this.seenBefore.clear()
    this.complete = actual <= 0
    this.changedAt = -1
    this.actualStale = false
  }
}
