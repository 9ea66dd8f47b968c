/**
 * The protobuf wire format, as far as the hot messages need it: varints, tags, lengths, and what to do with an unknown field.
 *
 *   field   = tag value          tag = field number << 3 | wire type
 *   varint  = 7 bits a byte, lowest first, top bit set on all but the last
 *
 *   wire type   0 varint   1 eight bytes   2 length, then that many bytes   3, 4 a group (obsolete)   5 four bytes
 *
 * W1  Nothing here throws or reads outside `[pos, end)`, whatever the bytes are: a failure is -1.
 * W2  Accepts and refuses exactly what protobufjs does, so that the generated code and the codec agree on every input.
 */
import protobuf from 'protobufjs/minimal.js'

export const WireType = { VARINT: 0, FIXED64: 1, BYTES: 2, GROUP: 3, FIXED32: 5 } as const

/** A 32-bit value has five groups of seven bits. */
export const VARINT_BYTES_MAX = 5

/** Bytes that `value` (0 to 2^32 - 1) takes as a varint: one for every seven bits. The product replaces a division by 7 for 0 to 31. */
export const varintBytes = (value: number): number => ((31 - Math.clz32(value | 1)) * 9 + 73) >> 6

/** Writes `value` (0 to 2^32 - 1) at `at`; returns where the next byte goes. The caller has made sure that it fits. */
export function putVarint(into: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest > 127) {
    into[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  into[at++] = rest
  return at
}

/** A position in bytes of a peer. One instance serves every message: it holds nothing between two of them. */
export class WireReader {
  pos = 0
  end = 0

  /** Stands before the first of `length` bytes. */
  begin(length: number): void {
    this.pos = 0
    this.end = length
  }

  /**
   * The next varint cut to 32 bits (0 to 2^32 - 1), or -1 when it does not end before `end` or has more than ten bytes. Longer forms of a
   * small number, and 64-bit values, are legal on the wire: their upper bits are dropped, as every protobuf reader does.
   */
  uint32(bytes: Uint8Array): number {
    let value = 0
    for (let i = 0; i < 10; i++) {
      if (this.pos >= this.end) return -1
      const byte = bytes[this.pos++]
      if (i < VARINT_BYTES_MAX) value |= (byte & 127) << (i * 7)
      if (byte < 128) return value >>> 0
    }
    return -1
  }

  /** The next tag, or -1. Unlike a value, a tag has at most 32 bits. */
  tag(bytes: Uint8Array): number {
    return this.strict(bytes, 15)
  }

  /**
   * The next length, checked: -1 unless that many bytes are left. A length has at most 31 bits.
   */
  size(bytes: Uint8Array): number {
    const size = this.strict(bytes, 7)
    return size <= this.end - this.pos ? size : -1
  }

  /** Passes over the value of an unknown field. False when it does not end before `end`, or has no legal type. */
  skip(bytes: Uint8Array, tag: number): boolean {
    if (tag >>> 3 === 0) return false
    switch (tag & 7) {
      case WireType.VARINT: return this.skipVarint(bytes)
      case WireType.FIXED64: return this.advance(8)
      case WireType.BYTES: return this.advance(this.size(bytes))
      case WireType.GROUP: return this.skipGroup(bytes, tag)
      case WireType.FIXED32: return this.advance(4)
      default: return false
    }
  }

  /** A varint of at most five bytes, the fifth of which is at most `fifthMax`. */
  private strict(bytes: Uint8Array, fifthMax: number): number {
    let value = 0
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      if (this.pos >= this.end) return -1
      const byte = bytes[this.pos++]
      if (i === VARINT_BYTES_MAX - 1 && byte > fifthMax) return -1
      value |= (byte & 127) << (i * 7)
      if (byte < 128) return value >>> 0
    }
    return -1
  }

  private advance(count: number): boolean {
    if (count < 0 || count > this.end - this.pos) return false
    this.pos += count
    return true
  }

  private skipVarint(bytes: Uint8Array): boolean {
    while (this.pos < this.end) if (bytes[this.pos++] < 128) return true
    return false
  }

  /**
   * Groups nest, and no message of ours ever had one. The generic reader knows their rules and bounds their depth; it reports a malformed
   * one by throwing, which ends here.
   */
  private skipGroup(bytes: Uint8Array, tag: number): boolean {
    const reader = protobuf.Reader.create(bytes.subarray(this.pos, this.end))
    try {
      reader.skipType(WireType.GROUP, 0, tag >>> 3)
    } catch {
      return false
    }
    this.pos += reader.pos
    return true
  }
}
