/**
 * What carriers (carrier.ts) and wires (wire/wire.ts) have in common at each end, whatever travels: notification in both directions, who listens, reset.
 *
 *     guest: kicks --->  | carrier or wire |  ---> interrupts :host
 */
import type { Task } from '@hintlab/sim'
import type { QueueTap } from './wire/queue-tap.ts'

export interface GuestEnd {
  /** True when the host wants to be told of what was posted. */
  needsKick(): boolean
  /** Prepares the exit that tells the host of `slot`; the task then yields its TRAP point. */
  prepareKick(task: Task, slot: number): void
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

export interface HostEnd {
  /** True when the guest wants to be told of what was answered. */
  needsInterrupt(): boolean
  /** Asks for kicks; true when requests are there already. */
  enableKicks(): boolean
  disableKicks(): void
  /** The guest has kicked, or called, with this argument. */
  rung(arg: number): void
  /** True when the request that came with `arg` has its answer: a call may return. */
  answered(arg: number): boolean
  tap: QueueTap | null
  /** Forgets every request: the guest has reset the device. */
  reset(): void
  check(): void
}
