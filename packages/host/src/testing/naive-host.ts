/**
 * The readable specification of HostFrames and HostMm together: sets and maps, nothing incremental. Which frame an allocation takes is
 * the real allocator's choice; the twin says whether there must be one, and refuses a frame that is not free.
 */
import { mappingHfn, NOT_MAPPED, packMapping } from '../mm/mapping.ts'

const SLOT = 512
export interface NaiveArea { start: number; pages: number; thp: boolean; shmem?: boolean }
interface Page { hfn: number; huge: boolean }

export class NaiveHost {
  readonly pages = new Map<number, Page>()
  /** Slots of 2 MiB that have a PTE table: from their first small page or split on. */
  private readonly tabled = new Set<number>()
  private readonly used = new Set<number>()
  private readonly frames: number
  private readonly areas: NaiveArea[]
  private readonly tablesMax: number

  constructor(frames: number, areas: NaiveArea[], tablesMax = Infinity) {
    this.frames = frames
    this.areas = areas
    this.tablesMax = tablesMax
  }

  get small(): number { return [...this.pages.values()].filter((page) => !page.huge).length }
  get huge(): number { return [...this.pages.values()].filter((page) => page.huge).length / SLOT }
  get free(): number { return this.frames - this.used.size }
  get tables(): number { return this.tabled.size }

  /** Whether some aligned run of 512 frames is free. */
  get hasFreeHuge(): boolean {
    for (let head = 0; head + SLOT <= this.frames; head += SLOT) if (range(head, SLOT).every((hfn) => !this.used.has(hfn))) return true
    return false
  }

  lookup(vpn: number): number {
    const page = this.pages.get(vpn)
    return page === undefined ? NOT_MAPPED : packMapping(page.hfn, page.huge ? 1 : 0)
  }

  /** What a fault must do; `huge by PTEs` takes a huge page and maps it in small ones. */
  outcome(vpn: number): 'bad address' | 'present' | 'huge' | 'huge by PTEs' | 'small' | 'no memory' {
    const area = this.areas.find(({ start, pages }) => vpn >= start && vpn < start + pages)
    if (area === undefined) return 'bad address'
    if (this.pages.has(vpn)) return 'present'
    const slot = range(vpn - (vpn % SLOT), SLOT)
    const slotEmpty = slot.every((page) => !this.pages.has(page))
    const hasTable = this.tabled.has(Math.floor(vpn / SLOT))
    const spareTable = this.tables + this.huge < this.tablesMax
    const fits = slot[0] >= area.start && slot[0] + SLOT <= area.start + area.pages
    const wantsHuge = area.thp && fits && slotEmpty && this.hasFreeHuge
    if (wantsHuge && !hasTable && spareTable) return 'huge'
    if (wantsHuge && hasTable && area.shmem === true) return 'huge by PTEs'
    return this.free > 0 && (hasTable || spareTable) ? 'small' : 'no memory'
  }

  /** A fault has allocated `mapping` for `vpn`. */
  took(vpn: number, mapping: number, outcome: 'huge' | 'huge by PTEs' | 'small'): void {
    const huge = outcome === 'huge'
    const inside = outcome === 'small' ? 0 : vpn % SLOT
    if (!huge) this.tabled.add(Math.floor(vpn / SLOT))
    for (const i of range(0, outcome === 'small' ? 1 : SLOT)) {
      const hfn = mappingHfn(mapping) - inside + i
      if (this.used.has(hfn) || hfn >= this.frames) throw new Error(`frame ${hfn} was not free`)
      this.used.add(hfn)
      this.pages.set(vpn - inside + i, { hfn, huge })
    }
  }

  zap(from: number, count: number): { small: number; huge: number; splits: number } {
    const done = { small: 0, huge: 0, splits: 0 }
    for (const vpn of range(from, count)) {
      const page = this.pages.get(vpn)
      if (page === undefined) continue
      const head = vpn - (vpn % SLOT)
      if (page.huge && head >= from && head + SLOT <= from + count) done.huge += 1 / SLOT
      else if (page.huge) {
        done.splits++
        this.tabled.add(head / SLOT)
        for (const i of range(head, SLOT)) this.pages.get(i)!.huge = false
        done.small++
      } else done.small++
      this.used.delete(page.hfn)
      this.pages.delete(vpn)
    }
    return done
  }

  /** Tables without pages go where the range covers their 2 MiB. */
  reclaimTables(from: number, count: number): void {
    for (const slot of this.tabled) {
      const covered = slot * SLOT >= from && (slot + 1) * SLOT <= from + count
      if (covered && range(slot * SLOT, SLOT).every((page) => !this.pages.has(page))) this.tabled.delete(slot)
    }
  }
}

export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)
