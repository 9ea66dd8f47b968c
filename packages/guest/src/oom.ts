/**
 * Who is asked for pages when an allocation cannot be served: shrinkers in reclaim, OOM notifiers before the OOM killer (mm/oom_kill.c out_of_memory,
 * which lets the allocation try again when any notifier has freed a page). The kernel asks in the task of the allocation, with no lock held.
 */
import type { Point, Task } from '@hintlab/sim'

export interface MemoryGiver {
  /** Frees what it can spare at this call; pages freed. */
  give(task: Task): Generator<Point, number, void>
}

/** Asks all of them, in the order of registration; true when any page came back. */
export function* askGivers(task: Task, givers: readonly MemoryGiver[]): Generator<Point, boolean, void> {
  let pages = 0
  for (const giver of givers) pages += yield* giver.give(task)
  return pages > 0
}
