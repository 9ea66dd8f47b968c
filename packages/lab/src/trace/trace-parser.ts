/**
 * From chunks of text to columns. A chunk ends anywhere, so its bytes go through a window: what follows the last line feed moves to the
 * front and the next chunk is put behind it.
 *
 *   window  [..........\n....\n........|            ]   three lines begin here, two are read
 *   window  [........|                             ]   the rest waits for more
 *
 * Every line is exactly one of: comment, blank, mark of lost events, event, event of another kind, failed allocation, malformed, or other
 * (I1).
 * Within one CPU recorded times never fall: a time before the CPU's previous one is counted and replaced by it (I2).
 */
import { EVENT_ALLOC, EVENT_FREE, EVENTS_MAX, TraceEventsBuilder } from './events.ts'
import { EventFields } from './event-fields.ts'
import { HEAD_ALLOC, HEAD_CUT, HEAD_FREE, HEAD_LOST, HEAD_NONE, LineHead, mentionsOurEvent } from './ftrace-line.ts'
import type { LocateLine } from './ftrace-line.ts'
import { gfpFlags, gfpZone, ZONE_NORMAL } from './gfp.ts'
import { locateWithLatency } from './latency-line.ts'
import { CUT_OFF, excerpt, LINE_OK, NO_CPU, NO_TIME, REASON_ACCEPTED, REASON_TEXT } from './line-reason.ts'
import { TextWindow } from './text-window.ts'
import { TraceError } from './trace-error.ts'
import { readUsualLine } from './usual-line.ts'

/** A longer line is no line of a trace (the longest event prints some hundred bytes), and it would have to be kept whole. */
export const LINE_BYTES_MAX = 64 * 1024
/** Fits into the cache of a core, and holds some thousand lines. */
const WINDOW_BYTES = 4 * LINE_BYTES_MAX
const CPU_MAX = 0xffff
/** Times relative to the first event stay below this, so that nanoseconds are exact also after the origin has moved. */
const TIME_NS_MAX = 2 ** 52
const NS_PER_SECOND = 1_000_000_000

const LINE_FEED = 0x0a
const RETURN = 0x0d
const HASH = 0x23
const LETTER_C = 0x43

export interface MalformedLine {
  line: number
  reason: string
  text: string
}

/** How many lines of each sort there were. */
export interface LineCounts {
  lines: number
  /** Events of kinds that are not read. */
  otherEvents: number
  /** Lines that are neither comment nor event: stack traces, output of other programs. */
  otherLines: number
  failedAllocs: number
  /** Events that the kernel says it lost; a mark without a number counts as one. */
  lost: number
  lostMarks: number
  /** Events earlier than the previous one of their CPU; they got that one's time. */
  outOfOrder: number
  malformed: number
}

export interface ParserOptions {
  file: string
  /** Stop at the first malformed line with a TraceError. */
  strict: boolean
  /** Malformed lines beyond this many are only counted. */
  reportedMax: number
  /** Default FTRACE. */
  dialect?: Dialect
}

/** How the lines of one tool look. */
export interface Dialect {
  /** Whose text it is, for the summary. */
  name: 'ftrace' | 'trace-cmd report' | 'perf script'
  /** The mark of lost events; its first group, if there, is their number. */
  lost: RegExp
  locate: LocateLine
  /** Reads most lines faster than `locate` and the field reader do, with the same result; null for none. */
  usual: typeof readUsualLine | null
}

export const FTRACE: Dialect = { name: 'ftrace', lost: /^CPU:\d+ \[LOST (?:(\d+) )?EVENTS\]/, locate: locateWithLatency, usual: readUsualLine }

export class TraceParser {
  readonly events = new TraceEventsBuilder()
  readonly malformed: MalformedLine[] = []
  readonly counts: LineCounts = {
    lines: 0, otherEvents: 0, otherLines: 0, failedAllocs: 0, lost: 0, lostMarks: 0, outOfOrder: 0, malformed: 0,
  }
  private readonly options: ParserOptions
  private readonly dialect: Dialect
  private readonly head = new LineHead()
  private readonly fields = new EventFields()
  /** Lines that the shortcut has read. */
  usualLines = 0
  private readonly text = new TextWindow(WINDOW_BYTES)
  private filled = 0
  private readonly previousNs = new Float64Array(CPU_MAX + 1).fill(Number.NEGATIVE_INFINITY)
  private baseSeconds = -1
  private baseFractionNs = 0

  constructor(options: ParserOptions) {
    this.options = options
    this.dialect = options.dialect ?? FTRACE
  }

  /** Reads the lines that the chunk completes. Throws a TraceError for an endless line and, if strict, for a malformed one. */
  feed(chunk: Uint8Array): void {
    const { bytes } = this.text
    for (let from = 0; from < chunk.length;) {
      const piece = chunk.subarray(from, from + bytes.length - this.filled)
      bytes.set(piece, this.filled)
      this.filled += piece.length
      from += piece.length
      this.readCompleteLines()
    }
  }

  /** Reads what follows the last line feed. */
  end(): void {
    if (this.filled > 0) this.readLine(0, this.filled, CUT_OFF)
    this.filled = 0
  }

  /** Reads all complete lines of the window and moves the rest to its front. */
  private readCompleteLines(): void {
    const { bytes } = this.text
    let at = 0
    for (;;) {
      // Behind `filled` stands older text, so a line feed found there is none.
      const end = bytes.indexOf(LINE_FEED, at)
      if (end < 0 || end >= this.filled) break
      this.readLine(at, end, LINE_OK)
      at = end + 1
    }
    bytes.copyWithin(0, at, this.filled)
    this.filled -= at
    if (this.filled > LINE_BYTES_MAX) this.failEndlessLine(this.counts.lines + 1)
  }

  /** One line. `ending` is CUT_OFF for a last line without line feed, which may be incomplete without looking so, else LINE_OK. */
  private readLine(start: number, lineEnd: number, ending: number): void {
    const { bytes } = this.text
    this.counts.lines++
    if (lineEnd - start > LINE_BYTES_MAX) this.failEndlessLine(this.counts.lines)
    const end = lineEnd > start && bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd
    if (end === start || bytes[start] === HASH) return
    if (bytes[start] === LETTER_C && this.readLostMark(start, end)) return
    if (ending === LINE_OK && this.readUsual(start, end)) return
    const kind = this.dialect.locate(this.text, start, end, this.head)
    if (kind === HEAD_ALLOC) this.readAlloc(start, end, ending)
    else if (kind === HEAD_FREE) this.readFree(start, end, ending)
    else if (kind === HEAD_NONE) this.readHeadless(start, end, ending)
    else if (kind === HEAD_CUT && ending === CUT_OFF) this.reject(CUT_OFF, start, end)
    else if (kind !== HEAD_LOST || !this.readLostMark(start, end)) this.counts.otherEvents++
  }

  /** The shortcut; false when the line must be read the general way. */
  private readUsual(start: number, end: number): boolean {
    const { head, fields } = this
    const kind = this.dialect.usual === null ? HEAD_NONE : this.dialect.usual(this.text, start, end, head, fields)
    if (kind === HEAD_NONE) return false
    this.usualLines++
    const isPut = kind === HEAD_FREE
      ? this.put(EVENT_FREE, 0, ZONE_NORMAL, 0)
      : this.put(EVENT_ALLOC, fields.migratetype, gfpZone(fields.gfp), gfpFlags(fields.gfp))
    if (!isPut) this.reject(NO_TIME, start, end)
    return true
  }

  private readAlloc(start: number, end: number, ending: number): void {
    const { fields } = this
    const reason = this.head.cpu > CPU_MAX ? NO_CPU : fields.readAlloc(this.text, this.head.bodyAt, end)
    if (ending === CUT_OFF && (reason !== LINE_OK || !fields.maskIsWhole(this.text))) this.reject(CUT_OFF, start, end)
    else if (reason !== LINE_OK) this.reject(reason, start, end)
    else if (fields.failed) this.counts.failedAllocs++
    else if (!this.put(EVENT_ALLOC, fields.migratetype, gfpZone(fields.gfp), gfpFlags(fields.gfp))) this.reject(NO_TIME, start, end)
  }

  private readFree(start: number, end: number, ending: number): void {
    const reason = this.head.cpu > CPU_MAX ? NO_CPU : this.fields.readFree(this.text, this.head.bodyAt, end)
    if (reason !== LINE_OK) this.reject(ending === CUT_OFF ? CUT_OFF : reason, start, end)
    else if (!this.put(EVENT_FREE, 0, ZONE_NORMAL, 0)) this.reject(NO_TIME, start, end)
  }

  /** A line without a readable `[cpu] time: event`: ours if it names one of our events, or if it is where the file ends. */
  private readHeadless(start: number, end: number, ending: number): void {
    const isBlank = excerpt(this.text.bytes, start, end) === ''
    if (isBlank) return
    if (ending === CUT_OFF) this.reject(CUT_OFF, start, end)
    else if (mentionsOurEvent(this.text, start, end)) this.reject(this.head.sawCpu ? NO_TIME : NO_CPU, start, end)
    else this.counts.otherLines++
  }

  private readLostMark(start: number, end: number): boolean {
    const match = this.dialect.lost.exec(excerpt(this.text.bytes, start, end))
    if (match === null) return false
    const count = Number(match[1] ?? 1)
    this.counts.lostMarks++
    this.counts.lost += Number.isSafeInteger(count) ? count : 1
    return true
  }

  /** Records the event of `head` and `fields`; false when its time is too far from the first event's to be counted in nanoseconds. */
  private put(kind: number, migratetype: number, zone: number, flags: number): boolean {
    const { head, fields } = this
    const isFirst = this.baseSeconds < 0
    const seconds = isFirst ? 0 : head.seconds - this.baseSeconds
    const timeNs = isFirst ? 0 : seconds * NS_PER_SECOND + head.fractionNs - this.baseFractionNs
    if (head.seconds > Number.MAX_SAFE_INTEGER || Math.abs(timeNs) >= TIME_NS_MAX) return false
    if (isFirst) {
      this.baseSeconds = head.seconds
      this.baseFractionNs = head.fractionNs
    }
    if (this.events.length === EVENTS_MAX) this.failTooMany()
    const atNs = this.clamp(head.cpu, timeNs)
    this.events.put(atNs, head.cpu, kind, fields.pfn, fields.order, migratetype, zone, flags)
    return true
  }

  /** I2. */
  private clamp(cpu: number, timeNs: number): number {
    const previous = this.previousNs[cpu]
    if (timeNs < previous) {
      this.counts.outOfOrder++
      return previous
    }
    this.previousNs[cpu] = timeNs
    return timeNs
  }

  private reject(reason: number, start: number, end: number): void {
    const text = excerpt(this.text.bytes, start, end)
    const { file, strict, reportedMax } = this.options
    const { lines } = this.counts
    if (strict) {
      throw new TraceError({ file, line: lines, found: `${REASON_TEXT[reason]} in "${text}"`, accepted: REASON_ACCEPTED[reason] })
    }
    this.counts.malformed++
    if (this.malformed.length < reportedMax) this.malformed.push({ line: lines, reason: REASON_TEXT[reason], text })
  }

  private failEndlessLine(line: number): never {
    const accepted = `text of lines up to ${LINE_BYTES_MAX} bytes`
    throw new TraceError({ file: this.options.file, line, found: 'a line without end', accepted })
  }

  private failTooMany(): never {
    const found = `more than ${EVENTS_MAX} events`
    throw new TraceError({ file: this.options.file, line: this.counts.lines, found, accepted: 'a shorter recording' })
  }
}
