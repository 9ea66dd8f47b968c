import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveLivePages } from '../testing/naive-live-pages.ts'
import { EVENT_ALLOC, EVENT_FREE, TraceEventsBuilder } from './events.ts'
import { LivePages, traceStats } from './trace-stats.ts'

const observe = (p: LivePages | NaiveLivePages): number[] => [
  p.pages, p.peakPages, p.freesWithoutAlloc, p.allocsOverLive, p.freesOfPart,
]

test('the live pages agree with one Map entry per page, after every event', () => {
  // Three neighbourhoods: the start, a leaf border of 64 Ki pages, and the end of the frame numbers.
  const pfn = fc.tuple(fc.constantFrom(0, 0xfff0, 0xffff_ffe0), fc.nat(31)).map(([base, offset]) => base + offset)
  const step = fc.record({ alloc: fc.boolean(), pfn, order: fc.constantFrom(0, 0, 0, 1, 2, 3, 4) })
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const live = new LivePages()
    const naive = new NaiveLivePages()
    for (const { alloc, pfn, order } of steps) {
      for (const pages of [live, naive]) {
        if (alloc) pages.alloc(pfn, order)
        else pages.free(pfn, order)
      }
      expect(observe(live)).toEqual(observe(naive))
    }
    expect(live.check()).toBe('')
  }), { numRuns: 60 })
})

test('a split block is freed page by page, and an unknown free changes nothing', () => {
  const builder = new TraceEventsBuilder()
  const put = (timeNs: number, cpu: number, kind: number, pfn: number, order: number): void => {
    builder.put(timeNs, cpu, kind, pfn, order, 0, 0, 0)
  }
  put(0, 0, EVENT_ALLOC, 8, 2)
  put(10, 1, EVENT_FREE, 11, 0)
  put(20, 7, EVENT_FREE, 64, 3)
  put(30, 0, EVENT_FREE, 10, 0)
  put(40, 0, EVENT_ALLOC, 8, 0)
  expect(traceStats(builder.finish())).toMatchInlineSnapshot(`
    {
      "allocs": 2,
      "allocsOverLive": 1,
      "cpuMax": 7,
      "cpus": 3,
      "durationNs": 40,
      "endPages": 2,
      "frees": 3,
      "freesOfPart": 1,
      "freesWithoutAlloc": 1,
      "peakBlocksByOrder": [
        4,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      ],
      "peakPages": 4,
    }
  `)
})
