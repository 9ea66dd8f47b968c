/**
 * A shortcut for the one form that nearly every line of a kernel's `trace` file has. It reads nothing that `locateFtraceLine` and
 * `EventFields` would not read in the same way (usual-line.test.ts compares them) and gives up on everything else. It is there for speed
 * only: a dialect without it reads the same events.
 *
 *     redis-server-2757    [001] ..s1.  3767.099643: mm_page_alloc: page=0000000000000000 pfn=0x155744 order=0 migratetype=0 gfp_flags=...
 *                          ^25   ^31    up to 8 digits                no (null)            1-7 digits     1 digit       1 digit  known mask
 *
 * There is no bracket before column 25, so the head found here is the leftmost.
 */
import type { EventFields } from './event-fields.ts'
import { HEAD_ALLOC, HEAD_FREE, HEAD_NONE } from './ftrace-line.ts'
import type { LineHead } from './ftrace-line.ts'
import { DIGIT_VALUES, isDigit, SPACE, Token } from './text-window.ts'
import type { TextWindow } from './text-window.ts'

const BRACKET_AT = 25
const FLAGS_AT = 31
const TIME_AT = 37
/** A shorter line is not of this form; so all fixed positions below are within the line. */
const LENGTH_MIN = 80

const OPEN = 0x5b
const CLOSE = 0x5d
const POINT = 0x2e
const PARENTHESIS = 0x28
const ZERO = 0x30
const SECONDS_DIGITS_MAX = 8
const PFN_DIGITS_MAX = 7
const ALLOC = new Token(': mm_page_alloc:')
const FREE = new Token(': mm_page_free: ')
const PAGE = new Token(' page=')
const PFN = new Token(' pfn=0x')
const ORDER = new Token(' order=')
const MIGRATETYPE = new Token(' migratetype=')
const GFP_FLAGS = new Token(' gfp_flags=')

/** Fills `head` and `fields` and returns HEAD_ALLOC or HEAD_FREE, or HEAD_NONE for a line that must be read the general way. */
export function readUsualLine(text: TextWindow, start: number, end: number, head: LineHead, fields: EventFields): number {
  const { bytes } = text
  if (end - start < LENGTH_MIN || text.find(OPEN, start, end) !== start + BRACKET_AT) return HEAD_NONE
  if (!readCpuAndFlags(bytes, start, head)) return HEAD_NONE
  const timeEnd = readTime(text, start + TIME_AT, end, head)
  if (timeEnd < 0) return HEAD_NONE
  const isAlloc = text.has(timeEnd, end, ALLOC)
  if (!isAlloc && !text.has(timeEnd, end, FREE)) return HEAD_NONE
  const pageAt = timeEnd + ALLOC.length - (isAlloc ? 0 : 1)
  if (!text.has(pageAt, end, PAGE)) return HEAD_NONE
  const pointerAt = pageAt + PAGE.length
  const pfnAt = text.wordEnd(pointerAt, end)
  if (pfnAt === pointerAt || bytes[pointerAt] === PARENTHESIS || !text.has(pfnAt, end, PFN)) return HEAD_NONE
  const orderAt = readPfn(bytes, pfnAt + PFN.length, end, fields)
  const orderEnd = orderAt + ORDER.length + 1
  if (!text.has(orderAt, end, ORDER) || orderEnd > end || !isDigit(bytes[orderEnd - 1])) return HEAD_NONE
  fields.order = bytes[orderEnd - 1] - ZERO
  if (!isAlloc) return orderEnd === end ? HEAD_FREE : HEAD_NONE
  return readTypeAndMask(text, orderEnd, end, fields) ? HEAD_ALLOC : HEAD_NONE
}

/** Three digits in brackets, and five flags of which the first is no digit. */
function readCpuAndFlags(bytes: Buffer, start: number, head: LineHead): boolean {
  const a = bytes[start + BRACKET_AT + 1]
  const b = bytes[start + BRACKET_AT + 2]
  const c = bytes[start + BRACKET_AT + 3]
  if (!isDigit(a) || !isDigit(b) || !isDigit(c) || bytes[start + BRACKET_AT + 4] !== CLOSE) return false
  head.cpu = (a - ZERO) * 100 + (b - ZERO) * 10 + c - ZERO
  const flagsAt = start + FLAGS_AT
  if (isDigit(bytes[flagsAt]) || bytes[flagsAt - 1] !== SPACE || bytes[start + TIME_AT - 1] !== SPACE) return false
  return bytes[flagsAt] !== SPACE && bytes[flagsAt + 1] !== SPACE && bytes[flagsAt + 2] !== SPACE && bytes[flagsAt + 3] !== SPACE
    && bytes[flagsAt + 4] !== SPACE
}

/** Spaces, seconds, a point and six digits; returns the position after them, or -1. */
function readTime(text: TextWindow, start: number, end: number, head: LineHead): number {
  const { bytes } = text
  let at = start
  while (at < end && bytes[at] === SPACE) at++
  const secondsAt = at
  let seconds = 0
  while (at < end && isDigit(bytes[at])) seconds = (seconds * 10 + bytes[at++] - ZERO) | 0
  if (at === secondsAt || at - secondsAt > SECONDS_DIGITS_MAX || at + 7 > end || bytes[at] !== POINT) return -1
  let micros = 0
  for (let i = 1; i <= 6; i++) {
    const digit = bytes[at + i]
    if (!isDigit(digit)) return -1
    micros = (micros * 10 + digit - ZERO) | 0
  }
  head.seconds = seconds
  head.fractionNs = micros * 1000
  return at + 7
}

/** Returns the position after the digits; where there are none or too many, that is no place where ` order=` can follow. */
function readPfn(bytes: Buffer, start: number, end: number, fields: EventFields): number {
  let at = start
  let pfn = 0
  while (at < end && at - start < PFN_DIGITS_MAX) {
    const digit = DIGIT_VALUES[bytes[at]]
    if (digit > 15) break
    pfn = (pfn << 4) | digit
    at++
  }
  fields.pfn = pfn
  return at === start ? end : at
}

function readTypeAndMask(text: TextWindow, start: number, end: number, fields: EventFields): boolean {
  const typeEnd = start + MIGRATETYPE.length + 1
  const maskAt = typeEnd + GFP_FLAGS.length
  if (!text.has(start, end, MIGRATETYPE) || !text.has(typeEnd, end, GFP_FLAGS) || !isDigit(text.bytes[typeEnd - 1])) return false
  fields.migratetype = text.bytes[typeEnd - 1] - ZERO
  fields.gfp = fields.cache.find(text, maskAt, end)
  fields.failed = false
  return fields.gfp >= 0
}
