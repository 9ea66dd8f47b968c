/**
 * Finds the parts of one line of the kernel's `trace` file, on bytes. This file is all that is particular to the ftrace dialect: another
 * dialect is another `LocateLine`.
 *
 *        redis-server-2757    [001] ..s1.  3767.099643: kmem:mm_page_alloc: page=0000000000000000 pfn=0x155744 order=0 ...
 *        comm         pid      cpu  flags  seconds .frac      event         ^ bodyAt
 *
 * The flags (option irq-info), a (tgid) before the cpu and the prefix `kmem:` may be absent. A task may call itself nearly anything in 15
 * bytes, also `[000] mm_page_a`, and an event of another kind (trace_marker) may print a whole line like the one above. So the head is the
 * *leftmost* place where `[cpu] flags time: event` fits completely: with six digits of fraction it does not fit into a name, and what a
 * marker prints comes later.
 */
import { isDigit, SPACE, Token } from './text-window.ts'
import type { TextWindow } from './text-window.ts'

export const HEAD_NONE = 0
export const HEAD_ALLOC = 1
export const HEAD_FREE = 2
/** An event of a kind that is not read. */
export const HEAD_OTHER = 3
/** The line ends within the name of its event. */
export const HEAD_CUT = 4
/** A mark of lost events that stands where an event would. */
export const HEAD_LOST = 5

/** What was found in the head of a line. Reused for every line. */
export class LineHead {
  cpu = 0
  /** Time as printed, in two parts: a double of nanoseconds would lose digits after 104 days of uptime. */
  seconds = 0
  fractionNs = 0
  /** Position after the colon of the event. */
  bodyAt = 0
  /** True when some `[cpu]` was found although the head as a whole was not: the message then blames the time. */
  sawCpu = false
}

/** Fills `head` from the line `[start, end)` (without its line feed) and returns one of the HEAD codes. */
export type LocateLine = (text: TextWindow, start: number, end: number, head: LineHead) => number

const COLON = 0x3a
const OPEN = 0x5b
const CLOSE = 0x5d
const POINT = 0x2e
const PARENTHESIS = 0x28
const PLUS = 0x2b
const MINUS = 0x2d
const MM_PAGE_ALLOC = new Token('mm_page_alloc:')
const MM_PAGE_FREE = new Token('mm_page_free:')
const KMEM = new Token('kmem:')

const FRACTION_DIGITS_MIN = 6
const FRACTION_DIGITS_MAX = 9
const SCALE_BY_DIGITS = [0, 0, 0, 0, 0, 0, 1000, 100, 10, 1]

/** `LocateLine` for the kernel's own text. */
export function locateFtraceLine(text: TextWindow, start: number, end: number, head: LineHead): number {
  head.sawCpu = false
  for (let at = text.find(OPEN, start, end); at < end; at = text.find(OPEN, at + 1, end)) {
    const afterCpu = readCpu(text, at + 1, end, head)
    if (afterCpu < 0) continue
    head.sawCpu = true
    const timeAt = skipFlags(text, afterCpu, end)
    const eventAt = readTime(text, timeAt, end, head)
    if (eventAt < 0) continue
    const kind = readEvent(text, skipDifference(text, eventAt, end), end, head)
    if (kind !== HEAD_NONE) return kind
  }
  return HEAD_NONE
}

/** Steps over the `(+12) ` that `trace-cmd report --ts-diff` puts behind the time. */
export function skipDifference(text: TextWindow, start: number, end: number): number {
  const { bytes } = text
  if (start + 1 >= end || bytes[start] !== PARENTHESIS || (bytes[start + 1] !== PLUS && bytes[start + 1] !== MINUS)) return start
  return text.skipSpaces(text.wordEnd(start, end), end)
}

/** Digits, `]` and a space. Returns the position of the first byte that is not a space, or -1. */
export function readCpu(text: TextWindow, start: number, end: number, head: LineHead): number {
  const { bytes } = text
  let at = start
  let cpu = 0
  while (at < end && isDigit(bytes[at])) cpu = cpu * 10 + bytes[at++] - 0x30
  if (at === start || at + 1 >= end || bytes[at] !== CLOSE || bytes[at + 1] !== SPACE) return -1
  head.cpu = cpu
  return text.skipSpaces(at + 1, end)
}

/** Steps over the flags and the spaces after them; they never begin with a digit, as a time does. */
function skipFlags(text: TextWindow, start: number, end: number): number {
  if (start < end && isDigit(text.bytes[start])) return start
  return text.skipSpaces(text.wordEnd(start, end), end)
}

/** Seconds, a point, 6 to 9 digits, a colon and a space. Returns the position of the event's name, or -1. */
export function readTime(text: TextWindow, start: number, end: number, head: LineHead): number {
  const { bytes } = text
  let at = start
  let seconds = 0
  while (at < end && isDigit(bytes[at])) seconds = seconds * 10 + bytes[at++] - 0x30
  if (at === start || at >= end || bytes[at] !== POINT) return -1
  const fractionAt = ++at
  let fraction = 0
  while (at < end && isDigit(bytes[at])) fraction = fraction * 10 + bytes[at++] - 0x30
  const digits = at - fractionAt
  if (digits < FRACTION_DIGITS_MIN || digits > FRACTION_DIGITS_MAX) return -1
  if (at + 1 >= end || bytes[at] !== COLON || bytes[at + 1] !== SPACE) return -1
  head.seconds = seconds
  head.fractionNs = fraction * SCALE_BY_DIGITS[digits]
  return text.skipSpaces(at + 1, end)
}

/** The name of the event, `kmem:` before it or not. Returns one of the HEAD codes; for ours `bodyAt` is behind the name's colon. */
export function readEvent(text: TextWindow, start: number, end: number, head: LineHead): number {
  const { bytes } = text
  const nameAt = text.has(start, end, KMEM) ? start + KMEM.length : start
  if (text.has(nameAt, end, MM_PAGE_ALLOC)) {
    head.bodyAt = nameAt + MM_PAGE_ALLOC.length
    return HEAD_ALLOC
  }
  if (text.has(nameAt, end, MM_PAGE_FREE)) {
    head.bodyAt = nameAt + MM_PAGE_FREE.length
    return HEAD_FREE
  }
  let at = start
  while (at < end && isNameByte(bytes[at])) at++
  if (at === end) return HEAD_CUT
  return at > start && (bytes[at] === COLON || bytes[at] === SPACE) ? HEAD_OTHER : HEAD_NONE
}

/** Letters, digits, underscore and point: names of events and of functions. */
function isNameByte(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || byte === POINT
}

/** True when the line names one of our events somewhere: a line without a readable head is then worth a report. */
export function mentionsOurEvent(text: TextWindow, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (text.has(at, end, MM_PAGE_ALLOC) || text.has(at, end, MM_PAGE_FREE)) return true
  }
  return false
}
