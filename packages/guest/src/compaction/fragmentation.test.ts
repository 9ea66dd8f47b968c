import { Columns } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeAllocator } from '../testing/make-allocator.ts'
import { singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { splitPage } from '../mm/split-page.ts'
import { Deferral } from './deferral.ts'
import { fragmentationIndex, fragmentationScore, nodeScore } from './fragmentation.ts'

const PAGES = 2048

/** A guest in which exactly the pages of `free` are free. */
function scattered(free: (pfn: number) => boolean) {
  const { mm } = makeAllocator(singleZoneLayout(PAGES))
  for (let i = 0; i < 2; i++) {
    const pfn = mm.allocSlow(0, 10, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    splitPage(mm, pfn, 10, 0)
  }
  for (let pfn = 0; pfn < PAGES; pfn++) if (free(pfn)) mm.freeSlow(pfn)
  return mm
}

/** Largest aligned free blocks, from the definition. */
function blocksOf(free: (pfn: number) => boolean): number[] {
  const orders = []
  for (let pfn = 0; pfn < PAGES; ) {
    if (!free(pfn)) {
      pfn++
      continue
    }
    let order = 0
    while (order < 10 && pfn % 2 ** (order + 1) === 0 && Array.from({ length: 2 ** (order + 1) }, (_, i) => free(pfn + i)).every(Boolean)) order++
    orders.push(order)
    pfn += 2 ** order
  }
  return orders
}

test('the score is the share of free memory in blocks below a huge page, the index tells shortage from scattering', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(PAGES - 1), fc.nat(700)), { maxLength: 6 }), (ranges) => {
    const free = (pfn: number): boolean => ranges.some(([first, length]) => pfn >= first && pfn < first + length)
    const mm = scattered(free)
    const blocks = blocksOf(free)
    const pages = blocks.reduce((sum, order) => sum + 2 ** order, 0)
    const large = blocks.filter((order) => order >= 9).reduce((sum, order) => sum + 2 ** order, 0)
    expect(fragmentationScore(mm, mm.zones[0])).toBe(pages === 0 ? 0 : Math.floor(((pages - large) * 100) / pages))
    const index = fragmentationIndex(mm, mm.zones[0], 9)
    if (large > 0) expect(index).toBe(-1000)
    else expect(index).toBe(pages === 0 ? 0 : 1000 - Math.floor((1000 + Math.floor((pages * 1000) / 512)) / blocks.length))
  }), { numRuns: 60, seed: 3 })
})

test('the extremes: every other page free, nothing free, everything free', () => {
  const score = (free: (pfn: number) => boolean): number[] => {
    const mm = scattered(free)
    return [fragmentationScore(mm, mm.zones[0]), nodeScore(mm)]
  }
  expect([score((pfn) => pfn % 2 === 0), score(() => false), score(() => true)]).toEqual([[100, 99], [0, 0], [0, 0]])
})

test('deferral doubles with each failure up to 64, and a success ends it', () => {
  const deferral = new Deferral(new Columns(), 1)
  const leftOut = (): number => {
    let n = 0
    while (deferral.deferred(0, 9)) n++
    return n
  }
  expect(deferral.deferred(0, 9)).toBe(false)
  const rounds = Array.from({ length: 8 }, () => {
    deferral.failed(0, 9)
    return leftOut()
  })
  expect(rounds).toEqual([1, 3, 7, 15, 31, 63, 63, 63])
  deferral.failed(0, 9)
  expect(deferral.deferred(0, 8)).toBe(false)
  deferral.succeeded(0, 9)
  expect(leftOut()).toBe(0)
})
