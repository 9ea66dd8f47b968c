/**
 * Huge pages for the guest's own programs: what a page fault does before it falls back to a small page (mm/huge_memory.c do_huge_pmd_anonymous_page and
 * vma_thp_gfp_mask of Linux 6.1). How hard it tries is /sys/kernel/mm/transparent_hugepage/defrag:
 *
 *   always          reclaims and compacts, once unless the program asked for huge pages (madvise)
 *   defer           wakes kswapd and kcompactd and falls back at once
 *   defer+madvise   as always for a program that asked, as defer for others
 *   madvise         as always for a program that asked (the default), others take what is there
 *   never           takes what is there
 *
 * The page is cleared by the fault (clear_huge_page). khugepaged, which joins small pages later, is in khugepaged.ts.
 */
import { Counters, PAGEBLOCK_ORDER } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import { AllocFlag } from '../mm/watermarks.ts'

const AT_CLEARED = point(Kind.COMPUTE, 'huge page fault: page cleared')

export const THP_DEFRAG = ['always', 'defer', 'defer+madvise', 'madvise', 'never'] as const
export type ThpDefrag = (typeof THP_DEFRAG)[number]

/** As in /proc/vmstat: thp_fault_alloc, thp_fault_fallback. */
export const THP_COUNTERS = ['faultAlloc', 'faultFallback'] as const
export type ThpCounter = (typeof THP_COUNTERS)[number]

export class GuestThp {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly defrag: ThpDefrag
  private readonly counts: Counters<ThpCounter>

  constructor(engine: Engine, kernel: GuestKernel, defrag: ThpDefrag) {
    this.engine = engine
    this.kernel = kernel
    this.defrag = defrag
    this.counts = new Counters(engine.cols, 'thp.counts', engine.cols.objects('huge page counters'), THP_COUNTERS)
  }

  counter(name: ThpCounter): number {
    return this.counts.get(name)
  }

  /** A cleared huge page, or NONE: then the fault takes a small page. */
  *alloc(task: Task, cpu: number, { madvised }: { madvised: boolean }): Generator<Point, number, void> {
    let pfn = this.kernel.allocFast(task, cpu, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) {
      pfn = yield* this.kernel.allocSlow(task, cpu, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL, flagsOf(this.defrag, madvised))
    }
    this.counts.add(pfn === NONE ? 'faultFallback' : 'faultAlloc')
    if (pfn === NONE) return NONE
    task.charge(this.engine.costs.zero2m, Cause.ALLOC)
    yield AT_CLEARED
    return pfn
  }
}

/** vma_thp_gfp_mask as AllocFlag. */
export function flagsOf(defrag: ThpDefrag, madvised: boolean): number {
  const { NO_RECLAIM, NO_KSWAPD, NO_OOM } = AllocFlag
  const direct = NO_KSWAPD | NO_OOM
  const wakeOnly = NO_RECLAIM | NO_OOM
  const light = NO_RECLAIM | NO_KSWAPD | NO_OOM
  switch (defrag) {
    case 'always': return direct
    case 'defer': return wakeOnly
    case 'defer+madvise': return madvised ? direct : wakeOnly
    case 'madvise': return madvised ? direct : light
    case 'never': return light
  }
}
