import { Columns, gfn, hfn } from '@hintlab/kit'
import type { Gfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveEpt } from '../testing/naive-ept.ts'
import { renderEpt } from '../testing/render.ts'
import { Ept } from './ept.ts'
import { eptTablesMax } from './ept-tree.ts'
import { GIGA_PAGES, Level, pagesAt } from './level.ts'
import { NO_SPTE, SPTE_ACCESSED, SPTE_DIRTY, SPTE_LARGE, SPTE_PRESENT, SPTE_WRITABLE } from './spte.ts'

const RW = SPTE_PRESENT | SPTE_WRITABLE
const zapped = (ept: Ept): string => `zapped ${ept.zapped4k} 4k ${ept.zapped2m} 2m${ept.zapped1g === 0 ? '' : ` ${ept.zapped1g} 1g`}`

test('small and large SPTEs, a mark, and a zap that drops a large one as a whole', () => {
  const ept = new Ept(new Columns())
  ept.map2m(gfn(0x200), hfn(0x800), RW)
  ept.map4k(gfn(0x400), hfn(7), RW)
  ept.map4k(gfn(0x401), hfn(8), SPTE_PRESENT)
  ept.setAccessedDirty(gfn(0x2ff), SPTE_ACCESSED | SPTE_DIRTY)
  const before = renderEpt(ept, 0, 0x600)
  ept.zap(gfn(0x3ff), 2)
  ept.check()
  expect(`${before}\ntables ${ept.tables}\n${zapped(ept)}\n${renderEpt(ept, 0, 0x600)}`).toMatchInlineSnapshot(`
    "g0x200+512 pw-adl-- 2m h0x800
    g0x400+1 pw------ 4k h0x7
    g0x401+1 p------- 4k h0x8
    tables 4
    zapped 1 4k 1 2m
    g0x401+1 p------- 4k h0x8"
  `)
  ept.zap(gfn(0), 2 ** 31)
  expect([zapped(ept), ept.small, ept.large, ept.tables]).toEqual(['zapped 1 4k 0 2m', 0, 0, 3])
})

test('a large SPTE replaces a table of small ones and says how many', () => {
  const ept = new Ept(new Columns())
  for (let i = 0; i < 5; i++) ept.map4k(gfn(0x200 + i * 3), hfn(i), RW)
  ept.map2m(gfn(0x200), hfn(0x200), RW)
  expect([zapped(ept), ept.small, ept.large, ept.tables]).toEqual(['zapped 5 4k 0 2m', 0, 1, 3])
  ept.check()
})

test('an SPTE of 1 GiB needs one table less than those that it replaces, and goes as a whole', () => {
  const ept = new Ept(new Columns())
  ept.map4k(gfn(GIGA_PAGES + 3), hfn(1), RW)
  ept.map2m(gfn(GIGA_PAGES + 512), hfn(512), RW)
  ept.map2m(gfn(0), hfn(1024), RW)
  const before = ept.tables
  expect(ept.map1g(gfn(GIGA_PAGES), hfn(GIGA_PAGES), RW)).toBe(true)
  expect([zapped(ept), before, ept.tables]).toEqual(['zapped 1 4k 1 2m', 5, 3])
  expect([ept.walk(gfn(2 * GIGA_PAGES - 1)) & SPTE_LARGE, ept.hfn, ept.level]).toEqual([SPTE_LARGE, 2 * GIGA_PAGES - 1, Level.GIGA])
  ept.setAccessedDirty(gfn(GIGA_PAGES + 5), SPTE_ACCESSED | SPTE_DIRTY)
  expect([ept.isYoung(gfn(2 * GIGA_PAGES - 512), 512), ept.clearAccessed(gfn(GIGA_PAGES), 512), ept.isYoung(gfn(GIGA_PAGES), 1)]).toEqual([true, 1, false])
  ept.check()
  ept.zap(gfn(GIGA_PAGES + 7), 1)
  expect([zapped(ept), ept.giga, ept.large, ept.walk(gfn(GIGA_PAGES))]).toEqual(['zapped 0 4k 0 2m 1 1g', 0, 1, NO_SPTE])
  ept.check()
})

test('a walk gives the frame of the page, not of its 2 MiB', () => {
  const ept = new Ept(new Columns())
  ept.map2m(gfn(0x200), hfn(0x1fffff00 - 0x100), RW)
  expect([ept.walk(gfn(0x234)) & SPTE_LARGE, ept.hfn]).toEqual([SPTE_LARGE, 0x1fffff00 - 0x100 + 0x34])
  expect(ept.walk(gfn(0x400))).toBe(NO_SPTE)
})

test('a bounded EPT with eptTablesMax tables holds any state; with fewer it says so', () => {
  const pages = 4 * 512 + 1
  const ept = new Ept(new Columns(), { tablesMax: eptTablesMax(pages) })
  for (let g = 0; g < pages; g += 512) expect(ept.map4k(gfn(g), hfn(g), RW)).toBe(true)
  const small = new Ept(new Columns(), { tablesMax: eptTablesMax(512) })
  const mapped = [small.map4k(gfn(0), hfn(0), RW), small.map4k(gfn(512), hfn(1), RW), small.map2m(gfn(512), hfn(512), RW)]
  expect(mapped).toEqual([true, false, true])
  small.zap(gfn(0), 1)
  expect(small.map4k(gfn(1024), hfn(1), RW)).toBe(true)
  small.check()
  const root = new Ept(new Columns(), { tablesMax: 1 })
  expect([root.map4k(gfn(0), hfn(0), RW), root.map2m(gfn(0), hfn(0), RW)]).toEqual([false, false])
})

test('misuse is an assertion', () => {
  const ept = new Ept(new Columns())
  ept.map4k(gfn(1), hfn(1), SPTE_PRESENT)
  ept.map2m(gfn(512), hfn(512), RW)
  expect(() => ept.map4k(gfn(1), hfn(2), RW)).toThrow('zapped before it maps another frame')
  expect(() => ept.map4k(gfn(513), hfn(513), RW)).toThrow('no smaller SPTE under a large one')
  expect(() => ept.map2m(gfn(1024), hfn(513), RW)).toThrow('aligned')
  expect(() => ept.map1g(gfn(GIGA_PAGES), hfn(512), RW)).toThrow('aligned')
  ept.map1g(gfn(GIGA_PAGES), hfn(0), RW)
  expect(() => ept.map2m(gfn(GIGA_PAGES + 512), hfn(512), RW)).toThrow('no smaller SPTE under a large one')
  expect(() => ept.setAccessedDirty(gfn(1), SPTE_ACCESSED | SPTE_DIRTY)).toThrow('only a writable page becomes dirty')
  expect(() => ept.setAccessedDirty(gfn(2), SPTE_ACCESSED)).toThrow('a page that is mapped is marked')
  expect(() => ept.walk(gfn(2 ** 31))).toThrow('31 bits')
})

// Regions on both sides of every level's boundary.
const REGIONS = [0, 512, 2 ** 18 - 512, 2 ** 18, 2 ** 27 - 512, 2 ** 27, 2 ** 31 - 512]
const page = fc.tuple(fc.constantFrom(...REGIONS), fc.constantFrom(0, 1, 2, 255, 510, 511)).map(([region, at]) => region + at)
const frame = fc.constantFrom(0, 512, 4096, 2 ** 18, 2 ** 29 - 512, 2 ** 29 - 2 ** 18)
const flags = fc.constantFrom(RW, SPTE_PRESENT, RW | SPTE_ACCESSED, 255 & ~SPTE_LARGE)
const count = fc.constantFrom(0, 1, 2, 255, 512, 513, 2 ** 18, 2 ** 31)
const operation = fc.record({
  kind: fc.constantFrom('map4k', 'map4k', 'map4k', 'map4k', 'map2m', 'map2m', 'map2m', 'map1g', 'map1g', 'zap', 'mark', 'mark', 'age', 'young'),
  at: page, frame, flags, count,
})
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const LEVELS = new Map<string, Level>([['map4k', Level.SMALL], ['map2m', Level.LARGE], ['map1g', Level.GIGA]])

/** Maps a leaf in both where it may be one; they must agree on what gave way. */
function mapBoth(ept: Ept, naive: NaiveEpt, level: Level, { at, frame, flags }: Operation): void {
  const head = at - (at % pagesAt(level))
  if (frame % pagesAt(level) !== 0 || !naive.canMap(head, frame, level)) return
  const map = { [Level.SMALL]: () => ept.map4k(gfn(head), hfn(frame), flags), [Level.LARGE]: () => ept.map2m(gfn(head), hfn(frame), flags),
    [Level.GIGA]: () => ept.map1g(gfn(head), hfn(frame), flags) }
  expect(map[level]()).toBe(true)
  const gave = naive.map(head, frame, flags, level)
  if (level !== Level.SMALL) expect([ept.zapped4k, ept.zapped2m, ept.zapped1g]).toEqual([gave.small, gave.large, gave.giga])
}

/** Does one operation on both and compares what they answer. */
function step(ept: Ept, naive: NaiveEpt, operation: Operation): void {
  const { kind, at, count } = operation
  const end = Math.min(count, 2 ** 31 - at)
  const level = LEVELS.get(kind)
  if (level !== undefined) mapBoth(ept, naive, level, operation)
  if (kind === 'zap') {
    ept.zap(gfn(at), end)
    const { small, large, giga } = naive.zap(at, end)
    expect([ept.zapped4k, ept.zapped2m, ept.zapped1g]).toEqual([small, large, giga])
  }
  if (kind === 'mark' && naive.walk(at) !== undefined) {
    const bits = (naive.walk(at)!.flags & SPTE_WRITABLE) === 0 ? SPTE_ACCESSED : SPTE_ACCESSED | SPTE_DIRTY
    ept.setAccessedDirty(gfn(at), bits)
    naive.mark(at, bits)
  }
  if (kind === 'age') expect(ept.clearAccessed(gfn(at), end)).toBe(naive.clearAccessed(at, end))
  if (kind === 'young') expect(ept.isYoung(gfn(at), end)).toBe(naive.isYoung(at, end))
}

test('any order of operations agrees with the naive twin', () => {
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
    const ept = new Ept(new Columns())
    const naive = new NaiveEpt()
    for (const each of operations) {
      step(ept, naive, each)
      for (const region of REGIONS) {
        for (const at of [0, 1, 2, 100, 255, 510, 511]) {
          const found = ept.walk((region + at) as Gfn)
          const want = naive.walk(region + at)
          const flags = want?.flags ?? NO_SPTE
          if (found !== flags) expect({ at: region + at, found }).toEqual({ at: region + at, found: flags })
          if (want !== undefined) expect([ept.hfn, ept.level]).toEqual([want.hfn, want.level])
        }
      }
      expect([ept.small, ept.large, ept.giga, ept.tables]).toEqual([naive.count(1), naive.count(2), naive.count(3), naive.tables])
    }
    ept.check()
  }), { seed: 4, numRuns: 80 })
})

test('every change is inside the declared footprint, and reset starts over', () => {
  const cols = new Columns()
  const ept = new Ept(cols, { tablesMax: 6 })
  cols.seal()
  const fresh = cols.hash()
  cols.footprint.recording = true
  const steps = [
    () => ept.map4k(gfn(1), hfn(1), RW), () => ept.map2m(gfn(512), hfn(512), RW), () => ept.setAccessedDirty(gfn(600), SPTE_ACCESSED),
    () => ept.clearAccessed(gfn(0), 1024), () => ept.zap(gfn(0), 1024), () => ept.map1g(gfn(GIGA_PAGES), hfn(0), RW), () => ept.zap(gfn(GIGA_PAGES), 1),
  ]
  for (const each of steps) {
    cols.remember()
    cols.footprint.begin()
    each()
    expect(cols.changedOutside()).toEqual([])
  }
  cols.reset()
  expect([cols.hash(), ept.tables]).toEqual([fresh, 1])
})
