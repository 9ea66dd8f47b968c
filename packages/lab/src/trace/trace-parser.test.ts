import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { naiveTrace } from '../testing/naive-trace.ts'
import { parseText, renderEvents, traceLine } from '../testing/trace-text.ts'
import { EVENTS_MAX } from './events.ts'
import type { TraceEvents } from './events.ts'
import { TraceError } from './trace-error.ts'
import { LINE_BYTES_MAX } from './trace-parser.ts'
import type { TraceParser } from './trace-parser.ts'

const GOOD = `# tracer: nop
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
          rec.sh-2745    [000] .....  3767.099643: mm_page_alloc: page=0000000000000000 pfn=0x155744 order=0 migratetype=0 gfp_flags=GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP
    redis-server-2757    [001] ..s1.  3767.099655: mm_page_free: page=0000000000000000 pfn=0x155744 order=0
     Web Content-123     [012]  3767.099700: mm_page_alloc: page=00000000abcd1234 pfn=1528266 order=3 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP
 a [000] b-7 [1]-99999   [1023] dNh2. 3767.099701: kmem:mm_page_alloc: page=(____ptrval____) pfn=0xffffffff order=10 migratetype=2 gfp_flags=GFP_ATOMIC|__GFP_RECLAIMABLE
  mm_page_free: -1       (-------) [002] .....  3768.000000: mm_page_free: page=0xffffea0000 pfn=0x0 order=9
  [0] 5.123456: -1       (  123) [002] .....  3768.000000123: kmem:mm_page_free: page=0 pfn=12 order=0
          <idle>-0       [003] ..s2. 13767.099643: mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_KERNEL|GFP_DMA32
CPU:1 [LOST 123 EVENTS]
CPU:2 [LOST EVENTS]
           x: y-5        [003] ..... 13767.099643: mm_page_alloc: page=          (null) pfn=0 order=4 migratetype=0 gfp_flags=GFP_NOWAIT
           x: y-5        [003] ..... 13767.099643: mm_page_alloc: page=0 pfn=0xffffffffffffffff order=4 migratetype=0 gfp_flags=GFP_NOWAIT
           x: y-5        [003] ..... 13767.099643: mm_page_alloc: page=0 pfn=18446744073709551615 order=4 migratetype=0 gfp_flags=GFP_NOWAIT
           x: y-5        [003] ..... 13767.099643: mm_page_alloc_zone_locked: page=0 pfn=0x1 order=0 migratetype=1 percpu_refill=1
           x: y-5        [003] ..... 13767.099643: tracing_mark_write: a-1 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0
 => some_function
       gzip-late-4       [000] .....  3767.000000: mm_page_free: page=0 pfn=0x2 order=0\r
       no mask  -4       [000] .....  3768.000000: mm_page_alloc: pfn=0x2 order=1 color=red migratetype=1
       no type  -4       [000] .....  3768.000000: mm_page_alloc: pfn=0x4 order=1 gfp_flags=GFP_USER|__GFP_RECLAIMABLE x=1
`

function counts(parser: TraceParser): string {
  return Object.entries(parser.counts).map(([name, n]) => `${name} ${n}`).join(', ')
}

test('lines of kernels old and new, with tasks of unpleasant names', () => {
  const parser = parseText(GOOD)
  expect(counts(parser)).toMatchInlineSnapshot(`"lines 20, otherEvents 2, otherLines 1, failedAllocs 3, lost 124, lostMarks 2, outOfOrder 1, malformed 0"`)
  expect(parser.malformed).toEqual([])
  expect(renderEvents(parser.events.finish())).toMatchInlineSnapshot(`
    "0 cpu0 alloc p0x155744 order 0 type 0 NORMAL zero
    12000 cpu1 free  p0x155744 order 0
    57000 cpu12 alloc p0x1751ca order 3 type 1 MOVABLE
    58000 cpu1023 alloc p0xffffffff order 10 type 2 NORMAL atomic
    900357000 cpu2 free  p0x0 order 9
    900357123 cpu2 free  p0xc order 0
    10000000000000 cpu3 alloc p0x1 order 0 type 0 DMA32
    0 cpu0 free  p0x2 order 0
    900357000 cpu0 alloc p0x2 order 1 type 1 NORMAL
    900357000 cpu0 alloc p0x4 order 1 type 2 NORMAL"
  `)
})

const BAD = `  a-1 [0x0] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=0
  a-1 [65536] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=0
  a-1 [000] .....  1.00: mm_page_free: page=0 pfn=0x1 order=0
  a-1 [000] .....  12345: mm_page_alloc: page=0 pfn=0x1 order=0
  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x1g order=0
  a-1 [000] .....  1.000000: mm_page_free: page=0 order=0
  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x100000000 order=0
  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x1
  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=
  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=11
  a-1 [000] .....  1.000000: mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=-1 gfp_flags=GFP_KERNEL
  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=0
  a-1 [000] .....  9999999.000000: mm_page_free: page=0 pfn=0x1 order=0
  a\u001b[31m-1 [000] .....  x.000000: mm_page_free: page=0 pfn=0x1 order=0
`

test('what is wrong with a malformed line is said by line; control characters do not reach the terminal', () => {
  const parser = parseText(BAD)
  expect(parser.events.length).toBe(1)
  expect(parser.malformed.map(({ line, reason, text }) => `${line}: ${reason}: ${text.slice(0, 28)}`).join('\n')).toMatchInlineSnapshot(`
    "1: no readable cpu: a-1 [0x0] .....  1.000000: m
    2: no readable cpu: a-1 [65536] .....  1.000000:
    3: no readable time: a-1 [000] .....  1.00: mm_pa
    4: no readable time: a-1 [000] .....  12345: mm_p
    5: no readable pfn: a-1 [000] .....  1.000000: m
    6: no readable pfn: a-1 [000] .....  1.000000: m
    7: no readable pfn: a-1 [000] .....  1.000000: m
    8: no readable order: a-1 [000] .....  1.000000: m
    9: no readable order: a-1 [000] .....  1.000000: m
    10: no readable order: a-1 [000] .....  1.000000: m
    11: no readable migratetype: a-1 [000] .....  1.000000: m
    13: no readable time: a-1 [000] .....  9999999.000
    14: no readable time: a?[31m-1 [000] .....  x.0000"
  `)
})

test('malformed lines beyond the reported ones are counted; strict stops at the first', () => {
  const parser = parseText(BAD, [], { reportedMax: 2 })
  expect([parser.counts.malformed, parser.malformed.length]).toEqual([13, 2])
  expect(() => parseText(`# comment\n${BAD}`, [], { strict: true })).toThrowErrorMatchingInlineSnapshot(`[TraceError: test.txt:2: found no readable cpu in "a-1 [0x0] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=0", accepted a cpu in brackets such as [003], up to [65535]]`)
  expect(parseText(GOOD, [], { strict: true }).events.length).toBe(10)
})

test('a last line without line feed counts only when it cannot have been cut', () => {
  const alloc = '  a-1 [000] .....  1.000000: mm_page_alloc: page=0 pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO'
  const free = '  a-1 [000] .....  1.000000: mm_page_free: page=0 pfn=0x1 order=0'
  const read: string[] = []
  for (const line of [alloc, free]) {
    for (let length = 1; length <= line.length; length++) {
      const parser = parseText(line.slice(0, length))
      const found = parser.events.length === 1 ? 'event' : (parser.malformed[0]?.reason ?? 'nothing')
      const previous = read.at(-1)
      if (previous === undefined || !previous.startsWith(`${found} `)) read.push(`${found} up to "${line.slice(0, length).slice(-12)}"`)
      else read[read.length - 1] = `${found} up to "${line.slice(0, length).slice(-12)}"`
    }
  }
  expect(read.join('\n')).toMatchInlineSnapshot(`
    "nothing up to "  "
    the file ends inside this line up to "gs=GFP_KERNE"
    event up to "s=GFP_KERNEL"
    the file ends inside this line up to "EL|__GFP_ZER"
    event up to "L|__GFP_ZERO"
    nothing up to "  "
    the file ends inside this line up to "n=0x1 order="
    event up to "=0x1 order=0""
  `)
})

const freeAt = (cpu: number, time: string): string => `  a-1 [00${cpu}] ..... ${time}: mm_page_free: page=0 pfn=0x1 order=0\n`

test('time never falls within a cpu, and begins with the earliest event of all', () => {
  const times: [number, string][] = [[0, '5.000000'], [1, '4.000000'], [0, '4.500000'], [0, '5.000001'], [1, '4.000000']]
  const parser = parseText(times.map(([cpu, time]) => freeAt(cpu, time)).join(''))
  expect(Array.from(parser.events.finish().timeNs)).toEqual([1e9, 0, 1e9, 1_000_001_000, 0])
  expect(parser.counts.outOfOrder).toBe(1)
})

test('nanoseconds are exact after a year of uptime', () => {
  const parser = parseText(freeAt(0, '31536000.000000001') + freeAt(0, '31536003.000000003'))
  expect(Array.from(parser.events.finish().timeNs)).toEqual([0, 3_000_000_002])
})

test('a line without end is refused, wherever the chunks end', () => {
  const fits = `#${'x'.repeat(LINE_BYTES_MAX - 1)}`
  for (const cuts of [[], [1], [70_000], [1, 65_537]]) {
    expect(parseText(`\n${fits}\n`, cuts).counts.lines).toBe(2)
    expect(() => parseText(`\n${fits}x\n`, cuts)).toThrow(TraceError)
    expect(() => parseText(`\n${fits}x`, cuts)).toThrow('test.txt:2: found a line without end, accepted text of lines up to 65536 bytes')
  }
})

test('chunks may end at any byte', () => {
  const lostAt = GOOD.indexOf('CPU:1')
  const text = GOOD.split('\n').slice(2, 5).join('\n') + GOOD.slice(lostAt, lostAt + 60) + BAD.slice(0, 300)
  const whole = render(parseText(text))
  for (let cut = 0; cut <= text.length; cut++) expect(render(parseText(text, [cut]))).toBe(whole)
  expect(render(parseText(text, Array.from({ length: text.length }, (_, i) => i)))).toBe(whole)
})

function render(parser: TraceParser): string {
  const malformed = parser.malformed.map((m) => `${m.line} ${m.reason} ${m.text}`)
  return [counts(parser), ...malformed, renderEvents(parser.events.finish())].join('\n')
}

test('the parser agrees with the regular expressions of the naive twin', () => {
  fc.assert(fc.property(fc.array(traceLine, { minLength: 1, maxLength: 30 }), fc.nat(500), (lines, cut) => {
    const text = lines.map((line) => `${line}\n`).join('')
    const naive = naiveTrace(text)
    const parser = parseText(text, [Math.min(cut, text.length)])
    const { otherEvents, otherLines, failedAllocs, lost, outOfOrder } = parser.counts
    const malformed = parser.malformed.map(({ line, reason }) => `${line}: ${reason}`)
    expect({ events: rows(parser.events.finish()), malformed, otherEvents, otherLines, failedAllocs, lost, outOfOrder }).toEqual(naive)
  }), { numRuns: 400 })
})

function rows(events: TraceEvents): number[][] {
  return Array.from(events.timeNs, (timeNs, i) => [
    timeNs, events.cpu[i], events.kind[i], events.pfn[i], events.order[i], events.migratetype[i], events.zone[i], events.flags[i],
  ])
}

test('the limit of events fits the columns', () => {
  expect(EVENTS_MAX * 19).toBeLessThan(2 ** 33)
})
