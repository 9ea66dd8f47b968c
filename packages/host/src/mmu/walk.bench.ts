/**
 * What a guest access costs the model: a walk of the EPT on a page that is mapped, and a TLB hit. Goal: a walk below 20 ns. Not a goal:
 * cold tables of a very large guest, where the memory of the machine decides.
 */
import type { Gfn } from '@hintlab/kit'
import { assert, Columns, gfn, mix } from '@hintlab/kit'
import { mapGuest } from '../testing/map-guest.ts'
import type { Ept } from './ept.ts'
import { NO_SPTE } from './spte.ts'
import { Tlb } from './tlb.ts'

export interface WalkBench {
  /** ns per walk of pages in order, and in no order. */
  walkInOrderNs: number
  walkAnyOrderNs: number
  /** ns per walk that finds a large SPTE, in no order. */
  walkLargeNs: number
  tlbHitNs: number
}

/** `now` returns nanoseconds; `pages` of guest memory, a power of two from 512; `rounds` lookups per number. */
export function benchWalk(now: () => number, pages: number, rounds: number): WalkBench {
  const { ept, mm } = mapGuest(pages, 'never')
  const huge = mapGuest(pages, 'always')
  assert(ept.small === pages && huge.ept.large === pages / 512, 'every page is mapped before the walks are timed')
  const inOrder = Uint32Array.from({ length: pages }, (_, i) => i)
  const anyOrder = Uint32Array.from({ length: pages }, (_, i) => mix(i) & (pages - 1))
  for (let i = 0; i < 100; i++) {
    const page = anyOrder[i]
    assert(ept.walk(gfn(page)) !== NO_SPTE && Number(mm.vpnOfFrame(ept.hfn)) === page, 'a walk leads to the frame of the page')
  }
  const tlb = new Tlb(new Columns(), { vcpu: 0 })
  for (let page = 0; page < 512; page++) {
    const flags = ept.walk(gfn(page))
    tlb.insert(gfn(page), ept.hfn, flags, ept.level)
  }
  const walkInOrderNs = timeWalks(now, rounds, ept, inOrder)
  const walkAnyOrderNs = timeWalks(now, rounds, ept, anyOrder)
  const walkLargeNs = timeWalks(now, rounds, huge.ept, anyOrder)
  const tlbHitNs = timeHits(now, rounds, tlb, anyOrder)
  return { walkInOrderNs, walkAnyOrderNs, walkLargeNs, tlbHitNs }
}

function timeWalks(now: () => number, rounds: number, ept: Ept, pages: Uint32Array): number {
  countWalks(ept, pages, rounds)
  const start = now()
  const found = countWalks(ept, pages, rounds)
  const spent = now() - start
  assert(found === rounds, 'every walk found an SPTE')
  return spent / rounds
}

function countWalks(ept: Ept, pages: Uint32Array, rounds: number): number {
  let found = 0
  for (let i = 0; i < rounds; i++) if (ept.walk(pages[i & (pages.length - 1)] as Gfn) !== NO_SPTE) found++
  return found
}

function timeHits(now: () => number, rounds: number, tlb: Tlb, pages: Uint32Array): number {
  countHits(tlb, pages, rounds)
  const start = now()
  const found = countHits(tlb, pages, rounds)
  const spent = now() - start
  assert(found === rounds, 'every lookup was a hit')
  return spent / rounds
}

function countHits(tlb: Tlb, pages: Uint32Array, rounds: number): number {
  let found = 0
  for (let i = 0; i < rounds; i++) if (tlb.lookup((pages[i & (pages.length - 1)] & 511) as Gfn) !== NO_SPTE) found++
  return found
}
