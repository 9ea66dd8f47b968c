/**
 * What a carrier must do for each side. The request and the answer of a slot lie in guest memory the driver owns; a carrier moves a slot to the host
 * and back, and knows nothing of what is in it.
 */
import type { GuestEnd, HostEnd } from './ends.ts'

/** Buffers of one slot: where the request is encoded, and where the answer will be. */
export interface SlotBuffers {
  readonly requestGpa: number
  readonly requestBytes: number
  readonly answerGpa: number
  readonly answerBytes: number
}

export const NONE = -1

/** Guest side. */
export interface GuestCarrier extends GuestEnd {
  /** Makes a filled slot visible to the host; `length` bytes of request. False, and nothing posted, when the carrier is broken. */
  post(slot: number, length: number): boolean
  /** A slot that the host has answered, validated against what was posted; NONE when there is none. The answer has `answerLength` bytes. */
  reap(): number
  readonly answerLength: number
}

/** Host side. A handle names a request until it is pushed. */
export interface HostCarrier extends HostEnd {
  pop(): number
  /** Buffers of the request popped last; a length of 0 when it was malformed. */
  readonly requestGpa: number
  readonly requestLength: number
  answerGpa(handle: number): number
  answerBytes(handle: number): number
  push(handle: number, written: number): void
}
