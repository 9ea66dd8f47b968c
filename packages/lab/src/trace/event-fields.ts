/**
 * Reads what an event prints after its name: `page=... pfn=0x1751ca order=0 migratetype=1 gfp_flags=GFP_KERNEL|__GFP_ZERO`, in any
 * order, the same in every dialect. Fields of other names are stepped over. Older kernels print the pfn in decimal.
 *
 * An allocation that failed prints no page: `page=(null)` with pfn 0 in old kernels and with a pfn of all ones (-1) in newer ones. A
 * pointer of zeros is not a failure: it is what a kernel or a person prints who does not want to show pointers.
 */
import { GfpCache } from './gfp-cache.ts'
import { gfpEndsWithKnownName, gfpMigratetype, GFP_UNKNOWN } from './gfp.ts'
import { BAD_MIGRATETYPE, LINE_OK, NO_ORDER, NO_PFN } from './line-reason.ts'
import { DIGIT_VALUES, SPACE, Token } from './text-window.ts'
import type { TextWindow } from './text-window.ts'

const ORDER_MAX = 10
const MIGRATETYPE_MAX = 255
const TWO_TO_32 = 2 ** 32
/** 0xffffffffffffffff, rounded to a double as the reader does. */
const ALL_ONES = 2 ** 64

const PAGE = new Token('page=')
const PFN = new Token('pfn=')
const ORDER = new Token('order=')
const MIGRATETYPE = new Token('migratetype=')
const GFP_FLAGS = new Token('gfp_flags=')
const NULL = new Token('(null)')
const NIL = new Token('(nil)')

/** A field that the line does not have, and one whose value is no number. */
const ABSENT = -1
const UNREADABLE = -2

export class EventFields {
  pfn = 0
  order = 0
  migratetype = 0
  /** `classifyGfp` of the mask. */
  gfp = 0
  /** The allocation failed; pfn has no meaning. */
  failed = false
  /** Where the mask stands; both 0 when the line prints none. */
  private gfpAt = 0
  private gfpEnd = 0
  readonly cache = new GfpCache()
  private next = 0

  /** Reads an allocation from `[start, end)`. Returns LINE_OK or a reason. */
  readAlloc(text: TextWindow, start: number, end: number): number {
    this.scan(text, start, end)
    this.failed = this.failed || this.pfn === ALL_ONES
    if (!this.failed && (this.pfn < 0 || this.pfn >= TWO_TO_32)) return NO_PFN
    if (this.order < 0 || this.order > ORDER_MAX) return NO_ORDER
    if (this.gfp < 0) this.gfp = GFP_UNKNOWN
    if (this.migratetype === ABSENT) this.migratetype = gfpMigratetype(this.gfp)
    return this.migratetype >= 0 && this.migratetype <= MIGRATETYPE_MAX ? LINE_OK : BAD_MIGRATETYPE
  }

  /** Reads a free, which prints pfn and order only. */
  readFree(text: TextWindow, start: number, end: number): number {
    this.scan(text, start, end)
    if (this.pfn < 0 || this.pfn >= TWO_TO_32) return NO_PFN
    return this.order >= 0 && this.order <= ORDER_MAX ? LINE_OK : NO_ORDER
  }

  /** True when the allocation read last printed its mask to the end of a name: a line without a line feed may be cut anywhere. */
  maskIsWhole(text: TextWindow): boolean {
    return this.gfpEnd > this.gfpAt && gfpEndsWithKnownName(text.bytes.toString('latin1', this.gfpAt, this.gfpEnd))
  }

  /** One pass over the fields. */
  private scan(text: TextWindow, start: number, end: number): void {
    this.pfn = ABSENT
    this.order = ABSENT
    this.migratetype = ABSENT
    this.failed = false
    this.gfp = ABSENT
    this.gfpAt = 0
    this.gfpEnd = 0
    let at = text.skipSpaces(start, end)
    while (at < end) at = text.skipSpaces(this.readField(text, at, end), end)
  }

  /** Reads the field at `at`; returns where it ends. The first letters decide which name to compare. */
  private readField(text: TextWindow, at: number, end: number): number {
    switch (text.bytes[at]) {
      case 0x70: // p
        if (text.has(at, end, PFN)) {
          this.pfn = this.readNumber(text, at + PFN.length, end)
          return this.next
        }
        return text.has(at, end, PAGE) ? this.readPage(text, at + PAGE.length, end) : text.wordEnd(at, end)
      case 0x6f: // o
        if (!text.has(at, end, ORDER)) break
        this.order = this.readNumber(text, at + ORDER.length, end)
        return this.next
      case 0x6d: // m
        if (!text.has(at, end, MIGRATETYPE)) break
        this.migratetype = this.readNumber(text, at + MIGRATETYPE.length, end)
        return this.next
      case 0x67: // g
        if (!text.has(at, end, GFP_FLAGS)) break
        this.gfpAt = at + GFP_FLAGS.length
        return this.readMask(text, end)
    }
    return text.wordEnd(at, end)
  }

  /** The mask usually ends the line: then a mask that is known need not be searched for its end. No known mask contains a space. */
  private readMask(text: TextWindow, end: number): number {
    this.gfp = this.cache.find(text, this.gfpAt, end)
    this.gfpEnd = this.gfp >= 0 ? end : text.wordEnd(this.gfpAt, end)
    if (this.gfp < 0 && this.gfpEnd > this.gfpAt) this.gfp = this.cache.classify(text, this.gfpAt, this.gfpEnd)
    return this.gfpEnd
  }

  /** The pointer is only looked at to see whether it is null; %p pads `(null)` with spaces on the left. */
  private readPage(text: TextWindow, start: number, end: number): number {
    const { bytes } = text
    const at = bytes[start] === SPACE ? text.skipSpaces(start, end) : start
    if (bytes[at] === 0x28 && (text.has(at, end, NULL) || text.has(at, end, NIL))) {
      this.failed = true
      return text.wordEnd(at, end)
    }
    return text.wordEnd(start, end)
  }

  /** Decimal, or hexadecimal after 0x, up to the next space. Sets `next`; returns UNREADABLE when the word is not a number. */
  private readNumber(text: TextWindow, start: number, end: number): number {
    const { bytes } = text
    const hex = start + 1 < end && bytes[start] === 0x30 && bytes[start + 1] === 0x78
    const radix = hex ? 16 : 10
    const from = hex ? start + 2 : start
    let at = from
    let value = 0
    while (at < end && bytes[at] !== SPACE) {
      const digit = DIGIT_VALUES[bytes[at]]
      if (digit >= radix) value = Number.NaN
      value = value * radix + digit
      at++
    }
    this.next = at
    return at === from || Number.isNaN(value) ? UNREADABLE : value
  }
}
