/** Readable specifications of what packages/host/src/backing gathers and keeps: sets, nothing packed. */

/** SubPages: the guest pages of one page of the host that this request has given so far. */
export class NaiveSubPages {
  private readonly given = new Set<number>()
  private readonly granule: number

  constructor(granule: number) {
    this.granule = granule
  }

  /** The first page of the page of the host that is complete now, or null. */
  add(first: number, count: number): number | null {
    const pages = Array.from({ length: count }, (_, i) => first + i)
    const base = Math.floor(first / this.granule)
    if (count === this.granule || pages.some((page) => Math.floor(page / this.granule) !== base)) return null
    if ([...this.given].some((page) => Math.floor(page / this.granule) !== base)) this.given.clear()
    for (const page of pages) this.given.add(page)
    if (this.given.size < this.granule) return null
    this.given.clear()
    return base * this.granule
  }

  reset(): void {
    this.given.clear()
  }
}

/** AssignedDevice: the guest pages that the IOMMU maps. */
export class NaiveIommu {
  private readonly mapped: Set<number>
  private readonly unpins: boolean

  constructor(pages: number, unpins: boolean) {
    this.mapped = new Set(Array.from({ length: pages }, (_, page) => page))
    this.unpins = unpins
  }

  has(page: number): boolean {
    return this.mapped.has(page)
  }

  discarded(first: number, count: number): void {
    for (let page = first; this.unpins && page < first + count; page++) this.mapped.delete(page)
  }

  /** The guest has touched a page; the host mapped these. */
  touched(pages: readonly number[]): void {
    for (const page of pages) this.mapped.add(page)
  }
}
