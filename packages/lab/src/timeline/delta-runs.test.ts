/** Packing and unpacking are inverse, the page's script unpacks the same, and what does not change costs next to nothing. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packFrames, unpackFrames } from './delta-runs.ts'

type PageUnpack = (text: string, count: number, length: number) => Uint8Array[]
const { unpackFrames: pageUnpack } = (await import(new URL('../report/page/unpack.js', import.meta.url).href)) as { unpackFrames: PageUnpack }

/** Frames of one length, with many zeroes and some long equal stretches. */
const frames = fc.integer({ min: 1, max: 300 }).chain((length) => {
  const byte = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 }))
  return fc.array(fc.array(byte, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 5 })
})

test('unpacking gives back what was packed, here and in the page', () => {
  fc.assert(fc.property(frames, (lists) => {
    const input = lists.map((list) => Uint8Array.from(list))
    const packed = packFrames(input)
    const length = input[0].length
    expect(unpackFrames(packed, input.length, length)).toEqual(input)
    expect(pageUnpack(Buffer.from(packed).toString('base64'), input.length, length).map((frame) => [...frame])).toEqual(lists)
  }), { numRuns: 200 })
})

test('a frame that does not change costs a few bytes', () => {
  const frame = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251)
  const one = packFrames([frame]).length
  expect(packFrames([frame, frame, frame, frame]).length).toBeLessThan(one + 8)
})

test('nothing is nothing', () => {
  expect(packFrames([])).toEqual(new Uint8Array())
})
