import { Columns, gfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveSubPages } from '../testing/naive-backing.ts'
import { NO_WHOLE, SubPages } from './sub-pages.ts'

const operation = fc.oneof(
  { weight: 20, arbitrary: fc.record({ first: fc.nat(95), count: fc.constantFrom(1, 1, 1, 2, 4, 8, 16, 32) }) },
  { weight: 1, arbitrary: fc.constant('reset' as const) },
)

test.each([2, 16, 32])('whatever is added in whatever order: a page of %i is complete when a request gave all of it in a row', (granule) => {
  let completed = 0
  // Runs through one page of the host in some order are likely among the rest.
  const sweep = fc.record({ base: fc.nat(2), order: fc.shuffledSubarray(Array.from({ length: granule }, (_, i) => i), { minLength: granule - 1 }) })
  const part = fc.oneof(fc.array(operation, { maxLength: 20 }), sweep.map(({ base, order }) => order.map((i) => ({ first: base * granule + i, count: 1 }))))
  fc.assert(fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
    const real = new SubPages(new Columns(), granule)
    const naive = new NaiveSubPages(granule)
    for (const each of parts.flat()) {
      if (each === 'reset') {
        real.reset()
        naive.reset()
        continue
      }
      const whole = naive.add(each.first, each.count)
      expect(real.add(gfn(each.first), each.count)).toBe(whole ?? NO_WHOLE)
      if (whole !== null) completed++
    }
  }), { seed: 7, numRuns: 100 })
  expect(completed).toBeGreaterThan(20)
})

test('a page of the host has at most 32 pages, and the state starts over with the columns', () => {
  expect(() => new SubPages(new Columns(), 64)).toThrow('fit into a word')
  const cols = new Columns()
  const pages = new SubPages(cols, 2)
  cols.seal()
  expect(pages.add(gfn(4), 1)).toBe(NO_WHOLE)
  cols.reset()
  expect([pages.add(gfn(5), 1), pages.add(gfn(4), 1)]).toEqual([NO_WHOLE, 4])
})
