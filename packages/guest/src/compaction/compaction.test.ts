import { Prng } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { Balloon } from '../balloon/balloon.ts'
import { singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import type { PageHolder } from '../mm/page-mapping.ts'
import { splitPage } from '../mm/split-page.ts'
import { FakePort } from '../testing/fake-port.ts'
import { makeKernel } from '../testing/make-kernel.ts'
import { Compaction } from './compaction.ts'
import { fragmentationScore } from './fragmentation.ts'

const BLOCK = 512
const PAGES = 16 * BLOCK

/** Holds pages, and remembers what moved. */
class Holder implements PageHolder {
  readonly pages: number[] = []
  readonly moves: string[] = []
  locked = -1
  mayMove = (index: number): boolean => index !== this.locked
  pageAt = (index: number): number => this.pages[index] ?? NONE
  migrated(index: number, from: number, to: number): void {
    expect(this.pages[index]).toBe(from)
    this.pages[index] = to
    this.moves.push(`${from} -> ${to}`)
  }
}

/** A guest of 16 pageblocks with `perBlock` pages of a holder in each, at random places, and all else free. */
function fragmented(perBlock: number, options: { proactive?: boolean; minFreeKbytes?: number } = {}) {
  const made = makeKernel({ layout: singleZoneLayout(PAGES), minFreeKbytes: options.minFreeKbytes ?? 0, perCpuLists: false })
  const { mm, engine, kernel } = made
  const holder = new Holder()
  const id = mm.mappings.add(holder)
  const random = new Prng(1)
  for (let pfn = mm.allocSlow(0, 9, 1, ZoneKind.NORMAL, 0); pfn !== NONE; pfn = mm.allocSlow(0, 9, 1, ZoneKind.NORMAL, 0)) {
    splitPage(mm, pfn, 9, 0)
    const kept = new Set<number>()
    while (kept.size < perBlock) kept.add(pfn + random.below(BLOCK))
    for (const page of kept) mm.mappings.set(page, id, holder.pages.push(page) - 1)
    for (let page = pfn; page < pfn + BLOCK; page++) if (!kept.has(page)) mm.freeSlow(page)
  }
  const compaction = new Compaction(engine, kernel, made.vcpus[0], 0, { proactive: options.proactive ?? false })
  kernel.compaction = compaction
  const blocks = (): number => [9, 10].reduce((sum, order) => sum + (mm.lists.nrFree(mm.zones[0], Migratetype.MOVABLE, order) << (order - 9)), 0)
  return { ...made, holder, compaction, blocks }
}

test('compactNow puts all free memory together that can be: as many whole blocks as the pages in use leave', () => {
  const { kernel, mm, holder, compaction, blocks, run } = fragmented(20)
  expect([blocks(), holder.pages.length]).toEqual([0, 320])
  const before = [...holder.pages]
  let moved = 0
  let cost = 0
  run(function* (task) {
    moved = yield* kernel.compactNow(task, 0)
    cost = task.account[Cause.HINT]
  })
  // 320 pages need one block; the scanners meet in it.
  expect(blocks()).toBeGreaterThanOrEqual(14)
  expect(fragmentationScore(mm, mm.zones[0])).toBeLessThan(10)
  expect(moved).toBe(holder.moves.length)
  expect(cost).toBeGreaterThan(moved * (300 + 1500))
  expect(compaction.counter('migrated')).toBe(moved)
  // Every page is held once, and nothing was lost on the way.
  expect(new Set(holder.pages).size).toBe(before.length)
  kernel.check()
})

test('a page whose holder keeps it, and one that nobody holds, stay', () => {
  const { kernel, mm, holder, run } = fragmented(4)
  holder.locked = 0
  const [stays] = holder.pages
  const nobody = holder.pages[1]
  mm.mappings.clear(nobody)
  holder.pages[1] = NONE
  run(function* (task) {
    yield* kernel.compactNow(task, 0)
  })
  expect(holder.pages[0]).toBe(stays)
  expect(mm.pages.ownerOf(nobody)).toBe(PageOwner.ALLOCATED)
  kernel.check()
})

test('direct compaction captures the block it made, and stops there', () => {
  const { kernel, compaction, holder, run } = fragmented(20)
  let pfn: number = NONE
  run(function* (task) {
    pfn = yield* kernel.allocSlow(task, 0, 9, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
  })
  expect([pfn % BLOCK, compaction.counter('captured'), compaction.counter('stalls')]).toEqual([0, 1, 1])
  expect(holder.moves.length).toBeLessThan(60)
  kernel.check()
})

test('it goes on where the last one stopped', () => {
  const { kernel, holder, compaction, run } = fragmented(20)
  run(function* (task) {
    for (let i = 0; i < 5; i++) expect(yield* kernel.allocSlow(task, 0, 9, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)).not.toBe(NONE)
  })
  expect(compaction.counter('captured')).toBe(5)
  // Twenty pages a block, not all blocks over again for each.
  expect(holder.moves.length).toBeLessThanOrEqual(7 * 20)
  kernel.check()
})

test('proactive: kcompactd begins by itself above a score of 90 and ends at 80; otherwise it sleeps', () => {
  const scores = [true, false].map((proactive) => {
    const { engine, mm, compaction } = fragmented(20, { proactive })
    engine.run(10e9)
    return [fragmentationScore(mm, mm.zones[0]), compaction.counter('migrated') > 0]
  })
  expect(scores[1]).toEqual([100, false])
  expect(scores[0][1]).toBe(true)
  expect(scores[0][0]).toBeLessThanOrEqual(80)
  expect(scores[0][0]).toBeGreaterThan(60)
})

test('a balloon page is told to the host as inflated at its new place before the old one is deflated', () => {
  const { engine, kernel, mm, vcpus, blocks, run } = fragmented(20)
  const inflate = new FakePort(engine)
  const log: string[] = []
  const tap = (port: FakePort, name: string): FakePort => {
    const submit = port.submit.bind(port)
    port.submit = (batch) => {
      for (let i = 0; i < batch.count; i++) log.push(`${name} ${batch.pfn[i]}`)
      return submit(batch)
    }
    return port
  }
  const balloon = new Balloon(engine, kernel, { inflate: tap(inflate, 'inflate'), deflate: tap(new FakePort(engine), 'deflate') }, vcpus[0], 0)
  balloon.setTarget(300)
  engine.run(1e9)
  expect(balloon.actual).toBe(300)
  log.length = 0
  let moved = 0
  run(function* (task) {
    moved = yield* kernel.compactNow(task, 0)
  })
  expect(kernel.compaction!.counter('balloonPages')).toBeGreaterThan(100)
  const held = new Set<string>()
  for (let i = 0; i < log.length; i += 2) {
    expect([log[i].split(' ')[0], log[i + 1].split(' ')[0]]).toEqual(['inflate', 'deflate'])
    held.add(log[i].split(' ')[1])
  }
  expect(log.length).toBe(2 * kernel.compaction!.counter('balloonPages'))
  expect(moved).toBeGreaterThan(held.size)
  expect(blocks()).toBeGreaterThanOrEqual(13)
  balloon.check()
  balloon.setTarget(0)
  engine.run(engine.now + 1e9)
  expect(balloon.actual).toBe(0)
  kernel.check()
  mm.check()
})

test('compaction gives up where there are too few pages, and defers after a run in vain', () => {
  const { kernel, compaction, run } = fragmented(400, { minFreeKbytes: 4096 })
  run(function* (task) {
    expect(yield* kernel.allocSlow(task, 0, 9, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)).toBe(NONE)
  })
  expect(compaction.counter('captured')).toBe(0)
  kernel.check()
})
