/** Small text pictures of the host's structures, for inline snapshots. */
import type { Gfn, Vpn } from '@hintlab/kit'
import { isHuge, mappingHfn, NOT_MAPPED } from '../mm/mapping.ts'
import type { HostMm } from '../mm/host-mm.ts'
import type { Ept } from '../mmu/ept.ts'
import { formatSpte, NO_SPTE, packSpte, SPTE_LARGE } from '../mmu/spte.ts'

/** One line per run of pages that map to consecutive frames in the same way: `v0x0+512 huge h0x200`. */
export function renderMm(mm: HostMm, pages: number): string {
  const lines: Run[] = []
  for (let page = 0; page < pages; page++) {
    const mapping = mm.resolve(page as Vpn)
    if (mapping !== NOT_MAPPED) extend(lines, { at: page, count: 1, frame: mappingHfn(mapping), kind: isHuge(mapping) ? 'huge' : 'small' })
  }
  return lines.map(({ at, count, frame, kind }) => `v0x${at.toString(16)}+${count} ${kind} h0x${frame.toString(16)}`).join('\n')
}

/** One line per run of pages with SPTEs to consecutive frames with the same flags. */
export function renderEpt(ept: Ept, from: number, pages: number): string {
  const lines: Run[] = []
  for (let page = from; page < from + pages; page++) {
    const flags = ept.walk(page as Gfn)
    if (flags === NO_SPTE) continue
    const letters = formatSpte(packSpte(ept.hfn, flags)).split(' ')[1]
    extend(lines, { at: page, count: 1, frame: ept.hfn, kind: `${letters} ${(flags & SPTE_LARGE) === 0 ? '4k' : '2m'}` })
  }
  return lines.map(({ at, count, frame, kind }) => `g0x${at.toString(16)}+${count} ${kind} h0x${frame.toString(16)}`).join('\n')
}

interface Run { at: number; count: number; frame: number; kind: string }

function extend(runs: Run[], page: Run): void {
  const last = runs.at(-1)
  const joins = last !== undefined && last.kind === page.kind && last.at + last.count === page.at && last.frame + last.count === page.frame
  // A huge mapping ends at its 2 MiB: two neighbours are two mappings.
  if (joins && !(/huge|2m/.test(page.kind) && page.at % 512 === 0)) last.count++
  else runs.push(page)
}
