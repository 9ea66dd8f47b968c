/**
 * Makes one huge page of the small pages of a range (mm/khugepaged.c collapse_huge_page of Linux 6.1).
 *
 *     take a huge page -> translations of all pages there? --no--> fault, look again
 *                              | yes
 *         copy what is there, clear the rest, give the area the huge page       all in one step; its time passes after it
 *                              |
 *                  free the small pages, one by one
 *
 * The step stands for what Linux does under mmap_lock and with the range's entry cleared: nobody sees a range half collapsed. That a program which wants
 * mmap_lock meanwhile waits for it is not modeled. A huge page that was not needed in the end goes back.
 *
 * Costs: copy4k for a page that is copied, zero4k for one that is cleared, compactScan once more for each (isolate), and one flush of the other vCPUs
 * (pmdp_collapse_flush).
 */
import { PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Costs, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import { COPIED } from '../page-access.ts'
import type { AnonArea } from './anon-area.ts'

const AT_COPIED = point(Kind.COMPUTE, 'khugepaged: pages copied')

/** Each fault of ours gives one page its translation; a host that takes them away faster than this is out of memory. */
const FAULTS_MAX = 4 * PAGEBLOCK_PAGES

export type Collapsed = 'collapsed' | 'no huge page' | 'gone'

export class Collapser {
  /** Of the last range collapsed: pages copied, and with that freed, and pages cleared. */
  copied = 0
  cleared = 0
  private readonly kernel: GuestKernel
  private readonly costs: Costs
  private readonly cpu: number
  private readonly old = new Int32Array(PAGEBLOCK_PAGES)

  constructor(kernel: GuestKernel, costs: Costs, cpu: number) {
    this.kernel = kernel
    this.costs = costs
    this.cpu = cpu
  }

  /** `flags` are the AllocFlag of the huge page. A range in which more than `noneMax` pages are missing by then is left alone. */
  *collapse(task: Task, area: AnonArea, range: number, { flags, noneMax }: { flags: number; noneMax: number }): Generator<Point, Collapsed, void> {
    const { kernel, cpu } = this
    let head = kernel.allocFast(task, cpu, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (head === NONE) head = yield* kernel.allocSlow(task, cpu, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL, flags)
    if (head === NONE) return 'no huge page'
    if (!(yield* this.fill(task, area, range, { head, noneMax }))) {
      yield* kernel.free(task, cpu, head)
      return 'gone'
    }
    const { copy4k, zero4k, compactScan, tlbFlushRemote } = this.costs
    task.charge(this.copied * copy4k + this.cleared * zero4k + PAGEBLOCK_PAGES * compactScan + tlbFlushRemote * (kernel.mm.cpus - 1), Cause.ALLOC)
    yield AT_COPIED
    yield* kernel.freeAll(task, cpu, this.old, this.copied)
    return 'collapsed'
  }

  /** Faults until the step can be made, and makes it; false when the range is not what it was (hugepage_vma_revalidate), or the host has no page. */
  private *fill(task: Task, area: AnonArea, range: number, { head, noneMax }: { head: number; noneMax: number }): Generator<Point, boolean, void> {
    for (let faults = 0; faults < FAULTS_MAX; faults++) {
      if (!area.mayCollapse(range) || missingPages(area, range) > noneMax) return false
      const missing = this.copyAll(area, range, head)
      if (missing === COPIED) {
        this.replace(area, range, head)
        return true
      }
      if (!(yield* this.kernel.access!.fault(task, this.cpu, missing))) return false
    }
    return false
  }

  /** __collapse_huge_page_copy, for which every page must have a translation: COPIED, or the first that has none. */
  private copyAll(area: AnonArea, range: number, head: number): number {
    const { access } = this.kernel
    if (access === null) return COPIED
    for (let i = 0; i < PAGEBLOCK_PAGES; i++) {
      const from = area.pageAt(range, i)
      const missing = from < 0 ? access.clear(this.cpu, head + i) : access.copy(this.cpu, from, head + i)
      if (missing !== COPIED) return missing
    }
    return COPIED
  }

  private replace(area: AnonArea, range: number, head: number): void {
    const { mm } = this.kernel
    this.copied = this.cleared = 0
    for (let i = 0; i < PAGEBLOCK_PAGES; i++) {
      const from = area.pageAt(range, i)
      if (from < 0) {
        this.cleared++
        continue
      }
      mm.pages.observer?.migrated?.(from, head + i)
      mm.mappings.clear(from)
      this.old[this.copied++] = from
    }
    area.collapse(range, head)
  }
}

/** Entries of the range without a page (none_or_zero). */
export function missingPages(area: AnonArea, range: number): number {
  let missing = 0
  for (let i = 0; i < PAGEBLOCK_PAGES; i++) if (area.pageAt(range, i) < 0) missing++
  return missing
}
