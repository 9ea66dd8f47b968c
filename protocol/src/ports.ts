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
export const RequestKind = {
  REPORT: 1,
  INFLATE: 2,
  DEFLATE: 3,
  /** Blocks that are free during migration, of the run `commandId` (FREE_PAGE_HINT). */
  HINT: 4,
  /** No blocks: begins the run `commandId`, or ends it with HintCommand.STOP. */
  HINT_COMMAND: 5,
} as const
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind]

/** Values of `free_page_hint_cmd_id` that name no run. */
export const HintCommand = { STOP: 0, DONE: 1 } as const

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
  /** What an interface of its own says of the whole batch; 0 says nothing. 32 bits; native payloads have no place for it. */
  extra: number
  count: number
  readonly pfn: Uint32Array
  readonly order: Uint8Array
}

export function makeBatch(entriesMax: number): HintBatch {
  return {
    kind: RequestKind.REPORT,
    commandId: 0,
    extra: 0,
    count: 0,
    pfn: new Uint32Array(entriesMax),
    order: new Uint8Array(entriesMax),
  }
}

/** Statistics of the guest, as columns: the first `count` are valid. Tags are those of StatTag or unknown; values are counts or bytes. */
export interface StatsBatch {
  count: number
  readonly tag: Uint16Array
  readonly value: Float64Array
}

/** Where a completion is delivered: process context of the waiting task, or an interrupt handler that must not sleep. */
export type CompletionContext = 'process' | 'interrupt'

/** The guest's half of the port, implemented by a hint policy. `Task` is the simulator's; the contract does not depend on it. */
export interface HintClient<Task> {
  /** P2. The slot stays its own until it calls `release`. */
  complete(slot: Slot, status: Status, context: CompletionContext): void
  /**
   * Runs in the interrupt handler after the completions it has just delivered: the place to take locks, which `complete` must not.
   * A client whose submitter waits does that work there instead.
   */
  bottomHalf(task: Task): Generator<number, void, void>
}

/** What a driver submits requests to. A request is a batch of blocks (`HintPort`) or of statistics (`StatsPort`). */
export interface RequestPort<Task, Request> {
  /** Most entries that one request can carry. */
  readonly entriesMax: number
  /** Requests that can be in flight at once. */
  readonly slots: number
  /** Slots submitted and not yet completed. */
  readonly inFlight: number
  /** Whether `finish` returns only after the completion, or at once (the submitter that goes on). */
  readonly waits: boolean
  /** P1: takes a copy of the request. */
  submit(request: Request): Slot | typeof FULL
  /** Tells the other side, and waits as the interface's submitter does. Run by the task that submitted. */
  finish(task: Task, slot: Slot): Generator<number, void, void>
  /** The client has done with a completed slot: it can be submitted again. */
  release(slot: Slot): void
}

/** What a hint policy submits to. */
export type HintPort<Task> = RequestPort<Task, HintBatch>

/** What the statistics worker submits to: the request completes when the host wants new ones. */
export type StatsPort<Task> = RequestPort<Task, StatsBatch>

/** How a request ended, as the device counts it. */
export interface RequestOutcome {
  status: Status
  accepted: number
  rejected: number
  ignored: number
}

/** Nothing to take. */
export const EMPTY = -1

/** The host's half of any carrier: what a device model takes requests from. */
export interface RequestSource<Task, Request = HintBatch> {
  /**
   * The next request, copied into `request`: a handle that must be answered exactly once, or EMPTY. A request that cannot be read has a handle too, with
   * `readable` false.
   */
  take(request: Request): number
  readonly readable: boolean
  /**
   * What was taken last is a part of its request: the next `take` gives the next part, under the same handle, which is answered after the last one. False
   * again when the request is gone (a reset).
   */
  readonly more: boolean
  /** Answers a handle. The guest may see it from now on. */
  answer(handle: number, outcome: RequestOutcome): void
  /** Interrupts the guest if it wants that for what was answered since the last call. `task` pays. */
  signal(task: Task): void
  /** Asks to be told of the next request; true when one is there already, so that the caller takes again (safeguard R2). */
  arm(): boolean
  /** Asks not to be told while it is taking. */
  disarm(): void
  /** A vCPU has rung: `arg` is what it passed. */
  rung(arg: number): void
  /** The interface returns the answer with the call: the vCPU stays in the host until `answered`. */
  readonly holdsCaller: boolean
  /** Whether the caller who rang with `arg` has its answer. */
  answered(arg: number): boolean
}

/** Why a vCPU leaves guest mode. */
export const ExitReason = { EPT_VIOLATION: 1, KICK: 2, HYPERCALL: 3 } as const
export type ExitReason = (typeof ExitReason)[keyof typeof ExitReason]

/** What the lab's ghost watches on the host: contents of frames, and what is taken from the guest. */
export interface HostWitness {
  /** `count` frames from `hfn` now hold zeroes. */
  zeroed(hfn: number, count: number): void
  /** The host is about to drop the contents of `count` guest pages from `gfn`, on the guest's word. */
  discarding(gfn: number, count: number): void
  /** The VM now has `pages` 4 KiB pages of host memory. */
  residentChanged(pages: number): void
}

/**
 * The contents of host frames, as far as the host itself looks at them or moves them. The lab keeps a tag for each frame and each swap slot; a host of which
 * nobody keeps the contents has none that are zero.
 */
export interface FrameContents {
  /** Whether the frame reads as zeroes. */
  isZero(hfn: number): boolean
  /** The swap slot now holds what the frame holds. */
  swappedOut(hfn: number, slot: number): void
  swappedIn(slot: number, hfn: number): void
  /** Frame `to` now holds what frame `from` holds. */
  copied(from: number, to: number): void
}
