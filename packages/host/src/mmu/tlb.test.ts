import { Columns, gfn, hfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveTlb } from '../testing/naive-tlb.ts'
import { NO_SPTE, SPTE_LARGE, SPTE_PRESENT, SPTE_WRITABLE } from './spte.ts'
import { Tlb } from './tlb.ts'

test('an entry is found until it is flushed, whatever happens to the tables', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0 })
  expect(tlb.lookup(gfn(5))).toBe(NO_SPTE)
  tlb.insert(gfn(5), hfn(9), SPTE_PRESENT)
  expect([tlb.lookup(gfn(5)), tlb.hfn]).toEqual([SPTE_PRESENT, 9])
  tlb.insert(gfn(5), hfn(9), SPTE_PRESENT | SPTE_WRITABLE)
  expect(tlb.lookup(gfn(5))).toBe(SPTE_PRESENT | SPTE_WRITABLE)
  tlb.flushRange(gfn(5), 1)
  expect([tlb.lookup(gfn(5)), tlb.hits, tlb.misses]).toEqual([NO_SPTE, 2, 2])
})

test('two pages of one slot: the later takes the place', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0, smallEntries: 4 })
  tlb.insert(gfn(1), hfn(1), SPTE_PRESENT)
  tlb.insert(gfn(5), hfn(5), SPTE_PRESENT)
  expect([tlb.lookup(gfn(1)), tlb.lookup(gfn(5))]).toEqual([NO_SPTE, SPTE_PRESENT])
})

test('a large entry serves its 512 pages and goes with any of them', () => {
  const tlb = new Tlb(new Columns(), { vcpu: 0, largeEntries: 1 })
  tlb.insert(gfn(512 + 100), hfn(2048 + 100), SPTE_PRESENT | SPTE_LARGE)
  expect([tlb.lookup(gfn(1023)), tlb.hfn]).toEqual([SPTE_PRESENT | SPTE_LARGE, 2048 + 511])
  tlb.flushRange(gfn(1024), 512)
  expect(tlb.lookup(gfn(512))).not.toBe(NO_SPTE)
  tlb.flushRange(gfn(1023), 1)
  expect(tlb.lookup(gfn(512))).toBe(NO_SPTE)
})

test('the generation wraps without bringing an old entry back', () => {
  const cols = new Columns()
  const tlb = new Tlb(cols, { vcpu: 0, smallEntries: 1, largeEntries: 1 })
  tlb.insert(gfn(3), hfn(3), SPTE_PRESENT)
  // The state column is the last of the image; its first word becomes a generation just below the limit.
  const image = cols.save()
  new DataView(image.buffer).setFloat64(image.length - 24, 2 ** 31 - 2, true)
  cols.load(image)
  tlb.flushAll()
  expect(tlb.lookup(gfn(3))).toBe(NO_SPTE)
  tlb.insert(gfn(3), hfn(3), SPTE_PRESENT)
  expect(tlb.lookup(gfn(3))).toBe(SPTE_PRESENT)
  tlb.check()
})

const page = fc.oneof(fc.nat(1600), fc.constantFrom(0, 511, 512, 2 ** 31 - 1))
const kind = fc.constantFrom('insert', 'insert', 'insert', 'lookup', 'lookup', 'range', 'all')
const count = fc.constantFrom(0, 1, 7, 8, 9, 512, 3000)
const operation = fc.record({ kind, at: page, frame: fc.nat(2 ** 20), count, large: fc.boolean() })

test.each([
  { smallEntries: 1, largeEntries: 1 }, { smallEntries: 8, largeEntries: 2 }, { smallEntries: 2048, largeEntries: 8 },
])('a hit is what was inserted and not flushed since: $smallEntries + $largeEntries entries', ({ smallEntries, largeEntries }) => {
  // In the largest one no two of the addresses below 1600 share a slot, so nothing is lost but by a flush.
  const roomy = smallEntries === 2048
  fc.assert(fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
    const tlb = new Tlb(new Columns(), { vcpu: 0, smallEntries, largeEntries })
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
    for (const { kind, at, frame, count, large } of operations) {
      if (kind === 'insert' && at <= (roomy ? 1600 : at)) {
        const flags = large ? SPTE_PRESENT | SPTE_LARGE : SPTE_PRESENT
        const page = large ? Math.floor(frame / 512) * 512 + (at % 512) : frame
        tlb.insert(gfn(at), hfn(page), flags)
        naive.insert(at, page, flags)
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
