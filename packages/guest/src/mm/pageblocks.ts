/**
 * The migratetype of each pageblock (512 pages): where a freed page goes back to, and what kind of pages a block collects. One byte per
 * pageblock. Linux reads it without the zone lock when a page is freed to a per-CPU list, and so does this model.
 */
import { assert } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { pageblocksIn } from './layout.ts'
import type { Layout } from './layout.ts'
import { Migratetype, MIGRATETYPES } from './migratetype.ts'

export class Pageblocks {
  declare readonly order: number
  private declare readonly types: Uint8Array
  private declare readonly object: number
  private declare readonly footprint: Footprint

  /** Every pageblock begins as MOVABLE (mm/page_alloc.c memmap_init_range). */
  constructor(cols: Columns, layout: Layout) {
    const blocks = pageblocksIn(layout)
    this.order = layout.pageblockOrder
    this.footprint = cols.footprint
    this.object = cols.objects('pageblock', blocks)
    this.types = cols.u8('pageblock.type', blocks, this.object, 1).fill(Migratetype.MOVABLE)
  }

  /** Migratetype of the pageblock that holds `pfn`. */
  typeOf(pfn: number): Migratetype {
    const block = pfn >>> this.order
    if (this.footprint.recording) this.footprint.read(this.object + block)
    return this.types[block] as Migratetype
  }

  setType(pfn: number, migratetype: Migratetype): void {
    assert(migratetype < MIGRATETYPES, 'migratetype is known')
    const block = pfn >>> this.order
    this.footprint.write(this.object + block)
    this.types[block] = migratetype
  }

  /** Sets every pageblock of a block of at least one pageblock (change_pageblock_range). */
  setRange(pfn: number, order: number, migratetype: Migratetype): void {
    for (let at = pfn; at < pfn + (1 << order); at += 1 << this.order) this.setType(at, migratetype)
  }
}
