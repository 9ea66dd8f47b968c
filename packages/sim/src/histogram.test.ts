/** Percentiles against the sorted values: never below the exact one, and above it by less than 1/32. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from './index.ts'

const PER_MILLES = [1, 250, 500, 900, 990, 999, 1000]

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram
}

/** Smallest value that `perMille` thousandths of all values do not exceed. */
function exact(values: readonly number[], perMille: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil((sorted.length * perMille) / 1000) - 1]
}

/** All that a histogram says. */
const summary = (h: Histogram): number[] => [h.count, h.sum, h.max, ...PER_MILLES.map((perMille) => h.percentile(perMille))]

/** Latencies of every size, and the neighbours of the powers of two. */
const latency = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: 2 ** 32 }),
  fc.maxSafeInteger().map(Math.abs),
  fc.tuple(fc.integer({ min: 0, max: 52 }), fc.integer({ min: -1, max: 1 })).map(([n, d]) => Math.max(0, 2 ** n + d)),
)

describe('histogram', () => {
  it('gives percentiles within 1/32 of the exact ones, and the maximum exactly', () => {
    fc.assert(fc.property(fc.array(latency, { minLength: 1, maxLength: 60 }), (values) => {
      const histogram = filled(values)
      for (const perMille of PER_MILLES) {
        const truth = exact(values, perMille)
        const found = histogram.percentile(perMille)
        expect(found).toBeGreaterThanOrEqual(truth)
        expect(found - truth).toBeLessThanOrEqual(truth / 32)
      }
      expect(histogram.max).toBe(Math.max(...values))
      expect(histogram.percentile(1000)).toBe(histogram.max)
    }), { seed: 1, numRuns: 300 })
  })

  it('is exact below 64 and keeps its precision up to the largest time', () => {
    for (let value = 0; value < 64; value++) expect(filled([value, 1000]).percentile(500)).toBe(value)
    for (let n = 6; n <= 52; n++) {
      const value = 2 ** n
      expect(filled([value, 2 * value - 1]).percentile(500) - value).toBeLessThan(value / 32)
    }
    expect(filled([Number.MAX_SAFE_INTEGER]).percentile(500)).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('refuses what is no latency', () => {
    expect(() => filled([-1])).toThrow('negative')
    expect(() => filled([2 ** 53])).toThrow('below 2^53')
    expect(() => filled([Number.NaN])).toThrow('negative')
  })

  it('merges to what one histogram of all values is', () => {
    const short = fc.array(fc.integer({ min: 0, max: 2 ** 32 }), { maxLength: 20 }) // their sum is exact
    fc.assert(fc.property(short, short, (a, b) => {
      const merged = filled(a)
      merged.merge(filled(b))
      const whole = filled([...a, ...b])
      expect(summary(merged)).toEqual(summary(whole))
    }), { seed: 2, numRuns: 100 })
  })

  it('is 0 everywhere when empty', () => {
    expect(PER_MILLES.map((perMille) => new Histogram().percentile(perMille))).toEqual(PER_MILLES.map(() => 0))
  })
})
