import { Columns, gfn, vpn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { GIGA_PAGES, Level } from './level.ts'
import { Memslots, NO_SLOT } from './memslots.ts'

function slotsOf(...list: [firstGfn: number, firstVpn: number, pages: number][]): Memslots {
  const slots = new Memslots(new Columns())
  for (const [g, v, pages] of list) slots.add({ firstGfn: gfn(g), firstVpn: vpn(v), pages })
  return slots
}

test('a guest with a hole below 4 GiB', () => {
  const slots = slotsOf([0, 0x1000, 0xc0000], [0x100000, 0x1000 + 0xc0000, 0x40000])
  const ask = [0, 0xbffff, 0xc0000, 0xfffff, 0x100000, 0x13ffff, 0x140000, -1, 2 ** 40, Number.NaN]
  expect(ask.map((g) => slots.vpnOf(gfn(g)))).toEqual([0x1000, 0xc0fff, -1, -1, 0xc1000, 0x100fff, -1, -1, -1, -1])
  expect([slots.gfnOf(vpn(0xc1000)), slots.gfnOf(vpn(0xfff))]).toEqual([0x100000, NO_SLOT])
})

test('a range over two slots holds only where guest frames and virtual pages both run on', () => {
  const apart = slotsOf([0, 1000, 10], [10, 2000, 10])
  const together = slotsOf([10, 1010, 10], [0, 1000, 10])
  expect([apart.contains(gfn(5), 5), apart.contains(gfn(5), 6)]).toEqual([true, false])
  expect([together.contains(gfn(5), 15), together.contains(gfn(5), 16)]).toEqual([true, false])
  expect([together.contains(gfn(0), 0), together.contains(gfn(0), 2 ** 52), together.contains(gfn(0.5), 1)]).toEqual([false, false, false])
})

test('2 MiB mappings need a whole region in the slot, and the same place in 2 MiB on both sides', () => {
  const congruent = slotsOf([100, 512 + 100, 2000])
  const shifted = slotsOf([0, 1, 2048])
  const ask = [99, 100, 511, 512, 1535, 1536, 2047, 2048]
  expect(ask.map((g) => congruent.largestLevel(gfn(g), Level.GIGA))).toEqual([1, 1, 1, 2, 2, 2, 2, 1])
  expect(shifted.largestLevel(gfn(600), Level.GIGA)).toBe(Level.SMALL)
})

test('1 GiB mappings need the same of 1 GiB, and nothing is larger than what is asked for', () => {
  const G = GIGA_PAGES
  const whole = slotsOf([0, 0, 3 * G], [4 * G, 3 * G, 2 * G + 512])
  const ask = [0, 3 * G - 1, 3 * G, 4 * G, 6 * G - 1, 6 * G, 6 * G + 511]
  expect(ask.map((g) => whole.largestLevel(gfn(g), Level.GIGA))).toEqual([3, 3, 1, 3, 3, 2, 2])
  expect([Level.SMALL, Level.LARGE, Level.GIGA].map((max) => whole.largestLevel(gfn(5), max))).toEqual([1, 2, 3])
  const shifted = slotsOf([0, 512, 2 * G])
  expect([shifted.largestLevel(gfn(5), Level.GIGA), shifted.largestLevel(gfn(2 * G - 1), Level.GIGA)]).toEqual([2, 2])
})

test('slots that overlap are a bug', () => {
  const slots = slotsOf([10, 100, 10])
  expect(() => slots.add({ firstGfn: gfn(19), firstVpn: vpn(200), pages: 1 })).toThrow('guest frames')
  expect(() => slots.add({ firstGfn: gfn(20), firstVpn: vpn(95), pages: 6 })).toThrow('virtual pages')
  slots.add({ firstGfn: gfn(20), firstVpn: vpn(95), pages: 5 })
  expect(slots.count).toBe(2)
})

test('any slots: every answer is that of a map from page to page', () => {
  const layout = fc.array(fc.record({ gap: fc.nat(2), pages: fc.integer({ min: 1, max: 4 }) }), { maxLength: 5 })
  fc.assert(fc.property(layout, fc.constantFrom('ascending', 'descending', 'joined'), (parts, order) => {
    const slots = new Memslots(new Columns())
    const map = new Map<number, number>()
    let at = 0
    for (const { gap, pages } of parts) {
      at += gap
      const to = order === 'joined' ? 50 + at : order === 'ascending' ? 50 + at + map.size : 90 - at - pages
      slots.add({ firstGfn: gfn(at), firstVpn: vpn(to), pages })
      for (let i = 0; i < pages; i++) map.set(at + i, to + i)
      at += pages
    }
    for (let g = 0; g <= at + 1; g++) {
      expect(slots.vpnOf(gfn(g))).toBe(map.get(g) ?? NO_SLOT)
      if (map.has(g)) expect(slots.gfnOf(vpn(map.get(g)!))).toBe(g)
      for (let count = 1; count <= at + 2; count++) {
        const all = Array.from({ length: count }, (_, i) => map.has(g + i) && map.get(g + i) === map.get(g)! + i)
        expect(slots.contains(gfn(g), count)).toBe(all.every(Boolean))
      }
    }
  }), { seed: 6, numRuns: 40 })
})
