import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { RequestKind } from '@hintlab/protocol'
import { BalloonPages } from './balloon-pages.ts'

it('holds what was inflated and not deflated, over the borders of its chunks', () => {
  const block = fc.record({
    kind: fc.constantFrom(RequestKind.INFLATE, RequestKind.INFLATE, RequestKind.DEFLATE, RequestKind.REPORT),
    first: fc.oneof(fc.integer({ min: 32_700, max: 32_800 }), fc.integer({ min: 0, max: 200 }), fc.constant(2 ** 32 - 1)),
    order: fc.integer({ min: 0, max: 6 }),
  })
  fc.assert(fc.property(fc.array(block, { maxLength: 30 }), (blocks) => {
    const pages = new BalloonPages()
    const twin = new Set<number>()
    for (const { kind, first, order } of blocks) {
      pages.named(kind, first, order)
      for (let page = first; page < first + 2 ** order; page++) {
        if (kind === RequestKind.INFLATE) twin.add(page)
        if (kind === RequestKind.DEFLATE) twin.delete(page)
      }
      pages.check()
    }
    const listed = pages.ranges().flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i))
    expect(listed).toEqual([...twin].sort((a, b) => a - b))
    expect(pages.count).toBe(twin.size)
    expect([0, 100, 32_767, 32_768, 2 ** 32].map((page) => pages.has(page))).toEqual([0, 100, 32_767, 32_768, 2 ** 32].map((page) => twin.has(page)))
    pages.clear()
    expect([pages.count, pages.ranges()]).toEqual([0, []])
  }))
})

it('joins neighbours', () => {
  const pages = new BalloonPages()
  for (const page of [7, 5, 6, 9]) pages.named(RequestKind.INFLATE, page, 0)
  pages.named(RequestKind.INFLATE, 32_764, 3)
  pages.named(RequestKind.INFLATE, 9, 0)
  expect(pages.ranges()).toEqual([[5, 3], [9, 1], [32_764, 8]])
})
