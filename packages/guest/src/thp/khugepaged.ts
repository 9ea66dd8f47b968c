/**
 * khugepaged (mm/khugepaged.c of Linux 6.1): a task that looks at some memory of programs every ten seconds, and makes a huge page of what stands there in
 * small ones. So it takes a free block of 2 MiB and gives up to 512 single pages back, which an interface that hints small pages hints; with the kernel's
 * max_ptes_none of 511 it also fills what a program never touched.
 *
 *     scan: range, range, range ... until pages_to_scan, or all areas once --> sleep scan_sleep
 *             | present? at most max_ptes_none missing?
 *           collapse (collapse.ts) -- no huge page: sleep alloc_sleep, the second time in a scan: end of the scan
 *
 * Which ranges it looks at, in which order, and when it sleeps is khugepaged_do_scan and khugepaged_scan_mm_slot; each area is an mm of its own. How hard it
 * tries for the huge page is its own setting (khugepaged/defrag, alloc_hugepage_khugepaged_gfpmask), not that of page faults. Nothing clears the accessed bits
 * of anonymous memory in a guest without swap, so a range in use has been referenced. Pages of files are left alone.
 */
import { assert, Counters, MS, PAGEBLOCK_PAGES } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { AllocFlag } from '../mm/watermarks.ts'
import type { AnonArea } from './anon-area.ts'
import { Collapser, missingPages } from './collapse.ts'
import type { Collapsed } from './collapse.ts'

const AT_SCAN_SLEEP = point(Kind.SLEEP, 'khugepaged of the guest: sleeps')
const AT_ALLOC_SLEEP = point(Kind.SLEEP, 'khugepaged of the guest: no huge page, sleeps')
const AT_SCANNED = point(Kind.COMPUTE, 'khugepaged of the guest: 2 MiB looked at')

export interface GuestKhugepagedOptions {
  /** pages_to_scan: 4096. */
  readonly pagesToScan: number
  /** scan_sleep_millisecs: 10 000. */
  readonly scanSleepMs: number
  /** alloc_sleep_millisecs: 60 000. */
  readonly allocSleepMs: number
  /** max_ptes_none: 511. */
  readonly noneMax: number
  /** khugepaged/defrag: whether it reclaims and compacts for a huge page; else it takes what is there. */
  readonly defrag: boolean
}

/** As thp_collapse_alloc, thp_collapse_alloc_failed (/proc/vmstat), pages_collapsed, full_scans (sysfs); and single pages freed and cleared. */
export const KHUGEPAGED_COUNTERS = ['collapseAlloc', 'collapseAllocFailed', 'pagesCollapsed', 'fullScans', 'pagesFreed', 'pagesCleared'] as const
export type KhugepagedCounter = (typeof KHUGEPAGED_COUNTERS)[number]

// Elements of the state column: the area it is at, or NOWHERE, and the next range there.
const AREA = 0
const RANGE = 1
const NOWHERE = -1

export class GuestKhugepaged {
  private readonly engine: Engine
  private readonly options: GuestKhugepagedOptions
  private readonly collapser: Collapser
  private readonly areas: AnonArea[] = []
  private readonly counts: Counters<KhugepagedCounter>
  private readonly object: number
  private readonly cursor: Int32Array

  /** Runs on `cpu`, which is number `cpuNumber` of the guest. */
  constructor(engine: Engine, kernel: GuestKernel, cpu: Cpu, cpuNumber: number, options: GuestKhugepagedOptions) {
    assert(options.noneMax < PAGEBLOCK_PAGES, 'a range without any page is not collapsed')
    this.engine = engine
    this.options = options
    this.collapser = new Collapser(kernel, engine.costs, cpuNumber)
    this.counts = new Counters(engine.cols, 'thp.khugepaged', engine.cols.objects('guest khugepaged counters'), KHUGEPAGED_COUNTERS)
    this.object = engine.cols.objects('guest khugepaged')
    this.cursor = engine.cols.i32('thp.cursor', 2, this.object).fill(NOWHERE, AREA, AREA + 1)
    engine.addTask('guest khugepaged', cpu, (task) => this.body(task), { wakeNs: engine.costs.guestSwitch })
  }

  counter(name: KhugepagedCounter): number {
    return this.counts.get(name)
  }

  /** Looks at this memory too, while the machine is wired (khugepaged_enter_vma). */
  add(area: AnonArea): void {
    this.areas.push(area)
  }

  private *body(task: Task): Generator<Point, void, void> {
    for (;;) {
      yield* this.scan(task)
      task.wakeAt = this.engine.localNow(task) + this.options.scanSleepMs * MS
      yield AT_SCAN_SLEEP
    }
  }

  /** khugepaged_do_scan: begins anew at the first area once at most. */
  private *scan(task: Task): Generator<Point, void, void> {
    const { cursor, options } = this
    let begun = 0
    let mayWait = true
    for (let progress = 0; progress < options.pagesToScan && this.areas.length > 0;) {
      this.engine.cols.footprint.write(this.object)
      if (cursor[AREA] === NOWHERE) {
        if (++begun === 2) return
        cursor[AREA] = cursor[RANGE] = 0
      }
      const area = this.areas[cursor[AREA]]
      const range = cursor[RANGE]
      if (range >= area.ranges) {
        this.leave()
        progress++
        continue
      }
      cursor[RANGE]++
      progress += PAGEBLOCK_PAGES
      const result = yield* this.look(task, area, range)
      if (cursor[RANGE] === area.ranges) this.leave()
      if (result !== 'no huge page') continue
      if (!mayWait) return
      mayWait = false
      task.wakeAt = this.engine.localNow(task) + options.allocSleepMs * MS
      yield AT_ALLOC_SLEEP
    }
  }

  /** To the next area, or to the end of the list. */
  private leave(): void {
    this.engine.cols.footprint.write(this.object)
    this.cursor[RANGE] = 0
    if (++this.cursor[AREA] < this.areas.length) return
    this.cursor[AREA] = NOWHERE
    this.counts.add('fullScans')
  }

  /** khugepaged_scan_pmd. */
  private *look(task: Task, area: AnonArea, range: number): Generator<Point, Collapsed | 'left', void> {
    const { noneMax, defrag } = this.options
    const isCandidate = area.mayCollapse(range)
    task.charge((isCandidate ? PAGEBLOCK_PAGES : 1) * this.engine.costs.compactScan, Cause.ALLOC)
    if (!isCandidate || missingPages(area, range) > noneMax) {
      yield AT_SCANNED
      return 'left'
    }
    const flags = AllocFlag.NO_KSWAPD | AllocFlag.NO_OOM | (defrag ? 0 : AllocFlag.NO_RECLAIM)
    const result = yield* this.collapser.collapse(task, area, range, { flags, noneMax })
    this.counts.add(result === 'no huge page' ? 'collapseAllocFailed' : 'collapseAlloc')
    if (result === 'collapsed') {
      this.counts.add('pagesCollapsed')
      this.counts.add('pagesFreed', this.collapser.copied)
      this.counts.add('pagesCleared', this.collapser.cleared)
    }
    return result
  }
}
