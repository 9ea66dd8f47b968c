import { Columns, vpn } from '@hintlab/kit'
import type { Hfn, Vpn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeHost } from '../testing/fixtures.ts'
import { NaiveHost, range } from '../testing/naive-host.ts'
import type { NaiveArea } from '../testing/naive-host.ts'
import { renderMm } from '../testing/render.ts'
import { HostFrames } from './frames.ts'
import { HostMm } from './host-mm.ts'
import { BAD_ADDRESS, isFresh, isHuge, MAPPING_FRESH, mappingHfn, NO_MEMORY, NOT_MAPPED } from './mapping.ts'

const zapped = (mm: HostMm): string => `zapped ${mm.zappedSmall} small ${mm.zappedHuge} huge, ${mm.splits} split`

test('a fault takes a huge page, and a discard of part of it splits it', () => {
  const { mm, frames } = makeHost({ frames: 1024, pages: 1024 })
  mm.populate(vpn(700))
  mm.populate(vpn(3))
  const before = renderMm(mm, 1024)
  mm.zapRange(vpn(0), 514)
  expect(`${before}\n${zapped(mm)}\n${renderMm(mm, 1024)}\nfree ${frames.free} tables ${mm.tables}`).toMatchInlineSnapshot(`
    "v0x0+512 huge h0x200
    v0x200+512 huge h0x0
    zapped 2 small 1 huge, 1 split
    v0x202+510 small h0x2
    free 514 tables 1"
  `)
  mm.check()
  frames.check()
})

test.each([
  { what: 'stays small, whatever goes: the table is kept', ptReclaim: false, huge: 'false false false' },
  { what: 'is huge again after a discard of the whole range', ptReclaim: true, huge: 'false false true' },
])('a fault in a slot that has a table $what', ({ ptReclaim, huge }) => {
  const { mm } = makeHost({ frames: 2048, pages: 512, ptReclaim })
  const discard = (at: number, count: number): void => {
    mm.zapRange(vpn(at), count)
    mm.reclaimTables(vpn(at), count)
  }
  mm.populate(vpn(0))
  discard(0, 511)
  const seen = [isHuge(mm.populate(vpn(5)))]
  discard(5, 507)
  expect([mm.tables, mm.residentPages]).toEqual([1, 0])
  seen.push(isHuge(mm.populate(vpn(5))))
  discard(5, 1)
  discard(0, 512)
  expect(mm.tables).toBe(ptReclaim ? 0 : 1)
  seen.push(isHuge(mm.populate(vpn(5))))
  expect(seen.join(' ')).toBe(huge)
  mm.check()
})

test('a huge page that goes whole takes its table with it', () => {
  const { mm } = makeHost({ frames: 2048, pages: 512 })
  mm.populate(vpn(0))
  mm.zapRange(vpn(0), 512)
  expect(mm.tables).toBe(0)
  expect(isHuge(mm.populate(vpn(0)))).toBe(true)
})

test('khugepaged makes a table the deposit of its huge page: the next one there is huge', () => {
  const { mm, frames } = makeHost({ frames: 2048, pages: 512 })
  mm.populate(vpn(0))
  mm.zapRange(vpn(1), 511)
  expect([mm.tables, mm.isCollapsible(vpn(0), 511)]).toEqual([1, true])
  mm.collapse(vpn(0), frames.allocHuge() as Hfn)
  expect([mm.tables, mm.huge]).toEqual([0, 1])
  mm.zapRange(vpn(0), 512)
  expect(isHuge(mm.populate(vpn(0)))).toBe(true)
  mm.zapRange(vpn(0), 1)
  mm.zapRange(vpn(1), 511)
  expect([mm.tables, mm.isCollapsible(vpn(0), 511)]).toEqual([1, false])
  mm.check()
})

test('shmem takes its huge page also where a table is in the way, and maps it in small pages', () => {
  const { mm, frames } = makeHost({ frames: 2048, pages: 512, backing: 'shmem' })
  mm.populate(vpn(0))
  mm.zapRange(vpn(0), 1)
  mm.zapRange(vpn(1), 511)
  const mapping = mm.populate(vpn(7))
  expect([isHuge(mapping), isFresh(mapping), mm.freshPages, mm.residentPages, frames.free]).toEqual([false, true, 512, 512, 1536])
  expect(renderMm(mm, 512)).toMatchInlineSnapshot(`"v0x0+512 small h0x0"`)
  mm.zapRange(vpn(3), 1)
  expect(isFresh(mm.populate(vpn(3)))).toBe(true)
  expect([mm.freshPages, mm.residentPages]).toEqual([1, 512])
  mm.check()
  frames.check()
})

test('without a whole free chunk a fault falls back to a small page, then the host is out of memory', () => {
  const { mm } = makeHost({ frames: 513, pages: 1024 })
  expect(isHuge(mm.populate(vpn(0)))).toBe(true)
  expect(isHuge(mm.populate(vpn(512)))).toBe(false)
  expect(mm.populate(vpn(513))).toBe(NO_MEMORY)
  expect(mm.residentPages).toBe(513)
})

test('an area that is not aligned has small pages at its ends', () => {
  const cols = new Columns()
  const mm = new HostMm(cols, new HostFrames(cols, 4096), { firstVpn: vpn(0), pages: 2048 })
  mm.addVma({ start: vpn(100), pages: 1000, thp: 'always' })
  const huge = [99, 100, 511, 512, 1023, 1024, 1099, 1100].map((page) => {
    const mapping = mm.populate(vpn(page))
    return mapping === BAD_ADDRESS ? 'bad' : isHuge(mapping) ? 'huge' : 'small'
  })
  expect(huge.join(' ')).toMatchInlineSnapshot(`"bad small small huge huge small small bad"`)
})

test('the reverse map leads from every frame back to its page', () => {
  const cols = new Columns()
  const mm = new HostMm(cols, new HostFrames(cols, 2048), { firstVpn: vpn(512), pages: 1024, rmapBase: 2 ** 31 })
  mm.addVma({ start: vpn(512), pages: 512, thp: 'always' })
  mm.addVma({ start: vpn(1024), pages: 512, thp: 'never' })
  const mapping = mm.populate(vpn(600))
  expect(mm.vpnOfFrame(mappingHfn(mm.populate(vpn(1100))))).toBe(1100)
  expect(mm.vpnOfFrame(mappingHfn(mapping))).toBe(600)
  mm.zapRange(vpn(599), 1)
  expect(mm.vpnOfFrame(mappingHfn(mapping))).toBe(600)
  mm.check()
})

test('a bounded pool keeps a table for the split of each huge page', () => {
  const { mm, cols } = makeHost({ frames: 2048, pages: 1536, tablesMax: 1 })
  cols.seal()
  expect(isHuge(mm.populate(vpn(0)))).toBe(true)
  expect(mm.populate(vpn(512))).toBe(NO_MEMORY)
  mm.zapRange(vpn(0), 1)
  expect([mm.splits, mm.tables]).toEqual([1, 1])
  expect(isHuge(mm.populate(vpn(0)))).toBe(false)
  mm.check()
})

/** Everything an observer can ask, of both; then both check themselves. */
function compare(mm: HostMm, frames: HostFrames, naive: NaiveHost, span: number): void {
  for (let page = 0; page < span; page++) {
    const mapping = mm.resolve(page as Vpn)
    if (mapping !== naive.lookup(page)) expect({ page, mapping }).toEqual({ page, mapping: naive.lookup(page) })
  }
  expect([mm.small, mm.huge, mm.tables, frames.free, frames.freeHugeCount > 0])
    .toEqual([naive.small, naive.huge, naive.tables, naive.free, naive.hasFreeHuge])
  mm.check()
  frames.check()
}

function populateBoth(mm: HostMm, naive: NaiveHost, page: number): void {
  const outcome = naive.outcome(page)
  const before = naive.lookup(page)
  const mapping = mm.populate(page as Vpn)
  if (outcome === 'bad address') expect(mapping).toBe(BAD_ADDRESS)
  else if (outcome === 'no memory') expect(mapping).toBe(NO_MEMORY)
  else if (outcome === 'present') expect(mapping).toBe(before)
  else {
    expect([isFresh(mapping), isHuge(mapping)]).toEqual([true, outcome === 'huge'])
    naive.took(page, mapping, outcome)
    expect(mm.resolve(page as Vpn)).toBe(mapping & ~MAPPING_FRESH)
    expect(mm.vpnOfFrame(mappingHfn(mapping))).toBe(page)
  }
}

const SPAN = 2048
const nearEdge = fc.tuple(fc.constantFrom(0, 300, 512, 1024, 1536, 2048), fc.integer({ min: -2, max: 2 }))
  .map(([at, by]) => Math.min(SPAN - 1, Math.max(0, at + by)))
const page = fc.oneof(nearEdge, fc.nat(SPAN - 1))
const operation = fc.oneof(
  fc.record({ kind: fc.constant('populate' as const), at: page, count: fc.constantFrom(1, 1, 2, 600) }),
  fc.record({ kind: fc.constant('zap' as const), at: page, count: fc.oneof(fc.nat(3), fc.constantFrom(511, 512, 513, 2048)) }),
)

test.each([
  { name: 'roomy', frames: 2600, tablesMax: undefined, ptReclaim: false, shmem: false },
  { name: 'tables are reclaimed', frames: 2600, tablesMax: undefined, ptReclaim: true, shmem: false },
  { name: 'short of frames', frames: 1100, tablesMax: undefined, ptReclaim: false, shmem: false },
  { name: 'short of tables', frames: 2600, tablesMax: 2, ptReclaim: true, shmem: false },
  { name: 'shmem', frames: 2600, tablesMax: 3, ptReclaim: false, shmem: true },
])('faults and discards agree with the naive twin: $name', ({ frames, tablesMax, ptReclaim, shmem }) => {
  const areas: NaiveArea[] = [
    { start: 0, pages: 300, thp: true }, { start: 300, pages: 1300, thp: true, shmem }, { start: 1700, pages: 348, thp: false },
  ]
  fc.assert(fc.property(fc.array(operation, { maxLength: 14 }), (operations) => {
    const cols = new Columns()
    const node = new HostFrames(cols, frames)
    const mm = new HostMm(cols, node, { firstVpn: vpn(0), pages: SPAN, tablesMax, ptReclaim })
    for (const { start, pages, thp, shmem: isFile } of areas) {
      mm.addVma({ start: vpn(start), pages, thp: thp ? 'always' : 'never', backing: isFile === true ? 'shmem' : 'anon' })
    }
    const naive = new NaiveHost(frames, areas, tablesMax)
    for (const { kind, at, count } of operations) {
      if (kind === 'populate') for (const p of range(at, Math.min(count, SPAN - at))) populateBoth(mm, naive, p)
      else {
        mm.zapRange(vpn(at), count)
        mm.reclaimTables(vpn(at), count)
        const { small, huge, splits } = naive.zap(at, count)
        if (ptReclaim) naive.reclaimTables(at, count)
        expect(zapped(mm)).toBe(`zapped ${small} small ${huge} huge, ${splits} split`)
      }
      compare(mm, node, naive, SPAN)
    }
  }), { seed: 2, numRuns: 10 })
})

test('every sequence of four operations on three pages and two frames agrees with the twin, and reset starts over', () => {
  const { mm, frames, cols } = makeHost({ frames: 2, pages: 3, tablesMax: 1 })
  cols.seal()
  const fresh = cols.hash()
  const steps = [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [1, 2], [0, 3]] as const
  for (let n = 0; n < steps.length ** 4; n++) {
    cols.reset()
    const naive = new NaiveHost(2, [{ start: 0, pages: 3, thp: true }], 1)
    for (let rest = n, i = 0; i < 4; i++, rest = Math.floor(rest / steps.length)) {
      const [at, zap] = steps[rest % steps.length]
      if (zap === 0) populateBoth(mm, naive, at)
      else {
        mm.zapRange(vpn(at), zap)
        naive.zap(at, zap)
      }
    }
    for (const p of range(0, 3)) if (mm.resolve(p as Vpn) !== naive.lookup(p)) expect.fail(`sequence ${n}, page ${p}`)
    if (frames.free !== naive.free) expect.fail(`sequence ${n}: free frames`)
    if (n % 97 === 0) mm.check()
  }
  cols.reset()
  expect([cols.hash(), mm.resolve(vpn(0))]).toEqual([fresh, NOT_MAPPED])
})

test('every change is inside the declared footprint', () => {
  const { mm, cols } = makeHost({ frames: 1024, pages: 1024, tablesMax: 2 })
  cols.seal()
  cols.footprint.recording = true
  const steps = [() => mm.populate(vpn(1)), () => mm.populate(vpn(600)), () => mm.zapRange(vpn(5), 3), () => mm.zapRange(vpn(0), 1024)]
  for (const step of steps) {
    cols.remember()
    cols.footprint.begin()
    step()
    expect(cols.changedOutside()).toEqual([])
  }
})
