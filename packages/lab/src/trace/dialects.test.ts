/** The same events as ftrace, trace-cmd and perf print them are the same events. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseText, renderEvents } from '../testing/trace-text.ts'
import { dialectOf, PERF_SCRIPT, TRACE_CMD } from './dialects.ts'
import { readTrace } from './read-trace.ts'
import { TraceError } from './trace-error.ts'
import type { Dialect } from './trace-parser.ts'
import { FTRACE } from './trace-parser.ts'

const TRACE_CMD_TEXT = `version = 6
CPU 2 is empty
cpus=4
    redis-server-2757  [001]  3767.099643: mm_page_alloc:        page=0x155744 pfn=1398596 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO
    redis-server-2757  [001]  3767.099650: kmalloc:              call_site=ffffffff8 ptr=0x1 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL
CPU:1 [12 EVENTS DROPPED]
CPU:0 [EVENTS DROPPED]
     kworker/0:1-33    [000] d..1.  3767.100001: mm_page_alloc:        page=(nil) pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_TRANSHUGE
     Web Content-812   [000]  3767.1000024: mm_page_free:         page=0x155744 pfn=0x155744 order=0
`
const PERF_TEXT = `# ========
# captured on    : Mon Nov  2 10:11:12 2026
# ========
#
redis-server  2757 [001]  3767.099643:             kmem:mm_page_alloc: page=0x155744 pfn=1398596 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO
    ffffffffbe23e32e __alloc_pages_nodemask+0x22e (/lib/modules/6.1.0/build/vmlinux)
\t7efdf7f7d3e8 __poll+0x18 (/usr/lib/libc.so.6)

redis-server  2757 [001]  3767.099650:               kmem:kmalloc: call_site=ffffffff8 ptr=0x1 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL
swapper     0 [001]  3767.099660: PERF_RECORD_LOST lost 13
kworker/0:1    33 [000]  3767.100001:          1     kmem:mm_page_alloc: page=(nil) pfn=18446744073709551615 order=9 migratetype=1 gfp_flags=GFP_TRANSHUGE
Web Content   812/815   [000]  3767.1000024:              kmem:mm_page_free: page=0x155744 pfn=1398596 order=0
`
const FTRACE_TEXT = `# tracer: nop
#
    redis-server-2757    [001] ..s1.  3767.099643: mm_page_alloc: page=0000000000155744 pfn=0x155744 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO
    redis-server-2757    [001] ..s1.  3767.099650: kmalloc: call_site=ffffffff8 ptr=1 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL
CPU:1 [LOST 12 EVENTS]
CPU:0 [LOST EVENTS]
     kworker/0:1-33      [000] d..1.  3767.100001: mm_page_alloc: page=(null) pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_TRANSHUGE
     Web Content-812     [000] .....  3767.1000024: mm_page_free: page=0000000000155744 pfn=0x155744 order=0
`
const TEXTS = { ftrace: FTRACE_TEXT, 'trace-cmd report': TRACE_CMD_TEXT, 'perf script': PERF_TEXT } as const
const read = (text: string) => readTrace({ name: 'x', stream: (async function* () { yield Buffer.from(text) })() })

test('one recording as three tools print it', async () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    const { events, summary } = await read(text)
    expect([summary.dialect, summary.lost, summary.otherEvents, summary.failedAllocs, summary.malformedLines]).toEqual([name, 13, 1, 1, 0])
    expect(renderEvents(events)).toBe('0 cpu1 alloc p0x155744 order 0 type 0 NORMAL zero\n359400 cpu0 free  p0x155744 order 0')
  }
})

test('what is no event is counted as a line of something else, not as malformed', async () => {
  const others = await Promise.all(Object.values(TEXTS).map(async (text) => (await read(text)).summary.otherLines))
  // Headers of trace-cmd; the call chain of perf.
  expect(others).toEqual([0, 3, 2])
})

test('the first line that looks like one of them decides', () => {
  const nameOf = (text: string): string => dialectOf(Buffer.from(text)).name
  expect(nameOf('cpus=1')).toBe('trace-cmd report')
  expect(nameOf('hello\n\n  a b-5 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0\ncpus=3\n')).toBe('ftrace')
  expect(nameOf('  a-5  (    5) [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0')).toBe('ftrace')
  expect(nameOf('a-5 7 [000] 1.000000: kmem:mm_page_free: page=0 pfn=0x1 order=0')).toBe('perf script')
  expect(nameOf('swapper     0 [001]  3767.099660: PERF_RECORD_LOST lost 13')).toBe('perf script')
  expect(nameOf(' :-1    -1 [001]  3767.099660: 1 kmem:mm_page_free: page=0')).toBe('perf script')
  expect([nameOf(''), nameOf('\n'), nameOf('nothing of the kind\n')]).toEqual(['ftrace', 'ftrace', 'ftrace'])
})

test('errors name file and line in each dialect', async () => {
  const messages: string[] = []
  for (const text of Object.values(TEXTS)) {
    const broken = `${text}${text.trimEnd().split('\n').at(-1)?.replace('order=0', 'order=12')}\n`
    await readTrace({ name: 'x', stream: (async function* () { yield Buffer.from(broken) })() }, { strict: true }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(TraceError)
      messages.push((error as TraceError).message.replace(/ in ".*"/, ''))
    })
  }
  expect(messages).toEqual([9, 10, 13].map((line) => `x:${line}: found no readable order, accepted an order from order=0 to order=10`))
})

interface Event {
  comm: string
  pid: number
  cpu: number
  us: number
  pfn: number
  order: number
  /** null is a free. */
  mask: string | null
  lost: boolean
  period: boolean
}

const event: fc.Arbitrary<Event> = fc.record({
  comm: fc.constantFrom('redis-server', 'Web Content', 'kworker/u8:1', 'a [000] b', '[001]', 'x-12', 'a 5 [0]', 'cpus=2', 'kmem:'),
  pid: fc.nat(99_999), cpu: fc.nat(11), us: fc.nat(5_000_000), pfn: fc.nat(0xff_ffff), order: fc.nat(10),
  mask: fc.constantFrom(null, 'GFP_KERNEL|__GFP_ZERO', 'GFP_HIGHUSER_MOVABLE|__GFP_COMP', '0x140dca'),
  lost: fc.boolean(), period: fc.boolean(),
})

const timeText = (us: number): string => `${3767 + Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`

function asFtrace({ comm, pid, cpu, us, pfn, order, mask, lost }: Event): string {
  const head = `${comm.padStart(16)}-${String(pid).padEnd(7)} [${String(cpu).padStart(3, '0')}] ..... ${timeText(us).padStart(12)}: `
  const body = `page=00000000deadbeef pfn=0x${pfn.toString(16)} order=${order}`
  return `${lost ? `CPU:${cpu} [LOST 3 EVENTS]\n` : ''}${head}${mask === null ? `mm_page_free: ${body}` : `mm_page_alloc: ${body} migratetype=1 gfp_flags=${mask}`}\n`
}

function asTraceCmd({ comm, pid, cpu, us, pfn, order, mask, lost, period }: Event): string {
  const head = `${comm.padStart(20)}-${String(pid).padEnd(5)} [${String(cpu).padStart(3, '0')}] ${period ? '..... ' : ''}${timeText(us).padStart(12)}: `
  const body = `page=0x${pfn.toString(16)} pfn=${pfn} order=${order}`
  const event = mask === null ? `${'mm_page_free:'.padEnd(21)} ${body}` : `${'mm_page_alloc:'.padEnd(21)} ${body} migratetype=1 gfp_flags=${mask}`
  return `${lost ? `CPU:${cpu} [3 EVENTS DROPPED]\n` : ''}${head}${event}\n`
}

function asPerf({ comm, pid, cpu, us, pfn, order, mask, lost, period }: Event): string {
  const head = `${comm} ${String(pid).padStart(5)} [${String(cpu).padStart(3, '0')}] ${timeText(us).padStart(12)}: `
  const body = `page=0x${pfn.toString(16)} pfn=${pfn} order=${order}`
  const event = mask === null ? `kmem:mm_page_free: ${body}` : `kmem:mm_page_alloc: ${body} migratetype=1 gfp_flags=${mask}`
  const chain = period ? '            ffffffff8123 __alloc_pages+0x1 ([kernel.kallsyms])\n\n' : ''
  return `${lost ? `${head}PERF_RECORD_LOST lost 3\n` : ''}${head}${period ? '         1 ' : ''}${event.padStart(40)}\n${chain}`
}

test('whatever the events are, three dialects parse to the same columns', () => {
  fc.assert(fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
    const parse = (dialect: Dialect, text: string) => {
      const parser = parseText(text, [Math.floor(text.length / 2)], { dialect })
      return { lost: parser.counts.lost, malformed: parser.malformed, events: renderEvents(parser.events.finish()) }
    }
    const expected = parse(FTRACE, events.map(asFtrace).join(''))
    expect(expected.malformed).toEqual([])
    expect(parse(TRACE_CMD, events.map(asTraceCmd).join(''))).toEqual(expected)
    expect(parse(PERF_SCRIPT, events.map(asPerf).join(''))).toEqual(expected)
  }), { numRuns: 200, seed: 9 })
})
