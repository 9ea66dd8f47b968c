/** Trace text for tests: arbitrary lines of the kernel's form, and a table of what was read. */
import * as fc from 'fast-check'
import { EVENT_FREE } from '../trace/events.ts'
import type { TraceEvents } from '../trace/events.ts'
import { GFP_FLAG_ATOMIC, GFP_FLAG_ZERO } from '../trace/gfp.ts'
import { TraceParser } from '../trace/trace-parser.ts'
import type { ParserOptions } from '../trace/trace-parser.ts'

const ZONES = ['DMA', 'DMA32', 'NORMAL', 'MOVABLE']

/** Feeds text in pieces that end at the given positions. */
export function parseText(
  text: string | Buffer, cuts: number[] = [], options: Partial<ParserOptions> = {},
): TraceParser {
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text)
  const parser = new TraceParser({ file: 'test.txt', strict: false, reportedMax: 1000, ...options })
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    parser.feed(bytes.subarray(at, cut))
    at = cut
  }
  parser.end()
  return parser
}

/** One line per event: time, cpu, kind, pfn, order, and for allocations migratetype, zone and flags. */
export function renderEvents(events: TraceEvents): string {
  const lines: string[] = []
  for (let i = 0; i < events.length; i++) {
    const kind = events.kind[i] === EVENT_FREE ? 'free ' : 'alloc'
    const block = `${events.timeNs[i]} cpu${events.cpu[i]} ${kind} p0x${events.pfn[i].toString(16)} order ${events.order[i]}`
    const zero = (events.flags[i] & GFP_FLAG_ZERO) === 0 ? '' : ' zero'
    const atomic = (events.flags[i] & GFP_FLAG_ATOMIC) === 0 ? '' : ' atomic'
    lines.push(events.kind[i] === EVENT_FREE ? block : `${block} type ${events.migratetype[i]} ${ZONES[events.zone[i]]}${zero}${atomic}`)
  }
  return lines.join('\n')
}

const comm = fc.oneof(
  fc.constantFrom('redis-server', '<...>', '<idle>', 'kworker/u8:1', 'Web Content', 'a [000] b', '[001]', 'x-12 [3]', 'CPU:1', '#', ''),
  fc.constantFrom('mm_page_free:', '[0] 5.123456: '),
  fc.string({ unit: fc.constantFrom('a', '-', ' ', '[', ']', ':', '0', '1', '.', 'm'), maxLength: 15 }),
)
const flags = fc.constantFrom('..... ', '..s1. ', 'dNh2. ', '....', '')
const cpu = fc.oneof({ weight: 9, arbitrary: fc.nat(11) }, { weight: 1, arbitrary: fc.constantFrom(255, 4096, 65535, 65536) })
const time = fc.record({ ns: fc.integer({ min: 0, max: 999_999_999 }), digits: fc.constantFrom(6, 6, 6, 7, 9) }).map(
  ({ ns, digits }) => `${3767 + (ns % 3)}.${String(ns).padStart(9, '0').slice(0, digits)}`,
)
const pfn = fc.oneof(
  fc.nat(0xff_ffff).map((n) => `0x${n.toString(16)}`), fc.nat(0xff_ffff).map(String),
  fc.constantFrom('0xffffffff', '4294967296', '0xffffffffffffffff', '18446744073709551615', '0x', '', '12g'),
)
const order = fc.oneof({ weight: 9, arbitrary: fc.nat(10).map(String) }, { weight: 1, arbitrary: fc.constantFrom('11', '', '-1', '0x3') })
const page = fc.constantFrom('0000000000000000', '00000000abcd1234', '(____ptrval____)', '(null)', '          (null)', '', '0xffffea0001')
const mask = fc.constantFrom(
  ' gfp_flags=GFP_KERNEL|__GFP_ZERO', ' gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP', ' gfp_flags=GFP_NOWAIT', ' gfp_flags=0x140dca',
  ' gfp_flags=', ' gfp_flags=GFP_NEW x', '',
)
const migratetype = fc.constantFrom(' migratetype=0', ' migratetype=1', ' migratetype=2', ' migratetype=256', ' migratetype=x', '')
const head = fc.record({ comm, pid: fc.nat(99999), tgid: fc.constantFrom('', '(  123) ', '(-----) '), cpu, flags, time }).map(
  (h) => `${h.comm.padStart(16)}-${String(h.pid).padEnd(7)} ${h.tgid}[${String(h.cpu).padStart(3, '0')}] ${h.flags} ${h.time}: `,
)
const alloc = fc.tuple(page, pfn, order, migratetype, mask).map(([g, p, o, m, f]) => `mm_page_alloc: page=${g} pfn=${p} order=${o}${m}${f}`)
const free = fc.tuple(page, pfn, order).map(([g, p, o]) => `mm_page_free: page=${g} pfn=${p} order=${o}`)
const body = fc.oneof(
  { weight: 4, arbitrary: alloc }, { weight: 4, arbitrary: free }, { weight: 1, arbitrary: alloc.map((text) => `kmem:${text}`) },
  { weight: 1, arbitrary: fc.constantFrom(
    'mm_page_alloc_zone_locked: page=0 pfn=0x1 order=0 migratetype=1', 'mm_page_free_batched: page=0 pfn=0x1 order=0',
    'do_fork <-kthread', 'do_fork',
    'tracing_mark_write: a-1 [000] ..... 1.000000: mm_page_free: page=0 pfn=0x1 order=0',
  ) },
)
const event = fc.tuple(head, body).map(([h, b]) => h + b)
/** An event with one byte changed or its end cut off. */
const broken = fc.tuple(event, fc.nat(), fc.constantFrom('', ' ', 'x', '[', '0', ':')).map(([line, at, by]) => {
  const cut = at % line.length
  return at % 2 === 0 ? line.slice(0, cut) : line.slice(0, cut) + by + line.slice(cut + 1)
})
const other = fc.constantFrom('# tracer: nop', '', 'CPU:1 [LOST 123 EVENTS]', 'CPU:0 [LOST EVENTS]', ' => some_function', 'CPU:x', 'hello')

/** Any line of a trace, without its line feed. */
export const traceLine = fc.oneof(
  { weight: 6, arbitrary: event }, { weight: 2, arbitrary: broken }, { weight: 1, arbitrary: other },
).chain((line) => fc.constantFrom(line, line, line, `${line}\r`))
