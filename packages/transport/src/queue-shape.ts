/** How large the queue of a transport is, and what its driver pins for it: the same sums for the one who counts bytes and the one who hands them out. */
import { alignUp } from '@hintlab/kit'
import { ANSWER_BYTES_MAX, QueueRole } from '@hintlab/protocol'
import { queueBytes } from './ring/make-ring.ts'
import type { QueueShape } from './ring/make-ring.ts'
import { MESSAGE_BUFFERS } from './virtqueue-carrier.ts'
import { nativeBufferBytes, nativeBuffersMax } from './wire/native-driver.ts'

/** Features of the ring, as negotiated. */
export interface RingOptions {
  readonly packed?: boolean
  readonly indirect?: boolean
  readonly inOrder?: boolean
  /** On by default. */
  readonly eventIdx?: boolean
}

/** What a driver pins is carved in pieces of this alignment. */
export const PIECE_ALIGN = 16

/** Bytes of an answer's buffer, in whole 32-bit words. */
export const ANSWER_BUFFER_BYTES = alignUp(ANSWER_BYTES_MAX, 4)

/** The queue for so many chains of so many buffers: a power of two, which a split ring demands. Tables do not make it smaller. */
function shape(slots: number, buffers: number, { packed = false, indirect = false }: RingOptions): QueueShape {
  let size = 2
  while (size < slots * buffers) size *= 2
  return { size, packed, tableBuffers: indirect && buffers > 1 ? buffers : 0 }
}

export const messageQueue = (slots: number, ring: RingOptions): QueueShape => shape(slots, MESSAGE_BUFFERS, ring)

export const nativeQueue = (role: QueueRole, slots: number, entriesMax: number, ring: RingOptions): QueueShape =>
  shape(slots, nativeBuffersMax(role, entriesMax), ring)

/** Bytes for a queue of messages with its buffers. */
export function messageQueueBytes(slots: number, requestBytes: number, ring: RingOptions): number {
  const buffers = alignUp(requestBytes, PIECE_ALIGN) + alignUp(ANSWER_BUFFER_BYTES, PIECE_ALIGN)
  return alignUp(queueBytes(messageQueue(slots, ring)), PIECE_ALIGN) + slots * buffers
}

/** Bytes for a queue of native requests with its buffers. */
export function nativeQueueBytes(role: QueueRole, slots: number, entriesMax: number, ring: RingOptions): number {
  return alignUp(queueBytes(nativeQueue(role, slots, entriesMax, ring)), PIECE_ALIGN) + slots * nativeBufferBytes(role, entriesMax)
}
