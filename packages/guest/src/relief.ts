/**
 * What an allocation that finds no block does before anybody is hurt: wake kswapd, drop pages, put a block together (mm/page_alloc.c __alloc_pages_slowpath of
 * Linux 6.1). A guest without page cache and compaction does none of it.
 */
import type { Point, Task } from '@hintlab/sim'
import { COSTLY_ORDER } from './compaction/fragmentation.ts'
import type { GuestKernel } from './kernel.ts'
import type { ZoneKind } from './mm/layout.ts'
import type { Migratetype } from './mm/migratetype.ts'
import { NONE } from './mm/page-allocator.ts'
import { AllocFlag } from './mm/watermarks.ts'

/** MAX_RECLAIM_RETRIES: rounds of reclaim without progress. A costly order gets one round. */
export const RETRIES_MAX = 16

/** What `relieve` says when it has no block: try again, or that nothing came of it. */
export const PROGRESS = -2
export const NO_PROGRESS = -1

/** An allocation, apart from who asks. */
export interface Wanted {
  readonly order: number
  readonly migratetype: Migratetype
  readonly pref: ZoneKind
}

/** wake_all_kswapds: no zone is above low. Without kswapd, kcompactd may still help a larger block. */
export function wakeDaemons({ reclaim, compaction }: GuestKernel, order: number, pref: ZoneKind): void {
  if (reclaim !== null) reclaim.wake(order, pref)
  else if (order > 0) compaction?.wake(order, pref)
}

/** Whether this allocation may sleep for it (__GFP_DIRECT_RECLAIM, which an atomic one has not), and there is something to do. */
export function mayRelieve({ reclaim, compaction }: GuestKernel, order: number, flags: number): boolean {
  return (flags & (AllocFlag.HARDER | AllocFlag.NO_RECLAIM)) === 0 && (reclaim !== null || (order > 0 && compaction !== null))
}

/** One round in the task of the allocation: a block put together for it, or PROGRESS, or NO_PROGRESS. Costly orders are compacted first. */
export function* relieve(kernel: GuestKernel, task: Task, cpu: number, { order, migratetype, pref }: Wanted): Generator<Point, number, void> {
  const { reclaim, compaction } = kernel
  if (order > COSTLY_ORDER && compaction !== null) {
    const pfn = yield* compaction.direct(task, cpu, order, migratetype, pref)
    if (pfn !== NONE) return pfn
  }
  const reclaimed = reclaim === null ? 0 : yield* reclaim.direct(task, cpu, pref)
  if (order > 0 && compaction !== null && (reclaimed > 0 || order <= COSTLY_ORDER)) {
    const pfn = yield* compaction.direct(task, cpu, order, migratetype, pref)
    if (pfn !== NONE) return pfn
  }
  return reclaimed > 0 ? PROGRESS : NO_PROGRESS
}

/** Rounds that are left after one that ended like this (should_reclaim_retry). */
export function retriesAfter(outcome: number, order: number, retries: number): number {
  if (order > COSTLY_ORDER) return 0
  return outcome === PROGRESS ? RETRIES_MAX : retries - 1
}
