/**
 * The mapped areas of one mm: where a fault is legal, what the memory is, and whether a fault may be served by a huge page. Few and
 * long-lived (guest RAM below and above the hole), so they are searched one by one.
 */
import type { Columns, Vpn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { BACKINGS, granuleOf, isHugetlb } from '../backing/backing.ts'
import type { Backing } from '../backing/backing.ts'
import { HUGE_PAGES, TABLE_MASK, VMAS_MAX, VPN_LIMIT } from './limits.ts'

/** `always`: a fault takes a huge page where it can. `never`: only small pages. As in /sys/kernel/mm/transparent_hugepage/enabled. */
export type ThpPolicy = 'always' | 'never'

export interface Vma {
  start: Vpn
  pages: number
  thp: ThpPolicy
  /** Anonymous memory when absent. */
  backing?: Backing
}

export const NO_VMA = -1

export class Vmas {
  private readonly start: Uint32Array
  private readonly pages: Uint32Array
  private readonly thp: Uint8Array
  private readonly backing: Uint8Array
  private readonly used: Uint32Array

  constructor(cols: Columns, label: string, object: number) {
    this.start = cols.u32(`${label}.vmaStart`, VMAS_MAX, object)
    this.pages = cols.u32(`${label}.vmaPages`, VMAS_MAX, object)
    this.thp = cols.u8(`${label}.vmaThp`, VMAS_MAX, object)
    this.backing = cols.u8(`${label}.vmaBacking`, VMAS_MAX, object)
    this.used = cols.u32(`${label}.vmaCount`, 1, object)
  }

  get count(): number {
    return this.used[0]
  }

  /** Adds an area that meets no other. */
  add({ start, pages, thp, backing = 'anon' }: Vma): void {
    assert(start % granuleOf(backing) === 0 && pages % granuleOf(backing) === 0, 'an area is whole pages of its backing')
    assert(this.count < VMAS_MAX, 'an mm has at most VMAS_MAX areas')
    assert(start >= 0 && pages > 0 && start + pages <= VPN_LIMIT, 'an area has pages, and virtual page numbers 31 bits')
    for (let i = 0; i < this.count; i++) {
      assert(start + pages <= this.start[i] || start >= this.start[i] + this.pages[i], 'areas do not overlap')
    }
    const i = this.used[0]++
    this.start[i] = start
    this.pages[i] = pages
    this.thp[i] = thp === 'always' && granuleOf(backing) === 1 ? 1 : 0
    this.backing[i] = BACKINGS.indexOf(backing)
  }

  /** Index of the area that holds `vpn`, or NO_VMA. */
  find(vpn: Vpn): number {
    for (let i = 0; i < this.count; i++) {
      const inside = vpn - this.start[i]
      if (inside >= 0 && inside < this.pages[i]) return i
    }
    return NO_VMA
  }

  backingOf(i: number): Backing {
    return BACKINGS[this.backing[i]]
  }

  /** Whether a fault in area `i` takes its page from the pool of huge pages. */
  isHugetlb(i: number): boolean {
    return isHugetlb(this.backingOf(i))
  }

  /** Whether area `i` lets the aligned 2 MiB around `vpn` be one huge page: policy, and both ends inside (transhuge_vma_suitable). */
  allowsHuge(i: number, vpn: Vpn): boolean {
    const head = vpn - (vpn & TABLE_MASK)
    return this.thp[i] === 1 && head >= this.start[i] && head + HUGE_PAGES <= this.start[i] + this.pages[i]
  }
}
