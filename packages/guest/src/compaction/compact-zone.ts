/**
 * Compaction of one zone (mm/compaction.c compact_zone of Linux 6.1):
 *
 *   isolate up to 32 movable pages -> take free pages for them, zone lock -> move each -> free the old ones, zone lock -> finished?
 *
 * Free pages that were taken and not used go back at the end. Old pages go straight to the buddy allocator: Linux frees them to the CPU's list and drains that
 * behind each pageblock, so that they can merge.
 */
import { Cause, Kind, point } from '@hintlab/sim'
import type { Counters } from '@hintlab/kit'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { MIGRATE_PCPTYPES, Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import type { Zone } from '../mm/zones.ts'
import { fragmentationScore } from './fragmentation.ts'
import { migratePage } from './migrate.ts'
import { CLUSTER_MAX, isolateFreepages, isolateMigratepages, makeControl, scannersMet } from './scanners.ts'
import type { Control } from './scanners.ts'

const AT_SCANNED = point(Kind.COMPUTE, 'compaction: a pageblock scanned')
const AT_LOCK = point(Kind.SPIN, 'compaction: zone lock to take free pages')
const AT_UNLOCK = point(Kind.RUN, 'compaction: free pages taken, zone unlock')
const AT_COPIED = point(Kind.COMPUTE, 'compaction: pages copied')
const AT_FREE_LOCK = point(Kind.SPIN, 'compaction: zone lock to free old pages')
const AT_FREE_UNLOCK = point(Kind.RUN, 'compaction: old pages freed, zone unlock')

/** As in /proc/vmstat: compact_stall, compact_success, pgmigrate_success, compact_daemon_wake; balloon pages and captured blocks apart. */
export const COMPACTION_COUNTERS = ['stalls', 'success', 'migrated', 'failed', 'balloonPages', 'captured', 'daemonWakes', 'scanned'] as const
export type CompactionCounter = (typeof COMPACTION_COUNTERS)[number]

/** What is to be compacted, and for whom. */
export interface Goal {
  /** The order wanted; -1 for all that can be had. */
  readonly order: number
  readonly migratetype: Migratetype
  /** Whether pageblocks of other types are emptied too. */
  readonly sync: boolean
  /** From the ends of the zone instead of where the last compaction stopped. */
  readonly whole: boolean
  /** Stops when the zone's fragmentation score is this or less; null when that does not matter. */
  readonly untilScore: number | null
  /** Takes the block as soon as it is there (capture_control), before anybody else can. */
  readonly capture: boolean
  readonly cause: Cause
}

export type Result = 'success' | 'complete' | 'no pages'

/** What came of one zone; `pfn` is a captured block, or NONE. */
export interface Outcome {
  readonly result: Result
  readonly pfn: number
}

export class ZoneCompactor {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly counts: Counters<CompactionCounter>
  private readonly object: number
  /** By zone: where the scanners stopped (compact_cached_migrate_pfn, compact_cached_free_pfn). */
  private readonly cached: Int32Array

  constructor(engine: Engine, kernel: GuestKernel, counts: Counters<CompactionCounter>) {
    this.engine = engine
    this.kernel = kernel
    this.counts = counts
    const { zones } = kernel.mm
    this.object = engine.cols.objects('compaction zone', zones.length)
    this.cached = engine.cols.i32('compaction.cached', 2 * zones.length, this.object, 2)
    for (const zone of zones) this.keep(zone, zone.start, this.lastBlock(zone))
  }

  *compact(task: Task, cpu: number, zone: Zone, goal: Goal): Generator<Point, Outcome, void> {
    const { mm, ballooned } = this.kernel
    if (goal.whole) this.keep(zone, zone.start, this.lastBlock(zone))
    this.engine.cols.footprint.read(this.object + zone.index)
    const control = makeControl(zone, {
      order: goal.order, migratetype: goal.migratetype, sync: goal.sync, balloon: ballooned !== null,
      migratePfn: this.cached[2 * zone.index], freePfn: this.cached[2 * zone.index + 1],
    })
    let pfn = NONE
    let result = this.finished(control, goal)
    while (result === null) {
      isolateMigratepages(mm, this.engine.cols.footprint, control)
      if (control.sourceCount > 0) pfn = yield* this.moveBatch(task, cpu, control, goal)
      this.pay(task, control, goal)
      yield AT_SCANNED
      result = pfn !== NONE ? 'success' : this.finished(control, goal)
    }
    if (control.targetCount > 0) yield* this.release(task, cpu, control, control.targets, control.targetCount, false)
    if (result === 'success') this.keep(zone, control.migratePfn & -(1 << mm.pageblocks.order), control.freePfn)
    else this.keep(zone, zone.start, this.lastBlock(zone))
    return { result, pfn }
  }

  /** __compact_finished; null to go on. */
  private finished(control: Control, goal: Goal): Result | null {
    const { mm } = this.kernel
    if (control.outOfTargets && !scannersMet(mm, control)) return 'no pages'
    if (scannersMet(mm, control)) return 'complete'
    if (goal.untilScore !== null && fragmentationScore(mm, control.zone) <= goal.untilScore) return 'success'
    if (goal.order < 0 || (control.migratePfn & ((1 << mm.pageblocks.order) - 1)) !== 0) return null
    return this.hasBlock(control) ? 'success' : null
  }

  /** A movable allocation may take any type's block, another one only blocks of its own (find_suitable_fallback with only_stealable, roughly). */
  private hasBlock({ zone, order, migratetype }: Control): boolean {
    const { lists } = this.kernel.mm
    this.engine.cols.footprint.read(zone.object)
    for (let type = 0; type < MIGRATE_PCPTYPES; type++) {
      if ((type === migratetype || migratetype === Migratetype.MOVABLE) && lists.smallestFrom(zone, type, order) >= 0) return true
    }
    return false
  }

  /** Moves what the scanner has found, and frees the old pages; a captured block, or NONE. */
  private *moveBatch(task: Task, cpu: number, control: Control, goal: Goal): Generator<Point, number, void> {
    yield* this.takeTargets(task, control, goal)
    const old = new Int32Array(CLUSTER_MAX)
    let count = 0
    for (let i = 0; i < control.sourceCount && control.targetCount > 0; i++) {
      const from = control.sources[i]
      const to = control.targets[control.targetCount - 1]
      const moved = yield* migratePage(this.kernel, task, cpu, from, to)
      if (moved === 'failed') {
        this.counts.add('failed')
        continue
      }
      control.targetCount--
      old[count++] = from
      this.counts.add(moved === 'balloon' ? 'balloonPages' : 'migrated')
      if (moved === 'copied') task.charge(this.engine.costs.copy4k + this.engine.costs.migratePage, goal.cause)
    }
    if (count === 0) return NONE
    // One flush for all of them on the other vCPUs (try_to_unmap_flush); the own TLB is flushed on the way.
    task.charge(this.engine.costs.tlbFlushRemote * (this.kernel.mm.cpus - 1), goal.cause)
    yield AT_COPIED
    return yield* this.release(task, cpu, control, old, count, goal.capture)
  }

  private *takeTargets(task: Task, control: Control, goal: Goal): Generator<Point, void, void> {
    if (control.targetCount >= control.sourceCount) return
    const lock = this.kernel.zoneLocks[control.zone.index]
    if (lock.acquireIrq(task)) yield AT_LOCK
    const ready = control.targetCount
    isolateFreepages(this.kernel.mm, control)
    for (let i = ready; i < control.targetCount; i++) this.kernel.hooks?.allocated?.(task, control.targets[i], 0)
    this.pay(task, control, goal)
    yield AT_UNLOCK
    lock.releaseIrq(task)
  }

  /** Frees pages to the buddy allocator; with `capture`, takes a block of the order wanted while the lock is still held. That block, or NONE. */
  private *release(task: Task, cpu: number, control: Control, pages: Int32Array, count: number, capture: boolean): Generator<Point, number, void> {
    const { kernel } = this
    const lock = kernel.zoneLocks[control.zone.index]
    if (lock.acquireIrq(task)) yield AT_FREE_LOCK
    kernel.freeLocked(task, cpu, control.zone.index, pages, count)
    const pfn = capture && control.order > 0 ? this.capture(control) : NONE
    yield AT_FREE_UNLOCK
    lock.releaseIrq(task)
    yield* kernel.handleDue(task, cpu)
    return pfn
  }

  private capture({ zone, order, migratetype }: Control): number {
    const pfn = this.kernel.mm.captureBlock(zone.index, order, migratetype)
    if (pfn !== NONE) this.counts.add('captured')
    return pfn
  }

  private pay(task: Task, control: Control, goal: Goal): void {
    task.charge(control.scanned * this.engine.costs.compactScan, goal.cause)
    this.counts.add('scanned', control.scanned)
    control.scanned = 0
  }

  private lastBlock(zone: Zone): number {
    return zone.end - (1 << this.kernel.mm.pageblocks.order)
  }

  private keep(zone: Zone, migratePfn: number, freePfn: number): void {
    this.engine.cols.footprint.write(this.object + zone.index)
    this.cached[2 * zone.index] = migratePfn
    this.cached[2 * zone.index + 1] = freePfn
  }
}
