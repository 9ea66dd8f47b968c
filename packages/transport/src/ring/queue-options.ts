/** What both ends of a queue are constructed with, and the one place that says whether such a queue can exist in a given memory. */
import { isPowerOfTwo } from '@hintlab/kit'
import { QUEUE_SIZE_MAX } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import { AVAIL_ALIGN, availRingBytes, DESC_ALIGN, descTableBytes, USED_ALIGN, usedRingBytes } from './layout.ts'
import type { RingPlace } from './layout.ts'

/** Nothing to pop. */
export const NONE = -1

/** The rules that keep a ring correct, each of which an exploration may switch off to see what it prevents. All are on by default. */
export interface RingSafeguards {
  /**
   * R1: the device publishes the used index after the element. Off: `push` publishes the index at once, and the element follows with the
   * next `push` or `publish`. Read by the device end.
   */
  readonly publishLast: boolean
  /** R2: enabling notifications looks at the peer's index once more. Off: the answer is always false. Read by both ends. */
  readonly recheck: boolean
}

export interface QueueOptions extends RingPlace {
  /** VIRTIO_RING_F_EVENT_IDX was negotiated: notifications are asked for by index, not by flag. */
  readonly eventIdx: boolean
  /** Both indexes start here instead of at 0 (vhost's SET_VRING_BASE). 0 .. 65535. */
  readonly startIndex?: number
  /** Prefix of the column labels. */
  readonly label?: string
  readonly safeguards?: Partial<RingSafeguards>
}

/**
 * Why no split queue can lie there, as a sentence, or `null` when one can. The addresses may come from a hostile peer, so a device model
 * asks before it constructs its end; the constructors assert the same.
 */
export function ringFault(memory: GuestMemory, place: RingPlace): string | null {
  const { size, descGpa, availGpa, usedGpa } = place
  if (!isPowerOfTwo(size) || size > QUEUE_SIZE_MAX) return 'queue size must be a power of two up to 32768'
  if (descGpa % DESC_ALIGN !== 0) return 'descriptor table must be aligned to 16 bytes'
  if (availGpa % AVAIL_ALIGN !== 0) return 'avail ring must be aligned to 2 bytes'
  if (usedGpa % USED_ALIGN !== 0) return 'used ring must be aligned to 4 bytes'
  if (memory.window(descGpa, descTableBytes(size)) === null) return 'descriptor table lies outside guest memory'
  if (memory.window(availGpa, availRingBytes(size)) === null) return 'avail ring lies outside guest memory'
  if (memory.window(usedGpa, usedRingBytes(size)) === null) return 'used ring lies outside guest memory'
  return null
}
