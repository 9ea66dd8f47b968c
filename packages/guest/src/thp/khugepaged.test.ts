import { PAGEBLOCK_PAGES, SECOND } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Compaction } from '../compaction/compaction.ts'
import { singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import { NONE } from '../mm/page-allocator.ts'
import { splitPage } from '../mm/split-page.ts'
import { FakeArea } from '../testing/fake-area.ts'
import { makeKernel } from '../testing/make-kernel.ts'
import { NaiveKhugepaged } from '../testing/naive-khugepaged.ts'
import { GuestKhugepaged, KHUGEPAGED_COUNTERS } from './khugepaged.ts'
import type { GuestKhugepagedOptions } from './khugepaged.ts'

const DEFAULTS: GuestKhugepagedOptions = { pagesToScan: 4096, scanSleepMs: 10_000, allocSleepMs: 60_000, noneMax: 511, defrag: true }

/** A guest of `blocks` times 2 MiB with programs, each of which has touched so many pages of each of its ranges. */
function makeGuest(programs: readonly (readonly number[])[], options: Partial<GuestKhugepagedOptions> = {}, blocks = 32) {
  const made = makeKernel({ layout: singleZoneLayout(blocks * PAGEBLOCK_PAGES), minFreeKbytes: 0 })
  const daemon = new GuestKhugepaged(made.engine, made.kernel, made.vcpus[0], 0, { ...DEFAULTS, ...options })
  const areas = programs.map((ranges) => new FakeArea(made.mm, ranges.length))
  areas.forEach((area, n) => {
    // Spread over the range, so that the pages in front and behind are missing too.
    programs[n].forEach((pages, range) => { for (let i = 0; i < pages; i++) area.touch(range, (i * 5) % PAGEBLOCK_PAGES) })
    daemon.add(area)
  })
  return { ...made, daemon, areas }
}

const inUse = ({ mm }: ReturnType<typeof makeGuest>): number => {
  mm.drainAll(0)
  return mm.managed() - mm.freePages()
}

test('scans as the naive twin: the same ranges become huge, in the same scan, and 512 pages come back for one block', () => {
  const pages = fc.constantFrom(0, 1, 100, 448, 511, 512)
  const programs = fc.array(fc.array(pages, { maxLength: 5 }), { minLength: 1, maxLength: 4 })
  const options = fc.record({ pagesToScan: fc.constantFrom(1, 512, 1024, 1500, 4096), noneMax: fc.constantFrom(0, 64, 511) })
  fc.assert(fc.property(programs, options, fc.integer({ min: 1, max: 6 }), (given, settings, scans) => {
    const guest = makeGuest(given, settings, 64)
    const naive = new NaiveKhugepaged(given)
    for (let n = 0; n < scans; n++) {
      guest.engine.run((1 + n * 10.5) * SECOND)
      naive.scan(settings.pagesToScan, settings.noneMax)
      const ranges = naive.list.flatMap(({ range }) => (range === null ? [] : [range]))
      expect(guest.areas.flatMap(({ heads }) => heads.map((head) => head !== NONE))).toEqual(ranges.map(({ huge }) => huge))
      expect(guest.areas.flatMap((area) => area.small())).toEqual(ranges.map(({ huge, present }) => (huge ? 0 : present)))
      expect(inUse(guest)).toBe(ranges.reduce((sum, { present }) => sum + present, 0))
    }
    const { collapsed, fullScans, freed, cleared } = naive
    expect(KHUGEPAGED_COUNTERS.map((name) => guest.daemon.counter(name))).toEqual([collapsed, 0, collapsed, fullScans, freed, cleared])
    guest.engine.check()
    guest.kernel.check()
  }), { numRuns: 60, seed: 7 })
})

test('eight ranges every ten seconds, as the defaults say', () => {
  const { engine, daemon } = makeGuest([Array.from({ length: 20 }, () => 3)])
  const collapsed = [1, 9, 11, 19, 21, 31, 41].map((seconds) => {
    engine.run(seconds * SECOND)
    return `${seconds} s: ${daemon.counter('pagesCollapsed')}`
  })
  expect(collapsed).toEqual(['1 s: 8', '9 s: 8', '11 s: 16', '19 s: 16', '21 s: 20', '31 s: 20', '41 s: 20'])
})

/** Every pageblock has a page in use that the kernel may move when `movable`: a huge page needs compaction. */
function scatter({ mm }: ReturnType<typeof makeGuest>): void {
  const pages: number[] = []
  const holder = mm.mappings.add({ mayMove: () => true, migrated: (i, _, to) => { pages[i] = to }, pageAt: (i) => pages[i] })
  for (let pfn = mm.allocSlow(0, 9, 1, ZoneKind.NORMAL, 0); pfn !== NONE; pfn = mm.allocSlow(0, 9, 1, ZoneKind.NORMAL, 0)) {
    splitPage(mm, pfn, 9, 0)
    for (let p = pfn; p < pfn + PAGEBLOCK_PAGES; p++) if (p !== pfn + 7) mm.freeSlow(p)
    mm.mappings.set(pfn + 7, holder, pages.push(pfn + 7) - 1)
  }
}

test('without a huge page it sleeps a minute once in a scan; with compaction there is one, unless its own defrag is off', () => {
  const story = (defrag: boolean, compacts: boolean): string[] => {
    const guest = makeGuest([[500, 500, 500, 500]], { defrag }, 8)
    const { engine, kernel, daemon } = guest
    scatter(guest)
    if (compacts) kernel.compaction = new Compaction(engine, kernel, guest.vcpus[0], 0, { proactive: false })
    return [1, 59, 61, 69, 71, 129, 131].map((seconds) => {
      engine.run(seconds * SECOND)
      return `${seconds} s: ${daemon.counter('collapseAllocFailed')} failed, ${daemon.counter('pagesCollapsed')} huge`
    })
  }
  const without = story(true, false)
  expect(without).toMatchInlineSnapshot(`
    [
      "1 s: 1 failed, 0 huge",
      "59 s: 1 failed, 0 huge",
      "61 s: 2 failed, 0 huge",
      "69 s: 2 failed, 0 huge",
      "71 s: 3 failed, 0 huge",
      "129 s: 3 failed, 0 huge",
      "131 s: 4 failed, 0 huge",
    ]
  `)
  expect(story(false, true)).toEqual(without)
  expect(story(true, true)).toMatchInlineSnapshot(`
    [
      "1 s: 0 failed, 4 huge",
      "59 s: 0 failed, 4 huge",
      "61 s: 0 failed, 4 huge",
      "69 s: 0 failed, 4 huge",
      "71 s: 0 failed, 4 huge",
      "129 s: 0 failed, 4 huge",
      "131 s: 0 failed, 4 huge",
    ]
  `)
})

test('a program that is gone by the time the huge page is there keeps what it has, and the huge page goes back', () => {
  const guest = makeGuest([[512]])
  const { kernel, engine, areas, mm, daemon } = guest
  const used = inUse(guest)
  const alloc = kernel.allocSlow.bind(kernel)
  kernel.allocSlow = function* (...args) {
    areas[0].isGone = true
    return yield* alloc(...args)
  }
  engine.run(SECOND)
  expect(areas[0].small()).toEqual([512])
  expect([inUse(guest), daemon.counter('collapseAlloc'), daemon.counter('pagesCollapsed')]).toEqual([used, 1, 0])
  mm.check()
})

test('pages are copied before anything changes: one that has no translation is faulted first, and the rest is cleared', () => {
  const { kernel, engine, areas } = makeGuest([[510]])
  const log: string[] = []
  const backed = new Set<number>()
  const old = areas[0].pageAt(0, 0)
  kernel.access = {
    write: function* () {},
    read: () => {},
    copy: (_, from, to) => {
      const missing = [from, to].find((pfn) => pfn !== old + 1 && !backed.has(pfn))
      if (missing === undefined) log.push('copy')
      return missing ?? -1
    },
    clear: (_, pfn) => {
      log.push('clear')
      return backed.has(pfn) ? -1 : pfn
    },
    fault: function* (_task, _cpu, pfn) {
      // The host backs 2 MiB at once.
      for (let p = pfn & ~511; p < (pfn | 511) + 1; p++) backed.add(p)
      log.push('fault')
      yield* []
      return true
    },
  }
  engine.run(SECOND)
  const last = log.slice(log.lastIndexOf('fault') + 1)
  expect([log.filter((what) => what === 'fault').length, last.filter((what) => what === 'copy').length, last.filter((what) => what === 'clear').length]).toEqual([2, 510, 2])
  expect(areas[0].heads[0]).not.toBe(NONE)
})
