/**
 * Finds the parts of one line that `perf script` prints for a tracepoint (tools/perf/builtin-script.c), on bytes. Fields of an event are printed as the
 * kernel does, so only the head is this file's business.
 *
 *     redis-server  2757 [001]  3767.099643:          1    kmem:mm_page_alloc: page=0x155744 pfn=1398596 order=0 ...
 *     comm          pid  cpu    seconds .frac    period    subsystem:event   ^ bodyAt
 *
 * There are no flags. The period stands there only when it was asked for, the frame numbers are usually decimal, and what follows an event with leading
 * blanks is its call chain. Lost events are told by lines of their own: `PERF_RECORD_LOST lost 12`.
 */
import { HEAD_LOST, HEAD_NONE, HEAD_OTHER, readCpu, readEvent, readTime } from './ftrace-line.ts'
import type { LineHead } from './ftrace-line.ts'
import { isDigit, Token } from './text-window.ts'
import type { TextWindow } from './text-window.ts'

const OPEN = 0x5b
const RECORD_LOST = new Token('PERF_RECORD_LOST')

/** `LocateLine` for perf script. As with ftrace the leftmost place where a whole head fits is the head: a task may call itself nearly anything. */
export function locatePerfLine(text: TextWindow, start: number, end: number, head: LineHead): number {
  head.sawCpu = false
  for (let at = text.find(OPEN, start, end); at < end; at = text.find(OPEN, at + 1, end)) {
    const timeAt = readCpu(text, at + 1, end, head)
    if (timeAt < 0) continue
    head.sawCpu = true
    const afterTime = readTime(text, timeAt, end, head)
    if (afterTime < 0) continue
    const eventAt = skipPeriod(text, afterTime, end)
    const kind = readEvent(text, eventAt, end, head)
    if (kind === HEAD_OTHER && text.has(eventAt, end, RECORD_LOST)) return HEAD_LOST
    if (kind !== HEAD_NONE) return kind
  }
  return HEAD_NONE
}

/** Steps over a number and the spaces after it; the name of an event never is a number. */
function skipPeriod(text: TextWindow, start: number, end: number): number {
  let at = start
  while (at < end && isDigit(text.bytes[at])) at++
  const next = text.skipSpaces(at, end)
  return next > at ? next : start
}
