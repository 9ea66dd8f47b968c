/**
 * khugepaged told as a list: all ranges of all areas one after the other, an area without any as an entry that costs one page. A scan takes entries from where
 * the last one stopped until it has looked at enough pages, begins anew at the front once at most, and makes huge what it may. Memory never runs out.
 */
import { PAGEBLOCK_PAGES } from '@hintlab/kit'

/** Pages there are in a range, all 512 when a huge page backs it; null stands for an area without ranges. */
interface Entry {
  readonly range: { present: number; huge: boolean } | null
}

export class NaiveKhugepaged {
  readonly list: Entry[]
  collapsed = 0
  fullScans = 0
  freed = 0
  cleared = 0
  private at = 0

  /** `areas` are pages there are, by range. */
  constructor(areas: readonly (readonly number[])[]) {
    this.list = areas.flatMap((area): Entry[] => (area.length === 0 ? [{ range: null }] : area.map((present) => ({ range: { present, huge: false } }))))
  }

  scan(pagesToScan: number, noneMax: number): void {
    const rest = this.list.length - this.at
    const most = this.at === 0 ? this.list.length : rest + this.list.length
    let pages = 0
    for (let n = 0; n < most && pages < pagesToScan; n++) {
      const { range } = this.list[this.at]
      pages += range === null ? 1 : PAGEBLOCK_PAGES
      if (range !== null && !range.huge && PAGEBLOCK_PAGES - range.present <= noneMax) this.collapse(range)
      this.at = (this.at + 1) % this.list.length
      if (this.at === 0) this.fullScans++
    }
  }

  private collapse(range: NonNullable<Entry['range']>): void {
    this.collapsed++
    this.freed += range.present
    this.cleared += PAGEBLOCK_PAGES - range.present
    Object.assign(range, { present: PAGEBLOCK_PAGES, huge: true })
  }
}
