import type { Point, Task } from '@hintlab/sim'
import { Cause } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { singleZoneLayout, x86Layout, ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import { AllocFlag } from '../mm/watermarks.ts'
import { ZoneField } from '../mm/zones.ts'
import { makeKernel } from '../testing/make-kernel.ts'
import type { TestKernelOptions } from '../testing/make-kernel.ts'
import { FileIo, FileResult } from './file-io.ts'
import { PageCache } from './page-cache.ts'
import { Reclaim } from './reclaim.ts'

const PAGES = 16384

/** A guest of 64 MiB whose files are twice as large. */
function guest(options: TestKernelOptions = {}) {
  const made = makeKernel({ layout: singleZoneLayout(PAGES), ...options })
  const cache = new PageCache(made.engine.cols, made.mm.mappings, 2 * PAGES)
  const reclaim = new Reclaim(made.engine, made.kernel, cache, made.vcpus[0], 0)
  made.kernel.reclaim = reclaim
  const io = new FileIo(made.engine, made.kernel, reclaim)
  const take = (task: Task, flags = 0, order = 0): Generator<Point, number, void> => allocate(task, made.kernel, flags, order)
  return { ...made, cache, reclaim, io, take }
}

function* allocate(task: Task, kernel: ReturnType<typeof makeKernel>['kernel'], flags: number, order: number): Generator<Point, number, void> {
  const pfn = kernel.allocFast(task, 0, order, Migratetype.MOVABLE, ZoneKind.NORMAL)
  return pfn === NONE ? yield* kernel.allocSlow(task, 0, order, Migratetype.MOVABLE, ZoneKind.NORMAL, flags) : pfn
}

/** Reads the files from the start until the cache has made the guest's memory scarce. */
function* readAll({ io, cache }: ReturnType<typeof guest>, task: Task): Generator<Point, void, void> {
  for (let file = 0; file < cache.filePages; file += 32) expect(yield* io.read(task, 0, file, 32)).toBe(FileResult.MISS)
}

test('kswapd keeps the guest above low while files are read that do not fit', () => {
  const all = guest()
  const { fields } = all.mm.zones[0]
  all.run(function* (task) {
    yield* readAll(all, task)
    expect(all.reclaim.counter('kswapdReclaimed')).toBeGreaterThan(PAGES)
  })
  expect(fields[ZoneField.FREE]).toBeGreaterThan(fields[ZoneField.LOW])
  // The last pages read are there, the first are gone.
  expect([all.cache.pageAt(0), all.cache.pageAt(all.cache.filePages - 1) >= 0]).toEqual([-1, true])
  expect(all.reclaim.counter('directStalls')).toBeLessThan(10)
  all.kernel.check()
})

test('kswapd drops until a zone is above high, and not much more', () => {
  const all = guest()
  const { fields } = all.mm.zones[0]
  all.run(function* (task) {
    while (all.reclaim.counter('kswapdWakes') === 0) yield* all.io.read(task, 0, all.cache.cached)
  })
  const { FREE, HIGH } = ZoneField
  expect(all.reclaim.counter('kswapdWakes')).toBe(1)
  // Pages that kswapd has freed and its CPU still keeps are not free yet; a goal is the high watermark.
  expect(fields[FREE] + all.mm.pcp.countOf(0, all.mm.zones[0])).toBeGreaterThan(fields[HIGH])
  expect(fields[FREE]).toBeLessThan(3 * fields[HIGH])
  expect(all.reclaim.counter('directStalls')).toBe(0)
})

test('an allocation that kswapd is too slow for reclaims by itself, and pays', () => {
  const all = guest({ costs: { guestSwitch: 0 } })
  all.run(function* (task) {
    yield* readAll(all, task)
    const cost = task.account[Cause.ALLOC]
    // One task takes everything without leaving the CPU, so that kswapd has no turn.
    let taken = 0
    while ((yield* all.take(task)) !== NONE) taken++
    expect(taken).toBeGreaterThan(PAGES * 0.9)
    expect(task.account[Cause.ALLOC] - cost).toBeGreaterThan(all.reclaim.counter('directScanned') * all.engine.costs.reclaimPage)
  }, 100)
  expect(all.cache.cached).toBeLessThan(64)
  expect(all.reclaim.counter('directReclaimed')).toBeGreaterThan(100)
  all.kernel.check()
})

test('without reclaim, or in atomic context, an allocation fails while the cache is full', () => {
  for (const flags of [AllocFlag.NO_RECLAIM, AllocFlag.NO_RECLAIM | AllocFlag.NO_KSWAPD]) {
    const all = guest()
    all.run(function* (task) {
      yield* readAll(all, task)
      const wakes = all.reclaim.counter('kswapdWakes')
      while ((yield* all.take(task, flags)) !== NONE);
      expect(all.cache.cached).toBeGreaterThan(0)
      expect(all.reclaim.counter('kswapdWakes') > wakes).toBe((flags & AllocFlag.NO_KSWAPD) === 0)
    }, 100)
  }
})

test('a second access makes a page active, and it outlives pages that were read once', () => {
  const all = guest()
  all.run(function* (task) {
    for (let turn = 0; turn < 2; turn++) for (let file = 0; file < 256; file++) yield* all.io.read(task, 0, file)
    expect(all.cache.active).toBe(256)
    for (let file = 1024; file < all.cache.filePages; file += 32) yield* all.io.read(task, 0, file, 32)
    for (let file = 0; file < 256; file++) expect(all.cache.pageAt(file)).toBeGreaterThanOrEqual(0)
  }, 100)
})

test('dirty pages are written before they are dropped, and a writer waits when too many are dirty', () => {
  const all = guest({ costs: { fileWrite: 3_000_000 } })
  all.run(function* (task) {
    for (let file = 0; file < all.cache.filePages; file++) yield* all.io.write(task, 0, file)
    expect(all.reclaim.writeback.throttled).toBeGreaterThan(0)
    const dirtyable = all.mm.freePages() + all.cache.cached
    expect(all.cache.dirty).toBeLessThan(dirtyable * 0.21)
  }, 1000)
  expect(all.cache.dirty).toBe(0) // The flusher writes what has been dirty for half a minute.
  expect(all.reclaim.writeback.written).toBe(all.cache.filePages)
  all.kernel.check()
})

test('two readers of one page cause one read', () => {
  const all = guest()
  const results: number[] = []
  all.engine.addTask('other', all.vcpus[0], function* (task) {
    results.push(yield* all.io.read(task, 0, 5))
  })
  all.run(function* (task) {
    results.push(yield* all.io.read(task, 0, 5))
  })
  expect([all.cache.cached, results.sort((a, b) => a - b)]).toEqual([1, [FileResult.HIT, FileResult.MISS]])
})

test('a page below 16 MiB is asked for: pages of other zones are passed over', () => {
  const all = guest({ layout: x86Layout(64 * 2 ** 20) })
  all.run(function* (task) {
    yield* readAll(all, task)
    const before = all.cache.cached
    const dma = all.mm.zones[0]
    while (dma.fields[ZoneField.FREE] > dma.fields[ZoneField.MIN]) {
      const pfn = yield* all.kernel.allocSlow(task, 0, 0, Migratetype.UNMOVABLE, ZoneKind.DMA, AllocFlag.NO_RECLAIM)
      if (pfn === NONE) break
      expect(pfn).toBeLessThan(dma.end)
    }
    expect(all.cache.cached).toBeLessThanOrEqual(before)
    for (const list of ['inactive', 'active'] as const) for (const file of all.cache.walk(list)) expect(all.cache.pageAt(file)).toBeGreaterThanOrEqual(0)
  }, 100)
  all.kernel.check()
})
