import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesText, compact, grouped, percentText, significant, timeText } from './format.ts'

test('numbers, times and sizes as people read them', () => {
  const numbers = [0, 0.0001, 0.0474, 0.9999, 1.5, 9.999, 33, 71.332, 99.96, 1234.5, 440_656, -2.5]
  expect(numbers.map(significant).join(' ')).toMatchInlineSnapshot(`"0 <0.001 0.047 1.00 1.50 10.0 33 71.3 100 1,235 440,656 -2.50"`)
  expect([...numbers, 99_999, 100_000, 4.567e6, 1e15].map(compact).join(' ')).toMatchInlineSnapshot(
    `"0 <0.001 0.047 1.00 1.50 10.0 33 71.3 100 1235 441k -2.50 99999 100k 4.57M >999T"`,
  )
  expect([0, 56, 999, 1000, 13_094, 71_332_164, 4_093_640_703].map(timeText).join(', ')).toMatchInlineSnapshot(
    `"0 ns, 56 ns, 999 ns, 1 us, 13.1 us, 71.3 ms, 4.09 s"`,
  )
  expect([0, 4096, 2 ** 26, 1.5 * 2 ** 30, 2 ** 42].map(bytesText).join(', ')).toMatchInlineSnapshot(`"0 bytes, 4 KiB, 64 MiB, 1.50 GiB, 4 TiB"`)
  expect([percentText(0.9), percentText(0.6551), grouped(-1234567)]).toEqual(['90 %', '65.5 %', '-1,234,567'])
})

test('compact numbers keep to six characters and to three digits of the value', () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 9.9e14, noNaN: true }), (n) => {
    const text = compact(n)
    expect(text.length).toBeLessThanOrEqual(6)
    const scale = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 }[text.at(-1)!] ?? 1
    if (!text.startsWith('<')) expect(Math.abs(Number.parseFloat(text) * scale - n)).toBeLessThanOrEqual(Math.max(0.0005, n * 0.006))
  }))
})
