/**
 * The blocks that a chain's device-writable buffers name, batch by batch. A range that is not one block is cut into several (protocol/src/native/report.ts);
 * of one whose ends are parts of pages only the whole pages are taken, or, as some devices do, nothing.
 */
import type { Columns } from '@hintlab/kit'
import { framesIn, PAGE_SIZE } from '@hintlab/kit'
import { endOfWholePages, firstWholePage, orderAt, PFN_LIMIT } from '@hintlab/protocol'
import type { HintBatch } from '@hintlab/protocol'
import type { BufferChain } from '../ring/buffer-chain.ts'

const BUFFER = 0
/** The next page of the buffer, or UNOPENED. */
const PAGE = 1
const UNOPENED = -1

export interface RangeReaderOptions {
  readonly label: string
  /** A range whose ends are parts of pages: its whole pages are taken, or none. */
  readonly misaligned: 'cut' | 'ignore'
}

export class RangeReader {
  private readonly at: Float64Array
  private readonly counts: Float64Array
  private readonly ignoresMisaligned: boolean

  /** Its columns belong to shared object `object`, which the owner declares. */
  constructor(cols: Columns, object: number, { label, misaligned }: RangeReaderOptions) {
    this.at = cols.f64(`${label}.rangeAt`, 2, object)
    this.counts = cols.f64(`${label}.ranges`, 1, object)
    this.ignoresMisaligned = misaligned === 'ignore'
  }

  /** Ranges of which something was not taken: parts of pages, or pages beyond what the wire can name. */
  get rejected(): number {
    return this.counts[0]
  }

  /** Stands before the first writable buffer of a chain. */
  begin(chain: BufferChain): void {
    this.at[BUFFER] = chain.readableCount
    this.at[PAGE] = UNOPENED
  }

  /** Fills the batch with the next blocks; true when there are buffers left behind them. */
  fill(chain: BufferChain, into: HintBatch): boolean {
    const { at } = this
    const { pfn, order } = into
    const capacity = pfn.length
    let buffer = at[BUFFER]
    let page = at[PAGE]
    let count = 0
    for (; buffer < chain.count; buffer++) {
      const gpa = chain.gpa[buffer]
      const length = chain.len[buffer]
      const end = endOfWholePages(gpa, length)
      if (page === UNOPENED) page = this.open(gpa, length)
      while (page < end && count < capacity) {
        const size = orderAt(page, end - page)
        pfn[count] = page
        order[count] = size
        count++
        page += framesIn(size)
      }
      if (page < end) break
      page = UNOPENED
    }
    at[BUFFER] = buffer
    at[PAGE] = page
    into.count = count
    return buffer < chain.count
  }

  /** The first page of a range that is taken; one behind its last page when none is. */
  private open(gpa: number, length: number): number {
    const first = firstWholePage(gpa)
    const last = Math.ceil((gpa + length) / PAGE_SIZE)
    const misaligned = first * PAGE_SIZE !== gpa || last * PAGE_SIZE !== gpa + length
    if (misaligned || last > PFN_LIMIT) this.counts[0]++
    return misaligned && this.ignoresMisaligned ? last : first
  }
}
