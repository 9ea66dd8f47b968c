import { expect, test } from 'vitest'
import { planReplay } from '../replay-plan.ts'
import { tinyTraceText } from '../testing/tiny-trace.ts'
import { parseText, renderEvents } from '../testing/trace-text.ts'
import type { TraceEvents } from '../trace/events.ts'
import { cutTrace, joinTraces } from './traces.ts'

const line = (us: number, text: string): string => ` a-1 [000] ..... 1.${String(us).padStart(6, '0')}: ${text}\n`
const alloc = (us: number, pfn: number): string => line(us, `mm_page_alloc: page=0 pfn=${pfn} order=0 migratetype=1 gfp_flags=GFP_KERNEL`)
const free = (us: number, pfn: number): string => line(us, `mm_page_free: page=0 pfn=${pfn} order=0`)
const eventsOf = (text: string): TraceEvents => parseText(text).events.finish()

test('one trace after the other: later, and on frames of its own', () => {
  const a = eventsOf(alloc(0, 5) + alloc(3, 9))
  const b = eventsOf(alloc(10, 0) + free(12, 5) + free(13, 0))
  expect(renderEvents(joinTraces([a, b]))).toMatchInlineSnapshot(`
    "0 cpu0 alloc p0x5 order 0 type 1 NORMAL
    3000 cpu0 alloc p0x9 order 0 type 1 NORMAL
    3000 cpu0 alloc p0xa order 0 type 1 NORMAL
    5000 cpu0 free  p0xf order 0
    6000 cpu0 free  p0xa order 0"
  `)
  expect(joinTraces([a])).toBe(a)
})

test('a trace joined to itself does the same twice', () => {
  const tiny = eventsOf(tinyTraceText())
  const twice = planReplay(joinTraces([tiny, tiny]), 2)
  const once = planReplay(tiny, 2)
  const { freesWithoutAlloc, allocsOverLive, liveAtEnd } = once
  expect(twice).toMatchObject({ freesWithoutAlloc: 2 * freesWithoutAlloc, allocsOverLive: 2 * allocsOverLive, liveAtEnd: 2 * liveAtEnd })
  expect(twice.byCpu.map((list) => list.length)).toEqual(once.byCpu.map((list) => 2 * list.length))
})

test('the cut keeps what is before it, whatever the order in the file', () => {
  const events = eventsOf(alloc(20, 1) + alloc(10, 2) + alloc(40, 3) + free(30, 1))
  expect(cutTrace(events, 1e9)).toBe(events)
  expect(renderEvents(cutTrace(events, 20_001))).toBe(renderEvents(events).split('\n').filter((text) => Number(text.split(' ')[0]) <= 20_000).join('\n'))
  expect(cutTrace(events, 0).length).toBe(0)
})
