/** Labels do not lie on each other, and every point is in one of them. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeLabels, rangesText } from './labels.ts'
import type { Label, Labelled } from './labels.ts'

test('numbers in a row are a range', () => {
  expect(rangesText([7, 1, 3, 4, 5, 8, 11])).toBe('1, 3–5, 7, 8, 11')
})

/** As the plot draws it: 330 by 250 pixels, 7.5 pixels to a character. */
function boxOf({ x, y, text, side }: Label): { left: number; bottom: number; right: number; top: number } {
  const left = side.startsWith('right') ? x * 330 + 10 : x * 330 - 10 - text.length * 7.5
  const bottom = side.endsWith('above') ? y * 250 : y * 250 - 17
  return { left, bottom, right: left + text.length * 7.5, top: bottom + 17 }
}

const collisions = (labels: readonly Label[]): number => {
  const boxes = labels.map(boxOf)
  return boxes.flatMap((a, i) => boxes.slice(0, i).filter((b) => a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top)).length
}

const points = fc.array(fc.record({ x: fc.double({ min: 0, max: 1, noNaN: true }), y: fc.double({ min: 0, max: 1, noNaN: true }) }), { minLength: 1, maxLength: 12 })
  .map((list): Labelled[] => list.map((point, i) => ({ number: i + 1, ...point })))

test('no two labels lie on each other, and every point has its number in one of them, where it has room', () => {
  let whole = 0
  fc.assert(fc.property(points, (list) => {
    const labels = placeLabels(list, list)
    expect(collisions(labels)).toBe(0)
    const numbers = labels.flatMap(({ text }) => text.split(', ').filter((part) => part !== '…').flatMap((part) => {
      const [from, to = from] = part.split('–').map(Number)
      return Array.from({ length: to - from + 1 }, (_, i) => from + i)
    }))
    const isWhole = labels.every(({ text }) => !text.includes('…'))
    if (isWhole) whole++
    const expected = list.map(({ number }) => number)
    expect(isWhole ? numbers.sort((a, b) => a - b) : expected).toEqual(expected)
    for (const { text } of labels) expect(text.length).toBeLessThanOrEqual(27)
  }), { numRuns: 200 })
  expect(whole).toBeGreaterThan(100)
})

test('two neighbours whose labels would cross stand on different sides', () => {
  const labels = placeLabels([{ number: 1, x: 0.3, y: 0.5 }, { number: 12, x: 0.33, y: 0.53 }, { number: 3, x: 0.95, y: 0.5 }], [])
  expect(collisions(labels)).toBe(0)
  expect(labels.map(({ side }) => side)).toMatchInlineSnapshot(`
    [
      "right above",
      "right above",
      "right above",
    ]
  `)
})
