/** One constructor per structure, every option defaulted: an option that a test names is one that matters to it. */
import { Columns, vpn } from '@hintlab/kit'
import type { Backing } from '../backing/backing.ts'
import { HostFrames } from '../mm/frames.ts'
import { HostMm } from '../mm/host-mm.ts'
import type { ThpPolicy } from '../mm/vmas.ts'

export interface HostFixtureOptions {
  frames?: number
  pages?: number
  thp?: ThpPolicy
  tablesMax?: number | undefined
  ptReclaim?: boolean
  backing?: Backing
}

export interface HostFixture {
  cols: Columns
  frames: HostFrames
  mm: HostMm
}

/** A host with one mm, whose one area starts at page 0 and fills the span. */
export function makeHost({ frames = 2048, pages = 2048, thp = 'always', tablesMax, ptReclaim, backing = 'anon' }: HostFixtureOptions = {}): HostFixture {
  const cols = new Columns()
  const node = new HostFrames(cols, frames)
  const mm = new HostMm(cols, node, { firstVpn: vpn(0), pages, tablesMax, ptReclaim })
  mm.addVma({ start: vpn(0), pages, thp, backing })
  return { cols, frames: node, mm }
}
