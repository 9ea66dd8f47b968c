/**
 * Statistics as virtio-balloon has them: entries of ten bytes, without padding between tag and value.
 *
 *     +0            +2
 *     | tag (le16) | value (le64)                          |
 *
 * Values are doubles here: exact below 2^53, rounded above. 2^64 - 1, by which some drivers say "unknown", has no double of its own: it is read as
 * 2^64 (STAT_UNSET), and what is 2^64 or more is written as 2^64 - 1, so that it survives both ways.
 */
import { assert } from '@hintlab/kit'
import type { StatsBatch } from '../ports.ts'

export const STAT_BYTES = 10

/** A value of 64 set bits. */
export const STAT_UNSET = 2 ** 64

const WORD = 2 ** 32

/** An empty set of statistics with room for `entriesMax`. */
export function makeStats(entriesMax: number): StatsBatch {
  return { count: 0, tag: new Uint16Array(entriesMax), value: new Float64Array(entriesMax) }
}

/** Writes every entry; returns the bytes written. Values are whole and not negative. */
export function putStats(stats: StatsBatch, into: Uint8Array): number {
  const { count, tag, value } = stats
  assert(count * STAT_BYTES <= into.length, 'the buffer has room for every statistic')
  for (let i = 0; i < count; i++) {
    assert(value[i] >= 0 && value[i] === Math.floor(value[i]), 'a statistic is a whole number')
    const at = i * STAT_BYTES
    const unset = value[i] >= STAT_UNSET
    into[at] = tag[i]
    into[at + 1] = tag[i] >>> 8
    putWord(into, at + 2, unset ? WORD - 1 : value[i] % WORD)
    putWord(into, at + 6, unset ? WORD - 1 : Math.floor(value[i] / WORD))
  }
  return count * STAT_BYTES
}

/** Reads whole entries, as many as the columns hold; returns the bytes that were not read. Tags are kept as they are, in any order. */
export function readStats(bytes: Uint8Array, into: StatsBatch): number {
  const count = Math.min(Math.floor(bytes.length / STAT_BYTES), into.tag.length)
  for (let i = 0; i < count; i++) {
    const at = i * STAT_BYTES
    into.tag[i] = bytes[at] | (bytes[at + 1] << 8)
    into.value[i] = word(bytes, at + 6) * WORD + word(bytes, at + 2)
  }
  into.count = count
  return bytes.length - count * STAT_BYTES
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
}

function putWord(into: Uint8Array, at: number, value: number): void {
  into[at] = value
  into[at + 1] = value >>> 8
  into[at + 2] = value >>> 16
  into[at + 3] = value >>> 24
}
