/**
 * Axes. Logarithms are made of multiplications, so that a page has the same bytes on every machine.
 *
 *     log2(x) = whole + fraction: halve x until it is below 2; then each squaring gives one binary digit of the fraction
 */

const DIGITS = 16

/** Binary logarithm of a number of at least 1, to 2^-16. */
export function log2(value: number): number {
  let whole = 0
  let rest = value
  for (; rest >= 2; rest /= 2) whole++
  let fraction = 0
  for (let digit = 0.5, n = 0; n < DIGITS; n++, digit /= 2) {
    rest *= rest
    if (rest < 2) continue
    rest /= 2
    fraction += digit
  }
  return whole + fraction
}

/** About `count` round numbers from 0 to at least `max`: steps of 1, 2 or 5 times a power of ten. The last one is the end of the axis. */
export function linearTicks(max: number, count = 5): number[] {
  if (max <= 0) return [0, 1]
  let step = 1
  while (step * count < max) step *= 10
  while (step * count >= 10 * max) step /= 10
  for (const part of [0.1, 0.2, 0.5]) {
    if (step * part * count < max) continue
    step *= part
    break
  }
  const ticks: number[] = []
  for (let i = 0; ; i++) {
    ticks.push(i * step)
    if (i * step >= max) return ticks
  }
}

/** Powers of ten between two numbers, both included when they are one. */
export function decades(from: number, to: number): number[] {
  const ticks: number[] = []
  for (let tick = 1; tick <= to; tick *= 10) if (tick >= from) ticks.push(tick)
  return ticks
}

/** A share of 1 as a length for CSS and SVG. */
export const percent = (share: number): string => `${Math.round(share * 10000) / 100}%`
