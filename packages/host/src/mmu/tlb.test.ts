import { Columns, gfn, hfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveTlb } from '../testing/naive-tlb.ts'
import { Level, pagesAt } from './level.ts'
import { NO_SPTE, SPTE_LARGE, SPTE_PRESENT, SPTE_WRITABLE } from './spte.ts'
import { Tlb } from './tlb.ts'

test('an entry is found until it is flushed, whatever happens to the tables', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0 })
  expect(tlb.lookup(gfn(5))).toBe(NO_SPTE)
  tlb.insert(gfn(5), hfn(9), SPTE_PRESENT, Level.SMALL)
  expect([tlb.lookup(gfn(5)), tlb.hfn]).toEqual([SPTE_PRESENT, 9])
  tlb.insert(gfn(5), hfn(9), SPTE_PRESENT | SPTE_WRITABLE, Level.SMALL)
  expect(tlb.lookup(gfn(5))).toBe(SPTE_PRESENT | SPTE_WRITABLE)
  tlb.flushRange(gfn(5), 1)
  expect([tlb.lookup(gfn(5)), tlb.hits, tlb.misses]).toEqual([NO_SPTE, 2, 2])
})

test('two pages of one slot: the later takes the place', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0, smallEntries: 4 })
  tlb.insert(gfn(1), hfn(1), SPTE_PRESENT, Level.SMALL)
  tlb.insert(gfn(5), hfn(5), SPTE_PRESENT, Level.SMALL)
  expect([tlb.lookup(gfn(1)), tlb.lookup(gfn(5))]).toEqual([NO_SPTE, SPTE_PRESENT])
})

test('a large entry serves its 512 pages and goes with any of them', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0, largeEntries: 1 })
  tlb.insert(gfn(512 + 100), hfn(2048 + 100), SPTE_PRESENT | SPTE_LARGE, Level.LARGE)
  expect([tlb.lookup(gfn(1023)), tlb.hfn]).toEqual([SPTE_PRESENT | SPTE_LARGE, 2048 + 511])
  tlb.flushRange(gfn(1024), 512)
  expect(tlb.lookup(gfn(512))).not.toBe(NO_SPTE)
  tlb.flushRange(gfn(1023), 1)
  expect(tlb.lookup(gfn(512))).toBe(NO_SPTE)
})

test('an entry of 1 GiB serves all of it, and goes with any of its pages', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0, gigaEntries: 2 })
  const GIB = pagesAt(Level.GIGA)
  tlb.insert(gfn(GIB + 5), hfn(4 * GIB / 8 + 5), SPTE_PRESENT | SPTE_LARGE, Level.GIGA)
  expect([tlb.lookup(gfn(2 * GIB - 1)), tlb.hfn]).toEqual([SPTE_PRESENT | SPTE_LARGE, GIB / 2 + GIB - 1])
  tlb.flushRange(gfn(2 * GIB), 512)
  expect(tlb.lookup(gfn(GIB))).not.toBe(NO_SPTE)
  // Another GiB of the same slot takes the place; one of the other does not.
  tlb.insert(gfn(2 * GIB), hfn(0), SPTE_PRESENT | SPTE_LARGE, Level.GIGA)
  expect(tlb.lookup(gfn(GIB + 7))).not.toBe(NO_SPTE)
  tlb.flushRange(gfn(GIB + 7), 1)
  expect([tlb.lookup(gfn(GIB)), tlb.lookup(gfn(2 * GIB))]).toEqual([NO_SPTE, SPTE_PRESENT | SPTE_LARGE])
  tlb.check()
})

test('the generation wraps without bringing an old entry back', () => {
  const cols = new Columns()
  const tlb = new Tlb(cols, { vcpu: 0, smallEntries: 1, largeEntries: 1 })
  tlb.insert(gfn(3), hfn(3), SPTE_PRESENT, Level.SMALL)
  // The state column is the last of the image; its first word becomes a generation just below the limit.
  const image = cols.save()
  new DataView(image.buffer).setFloat64(image.length - 24, 2 ** 31 - 2, true)
  cols.load(image)
  tlb.flushAll()
  expect(tlb.lookup(gfn(3))).toBe(NO_SPTE)
  tlb.insert(gfn(3), hfn(3), SPTE_PRESENT, Level.SMALL)
  expect(tlb.lookup(gfn(3))).toBe(SPTE_PRESENT)
  tlb.check()
})

const page = fc.oneof(fc.nat(1600), fc.constantFrom(0, 511, 512, 2 ** 31 - 1))
const kind = fc.constantFrom('insert', 'insert', 'insert', 'lookup', 'lookup', 'range', 'all')
const count = fc.constantFrom(0, 1, 7, 8, 9, 512, 3000)
const level = fc.constantFrom(Level.SMALL, Level.SMALL, Level.LARGE, Level.GIGA)
const operation = fc.record({ kind, at: page, frame: fc.nat(2 ** 20), count, level })

test.each([
  { smallEntries: 1, largeEntries: 1, gigaEntries: 1 }, { smallEntries: 8, largeEntries: 2, gigaEntries: 2 },
  { smallEntries: 2048, largeEntries: 8, gigaEntries: 16 },
])('a hit is what was inserted and not flushed since: $smallEntries + $largeEntries + $gigaEntries entries', (sizes) => {
  // In the largest one no two of the addresses below 1600 share a slot, so nothing is lost but by a flush.
  const roomy = sizes.smallEntries === 2048
  fc.assert(fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
    const tlb = new Tlb(new Columns(), { vcpu: 0, ...sizes })
    const naive = new NaiveTlb()
    let lookups = 0
    const look = (at: number): number => {
      const flags = tlb.lookup(gfn(at))
      lookups++
      const wanted = naive.candidates(at)
      if (flags !== NO_SPTE) expect(wanted).toContainEqual({ hfn: tlb.hfn, flags })
      if (roomy && at <= 1600 && wanted.length > 0) expect({ hfn: tlb.hfn, flags }).toEqual(wanted[0])
      return flags
    }
    for (const { kind, at, frame, count, level } of operations) {
      if (kind === 'insert' && at <= (roomy ? 1600 : at)) {
        const flags = level === Level.SMALL ? SPTE_PRESENT : SPTE_PRESENT | SPTE_LARGE
        const pages = pagesAt(level)
        const page = Math.floor(frame / pages) * pages + (at % pages)
        tlb.insert(gfn(at), hfn(page), flags, level)
        naive.insert(at, page, flags, level)
        expect(look(at)).not.toBe(NO_SPTE)
      }
      if (kind === 'lookup') look(at)
      if (kind === 'range') {
        tlb.flushRange(gfn(at), count)
        naive.flushRange(at, count)
      }
      if (kind === 'all') {
        tlb.flushAll()
        naive.flushAll()
        expect(look(at)).toBe(NO_SPTE)
      }
      expect(tlb.hits + tlb.misses).toBe(lookups)
      tlb.check()
    }
    for (let at = 0; at <= 1600; at += 7) look(at)
  }), { seed: 5, numRuns: 60 })
})
