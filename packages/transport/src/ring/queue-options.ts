/** What both ends of a queue are constructed with, and the one place that says whether such a queue can exist in a given memory. */
import { isPowerOfTwo } from '@hintlab/kit'
import { QUEUE_SIZE_MAX } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import { AVAIL_ALIGN, availRingBytes, DESC_ALIGN, DESC_BYTES, descTableBytes, USED_ALIGN, usedRingBytes } from './layout.ts'
import type { RingPlace } from './layout.ts'
import { EVENT_BYTES } from './packed-layout.ts'

/** Nothing to pop. */
export const NONE = -1

/** The rules that keep a ring correct, each of which an exploration may switch off to see what it prevents. All are on by default. */
export interface RingSafeguards {
  /**
   * R1: the device publishes the used index after the element. Off: `push` publishes the index at once, and the element follows with the
   * next `push` or `publish`. Read by the device end of a split ring that is not in order; elsewhere it cannot be switched off.
   */
  readonly publishLast: boolean
  /** R2: enabling notifications looks at the peer's index once more. Off: the answer is always false. Read by both ends. */
  readonly recheck: boolean
}

/** Where a queue lies. Of a packed ring, `availGpa` is the driver's and `usedGpa` the device's event suppression structure. */
export interface QueuePlace extends RingPlace {
  /** VIRTIO_F_RING_PACKED was negotiated. */
  readonly packed?: boolean
  /** Only for a driver: address of its indirect tables, a multiple of 16; one for each descriptor. Without, it uses none. */
  readonly tablesGpa?: number
  /** Only for a driver: the buffers that one of those tables holds. A longer chain takes descriptors of the ring. */
  readonly tableBuffers?: number
}

export interface QueueOptions extends QueuePlace {
  /** VIRTIO_RING_F_EVENT_IDX was negotiated: notifications are asked for by index, not by flag. */
  readonly eventIdx: boolean
  /** VIRTIO_RING_F_INDIRECT_DESC was negotiated. */
  readonly indirect?: boolean
  /** VIRTIO_F_IN_ORDER was negotiated: the device uses chains in the order in which they were made available. */
  readonly inOrder?: boolean
  /**
   * Where both ends begin (vhost's SET_VRING_BASE), 0 .. 65535. Split: both indexes, by default 0. Packed: the offset, with the wrap
   * counter in bit 15, by default 32768.
   */
  readonly startIndex?: number
  /** Prefix of the column labels. */
  readonly label?: string
  readonly safeguards?: Partial<RingSafeguards>
}

/**
 * Why no queue can lie there, as a sentence, or `null` when one can. The addresses may come from a hostile peer, so a device model asks
 * before it constructs its end; the constructors assert the same.
 */
export function ringFault(memory: GuestMemory, place: QueuePlace): string | null {
  const { size, tablesGpa, tableBuffers = 0 } = place
  const fault = place.packed === true ? packedFault(memory, place) : splitFault(memory, place)
  if (fault !== null || tablesGpa === undefined) return fault
  if (tablesGpa % DESC_ALIGN !== 0) return 'indirect tables must be aligned to 16 bytes'
  if (memory.window(tablesGpa, size * tableBuffers * DESC_BYTES) === null) return 'indirect tables lie outside guest memory'
  return null
}

function splitFault(memory: GuestMemory, { size, descGpa, availGpa, usedGpa }: QueuePlace): string | null {
  if (!isPowerOfTwo(size) || size > QUEUE_SIZE_MAX) return 'queue size must be a power of two up to 32768'
  if (descGpa % DESC_ALIGN !== 0) return 'descriptor table must be aligned to 16 bytes'
  if (availGpa % AVAIL_ALIGN !== 0) return 'avail ring must be aligned to 2 bytes'
  if (usedGpa % USED_ALIGN !== 0) return 'used ring must be aligned to 4 bytes'
  if (memory.window(descGpa, descTableBytes(size)) === null) return 'descriptor table lies outside guest memory'
  if (memory.window(availGpa, availRingBytes(size)) === null) return 'avail ring lies outside guest memory'
  if (memory.window(usedGpa, usedRingBytes(size)) === null) return 'used ring lies outside guest memory'
  return null
}

function packedFault(memory: GuestMemory, { size, descGpa, availGpa, usedGpa }: QueuePlace): string | null {
  if (size < 1 || size > QUEUE_SIZE_MAX || size !== Math.floor(size)) return 'queue size must be a number from 1 to 32768'
  if (descGpa % DESC_ALIGN !== 0) return 'descriptor ring must be aligned to 16 bytes'
  if (availGpa % EVENT_BYTES !== 0) return 'driver event suppression must be aligned to 4 bytes'
  if (usedGpa % EVENT_BYTES !== 0) return 'device event suppression must be aligned to 4 bytes'
  if (memory.window(descGpa, descTableBytes(size)) === null) return 'descriptor ring lies outside guest memory'
  if (memory.window(availGpa, EVENT_BYTES) === null) return 'driver event suppression lies outside guest memory'
  if (memory.window(usedGpa, EVENT_BYTES) === null) return 'device event suppression lies outside guest memory'
  return null
}
