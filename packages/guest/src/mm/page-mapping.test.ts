import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeAllocator } from '../testing/make-allocator.ts'
import { singleZoneLayout, ZoneKind } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { NONE } from './page-allocator.ts'
import type { PageHolder } from './page-mapping.ts'
import { splitPage } from './split-page.ts'

class Slots implements PageHolder {
  readonly pages: number[] = []
  mayMove = (index: number): boolean => index !== 0
  pageAt = (index: number): number => this.pages[index] ?? -1
  migrated(index: number, _from: number, to: number): void {
    this.pages[index] = to
  }
}

test('a page that was never given to a holder has none, whatever its links held before', () => {
  const order = fc.nat(4)
  fc.assert(fc.property(fc.array(fc.record({ kind: fc.nat(3), order, pick: fc.nat() }), { maxLength: 80 }), (steps) => {
    const { mm } = makeAllocator(singleZoneLayout(64))
    const slots = new Slots()
    const holder = mm.mappings.add(slots)
    const used: number[] = []
    for (const { kind, order: o, pick } of steps) {
      if (kind === 0) {
        const pfn = mm.allocSlow(0, o, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
        if (pfn === NONE) continue
        expect(mm.mappings.movable(pfn)).toBe(false)
        if (o > 0) splitPage(mm, pfn, o, 0)
        for (let p = pfn; p < pfn + 2 ** o; p++) {
          expect(mm.mappings.movable(p)).toBe(false)
          used.push(p)
        }
      } else if (used.length > 0) {
        const [pfn] = used.splice(pick % used.length, 1)
        if (kind === 1) {
          mm.mappings.set(pfn, holder, slots.pages.push(pfn) - 1)
          used.push(pfn)
        } else if (mm.freeFast(0, pfn) === 2) mm.freeSlow(pfn)
        else if (kind === 3) mm.drainAll(0)
        if (kind > 1) slots.pages.forEach((p, i) => { if (p === pfn) slots.pages[i] = -1 })
      }
    }
  }), { numRuns: 200, seed: 5 })
})

test('the holder learns the new place, and says when it does not want to move', () => {
  const { mm } = makeAllocator()
  const slots = new Slots()
  const holder = mm.mappings.add(slots)
  const take = (): number => mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
  slots.pages.push(take(), take())
  slots.pages.forEach((pfn, i) => mm.mappings.set(pfn, holder, i))
  expect(slots.pages.map((pfn) => mm.mappings.movable(pfn))).toEqual([false, true])
  const [, from] = slots.pages
  const to = take()
  mm.mappings.replace(from, to)
  expect([slots.pages[1], mm.mappings.movable(from), mm.mappings.movable(to)]).toEqual([to, false, true])
  mm.mappings.check()
  slots.pages[1] = from
  expect(() => mm.mappings.check()).toThrow('P1')
})
