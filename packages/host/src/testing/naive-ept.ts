/** The readable specification of Ept: two maps, by page and by 2 MiB region. The tables that a real EPT needs are counted, not built. */
import { SPTE_ACCESSED, SPTE_LARGE } from '../mmu/spte.ts'

interface Spte { hfn: number; flags: number }

export class NaiveEpt {
  readonly smallOf = new Map<number, Spte>()
  readonly largeOf = new Map<number, Spte>()
  private readonly upper = new Set<string>(['root'])

  get tables(): number {
    return this.upper.size + new Set([...this.smallOf.keys()].map(regionOf)).size
  }

  /** The SPTE that maps a page, with the frame of that page. */
  walk(gfn: number): Spte | undefined {
    const large = this.largeOf.get(regionOf(gfn))
    return large === undefined ? this.smallOf.get(gfn) : { hfn: large.hfn + (gfn % 512), flags: large.flags }
  }

  /** Whether a page may get this small SPTE: nothing else maps it. */
  canMap4k(gfn: number, hfn: number): boolean {
    const old = this.smallOf.get(gfn)
    return !this.largeOf.has(regionOf(gfn)) && (old === undefined || old.hfn === hfn)
  }

  map4k(gfn: number, hfn: number, flags: number): void {
    this.touchUpper(gfn)
    this.smallOf.set(gfn, { hfn, flags })
  }

  canMap2m(gfn: number, hfn: number): boolean {
    const old = this.largeOf.get(regionOf(gfn))
    return old === undefined || old.hfn === hfn
  }

  /** Returns the small SPTEs that were replaced. */
  map2m(gfn: number, hfn: number, flags: number): number {
    const { small } = this.largeOf.has(regionOf(gfn)) ? { small: 0 } : this.zap(gfn, 512)
    this.touchUpper(gfn)
    this.largeOf.set(regionOf(gfn), { hfn, flags: flags | SPTE_LARGE })
    return small
  }

  zap(gfn: number, count: number): { small: number; large: number } {
    const small = [...this.smallOf.keys()].filter((at) => at >= gfn && at < gfn + count)
    const large = [...this.largeOf.keys()].filter((region) => count > 0 && region * 512 < gfn + count && region * 512 + 512 > gfn)
    for (const at of small) this.smallOf.delete(at)
    for (const region of large) this.largeOf.delete(region)
    return { small: small.length, large: large.length }
  }

  mark(gfn: number, bits: number): void {
    const spte = this.largeOf.get(regionOf(gfn)) ?? this.smallOf.get(gfn)
    if (spte !== undefined) spte.flags |= bits
  }

  clearAccessed(gfn: number, count: number): number {
    let young = 0
    const meets = (first: number, pages: number): boolean => count > 0 && first < gfn + count && first + pages > gfn
    const age = (spte: Spte): void => {
      if ((spte.flags & SPTE_ACCESSED) !== 0) young++
      spte.flags &= ~SPTE_ACCESSED
    }
    for (const [at, spte] of this.smallOf) if (meets(at, 1)) age(spte)
    for (const [region, spte] of this.largeOf) if (meets(region * 512, 512)) age(spte)
    return young
  }

  /** Upper tables, once made, stay. */
  private touchUpper(gfn: number): void {
    this.upper.add(`pdpt ${Math.floor(gfn / 2 ** 27)}`)
    this.upper.add(`pd ${Math.floor(gfn / 2 ** 18)}`)
  }
}

const regionOf = (gfn: number): number => Math.floor(gfn / 512)
