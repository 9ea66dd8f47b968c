/** `LivePages` with one entry per live page in a Map: the rules of trace-stats.ts as a program that can be read. */
interface Block {
  head: number
  order: number
}

export class NaiveLivePages {
  peakPages = 0
  freesWithoutAlloc = 0
  allocsOverLive = 0
  freesOfPart = 0
  private readonly blockOf = new Map<number, Block>()

  get pages(): number {
    return this.blockOf.size
  }

  alloc(pfn: number, order: number): void {
    const pages = pagesOf({ head: pfn - (pfn % 2 ** order), order })
    const over = pages.filter((page) => this.blockOf.has(page))
    for (const page of over) this.drop(page)
    if (over.length > 0) this.allocsOverLive++
    for (const page of pages) this.blockOf.set(page, { head: pages[0], order })
    this.peakPages = Math.max(this.peakPages, this.pages)
  }

  free(pfn: number, order: number): void {
    const pages = pagesOf({ head: pfn - (pfn % 2 ** order), order })
    const live = pages.filter((page) => this.blockOf.has(page))
    const whole = this.blockOf.get(pages[0])
    if (live.length === 0) this.freesWithoutAlloc++
    else if (whole?.order !== order) this.freesOfPart++
    for (const page of live) this.release(page, order)
  }

  /** One freed page takes its block with it when the block is not larger than the free; else the block falls into single pages first. */
  private release(page: number, freedOrder: number): void {
    const block = this.blockOf.get(page)
    if (block === undefined) return
    if (block.order > freedOrder) for (const other of pagesOf(block)) this.blockOf.set(other, { head: other, order: 0 })
    this.drop(page)
  }

  private drop(page: number): void {
    const block = this.blockOf.get(page)
    if (block !== undefined) for (const other of pagesOf(block)) this.blockOf.delete(other)
  }
}

const pagesOf = (block: Block): number[] => Array.from({ length: 2 ** block.order }, (_, i) => block.head + i)
