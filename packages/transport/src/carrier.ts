/**
 * What a carrier must do for each side. The request and the answer of a slot lie in guest memory the driver owns; a carrier moves a slot to the host
 * and back, and knows nothing of what is in it.
 */
import type { Task } from '@hintlab/sim'
import type { QueueTap } from './wire/queue-tap.ts'

/** Buffers of one slot: where the request is encoded, and where the answer will be. */
export interface SlotBuffers {
  readonly requestGpa: number
  readonly requestBytes: number
  readonly answerGpa: number
  readonly answerBytes: number
}

export const NONE = -1

/** Guest side. */
export interface GuestCarrier {
  /** Makes a filled slot visible to the host; `length` bytes of request. False, and nothing posted, when the carrier is broken. */
  post(slot: number, length: number): boolean
  /** True when the host wants to be told of what was posted. */
  needsKick(): boolean
  /** Prepares the exit that tells the host of `slot`; the task then yields its TRAP point. */
  prepareKick(task: Task, slot: number): void
  /** A slot that the host has answered, validated against what was posted; NONE when there is none. The answer has `answerLength` bytes. */
  reap(): number
  readonly answerLength: number
  /** Asks for an interrupt; true when answers are there already. */
  enableInterrupts(): boolean
  disableInterrupts(): void
  /** Answers that no posted slot waits for: bogus ids, duplicates, false lengths. */
  readonly rejected: number
  /** The host has claimed what cannot be: nothing goes through until `reset`. */
  readonly broken: boolean
  /** Who listens at this end; null when nobody does. */
  tap: QueueTap | null
  /** Forgets everything posted. */
  reset(): void
  check(): void
}

/** Host side. A handle names a request until it is pushed. */
export interface HostCarrier {
  pop(): number
  /** Buffers of the request popped last; a length of 0 when it was malformed. */
  readonly requestGpa: number
  readonly requestLength: number
  answerGpa(handle: number): number
  answerBytes(handle: number): number
  push(handle: number, written: number): void
  needsInterrupt(): boolean
  enableKicks(): boolean
  disableKicks(): void
  rung(arg: number): void
  answered(arg: number): boolean
  tap: QueueTap | null
  /** Forgets every request: the guest has reset the device. */
  reset(): void
  check(): void
}
