/**
 * A host that backs a whole guest, mapped through the mm and the EPT as a fault would: the state that budgets and benchmarks start from.
 */
import { Columns, gfn, vpn } from '@hintlab/kit'
import { HostFrames } from '../mm/frames.ts'
import { HostMm } from '../mm/host-mm.ts'
import { isHuge, mappingHfn } from '../mm/mapping.ts'
import type { ThpPolicy } from '../mm/vmas.ts'
import { Ept } from '../mmu/ept.ts'
import { SPTE_EXEC, SPTE_HOST_WRITABLE, SPTE_MMU_WRITABLE, SPTE_PRESENT, SPTE_WRITABLE } from '../mmu/spte.ts'

const FLAGS = SPTE_PRESENT | SPTE_WRITABLE | SPTE_EXEC | SPTE_HOST_WRITABLE | SPTE_MMU_WRITABLE

export interface MappedGuest {
  cols: Columns
  frames: HostFrames
  mm: HostMm
  ept: Ept
}

/** `pages`, a multiple of 512, of guest memory with gfn = vpn, on a host of exactly as many frames; every page touched once. */
export function mapGuest(pages: number, thp: ThpPolicy): MappedGuest {
  const cols = new Columns()
  const frames = new HostFrames(cols, pages)
  const mm = new HostMm(cols, frames, { firstVpn: vpn(0), pages })
  mm.addVma({ start: vpn(0), pages, thp })
  const ept = new Ept(cols)
  for (let page = 0; page < pages;) {
    const mapping = mm.populate(vpn(page))
    if (isHuge(mapping)) ept.map2m(gfn(page), mappingHfn(mapping), FLAGS)
    else ept.map4k(gfn(page), mappingHfn(mapping), FLAGS)
    page += isHuge(mapping) ? 512 : 1
  }
  return { cols, frames, mm, ept }
}

/** Bytes per guest page that the host side holds, by part and in sum. */
export function bytesPerPage(cols: Columns, pages: number): Map<string, number> {
  const found = new Map<string, number>()
  let sum = 0
  for (const [label, bytes] of cols.bytesByLabel()) {
    found.set(label, bytes / pages)
    sum += bytes
  }
  return found.set('sum', sum / pages)
}
