/**
 * A set of pages of a guest whose size nobody has told: bits in pieces that come into being when a page of theirs is added. A hole costs nothing, and
 * 128 MiB of pages cost 4 KiB.
 */
import { PAGE_SIZE } from '@hintlab/kit'

const PIECE_PAGES = 32768

export class PageSet {
  readonly #pieces = new Map<number, Uint8Array>()
  #size = 0

  get size(): number {
    return this.#size
  }

  has(pfn: number): boolean {
    const bits = this.#pieces.get(Math.floor(pfn / PIECE_PAGES))
    return bits !== undefined && (bits[(pfn % PIECE_PAGES) >> 3] & (1 << (pfn & 7))) !== 0
  }

  /** Whether one of `pages` pages from `pfn` is in the set; its number, or -1. */
  firstIn(pfn: number, pages: number): number {
    if (this.#size === 0) return -1
    for (let page = pfn; page < pfn + pages; page++) {
      if (!this.#pieces.has(Math.floor(page / PIECE_PAGES))) page = (Math.floor(page / PIECE_PAGES) + 1) * PIECE_PAGES - 1
      else if (this.has(page)) return page
    }
    return -1
  }

  add(pfn: number, pages = 1): void {
    for (let page = pfn; page < pfn + pages;) {
      const index = Math.floor(page / PIECE_PAGES)
      let bits = this.#pieces.get(index)
      if (bits === undefined) this.#pieces.set(index, (bits = new Uint8Array(PIECE_PAGES / 8)))
      const end = Math.min(pfn + pages, (index + 1) * PIECE_PAGES)
      for (; page < end; page++) {
        const at = (page % PIECE_PAGES) >> 3
        if ((bits[at] & (1 << (page & 7))) === 0) this.#size++
        bits[at] |= 1 << (page & 7)
      }
    }
  }

  delete(pfn: number, pages = 1): void {
    if (this.#size === 0) return
    for (let page = pfn; page < pfn + pages;) {
      const index = Math.floor(page / PIECE_PAGES)
      const bits = this.#pieces.get(index)
      const end = Math.min(pfn + pages, (index + 1) * PIECE_PAGES)
      if (bits === undefined) {
        page = end
        continue
      }
      for (; page < end; page++) {
        const at = (page % PIECE_PAGES) >> 3
        if ((bits[at] & (1 << (page & 7))) !== 0) this.#size--
        bits[at] &= ~(1 << (page & 7))
      }
    }
  }

  addAll(other: PageSet): void {
    for (const [index, bits] of other.#pieces) {
      for (let i = 0; i < PIECE_PAGES; i++) if ((bits[i >> 3] & (1 << (i & 7))) !== 0) this.add(index * PIECE_PAGES + i)
    }
  }

  clear(): void {
    this.#pieces.clear()
    this.#size = 0
  }
}

/** The pages that bytes [gpa, gpa + length) touch: the first, and how many. */
export function pagesOf(gpa: number, length: number): { pfn: number; pages: number } {
  const pfn = Math.floor(gpa / PAGE_SIZE)
  return { pfn, pages: Math.max(0, Math.ceil((gpa + length) / PAGE_SIZE) - pfn) }
}
