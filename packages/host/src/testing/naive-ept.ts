/** The readable specification of Ept: a map of leaves by their first page. The tables that a real EPT needs are counted, not built. */
import { Level, pagesAt } from '../mmu/level.ts'
import { SPTE_ACCESSED, SPTE_LARGE } from '../mmu/spte.ts'

interface Leaf { level: Level; hfn: number; flags: number }

export interface NaiveZapped { small: number; large: number; giga: number }

const LEVELS = [Level.SMALL, Level.LARGE, Level.GIGA] as const
const headOf = (gfn: number, level: Level): number => gfn - (gfn % pagesAt(level))

export class NaiveEpt {
  /** By level, then by first page. */
  readonly leaves = new Map(LEVELS.map((level) => [level, new Map<number, Leaf>()]))
  private readonly upper = new Set<string>(['root'])

  count(level: Level): number {
    return this.leaves.get(level)!.size
  }

  get tables(): number {
    return this.upper.size + new Set([...this.leaves.get(Level.SMALL)!.keys()].map((gfn) => headOf(gfn, Level.LARGE))).size
  }

  /** The leaf that maps a page, with the frame of that page. */
  walk(gfn: number): Leaf | undefined {
    for (const level of LEVELS) {
      const leaf = this.leaves.get(level)!.get(headOf(gfn, level))
      if (leaf !== undefined) return { ...leaf, hfn: leaf.hfn + (gfn % pagesAt(level)) }
    }
    return undefined
  }

  /** Whether a leaf may be put at `gfn`: no larger one is there, and none of its size with another frame. */
  canMap(gfn: number, hfn: number, level: Level): boolean {
    const old = this.leaves.get(level)!.get(gfn)
    return (old === undefined || old.hfn === hfn) && LEVELS.every((other) => other <= level || !this.leaves.get(other)!.has(headOf(gfn, other)))
  }

  /** Returns the leaves that gave way. */
  map(gfn: number, hfn: number, flags: number, level: Level): NaiveZapped {
    const isNew = !this.leaves.get(level)!.has(gfn)
    const zapped = isNew && level !== Level.SMALL ? this.zap(gfn, pagesAt(level)) : { small: 0, large: 0, giga: 0 }
    this.upper.add(`pdpt ${Math.floor(gfn / 2 ** 27)}`)
    if (level === Level.GIGA) this.upper.delete(`pd ${headOf(gfn, Level.GIGA)}`)
    else this.upper.add(`pd ${headOf(gfn, Level.GIGA)}`)
    this.leaves.get(level)!.set(gfn, { level, hfn, flags: level === Level.SMALL ? flags : flags | SPTE_LARGE })
    return zapped
  }

  zap(gfn: number, count: number): NaiveZapped {
    const [small, large, giga] = LEVELS.map((level) => {
      const heads = this.headsIn(gfn, count, level)
      for (const head of heads) this.leaves.get(level)!.delete(head)
      return heads.length
    })
    return { small, large, giga }
  }

  mark(gfn: number, bits: number): void {
    for (const level of LEVELS) {
      const leaf = this.leaves.get(level)!.get(headOf(gfn, level))
      if (leaf !== undefined) leaf.flags |= bits
    }
  }

  clearAccessed(gfn: number, count: number): number {
    let young = 0
    for (const level of LEVELS) {
      for (const head of this.headsIn(gfn, count, level)) {
        const leaf = this.leaves.get(level)!.get(head)!
        if ((leaf.flags & SPTE_ACCESSED) !== 0) young++
        leaf.flags &= ~SPTE_ACCESSED
      }
    }
    return young
  }

  isYoung(gfn: number, count: number): boolean {
    return LEVELS.some((level) => this.headsIn(gfn, count, level).some((head) => (this.leaves.get(level)!.get(head)!.flags & SPTE_ACCESSED) !== 0))
  }

  private headsIn(gfn: number, count: number, level: Level): number[] {
    return [...this.leaves.get(level)!.keys()].filter((head) => count > 0 && head < gfn + count && head + pagesAt(level) > gfn)
  }
}
