/**
 * Moves one page in use to another place (mm/migrate.c migrate_pages, per page).
 *
 *     translations of both pages there? --no--> fault, look again
 *            | yes
 *     copy, tell the observer, give the holder the new page        all in one step; its time passes after it
 *
 * So nobody ever sees a page half moved, and a page that was freed or locked meanwhile is left alone. A balloon page has no contents to copy: its driver tells
 * the host of the new page first and of the old one second (virtballoon_migratepage).
 */
import { PageOwner } from '@hintlab/protocol'
import type { Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { COPIED } from '../page-access.ts'

/** A driver whose pages can be moved (struct movable_operations). */
export interface BalloonPages {
  /** Puts `to`, ALLOCATED, in the place of `from`, which is ALLOCATED afterwards; false when it is busy or `from` is not its own any more. */
  migrate(task: Task, from: number, to: number): Generator<Point, boolean, void>
}

export type Moved = 'copied' | 'balloon' | 'failed'

/** On success the caller owns `from` and frees it; else it still owns `to`. */
export function* migratePage(kernel: GuestKernel, task: Task, cpu: number, from: number, to: number): Generator<Point, Moved, void> {
  const { mm, access } = kernel
  if (mm.pages.ownerOf(from) === PageOwner.BALLOON) {
    const moved = kernel.ballooned !== null && (yield* kernel.ballooned.migrate(task, from, to))
    return moved ? 'balloon' : 'failed'
  }
  while (mm.mappings.movable(from)) {
    const missing = access === null ? COPIED : access.copy(cpu, from, to)
    if (missing === COPIED) {
      mm.pages.observer?.migrated?.(from, to)
      mm.mappings.replace(from, to)
      return 'copied'
    }
    if (!(yield* access!.fault(task, cpu, missing))) return 'failed'
  }
  return 'failed'
}
