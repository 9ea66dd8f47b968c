/**
 * Blocks as ranges of bytes, which is how virtio-balloon names them on the queues of reporting and of hints: the block itself is the buffer. A guest may
 * send any range; a device takes the whole pages in it, cut into the largest blocks that are aligned to their size.
 *
 *     range        |----------------------------------------------|
 *     pages     . .  | 0 |    1    |             2             | .      orders; the ends are parts of pages, and are left alone
 */
import { framesIn, MAX_ORDER, PAGE_SIZE } from '@hintlab/kit'
import { PFN_LIMIT } from '../limits.ts'

/** Pages of the largest block. */
const LARGEST = 1 << MAX_ORDER

/** First whole page of the bytes from `gpa` on. */
export const firstWholePage = (gpa: number): number => Math.ceil(gpa / PAGE_SIZE)

/** One past the last whole page of the `length` bytes from `gpa` on; never more than the wire can name. */
export const endOfWholePages = (gpa: number, length: number): number => Math.min(Math.floor((gpa + length) / PAGE_SIZE), PFN_LIMIT)

/** Whether the bytes are one block: a power of two of pages, at most 2^MAX_ORDER, aligned to its size. */
export function isOneBlock(gpa: number, length: number): boolean {
  if (gpa % PAGE_SIZE !== 0 || length < PAGE_SIZE || (gpa + length) / PAGE_SIZE > PFN_LIMIT) return false
  const pages = length / PAGE_SIZE
  return pages === framesIn(orderAt(gpa / PAGE_SIZE, pages))
}

/** Order of the largest block at page `first` (a whole number below 2^32) with no more than `pages` pages; at most MAX_ORDER. */
export function orderAt(first: number, pages: number): number {
  // The bit of the largest block ends the search for the lowest bit of `first`.
  const bits = first | LARGEST
  const aligned = Math.clz32(bits & -bits) ^ 31
  const fits = Math.clz32(Math.min(pages, LARGEST)) ^ 31
  return Math.min(aligned, fits)
}
