import { Columns } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeAllocator } from '../testing/make-allocator.ts'
import { NaivePageCache } from '../testing/naive-page-cache.ts'
import { singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { CacheFlag, PageCache } from './page-cache.ts'
import { inactiveIsLow, makeBatch, shrinkActiveList, shrinkInactiveList } from './vmscan.ts'

const FILE = 12

function both() {
  const { mm } = makeAllocator(singleZoneLayout(64))
  const cache = new PageCache(new Columns(), mm.mappings, FILE)
  const twin = new NaivePageCache()
  const take = (): number => mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
  return { mm, cache, twin, take }
}

const render = (pages: Iterable<number>): string => [...pages].join(' ')

/** One step on both, by a drawn number. */
function step({ mm, cache, twin, take }: ReturnType<typeof both>, kind: number, file: number): void {
  const page = twin.find(file)
  if (kind === 0 && page === undefined) {
    const pfn = take()
    cache.insert(file, pfn)
    cache.unlock(file)
    twin.insert(file, pfn)
  } else if (kind === 1 && page !== undefined) {
    cache.accessed(file)
    twin.accessed(page)
  } else if (kind === 2 && page !== undefined) {
    cache.markDirty(file)
    page.dirty = true
  } else if (kind === 3) {
    const files = new Int32Array(2)
    const taken = cache.startWriteback(files)
    for (const written of files.subarray(0, taken)) Object.assign(twin.find(written)!, { dirty: false, writeback: true })
  } else if (kind === 4 && page?.writeback === true) {
    cache.endWriteback(file)
    twin.endWriteback(page)
  } else if (kind === 5) {
    shrinkActiveList(cache, file)
    twin.shrinkActive(file)
  } else if (kind === 6) {
    const batch = makeBatch()
    shrinkInactiveList(cache, file, 40, batch)
    expect([...batch.pfns.subarray(0, batch.count)]).toEqual(twin.shrinkInactive(file, 40))
    for (const pfn of batch.pfns.subarray(0, batch.count)) mm.freeSlow(pfn)
  } else if (kind === 7 && page !== undefined && cache.mayMove(file)) {
    const to = take()
    mm.mappings.replace(page.pfn, to)
    mm.freeSlow(page.pfn)
    page.pfn = to
    twin.place(page, page.active)
  }
}

test('does what its naive twin does', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(7), fc.nat(FILE - 1)), { maxLength: 120 }), (steps) => {
    const pair = both()
    const { mm, cache, twin } = pair
    for (const [kind, file] of steps) {
      step(pair, kind, file)
      expect(render(cache.walk('inactive'))).toBe(render(twin.inactive.map((page) => page.file)))
      expect(render(cache.walk('active'))).toBe(render(twin.active.map((page) => page.file)))
      for (let f = 0; f < FILE; f++) expect(cache.pageAt(f)).toBe(twin.find(f)?.pfn ?? -1)
      cache.check()
      mm.mappings.check()
    }
    mm.check()
  }), { numRuns: 150, seed: 7 })
})

test('a locked page is neither dropped nor moved, a dirty one is not dropped', () => {
  const { cache, take } = both()
  for (const file of [0, 1]) cache.insert(file, take())
  cache.unlock(1)
  cache.markDirty(1)
  expect([cache.isClean(0), cache.mayMove(0), cache.isClean(1), cache.mayMove(1)]).toEqual([false, false, false, true])
  expect(() => cache.drop(1)).toThrow('C3')
  expect(cache.has(1, CacheFlag.DIRTY)).toBe(true)
})

test('the inactive list may be shorter the more memory there is', () => {
  const low = (inactive: number, active: number): boolean => inactiveIsLow({ inactive, active } as PageCache)
  const gib = 2 ** 18
  expect([low(10, 10), low(9, 10)]).toEqual([false, true])
  // 10 GiB: one to ten.
  expect([low(gib, 9 * gib), low(gib / 2, 9.5 * gib)]).toEqual([false, true])
})

test('check finds a page on no list, and a count that is off', () => {
  const { cache, take } = both()
  cache.insert(3, take())
  const hidden = cache as unknown as { pfns: Int32Array; counts: Int32Array }
  hidden.pfns[4] = 9
  expect(() => cache.check()).toThrow('C1')
  hidden.pfns[4] = -1
  hidden.counts[0]++
  expect(() => cache.check()).toThrow('C2')
})
