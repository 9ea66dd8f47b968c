/**
 * The stretch of text that is being read, and the few questions that the line readers ask of it. No strings: a large trace has some
 * hundred million bytes. Names are compared four bytes at a time, the last four overlapping.
 *
 *   migratetype=      order=           bytes of the name
 *   ====----====      ====             whole words
 *                       ----           the last word
 *
 * The window is one buffer for the whole file, so that the engine compiles every loop for one array, and a position is an index into it.
 */
import { assert } from '@hintlab/kit'

export const SPACE = 0x20

export class TextWindow {
  readonly bytes: Buffer
  private readonly view: DataView

  constructor(size: number) {
    this.bytes = Buffer.alloc(size)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, size)
  }

  /** True when the text at `at`, which ends at `end`, begins with the token. */
  has(at: number, end: number, token: Token): boolean {
    const { view } = this
    return at + token.length <= end && view.getInt32(at, true) === token.word0 && view.getInt32(at + token.offset1, true) === token.word1
      && view.getInt32(at + token.offset2, true) === token.word2 && view.getInt32(at + token.offset3, true) === token.word3
  }

  /** True when `length` bytes, at least four, are the same here and in another window. */
  equals(at: number, other: TextWindow, otherAt: number, length: number): boolean {
    const last = length - 4
    for (let i = 0; i < last; i += 4) if (this.view.getInt32(at + i, true) !== other.view.getInt32(otherAt + i, true)) return false
    return this.view.getInt32(at + last, true) === other.view.getInt32(otherAt + last, true)
  }

  /** Position of the first byte from `start` on that is not a space, or `end`. */
  skipSpaces(start: number, end: number): number {
    const { bytes } = this
    let at = start
    while (at < end && bytes[at] === SPACE) at++
    return at
  }

  /** Position of the first space from `start` on, or `end`. */
  wordEnd(start: number, end: number): number {
    return this.find(SPACE, start, end)
  }

  /** Position of the first such byte from `start` on, or `end`. */
  find(byte: number, start: number, end: number): number {
    const { bytes, view } = this
    const four = byte * 0x01010101
    let at = start
    while (at + 4 <= end && !hasZeroByte(view.getInt32(at, true) ^ four)) at += 4
    while (at < end && bytes[at] !== byte) at++
    return at
  }
}

/** A name of 4 to 16 bytes to compare with: four words of it, the last one repeated. Fields instead of arrays save the loop. */
export class Token {
  readonly length: number
  readonly word0: number
  readonly word1: number
  readonly word2: number
  readonly word3: number
  readonly offset1: number
  readonly offset2: number
  readonly offset3: number

  constructor(text: string) {
    const bytes = Buffer.from(text, 'latin1')
    assert(bytes.length >= 4 && bytes.length <= 16, 'a token has one to four words')
    const last = bytes.length - 4
    this.length = bytes.length
    this.offset1 = Math.min(4, last)
    this.offset2 = Math.min(8, last)
    this.offset3 = last
    this.word0 = bytes.readInt32LE(0)
    this.word1 = bytes.readInt32LE(this.offset1)
    this.word2 = bytes.readInt32LE(this.offset2)
    this.word3 = bytes.readInt32LE(this.offset3)
  }
}

/** True when one of the four bytes is zero: taking 1 from it borrows into its top bit, which it did not have before. */
const hasZeroByte = (word: number): boolean => ((word - 0x01010101) & ~word & 0x80808080) !== 0

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** By byte: the value of a hexadecimal digit, 99 for any other byte. */
export const DIGIT_VALUES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? 99 : value
})
