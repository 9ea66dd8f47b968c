/** The readable specification of the page cache: two arrays, first is the head, and an object per cached page. */
export interface NaivePage {
  readonly file: number
  pfn: number
  active: boolean
  referenced: boolean
  dirty: boolean
  writeback: boolean
  reclaim: boolean
}

export class NaivePageCache {
  inactive: NaivePage[] = []
  active: NaivePage[] = []

  find = (file: number): NaivePage | undefined => [...this.inactive, ...this.active].find((page) => page.file === file)

  insert(file: number, pfn: number): void {
    this.inactive.unshift({ file, pfn, active: false, referenced: false, dirty: false, writeback: false, reclaim: false })
  }

  accessed(page: NaivePage): void {
    if (!page.referenced) page.referenced = true
    else if (!page.active) {
      page.referenced = false
      this.place(page, true)
    }
  }

  endWriteback(page: NaivePage): void {
    page.writeback = false
    if (!page.reclaim || page.dirty) return
    page.reclaim = false
    this.unlist(page)
    page.active = false
    this.inactive.push(page)
  }

  /** To the head of a list. */
  place(page: NaivePage, active: boolean): void {
    this.unlist(page)
    page.active = active
    ;(active ? this.active : this.inactive).unshift(page)
  }

  unlist(page: NaivePage): void {
    this.inactive = this.inactive.filter((other) => other !== page)
    this.active = this.active.filter((other) => other !== page)
  }

  shrinkActive(pages: number): void {
    for (let i = 0; i < pages && this.active.length > 0; i++) this.place(this.active[this.active.length - 1], false)
  }

  /** Pages dropped, in order. */
  shrinkInactive(pages: number, endPfn: number): number[] {
    const dropped = []
    const most = Math.min(pages, this.inactive.length)
    for (let i = 0; i < most && this.inactive.length > 0; i++) {
      const page = this.inactive[this.inactive.length - 1]
      if (page.pfn >= endPfn) this.place(page, false)
      else if (page.dirty || page.writeback) {
        page.reclaim = true
        this.place(page, true)
      } else {
        this.unlist(page)
        dropped.push(page.pfn)
      }
    }
    return dropped
  }
}
