/**
 * Whose text a recording is, from its first lines. The events are the same; heads of lines and marks of lost events differ.
 *
 *     ftrace             # tracer: nop          redis-2757    [001] ..s1.  3767.099643: mm_page_alloc: page=...
 *     trace-cmd report   cpus=2                 redis-2757  [001]  3767.099643: mm_page_alloc:        page=...
 *     perf script                               redis  2757 [001]  3767.099643:     kmem:mm_page_alloc: page=...
 */
import { locateWithLatency } from './latency-line.ts'
import { locatePerfLine } from './perf-line.ts'
import { FTRACE } from './trace-parser.ts'
import type { Dialect } from './trace-parser.ts'

/** Bytes that `dialectOf` wants to see: some lines, after the comments of `perf script --header`. */
export const DIALECT_BYTES = 16 * 1024

/** No head of a line is longer. */
const LINE_SHOWN = 200

/** trace-cmd prints the head as the kernel does, and pads the event's name. */
export const TRACE_CMD: Dialect = {
  name: 'trace-cmd report', lost: /^CPU:\d+ \[(?:(\d+) )?EVENTS DROPPED\]/, locate: locateWithLatency, usual: null,
}
export const PERF_SCRIPT: Dialect = { name: 'perf script', lost: /PERF_RECORD_LOST(?:_SAMPLES)? lost (\d+)/, locate: locatePerfLine, usual: null }

/** The first line that one of them matches decides. */
const SIGNS: readonly { sign: RegExp; dialect: Dialect }[] = [
  { sign: /^# (?:tracer:|entries-in-buffer)/, dialect: FTRACE },
  { sign: /^(?:cpus=\d+|version = \d+|CPU \d+ is empty)$/, dialect: TRACE_CMD },
  // A blank, not a dash, before the pid; nothing between cpu and time.
  { sign: /^ *\S.* +-?\d+(?:\/\d+)? +\[\d+\] +\d+\.\d{6,9}: +(?:\d+ +)?[\w-]+(?::\w+)?:? /, dialect: PERF_SCRIPT },
  { sign: /-\d+ +(?:\( *[\d-]+\) +)?\[\d+\] .*\d+\.\d{6,9}: \w+: /, dialect: FTRACE },
  // perf script -F with fewer fields: no pid, or no name before it.
  { sign: /^[^[]*\[\d+\] +\d+\.\d{6,9}: +(?:\d+ +)?kmem:\w+: /, dialect: PERF_SCRIPT },
]

/** ftrace for a text of none: its messages say best what is missing. */
export function dialectOf(head: Buffer): Dialect {
  for (const line of head.toString('latin1').split(/\r?\n/)) {
    const found = SIGNS.find(({ sign }) => sign.test(line.slice(0, LINE_SHOWN)))
    if (found !== undefined) return found.dialect
  }
  return FTRACE
}
