import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { makeBatch } from '../ports.ts'
import { putPfns, readPfns } from './pfn-array.ts'

const pfns = fc.array(fc.oneof(fc.nat(2 ** 31 - 1).map((n) => n * 2 + 1), fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff)), { maxLength: 20 })

it('the array is le32 words, and comes back as single pages', () => {
  fc.assert(fc.property(pfns, (pages) => {
    const sent = makeBatch(20)
    sent.count = pages.length
    sent.pfn.set(pages)
    const bytes = new Uint8Array(80)
    expect(putPfns(sent, bytes)).toBe(4 * pages.length)
    const view = new DataView(bytes.buffer)
    expect(pages.map((_, i) => view.getUint32(4 * i, true))).toEqual(pages)
    const got = makeBatch(20)
    got.order.fill(7)
    readPfns(bytes, pages.length, got)
    expect([...got.pfn.subarray(0, got.count)]).toEqual(pages)
    expect([...got.order.subarray(0, got.count)]).toEqual(pages.map(() => 0))
  }), { seed: 1, numRuns: 100 })
})

it('a block of more than a page has no place in it', () => {
  const batch = makeBatch(1)
  batch.count = 1
  batch.order[0] = 1
  expect(() => putPfns(batch, new Uint8Array(4))).toThrow('a balloon holds single pages')
})
