/** PageSet against a plain Set. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PageSet, pagesOf } from './page-set.ts'

/** Around the borders of pieces, and beyond 2^32. */
const page = fc.oneof(fc.nat(40), fc.integer({ min: 32760, max: 32780 }), fc.integer({ min: 2 ** 33 - 4, max: 2 ** 33 + 4 }))
const operation = fc.tuple(fc.constantFrom('add', 'delete', 'clear', 'addAll'), page, fc.nat(20))

test('as a set of numbers', () => {
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
    const pages = new PageSet()
    const twin = new Set<number>()
    for (const [what, pfn, count] of operations) {
      const range = Array.from({ length: count }, (_, i) => pfn + i)
      const other = new PageSet()
      other.add(pfn, count)
      if (what === 'clear' && count > 15) pages.clear()
      if (what === 'clear' && count > 15) twin.clear()
      if (what === 'add') pages.add(pfn, count)
      if (what === 'addAll') pages.addAll(other)
      if (what === 'add' || what === 'addAll') for (const n of range) twin.add(n)
      if (what === 'delete') pages.delete(pfn, count)
      if (what === 'delete') for (const n of range) twin.delete(n)
      expect(pages.size).toBe(twin.size)
      expect(pages.firstIn(pfn - (pfn > 10 ? 10 : 0), 60)).toBe(Array.from({ length: 60 }, (_, i) => pfn - (pfn > 10 ? 10 : 0) + i).find((n) => twin.has(n)) ?? -1)
    }
  }), { numRuns: 200 })
})

test('the pages that bytes touch', () => {
  expect(pagesOf(4095, 2)).toEqual({ pfn: 0, pages: 2 })
  expect(pagesOf(4096, 4096)).toEqual({ pfn: 1, pages: 1 })
  expect(pagesOf(4096, 0)).toEqual({ pfn: 1, pages: 0 })
})
