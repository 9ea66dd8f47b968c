/**
 * A packed repeated uint32 field between the wire and a column: the two loops in which a batch spends its time. Both go entry by entry with
 * the common case first, a page frame number of 2^21 to 2^28 - 1 (guests of 8 GiB to 1 TiB), which takes four bytes.
 */
import { VARINT_BYTES_MAX, varintBytes } from './wire.ts'
import type { WireReader } from './wire.ts'

/** Bytes of the first `count` entries as varints. */
export function packedBytes(column: Uint32Array, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += varintBytes(column[i])
  return sum
}

/** Writes the first `count` entries at `at`; returns where the next byte goes. The caller has made sure that they fit. */
export function putPacked(column: Uint32Array, count: number, into: Uint8Array, at: number): number {
  for (let i = 0; i < count; i++) {
    // As a signed word, so that the engine keeps it in an integer register; the shifts below are unsigned. The array keeps 8 bits of each.
    let rest = column[i] | 0
    if (rest >>> 21 !== 0) {
      into[at] = rest | 128
      into[at + 1] = (rest >>> 7) | 128
      into[at + 2] = (rest >>> 14) | 128
      at += 3
      rest >>>= 21
    }
    while (rest > 127) {
      into[at++] = rest | 128
      rest >>>= 7
    }
    into[at++] = rest
  }
  return at
}

/**
 * Appends the packed field at `reader` to `column` from index `count` on. Returns the new count, or -1 when the field is malformed or has
 * more entries than the column has room for.
 */
export function readPacked(reader: WireReader, bytes: Uint8Array, column: Uint32Array, count: number): number {
  const size = reader.size(bytes)
  if (size < 0) return -1
  const messageEnd = reader.end
  const fieldEnd = reader.pos + size
  reader.end = fieldEnd
  while (true) {
    count = readShortVarints(reader, bytes, column, count)
    if (reader.pos === fieldEnd) break
    // One of the last few bytes, where a varint could run past the end, or an over-long form.
    const value = reader.uint32(bytes)
    if (value < 0 || count >= column.length) return -1
    column[count++] = value
  }
  reader.end = messageEnd
  return count
}

/** Takes varints of one to five bytes while there is room in the column and five bytes are left, so that nothing else is to be checked. */
function readShortVarints(reader: WireReader, bytes: Uint8Array, column: Uint32Array, count: number): number {
  const last = reader.end - VARINT_BYTES_MAX
  const room = column.length
  let pos = reader.pos
  while (pos <= last && count < room) {
    const b0 = bytes[pos]
    const b1 = bytes[pos + 1]
    const b2 = bytes[pos + 2]
    const b3 = bytes[pos + 3]
    if ((b0 & b1 & b2) > 127 && b3 < 128) {
      column[count++] = (b0 & 127) | ((b1 & 127) << 7) | ((b2 & 127) << 14) | (b3 << 21)
      pos += 4
    } else if (b0 < 128) {
      column[count++] = b0
      pos += 1
    } else if (b1 < 128) {
      column[count++] = (b0 & 127) | (b1 << 7)
      pos += 2
    } else if (b2 < 128) {
      column[count++] = (b0 & 127) | ((b1 & 127) << 7) | (b2 << 14)
      pos += 3
    } else {
      const b4 = bytes[pos + 4]
      if (b4 > 127) break
      column[count++] = (b0 & 127) | ((b1 & 127) << 7) | ((b2 & 127) << 14) | ((b3 & 127) << 21) | (b4 << 28)
      pos += 5
    }
  }
  reader.pos = pos
  return count
}
