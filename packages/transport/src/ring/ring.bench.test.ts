import { expect, test } from 'vitest'
import { benchRing } from './ring.bench.ts'

test('the benchmark verifies its round trips and divides by descriptors', () => {
  let time = 0
  expect(benchRing(() => (time += 3200), 10)).toBe(10)
})
