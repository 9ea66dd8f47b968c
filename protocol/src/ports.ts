/**
 * The port between a guest's hint policy and whatever carries its hints. One contract for every transport:
 *
 *   P1  `submit` returns a slot or FULL and never calls back.
 *   P2  `complete` comes exactly once per slot, after `submit` has returned, with no lock of the submitter held.
 *   P3  Carrier and service are invisible here: a host may go from inline to threaded service under an unchanged guest.
 *
 * Model code contains no Promise: what takes time is a task (packages/sim), what answers at once is a plain call.
 */
import type { Slot } from '@hintlab/kit'

/** No slot is free: the caller keeps its pages and decides (drop, spill, wait). */
export const FULL = -1

/** What a request asks of the host. The numbers travel on the wire (hint.proto RequestKind). */
export const RequestKind = { REPORT: 1, INFLATE: 2, DEFLATE: 3 } as const
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind]

/** How a request ended, as the guest sees it. The numbers travel on the wire (hint.proto Status). */
export const Status = {
  /** Every entry was accepted. An entry that the host ignores by policy (too small) is accepted. */
  OK: 1,
  /** Some entries were rejected: outside the memslots, misaligned, of no known order. */
  PARTLY: 2,
  /** The request could not be read at all, or the device does not know its kind. */
  REJECTED: 3,
  /** The host may not discard now (assigned device, postcopy): nothing was done. */
  INHIBITED: 4,
  /** Never on the wire: the guest gave the request up (device reset, bogus completion). */
  FAILED: 5,
} as const
export type Status = (typeof Status)[keyof typeof Status]

/**
 * Blocks of pages, as columns. `pfn[i]` is the first page of a block of `2 ** order[i]` pages; the first `count` entries are valid. A batch is
 * owned by its creator, sized once, and refilled.
 */
export interface HintBatch {
  kind: RequestKind
  /** Identifies the conversation's run; a completion or hint of another run is stale. 32 bits. */
  commandId: number
  count: number
  readonly pfn: Uint32Array
  readonly order: Uint8Array
}

export function makeBatch(entriesMax: number): HintBatch {
  return {
    kind: RequestKind.REPORT,
    commandId: 0,
    count: 0,
    pfn: new Uint32Array(entriesMax),
    order: new Uint8Array(entriesMax),
  }
}

/** Where a completion is delivered: process context of the waiting task, or an interrupt handler that must not sleep. */
export type CompletionContext = 'process' | 'interrupt'

/** The guest's half of the port. */
export interface HintClient {
  complete(slot: Slot, status: Status, context: CompletionContext): void
}
