/**
 * The readable specification of Tlb, as far as it has one: every translation inserted since it was last flushed *may* be found, nothing
 * else may. A TLB with a slot for each address must find them all.
 */
import { SPTE_LARGE } from '../mmu/spte.ts'

interface Entry { hfn: number; flags: number }

export class NaiveTlb {
  private readonly small = new Map<number, Entry>()
  private readonly large = new Map<number, Entry>()

  insert(gfn: number, hfn: number, flags: number): void {
    if ((flags & SPTE_LARGE) === 0) this.small.set(gfn, { hfn, flags })
    else this.large.set(Math.floor(gfn / 512), { hfn: hfn - (gfn % 512), flags })
  }

  /** What a lookup may return, the small translation first. */
  candidates(gfn: number): Entry[] {
    const small = this.small.get(gfn)
    const large = this.large.get(Math.floor(gfn / 512))
    const inside = large === undefined ? [] : [{ hfn: large.hfn + (gfn % 512), flags: large.flags }]
    return small === undefined ? inside : [small, ...inside]
  }

  flushAll(): void {
    this.small.clear()
    this.large.clear()
  }

  flushRange(gfn: number, count: number): void {
    for (const at of this.small.keys()) if (at >= gfn && at < gfn + count) this.small.delete(at)
    for (const region of this.large.keys()) if (region * 512 < gfn + count && region * 512 + 512 > gfn) this.large.delete(region)
  }
}
