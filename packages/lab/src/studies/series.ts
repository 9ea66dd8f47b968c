/**
 * Logarithm and exponential from additions and multiplications alone: the built-in ones may differ in their last bits between machines, and a fit would then
 * give other parameters.
 */
import { assert } from '@hintlab/kit'

const TERMS = 60

/** ln x for 1/16 <= x <= 16: 2 artanh((x - 1) / (x + 1)), to about 1e-7 at the ends and to rounding near 1. */
export function ln(x: number): number {
  assert(x >= 1 / 16 && x <= 16, 'the series is for numbers near 1')
  const ratio = (x - 1) / (x + 1)
  const square = ratio * ratio
  let power = ratio
  let sum = 0
  for (let k = 0; k < TERMS; k++) {
    sum += power / (2 * k + 1)
    power *= square
  }
  return 2 * sum
}

/** e^x for |x| <= 4, by its Taylor series. */
export function exp(x: number): number {
  assert(x >= -4 && x <= 4, 'the series is for numbers near 0')
  let term = 1
  let sum = 1
  for (let k = 1; k < TERMS; k++) {
    term *= x / k
    sum += term
  }
  return sum
}
