/**
 * Where the words of a split virtqueue lie (virtio 1.2, section 2.7). Three areas, each at an address of the driver's choice:
 *
 *   descriptor table   16 bytes each, `size` of them; written by the driver only
 *     +0              +8      +12    +14
 *     | gpa (le64)     | len   | flags | next |
 *
 *   avail ring         written by the driver only
 *     +0      +2     +4                          +4 + 2 * size
 *     | flags | idx  | head[0] ... head[size-1]  | used_event |
 *
 *   used ring          written by the device only
 *     +0      +2     +4                                +4 + 8 * size
 *     | flags | idx  | {id, len}[0] ... [size-1]       | avail_event |
 *
 * `idx` is where the writer would put its next entry, counted modulo 2^16 and never modulo `size`; entry n lies in element n modulo `size`.
 * The event words are part of the areas even when EVENT_IDX was not negotiated, so that the sizes do not depend on features.
 */
import { alignUp } from '@hintlab/kit'
import type { MemoryWindow } from '@hintlab/protocol'

export const DESC_BYTES = 16
export const DESC_GPA_LOW = 0
export const DESC_GPA_HIGH = 4
export const DESC_LEN = 8
/** One little-endian 32-bit word holds `flags` in its low half and `next` in its high half. */
export const DESC_FLAGS_NEXT = 12

/** The chain goes on in descriptor `next`. */
export const DESC_F_NEXT = 1
/** The device writes this buffer; without the flag it reads it. */
export const DESC_F_WRITE = 2
/** The buffer is a table of descriptors; legal only after negotiation. */
export const DESC_F_INDIRECT = 4

export const RING_FLAGS = 0
export const RING_IDX = 2
/** avail.flags: the driver asks for no interrupts. Must stay 0 with EVENT_IDX. */
export const AVAIL_F_NO_INTERRUPT = 1
/** used.flags: the device asks for no kicks. Must stay 0 with EVENT_IDX. */
export const USED_F_NO_NOTIFY = 1

export const DESC_ALIGN = 16
export const AVAIL_ALIGN = 2
export const USED_ALIGN = 4

/** Byte offset of an element in the avail ring; `element` is below the queue size. */
export const availElement = (element: number): number => 4 + 2 * element
/** Byte offset of an element in the used ring: its id; the length follows 4 bytes later. */
export const usedElement = (element: number): number => 4 + 8 * element
export const usedEventOffset = (size: number): number => availElement(size)
export const availEventOffset = (size: number): number => usedElement(size)

export const descTableBytes = (size: number): number => DESC_BYTES * size
export const availRingBytes = (size: number): number => 6 + 2 * size
export const usedRingBytes = (size: number): number => 6 + 8 * size

/** Addresses of the three areas of one queue, in bytes of guest physical memory. */
export interface RingPlace {
  readonly size: number
  readonly descGpa: number
  readonly availGpa: number
  readonly usedGpa: number
}

/** Puts the three areas one behind the other from `gpa` on, a multiple of 16. */
export function placeRing(gpa: number, size: number): RingPlace {
  const availGpa = alignUp(gpa + descTableBytes(size), AVAIL_ALIGN)
  const usedGpa = alignUp(availGpa + availRingBytes(size), USED_ALIGN)
  return { size, descGpa: gpa, availGpa, usedGpa }
}

/** Bytes that `placeRing` covers, paddings included. */
export const ringBytes = (size: number): number => placeRing(0, size).usedGpa + usedRingBytes(size)

const INVERSE_2_32 = 2 ** -32

/** Address and length of the descriptor at byte `at`, the address split without BigInt. */
export function writeBuffer(desc: MemoryWindow, at: number, address: number, length: number): void {
  desc.store32(at + DESC_GPA_LOW, address >>> 0)
  desc.store32(at + DESC_GPA_HIGH, (address * INVERSE_2_32) | 0)
  desc.store32(at + DESC_LEN, length)
}
