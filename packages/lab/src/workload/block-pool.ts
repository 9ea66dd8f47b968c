/** Blocks of mixed orders from which one is picked at random: two columns, the last takes the place of the one that goes. */
import { assert } from '@hintlab/kit'
import type { GuestKernel } from '@hintlab/guest'
import { SlotHolder } from '../guest-memory/slot-holder.ts'

export class Pool {
  count = 0
  /** Pages of all blocks in it, and the most there may be. */
  pages = 0
  readonly pagesMax: number
  /** Results of `pick`. */
  pfn = -1
  order = 0
  private readonly pfns: Int32Array
  private readonly orders: Uint8Array
  private readonly holder: SlotHolder

  /** `orderMin` is the smallest order of a block that will be added. */
  constructor(kernel: GuestKernel, pagesMax: number, orderMin: number) {
    this.pagesMax = pagesMax
    this.pfns = new Int32Array(Math.ceil(pagesMax / 2 ** orderMin))
    this.orders = new Uint8Array(this.pfns.length)
    this.holder = new SlotHolder(kernel, this.pfns)
  }

  add(pfn: number, order: number): void {
    assert(this.count < this.pfns.length, 'a pool has room for what it was sized for')
    this.pfns[this.count] = pfn
    this.orders[this.count] = order
    this.holder.hold(this.count++, order)
    this.pages += 2 ** order
  }

  /** Takes out block number `index`, 0 to count - 1, into `pfn` and `order`. */
  pick(index: number): void {
    assert(index < this.count, 'only a block that is there is picked')
    this.pfn = this.pfns[index]
    this.order = this.orders[index]
    const last = --this.count
    this.holder.release(this.pfn, this.order)
    if (index !== last) {
      this.pfns[index] = this.pfns[last]
      this.orders[index] = this.orders[last]
      this.holder.hold(index, this.orders[index])
    }
    this.pages -= 2 ** this.order
  }

  each(visit: (pfn: number, order: number) => void): void {
    for (let i = 0; i < this.count; i++) visit(this.pfns[i], this.orders[i])
  }
}
