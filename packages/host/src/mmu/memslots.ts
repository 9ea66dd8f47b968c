/**
 * The memory slots of one VM: which guest frame numbers exist, and which virtual pages of one mm they are. An x86 guest has RAM below 3
 * GiB and above 4 GiB, hence two slots.
 *
 *   gfn   0 ........ 3 GiB |   hole   | 4 GiB ............
 *         [   slot 0      ]            [   slot 1        ]
 *   vpn   [ base .........][ the host may put them anywhere ]
 *
 * Every address a guest names is checked here and nowhere later. An answer "yes" for a range means that the whole range is one range of
 * virtual pages: a discard that checked only its ends once discarded memory of a neighbour.
 */
import type { Columns, Footprint, Gfn, Vpn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { GFN_LIMIT, MEMSLOTS_MAX, VPN_LIMIT } from '../mm/limits.ts'
import { Level, pagesAt } from './level.ts'

/** No slot holds the address. */
export const NO_SLOT = -1

export interface Memslot {
  firstGfn: Gfn
  firstVpn: Vpn
  pages: number
}

export class Memslots {
  private readonly firstGfn: Uint32Array
  private readonly firstVpn: Uint32Array
  private readonly pages: Uint32Array
  private readonly used: Uint32Array
  private readonly object: number
  private readonly footprint: Footprint

  constructor(cols: Columns) {
    this.footprint = cols.footprint
    this.object = cols.objects('memslots')
    this.firstGfn = cols.u32('memslots.gfn', MEMSLOTS_MAX, this.object)
    this.firstVpn = cols.u32('memslots.vpn', MEMSLOTS_MAX, this.object)
    this.pages = cols.u32('memslots.pages', MEMSLOTS_MAX, this.object)
    this.used = cols.u32('memslots.count', 1, this.object)
  }

  get count(): number {
    this.footprint.read(this.object)
    return this.used[0]
  }

  /** Adds a slot that meets no other, neither in guest frames nor in virtual pages. */
  add({ firstGfn, firstVpn, pages }: Memslot): void {
    this.footprint.write(this.object)
    assert(this.used[0] < MEMSLOTS_MAX, 'a VM has at most MEMSLOTS_MAX slots')
    assert(pages > 0 && firstGfn >= 0 && firstGfn + pages <= GFN_LIMIT, 'a slot has pages, and guest frame numbers 31 bits')
    assert(firstVpn >= 0 && firstVpn + pages <= VPN_LIMIT, 'virtual page numbers have 31 bits')
    for (let i = 0; i < this.used[0]; i++) {
      const end = this.pages[i]
      assert(firstGfn + pages <= this.firstGfn[i] || firstGfn >= this.firstGfn[i] + end, 'slots do not overlap in guest frames')
      assert(firstVpn + pages <= this.firstVpn[i] || firstVpn >= this.firstVpn[i] + end, 'slots do not overlap in virtual pages')
    }
    const i = this.used[0]++
    this.firstGfn[i] = firstGfn
    this.firstVpn[i] = firstVpn
    this.pages[i] = pages
  }

  /** The virtual page of a guest frame, or NO_SLOT. Any number is allowed: a peer may have chosen it. */
  vpnOf(gfn: Gfn): Vpn | typeof NO_SLOT {
    this.footprint.read(this.object)
    const i = this.slotOf(gfn)
    return i === NO_SLOT ? NO_SLOT : ((this.firstVpn[i] + (gfn - this.firstGfn[i])) as Vpn)
  }

  /** The guest frame that a virtual page backs, or NO_SLOT: what the MMU notifier asks. */
  gfnOf(vpn: Vpn): Gfn | typeof NO_SLOT {
    this.footprint.read(this.object)
    for (let i = 0; i < this.used[0]; i++) {
      const inside = vpn - this.firstVpn[i]
      if (inside >= 0 && inside < this.pages[i]) return (this.firstGfn[i] + inside) as Gfn
    }
    return NO_SLOT
  }

  /**
   * Whether the `count` guest frames from `gfn` all exist and are one range of virtual pages; a range over two slots is one only where
   * both numbers run on. False for an empty or impossible range.
   */
  contains(gfn: Gfn, count: number): boolean {
    this.footprint.read(this.object)
    if (!Number.isInteger(gfn) || !Number.isInteger(count) || count <= 0) return false
    let i = this.slotOf(gfn)
    if (i === NO_SLOT) return false
    const shift = this.firstVpn[i] - this.firstGfn[i]
    let at = this.firstGfn[i] + this.pages[i]
    // Each turn moves to a higher slot, so the loop is bounded by the number of slots and not by `count`.
    while (at < gfn + count) {
      i = this.slotOf(at)
      if (i === NO_SLOT || this.firstVpn[i] - this.firstGfn[i] !== shift) return false
      at = this.firstGfn[i] + this.pages[i]
    }
    return true
  }

  /**
   * The largest SPTE, of at most `max`, that may map `gfn`: the aligned range around it lies inside the slot, and guest frame and virtual
   * page have the same place in theirs (arch/x86/kvm/x86.c kvm_alloc_memslot_metadata, disallow_lpage).
   */
  largestLevel(gfn: Gfn, max: Level): Level {
    this.footprint.read(this.object)
    const i = this.slotOf(gfn)
    if (i === NO_SLOT) return Level.SMALL
    const first = this.firstGfn[i]
    for (let level = max; level > Level.SMALL; level = (level - 1) as Level) {
      const mask = pagesAt(level) - 1
      const head = gfn - (gfn & mask)
      if (((first ^ this.firstVpn[i]) & mask) === 0 && head >= first && head + mask < first + this.pages[i]) return level
    }
    return Level.SMALL
  }

  private slotOf(gfn: number): number {
    for (let i = 0; i < this.used[0]; i++) {
      const inside = gfn - this.firstGfn[i]
      if (inside >= 0 && inside < this.pages[i]) return i
    }
    return NO_SLOT
  }
}
