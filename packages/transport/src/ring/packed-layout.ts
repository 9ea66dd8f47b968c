/**
 * Where the words of a packed virtqueue lie, and how a place in it is counted (virtio 1.2, section 2.8). One ring of descriptors that both
 * ends write, and two words in which each end says what notifications it wants:
 *
 *   descriptor ring                              event suppression, driver's and device's
 *     +0              +8      +12    +14           +0                      +2
 *     | gpa (le64)     | len   | id   | flags |     | offset:15, wrap:1     | flags |
 *
 * A *position* counts descriptors over two laps, 0 .. 2 * size - 1, because a descriptor is written in one of two ways, which alternate
 * with the lap: that is the wrap counter, which the specification keeps beside the offset.
 *
 *   position        0 .. size-1      size .. 2*size-1
 *   wrap counter    1                0
 *   available       AVAIL            USED                 the bits AVAIL and USED of `flags` differ
 *   used            AVAIL | USED     neither              they are equal
 */
import { alignUp } from '@hintlab/kit'
import { DESC_BYTES } from './layout.ts'
import type { RingPlace } from './layout.ts'

/** In a descriptor of a packed ring: id, and flags 2 bytes later; one word holds both, the id in its low half. */
export const PACKED_ID = 12
export const PACKED_FLAGS = 14

export const PACKED_F_AVAIL = 1 << 7
export const PACKED_F_USED = 1 << 15
const LAP_BITS = PACKED_F_AVAIL | PACKED_F_USED

export const EVENT_BYTES = 4
export const EVENT_OFFSET = 0
export const EVENT_FLAGS = 2
export const EVENT_ENABLE = 0
export const EVENT_DISABLE = 1
/** Notify when the descriptor named by offset and wrap is passed; legal only with EVENT_IDX. */
export const EVENT_DESC = 2

const WRAP_BIT = 0x8000
/** Position 0 as offset and wrap: where a new ring begins. */
export const PACKED_START = WRAP_BIT

/** The descriptor at a position. */
export const slotOf = (position: number, size: number): number => (position < size ? position : position - size)

/** `count` descriptors further on, at most one lap. */
export function advance(position: number, count: number, size: number): number {
  const at = position + count
  return at < 2 * size ? at : at - 2 * size
}

/** The bits that make the descriptor at a position available. */
export const availBits = (position: number, size: number): number => (position < size ? PACKED_F_AVAIL : PACKED_F_USED)
/** The bits that make the descriptor at a position used. */
export const usedBits = (position: number, size: number): number => (position < size ? LAP_BITS : 0)
export const isAvailable = (flags: number, position: number, size: number): boolean => (flags & LAP_BITS) === availBits(position, size)
export const isUsed = (flags: number, position: number, size: number): boolean => (flags & LAP_BITS) === usedBits(position, size)

/** A position as the wire has it: offset, with the wrap counter in bit 15. */
export const toOffsetWrap = (position: number, size: number): number => (position < size ? position | WRAP_BIT : position - size)
/** The position that the wire names; its offset is below `size`. */
export const fromOffsetWrap = (word: number, size: number): number => (word & ~WRAP_BIT) + ((word & WRAP_BIT) === 0 ? size : 0)

/**
 * Whether the peer wants to hear of the last `fresh` descriptors before position `now` (virtqueue_kick_prepare_packed of Linux). `event` is
 * its suppression word. A value that means nothing, as DESC without EVENT_IDX, is taken for ENABLE: one notification too many is allowed,
 * one too few is not.
 *
 *          now-fresh      event        now
 *   -------|--------------x------------|------>       the peer's position is at most one lap behind `now`, so two laps tell it exactly
 */
export function packedNeedsEvent(event: number, now: number, fresh: number, size: number, eventIdx: boolean): boolean {
  const flags = (event >>> 16) & 3
  if (flags === EVENT_DISABLE) return false
  const offset = event & ~WRAP_BIT & 0xffff
  if (!eventIdx || flags !== EVENT_DESC || offset >= size) return true
  const behind = now - fromOffsetWrap(event & 0xffff, size)
  const distance = behind < 0 ? behind + 2 * size : behind
  return distance !== 0 && distance <= fresh
}

/** Puts the three areas one behind the other from `gpa` on, a multiple of 16. The driver's area is `availGpa`, the device's `usedGpa`. */
export function placePackedRing(gpa: number, size: number): RingPlace {
  const availGpa = gpa + DESC_BYTES * size
  return { size, descGpa: gpa, availGpa, usedGpa: alignUp(availGpa + EVENT_BYTES, EVENT_BYTES) }
}

/** Bytes that `placePackedRing` covers. */
export const packedRingBytes = (size: number): number => placePackedRing(0, size).usedGpa + EVENT_BYTES
