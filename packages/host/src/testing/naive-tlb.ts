/**
 * The readable specification of Tlb, as far as it has one: every translation inserted since it was last flushed *may* be found, nothing
 * else may. A TLB with a slot for each address must find them all.
 */
import { Level, pagesAt } from '../mmu/level.ts'

interface Entry { hfn: number; flags: number }

const LEVELS = [Level.SMALL, Level.LARGE, Level.GIGA] as const

export class NaiveTlb {
  /** By level, then by first page. */
  private readonly entries = new Map(LEVELS.map((level) => [level, new Map<number, Entry>()]))

  insert(gfn: number, hfn: number, flags: number, level: Level): void {
    const inside = gfn % pagesAt(level)
    this.entries.get(level)!.set(gfn - inside, { hfn: hfn - inside, flags })
  }

  /** What a lookup may return, the smallest translation first. */
  candidates(gfn: number): Entry[] {
    return LEVELS.flatMap((level) => {
      const inside = gfn % pagesAt(level)
      const found = this.entries.get(level)!.get(gfn - inside)
      return found === undefined ? [] : [{ hfn: found.hfn + inside, flags: found.flags }]
    })
  }

  flushAll(): void {
    for (const level of LEVELS) this.entries.get(level)!.clear()
  }

  flushRange(gfn: number, count: number): void {
    for (const level of LEVELS) {
      const entries = this.entries.get(level)!
      for (const first of entries.keys()) if (first < gfn + count && first + pagesAt(level) > gfn) entries.delete(first)
    }
  }
}
