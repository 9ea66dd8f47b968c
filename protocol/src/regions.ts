/**
 * Which region of guest memory an address lies in. Shared by every implementation of GuestMemory, so that they agree on what is inside.
 *
 *        [base, base + length)                        regions never overlap; they may touch
 *   -----|###### 0 ######|----------|## 1 ##|## 2 ##|------> gpa
 *
 * An empty range is inside where its address is. Addresses come from peers: any number may be asked about.
 */
import { assert } from '@hintlab/kit'

/** One past the highest address: integers below it have room to be added in a double. */
export const GPA_LIMIT = 2 ** 52

export class RegionTable {
  private readonly bases: number[] = []
  private readonly ends: number[] = []

  get count(): number {
    return this.bases.length
  }

  base(index: number): number {
    return this.bases[index]
  }

  end(index: number): number {
    return this.ends[index]
  }

  /** Adds `[base, base + length)`; returns its index, or -1 when it is empty, above the limit, not in whole bytes, or overlaps another. */
  add(base: number, length: number): number {
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(length)) return -1
    const end = base + length
    if (base < 0 || length <= 0 || end > GPA_LIMIT) return -1
    for (let i = 0; i < this.bases.length; i++) if (base < this.ends[i] && this.bases[i] < end) return -1
    this.bases.push(base)
    return this.ends.push(end) - 1
  }

  /** The region that holds all of `[gpa, gpa + length)`, or -1. */
  find(gpa: number, length: number): number {
    const index = this.at(gpa)
    return index >= 0 && gpa + length <= this.ends[index] ? index : -1
  }

  /** The region that holds the byte at `gpa`, or -1. */
  at(gpa: number): number {
    if (!Number.isSafeInteger(gpa)) return -1
    for (let i = 0; i < this.bases.length; i++) if (gpa >= this.bases[i] && gpa < this.ends[i]) return i
    return -1
  }

  /** True when every byte of `[gpa, gpa + length)` is inside, over as many touching regions as it takes. */
  covers(gpa: number, length: number): boolean {
    assert(length >= 0, 'a length is not negative')
    const end = gpa + length
    let index = this.at(gpa)
    while (index >= 0 && this.ends[index] < end) index = this.at(this.ends[index])
    return index >= 0
  }
}
