/**
 * Statistics as a message (hint.proto Statistics). A guest sends one every few seconds, so the generated code is fast enough; what it cannot decode it
 * says by throwing, which ends here.
 */
import { assert } from '@hintlab/kit'
import { hintlab } from './generated/messages.js'
import type { GuestMemory } from './guest-memory.ts'
import { MESSAGE_BYTES_MAX } from './limits.ts'
import type { StatsBatch } from './ports.ts'
import { VARINT_BYTES_MAX } from './wire.ts'

/** Bytes that a message of `entriesMax` statistics takes at most: two packed fields, a tag of 16 bits in three bytes. */
export const statsBytesMax = (entriesMax: number): number => 2 * (1 + VARINT_BYTES_MAX) + entriesMax * (3 + 8)

/** Writes the statistics at `gpa`; returns the bytes written, or -1 when they take more than `length` or lie outside. There is at least one. */
export function writeStats(memory: GuestMemory, gpa: number, length: number, stats: StatsBatch): number {
  const { count, tag, value } = stats
  assert(count > 0, 'a message has at least one statistic')
  const bytes = hintlab.Statistics.encode({ tag: [...tag.subarray(0, count)], value: [...value.subarray(0, count)] }).finish()
  return bytes.length <= length && memory.write(gpa, bytes) ? bytes.length : -1
}

/**
 * Reads the statistics in exactly `length` bytes at `gpa`. False when they are malformed, outside, more than the columns hold, or when the columns
 * differ in length. A tag that does not have 16 bits belongs to nobody, and makes the message malformed.
 */
export function readStatsMessage(memory: GuestMemory, gpa: number, length: number, into: StatsBatch): boolean {
  into.count = 0
  if (length < 0 || length > MESSAGE_BYTES_MAX) return false
  const bytes = new Uint8Array(length)
  if (!memory.read(gpa, bytes)) return false
  try {
    const { tag, value } = hintlab.Statistics.decode(bytes)
    if (tag.length !== value.length || tag.length > into.tag.length || tag.some((t) => t > 0xffff)) return false
    into.tag.set(tag)
    into.value.set(value)
    into.count = tag.length
    return true
  } catch {
    return false
  }
}
