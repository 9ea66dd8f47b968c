/**
 * Heads of lines in the latency format, which has no brackets: `trace-cmd report -l`, and the kernel's own text under the option latency-format (print_lat_fmt
 * in kernel/trace/trace_output.c), which counts microseconds since the recording began.
 *
 *     redis-se-2757      1d..1.  3767.099643: mm_page_alloc: page=...            (trace-cmd)
 *     redis-se-2757      1d..1. 17284993us+: mm_page_alloc: page=...             (kernel)
 *     comm     pid     cpu flags time       event
 */
import { HEAD_NONE, locateFtraceLine, readEvent, readTime, skipDifference } from './ftrace-line.ts'
import type { LineHead } from './ftrace-line.ts'
import { isDigit, SPACE } from './text-window.ts'
import type { TextWindow } from './text-window.ts'

const DASH = 0x2d
const COLON = 0x3a
const U = 0x75
const S = 0x73
/** irqs off, need resched, hard or soft irq, preempt depth; newer kernels one more. */
const FLAGS_MIN = 4
const CPU_DIGITS_MAX = 5
const MICROS_DIGITS_MAX = 15

/** `LocateLine` for text of either format: the kernel's and trace-cmd's. */
export function locateWithLatency(text: TextWindow, start: number, end: number, head: LineHead): number {
  const kind = locateFtraceLine(text, start, end, head)
  return kind === HEAD_NONE ? locateLatencyLine(text, start, end, head) : kind
}

/** HEAD_NONE for a line that is none. The leftmost place where a whole head fits is the head, as in the other formats. */
function locateLatencyLine(text: TextWindow, start: number, end: number, head: LineHead): number {
  for (let at = text.find(DASH, start, end); at < end; at = text.find(DASH, at + 1, end)) {
    const timeAt = readPidCpuFlags(text, at + 1, end, head)
    if (timeAt < 0) continue
    const afterMicros = readMicros(text, timeAt, end, head)
    const eventAt = afterMicros < 0 ? readTime(text, timeAt, end, head) : afterMicros
    if (eventAt < 0) continue
    const kind = readEvent(text, skipDifference(text, eventAt, end), end, head)
    if (kind !== HEAD_NONE) return kind
  }
  return HEAD_NONE
}

/** Returns where the time begins, or -1. */
function readPidCpuFlags(text: TextWindow, start: number, end: number, head: LineHead): number {
  const { bytes } = text
  const pidEnd = digitsEnd(text, start, end)
  const cpuAt = text.skipSpaces(pidEnd, end)
  const cpuEnd = digitsEnd(text, cpuAt, end)
  if (pidEnd === start || cpuAt === pidEnd || cpuEnd === cpuAt || cpuEnd - cpuAt > CPU_DIGITS_MAX) return -1
  const flagsEnd = text.wordEnd(cpuEnd, end)
  if (flagsEnd - cpuEnd < FLAGS_MIN) return -1
  let cpu = 0
  for (let at = cpuAt; at < cpuEnd; at++) cpu = cpu * 10 + bytes[at] - 0x30
  head.cpu = cpu
  return text.skipSpaces(flagsEnd, end)
}

/** `17284993us+: `, where the sign says how long the step was; returns where the event begins, or -1. */
function readMicros(text: TextWindow, start: number, end: number, head: LineHead): number {
  const { bytes } = text
  const unitAt = digitsEnd(text, start, end)
  if (unitAt === start || unitAt - start > MICROS_DIGITS_MAX || unitAt + 4 >= end || bytes[unitAt] !== U || bytes[unitAt + 1] !== S) return -1
  const colonAt = bytes[unitAt + 2] === COLON ? unitAt + 2 : unitAt + 3
  if (bytes[colonAt] !== COLON || bytes[colonAt + 1] !== SPACE) return -1
  let micros = 0
  for (let at = start; at < unitAt; at++) micros = micros * 10 + bytes[at] - 0x30
  head.seconds = Math.floor(micros / 1e6)
  head.fractionNs = (micros % 1e6) * 1000
  return text.skipSpaces(colonAt + 1, end)
}

function digitsEnd(text: TextWindow, start: number, end: number): number {
  let at = start
  while (at < end && isDigit(text.bytes[at])) at++
  return at
}
