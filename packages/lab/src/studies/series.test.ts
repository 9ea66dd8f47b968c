import { expect, test } from 'vitest'
import { exp, ln } from './series.ts'

test('the series are the functions: known values, and what makes them logarithm and exponential', () => {
  expect(ln(2)).toBeCloseTo(Math.LN2, 12)
  expect(ln(10)).toBeCloseTo(Math.LN10, 7)
  expect(exp(1)).toBeCloseTo(Math.E, 12)
  for (let x = 1 / 4; x <= 4; x *= 1.1) {
    expect(exp(ln(x))).toBeCloseTo(x, 9)
    expect(ln(x) + ln(1 / x)).toBeCloseTo(0, 9)
    expect(ln(x * 2)).toBeCloseTo(ln(x) + ln(2), 7)
  }
  expect([ln(1), exp(0)]).toEqual([0, 1])
  expect(() => ln(17)).toThrow('near 1')
  expect(() => exp(5)).toThrow('near 0')
})
