import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { alignUp, divCeil, isPowerOfTwo, log2Floor } from './bits.ts'

const power = fc.integer({ min: 0, max: 30 }).map((n) => 2 ** n)

test('alignUp gives the least multiple that is not below', () => {
  expect([alignUp(0, 4096), alignUp(1, 4096), alignUp(4096, 4096), alignUp(2 ** 50 + 1, 4096)]).toEqual([0, 4096, 4096, 2 ** 50 + 4096])
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), power, (n, align) => {
    const up = alignUp(n, align)
    expect(up % align).toBe(0)
    expect(up >= n && up - n < align).toBe(true)
  }))
})

test('divCeil gives the least count of parts that hold it', () => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 31 }), (a, b) => {
    const parts = divCeil(a, b)
    expect(parts * b >= a && (parts - 1) * b < a).toBe(true)
  }))
})

test('isPowerOfTwo and log2Floor agree with the powers themselves', () => {
  expect([0, 1, 2, 3, 4, 2 ** 30, 2 ** 30 + 1].map(isPowerOfTwo)).toEqual([false, true, true, false, true, true, false])
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (n) => {
    const log = log2Floor(n)
    expect(2 ** log <= n && n < 2 ** (log + 1)).toBe(true)
  }))
})
