/**
 * What the allocator's tasks ask of a hint policy. A policy sees frees in two places: `collect`, plain and under the zone lock, right after blocks went
 * into the zone; and `handle`, a generator that the freeing task runs afterwards, with no lock, when `due` says so.
 *
 *   free -> buddy (notes) -> collect -> [buffer] -> handle: isolate, submit -> ... -> complete -> put back
 */
import type { Point, Task } from '@hintlab/sim'

export interface HintPolicy {
  /** Zone `zone` has new free blocks; called with its lock held. Must not take locks. */
  collect(task: Task, cpu: number, zone: number): void
  /** Whether `handle` has something to do for this CPU. */
  due(cpu: number): boolean
  handle(task: Task, cpu: number): Generator<Point, void, void>
  /** Pages that the guest cannot use because they are set aside or in flight. */
  readonly pagesAway: number
  /** Requests whose pages came back so far, for `waitForReports`. */
  readonly returns: number
  /**
   * The allocator is out of memory. Waits for reports in flight if the policy does that; true when pages came back and the allocation should be tried
   * again. `seen` is what `returns` was before the attempt that failed: pages may have come back since.
   */
  waitForReports(task: Task, seen: number): Generator<Point, boolean, void>
  check(): void
}

/** The rules that keep a policy correct (safeguards F1 to F4), each of which an exploration may switch off. */
export interface HintSafeguards {
  /** F1: take a block off the free lists before it is hinted. */
  readonly isolate: boolean
  /** F2: put it back only after the completion. */
  readonly putbackAfterCompletion: boolean
  /** F3: mark it Reported only if it is still a block of its own. */
  readonly sameOrder: boolean
}

export const ALL_SAFEGUARDS: HintSafeguards = { isolate: true, putbackAfterCompletion: true, sameOrder: true }

/** Counters that every policy keeps. */
export const HINT_COUNTERS = [
  'batches', 'hintedBlocks', 'hintedPages', 'stale', 'refused', 'dropped', 'spilled', 'waited', 'failed', 'passes', 'oomWaits', 'awayMax',
] as const
export type HintCounter = (typeof HINT_COUNTERS)[number]
