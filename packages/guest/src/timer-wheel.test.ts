/** When a kernel timer fires (kernel/time/timer.c): never early, and late by at most a tick and a bucket of its level. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timerExpiry } from './timer-wheel.ts'

const TICK = { ns: 4_000_000, phaseNs: 0 }
const ms = (n: number): number => n * 1_000_000

describe('timerExpiry', () => {
  test.each([
    { delay: 4, at: 8, why: 'level 0: the tick after the distance has passed' },
    { delay: 248, at: 252, why: '62 ticks are the last of level 0' },
    { delay: 252, at: 256, why: '63 ticks: buckets of 8' },
    { delay: 2000, at: 2016, why: 'page reporting at 250 Hz: 63 buckets of 32 ms' },
    { delay: 2016, at: 2048, why: '504 ticks: buckets of 64' },
  ])('$delay ms from 0 fire at $at ms: $why', ({ delay, at }) => {
    expect(timerExpiry(0, ms(delay), TICK)).toBe(ms(at))
  })

  test('a pass that takes 16 ms begins its next one a bucket later', () => {
    expect(timerExpiry(ms(15.9), ms(2000), TICK)).toBe(ms(2016))
    expect(timerExpiry(ms(16), ms(2000), TICK)).toBe(ms(2048))
  })

  test('a bucket after the due time at most, on the boundaries that the boot has set', () => {
    const tick = fc.constantFrom(1_000_000, 4_000_000, 10_000_000)
    fc.assert(fc.property(tick, fc.nat(ms(256)), fc.nat(1e12), fc.integer({ min: 1, max: ms(60_000) }), (ns, phaseNs, after, delay) => {
      const now = phaseNs + after
      const at = timerExpiry(now, delay, { ns, phaseNs })
      const ticks = Math.ceil(delay / ns)
      let bucket = 1
      while (ticks >= 63 * bucket) bucket *= 8
      expect((at - phaseNs) % (bucket * ns)).toBe(0)
      expect(at - now).toBeGreaterThan(delay - ns)
      expect(at - now).toBeLessThanOrEqual(delay + (bucket + 1) * ns)
    }))
  })
})
