import { expect, test } from 'vitest'
import { benchRing } from './ring.bench.ts'

test('the benchmark verifies its round trips and divides by descriptors', () => {
  for (const features of [{}, { packed: true, indirect: true, inOrder: true }]) {
    let time = 0
    expect(benchRing(() => (time += 3200), 10, features)).toBe(10)
  }
})
