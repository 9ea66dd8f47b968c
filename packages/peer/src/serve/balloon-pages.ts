/**
 * The pages that are in a guest's balloon now, by what its driver has named: put in by inflating, taken out by deflating. A bit for each page, in chunks that
 * are made when their first page comes, so that a guest may be of any size.
 *
 *   |  chunk 0: 32,768 pages, 128 MiB  |  none  |  chunk 2  | ...
 *
 * P1  `count` is the number of bits that are set.
 */
import { assert } from '@hintlab/kit'
import { RequestKind } from '@hintlab/protocol'

const CHUNK_PAGES = 32_768

export class BalloonPages {
  /** Pages in the balloon. */
  count = 0
  private readonly chunks = new Map<number, Uint32Array>()

  /** A request has named the block of `2 ** order` pages at `first`. */
  named(kind: RequestKind, first: number, order: number): void {
    if (kind !== RequestKind.INFLATE && kind !== RequestKind.DEFLATE) return
    for (let page = first; page < first + 2 ** order; page++) this.set(page, kind === RequestKind.INFLATE)
  }

  has(page: number): boolean {
    const chunk = this.chunks.get(Math.floor(page / CHUNK_PAGES))
    return chunk !== undefined && isSet(chunk, page % CHUNK_PAGES)
  }

  /** The driver begins anew, and what it had inflated is its own again. */
  clear(): void {
    this.chunks.clear()
    this.count = 0
  }

  /** First page and number of pages of each stretch, ascending; neighbours are joined. */
  ranges(): [first: number, pages: number][] {
    const ranges: [number, number][] = []
    for (const number of [...this.chunks.keys()].sort((a, b) => a - b)) {
      const chunk = this.chunks.get(number)!
      for (let i = 0; i < CHUNK_PAGES; i++) {
        // An empty word is the usual case of a chunk that was inflated once.
        if (i % 32 === 0 && chunk[i >>> 5] === 0) i += 31
        else if (isSet(chunk, i)) append(ranges, number * CHUNK_PAGES + i)
      }
    }
    return ranges
  }

  /** P1. */
  check(): void {
    assert(this.ranges().reduce((sum, [, pages]) => sum + pages, 0) === this.count, 'the count of pages is the number of bits')
  }

  private set(page: number, inside: boolean): void {
    const number = Math.floor(page / CHUNK_PAGES)
    let chunk = this.chunks.get(number)
    if (chunk === undefined) {
      if (!inside) return
      chunk = new Uint32Array(CHUNK_PAGES / 32)
      this.chunks.set(number, chunk)
    }
    const bit = page % CHUNK_PAGES
    if (isSet(chunk, bit) === inside) return
    chunk[bit >>> 5] ^= 1 << (bit & 31)
    this.count += inside ? 1 : -1
  }
}

const isSet = (chunk: Uint32Array, bit: number): boolean => ((chunk[bit >>> 5] >>> (bit & 31)) & 1) === 1

function append(ranges: [number, number][], page: number): void {
  const last = ranges.at(-1)
  if (last !== undefined && last[0] + last[1] === page) last[1]++
  else ranges.push([page, 1])
}
