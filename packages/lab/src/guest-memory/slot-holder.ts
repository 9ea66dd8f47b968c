/**
 * Pages that a program of the guest holds, in an array of the program's own, so that compaction can move them: the page tables of the workload. Only single
 * movable pages take part, from when they have been touched until they are given back. In a guest without compaction it does nothing.
 */
import { Migratetype } from '@hintlab/guest'
import type { GuestKernel, PageHolder } from '@hintlab/guest'

const NOBODY = -1

export class SlotHolder implements PageHolder {
  private readonly kernel: GuestKernel
  private readonly slots: Int32Array | number[]
  private readonly holder: number

  /** `slots[index]` is the page at `index`, and the program writes it; a page that moves is written here. */
  constructor(kernel: GuestKernel, slots: Int32Array | number[]) {
    this.kernel = kernel
    this.slots = slots
    this.holder = kernel.compaction === null ? NOBODY : kernel.mm.mappings.add(this)
  }

  /** The page at `index` is in use: it may be moved from now on. */
  hold(index: number, order: number): void {
    if (this.holder === NOBODY || order > 0) return
    const pfn = this.slots[index]
    if (this.kernel.mm.core.kind[pfn] === Migratetype.MOVABLE) this.kernel.mm.mappings.set(pfn, this.holder, index)
  }

  /** The page is about to be freed, or to change its place in the array: it stays where it is. */
  release(pfn: number, order: number): void {
    if (this.holder !== NOBODY && order === 0) this.kernel.mm.mappings.clear(pfn)
  }

  mayMove(): boolean {
    return true
  }

  migrated(index: number, _from: number, to: number): void {
    this.slots[index] = to
  }

  pageAt(index: number): number {
    return this.slots[index] ?? NOBODY
  }
}
