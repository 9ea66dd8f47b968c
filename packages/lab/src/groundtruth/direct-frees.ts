/**
 * Which frees went straight to the buddy. Linux tries the per-CPU lock and, when an interrupt has come between, frees to the buddy instead (mm/page_alloc.c
 * free_unref_page of 6.1), which no event shows. What happens to the page next does:
 *
 *   free ... pcpu_drain, alloc    it was on a per-CPU list          free ... zone_locked, or in a free list at the end    it was in the buddy
 */
import { KmemKind } from './kmem-events.ts'
import type { KmemEvents } from './kmem-events.ts'
import type { Snapshot } from './snapshot.ts'

/** Sets `toPcp` of each free. Returns how many went straight to the buddy. */
export function markDirectFrees({ length, kind, pfn, order, toPcp }: KmemEvents, end: Snapshot, pages: number): number {
  // By page: 1 when the next that is seen of it, from where the walk is, is in the buddy.
  const inBuddy = new Uint8Array(pages)
  for (const { free } of end.zones) {
    for (const list of free) for (const [head] of list.list) inBuddy.fill(1, head, head + 2 ** list.order)
  }
  let direct = 0
  for (let i = length - 1; i >= 0; i--) {
    if (kind[i] === KmemKind.FREE) {
      toPcp[i] = 1 - inBuddy[pfn[i]]
      direct += inBuddy[pfn[i]]
    }
    inBuddy.fill(kind[i] === KmemKind.TAKE ? 1 : 0, pfn[i], pfn[i] + 2 ** order[i])
  }
  return direct
}
