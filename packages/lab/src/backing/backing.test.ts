import { BACKINGS, DISCARDS, granuleOf } from '@hintlab/host'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backingText } from './backing-text.ts'
import { TriedBacking } from './try-backing.ts'
import { assignedRows, subPageRows, tryCell } from './truth-table.ts'

test('docs/backing.md is what the model says', async () => {
  await expect(backingText()).toMatchFileSnapshot('../../../../docs/backing.md')
})

test('what the mailing list argued about: a hint that frees nothing, one that splits, one that waits', () => {
  expect(tryCell('shmem', 'never', 'dontneed', [0, 512])).toBe('unmaps, keeps 512; reads old data')
  expect(tryCell('anon', 'always', 'dontneed', [5, 1])).toBe('frees 1, splits the huge page; reads zeroes')
  expect(tryCell('anon', 'never', 'free', [0, 512])).toBe('marks 512, 512 go when the host is short; reads zeroes')
  expect(tryCell('hugetlb-2m', 'never', 'remove', [5, 1])).toBe('keeps, zeroed 1; reads zeroes')
})

test('pages of a huge host page go only when one request names all of them', () => {
  expect(subPageRows().map(({ freed }) => freed)).toEqual([16, 16, 0, 0, 0, 16, 0])
})

test('F10: without an inhibited discard or an unpin, what the device writes is lost, and so are its frames', () => {
  expect(assignedRows().filter(({ after, lost }) => after !== 'the guest reads it' || lost > 0).map(({ mode }) => mode)).toEqual(['unsafe'])
})

test('MADV_FREE: what the guest writes before the host is short stays', () => {
  const tried = new TriedBacking({ backing: 'anon', thp: 'never', discard: 'free', pages: 512 })
  tried.write([1, 2, 3], 7)
  tried.discard([0, 512])
  tried.write([2], 8)
  tried.squeeze()
  expect([tried.read([2]), tried.vm.residentPages]).toEqual([[8], 1])
  expect(tried.read([1, 3])).toEqual([0, 0])
  tried.check()
})

test('whatever is discarded of whatever memory: no other page changes, and frames, pools and tables agree', () => {
  const step = fc.record({ write: fc.boolean(), first: fc.nat(1023), order: fc.nat(10) })
  const memory = fc.record({
    backing: fc.constantFrom(...BACKINGS.filter((backing) => granuleOf(backing) <= 512)),
    discard: fc.constantFrom(...DISCARDS),
    thp: fc.constantFrom('always', 'never'),
  })
  fc.assert(fc.property(memory, fc.array(step, { maxLength: 12 }), ({ backing, discard, thp }, steps) => {
    const tried = new TriedBacking({ backing, discard, thp, pages: 1024 })
    const written = new Map<number, number>()
    steps.forEach(({ write, first: at, order }, n) => {
      const count = 2 ** order
      const first = at - (at % count)
      const pages = Array.from({ length: Math.min(count, 64) }, (_, i) => first + i)
      if (write) {
        tried.write(pages, n + 1)
        for (const page of pages) written.set(page, n + 1)
      } else {
        tried.discard([first, count])
        for (let page = first; page < first + count; page++) written.delete(page)
      }
    })
    tried.check()
    const kept = [...written.keys()]
    expect(tried.read(kept)).toEqual(kept.map((page) => written.get(page)))
    expect(tried.vm.residentPages + tried.frames.free + (tried.pool?.free ?? 0) * 512).toBe(tried.frames.frames)
  }), { seed: 5, numRuns: 60, endOnFailure: true })
})
