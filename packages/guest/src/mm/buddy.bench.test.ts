import { expect, it } from 'vitest'
import { benchBuddy } from './buddy.bench.ts'

it('the benchmark runs its checks at a small size', () => {
  let clock = 0
  // This clock says that every stretch, a quarter of the 1000 requests, took 1000 ns.
  expect(benchBuddy(() => (clock += 1000), 16, 1000, 10_000)).toBe(4)
})
