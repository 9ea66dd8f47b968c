import { GIB, MIB } from '@hintlab/kit'
import { expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { densityAssumptions } from './density-assumptions.ts'
import { fitOverSeeds, guestsThatFit, memhogRuns, secondsOf } from './density-runs.ts'
import { NO_HINTS, UPSTREAM, V10, V10_SETUP, V8 } from './density-setup.ts'
import type { DensitySetup, HintedBy } from './density-setup.ts'
import { studyDensity } from './study-density.ts'

/** Scales by pairs: what is said of the first of a pair is said of the second. */
const PAIRS = [[32, 16], [16, 8]] as const

/** A host with room for one guest without hints, and for a few with. */
const SMALL_HOST = { setup: { ...V10_SETUP, hostBytes: 8.3 * GIB }, guestsMax: 2 }

test('who never hints fits as often at scale 32 as at 16: what was published', () => {
  const fits = (scale: number): number[] => [{}, { setup: V10_SETUP }].map((options) => guestsThatFit(NO_HINTS, scale, { ...options, guestsMax: 4 }).guests)
  expect([fits(32), fits(16)]).toEqual([[3, 2], [3, 2]])
})

test.each(PAIRS)('what a guest keeps of the host at scale %i is what it keeps at %i, within a fifth', (a, b) => {
  // The margin of page reporting above the low watermark, 64 MiB, does not scale: in a guest of 160 MiB it holds much back.
  for (const by of b < 16 ? [V10, UPSTREAM] : [V10]) {
    const [small, large] = [a, b].map((scale) => guestsThatFit(by, scale, SMALL_HOST).keptBytes)
    expect(small / large).toBeGreaterThan(0.8)
    expect(small / large).toBeLessThan(1.2)
  }
})

test.each(PAIRS)('times are proportional to sizes within 5 %, at scale %i and %i', (a, b) => {
  const third = (scale: number): number => secondsOf(memhogRuns(NO_HINTS, scale).runs[2]) * scale
  expect(third(a) / third(b)).toBeGreaterThan(0.95)
  expect(third(a) / third(b)).toBeLessThan(1.05)
})

test('what an array of v8 still holds when a guest is done decides how many fit: all or nothing, when every guest starts alike', () => {
  const alike: DensitySetup = { ...SMALL_HOST.setup, bootFreedMax: 0 }
  const fit = (by: HintedBy, setup: DensitySetup): number => guestsThatFit(by, 32, { setup, guestsMax: 4 }).guests
  expect(fit(V8, alike)).toBe(4)
  // 4 * 10^9 bytes are 954 blocks of 4 MiB: the array of 1000 is never full, and nothing is hinted.
  expect([fit(V8, { ...alike, hogBytes: 4e9 }), fit(NO_HINTS, { ...alike, hogBytes: 4e9 })]).toEqual([1, 1])
})

test('v8 is between the two when guests start with arrays filled at random', () => {
  const { guests, min, max, keptBytes, violations } = fitOverSeeds(V8, 32, [1, 2, 3], { guestsMax: 9 })
  expect(min).toBeGreaterThanOrEqual(3)
  expect(max).toBeLessThanOrEqual(8)
  expect(guests).toBeGreaterThan(3)
  expect(keptBytes).toBeGreaterThan(1.2 * GIB)
  expect(violations).toBe(0)
})

test('an assumption that makes guests larger lets fewer fit', () => {
  const change = (assumption: string, bootBytes: number) => ({ assumption, setup: { bootBytes, hostBytes: 8.3 * GIB, bootFreedMax: 0 } })
  const { rows, violations } = densityAssumptions(32, [1], { changes: [change('small', 300 * MIB), change('large', 900 * MIB)], guestsMax: 5 })
  expect(violations).toBe(0)
  const [small, large] = rows.map(({ fits }) => fits.map(({ guests }) => guests))
  small.forEach((guests, i) => expect(guests).toBeGreaterThanOrEqual(large[i]))
  expect(small[2]).toBeGreaterThan(large[2])
})

test('a scale that is none is refused', () => {
  for (const scale of [0, 33, 1.5, NaN]) expect(() => studyDensity({ scale })).toThrow(InputError)
})
