/** The single pages that an aged guest has in use: nobody asks for them again, and compaction may move them. */
import type { Columns } from '@hintlab/kit'
import type { GuestKernel } from '@hintlab/guest'
import { SlotHolder } from './slot-holder.ts'

export class AgedPages {
  private readonly pfns: Int32Array
  private readonly holder: SlotHolder
  private count = 0

  /** At most `pagesMax` will be kept. */
  constructor(cols: Columns, kernel: GuestKernel, pagesMax: number) {
    this.pfns = cols.i32('aged.pages', pagesMax, cols.objects('aged pages')).fill(-1)
    this.holder = new SlotHolder(kernel, this.pfns)
  }

  keep(pfn: number): void {
    this.pfns[this.count] = pfn
    this.holder.hold(this.count++, 0)
  }
}
