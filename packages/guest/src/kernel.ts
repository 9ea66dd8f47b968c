/**
 * The guest's allocation and free paths as tasks run them: per-CPU lists first, then the zone lock and the buddy, then what Linux does when memory is
 * short. Costs are charged here; placement is the allocator's (mm/).
 *
 *   alloc: allocFast -> pfn                     free: freeFast -> DONE
 *             | NONE                                     | DRAIN, SLOW
 *          allocSlow: zone lock, attempt ...           freeSlow: zone lock, buddy, policy.collect; then policy.handle
 *             | NONE: drain all CPUs, shrinkers, wait for reports, OOM notifiers, out of memory
 *
 * A policy that sits in the architecture's hooks (page-hooks.ts) sees every block on its way: a free can then also end as HELD or NOTED.
 */
import { assert, Counters } from '@hintlab/kit'
import { Cause, Kind, point, SpinLock } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Compaction } from './compaction/compaction.ts'
import type { BalloonPages } from './compaction/migrate.ts'
import type { HintPolicy } from './hint-policy.ts'
import { askGivers } from './oom.ts'
import type { MemoryGiver } from './oom.ts'
import type { PageHooks } from './page-hooks.ts'
import type { ZoneKind } from './mm/layout.ts'
import type { Migratetype } from './mm/migratetype.ts'
import { FreeResult, NONE } from './mm/page-allocator.ts'
import type { PageAllocator } from './mm/page-allocator.ts'
import { AllocFlag } from './mm/watermarks.ts'
import { ZoneField } from './mm/zones.ts'
import type { PageAccess } from './page-access.ts'
import type { Reclaim } from './reclaim/reclaim.ts'
import { mayRelieve, PROGRESS, relieve, retriesAfter, RETRIES_MAX, wakeDaemons } from './relief.ts'
import type { GuestKhugepaged } from './thp/khugepaged.ts'
import type { GuestThp } from './thp/thp.ts'

const AT_ALLOC_LOCK = point(Kind.SPIN, 'alloc: zone lock')
const AT_ALLOC_UNLOCK = point(Kind.RUN, 'alloc: page taken, zone unlock')
const AT_FREE_LOCK = point(Kind.SPIN, 'free: zone lock')
const AT_FREE_UNLOCK = point(Kind.RUN, 'free: pages in the buddy, zone unlock')
const AT_DRAIN_LOCK = point(Kind.SPIN, 'out of memory: zone lock to drain per-CPU lists')
const AT_DRAIN_UNLOCK = point(Kind.RUN, 'out of memory: drained, zone unlock')

/** Smallest order that counts as a huge page for costs. */
const HUGE_ORDER = 9

/** What the kernel's paths count. */
export const KERNEL_COUNTERS = ['allocs', 'frees', 'allocSlow', 'freeSlow', 'oom', 'drains'] as const
export type KernelCounter = (typeof KERNEL_COUNTERS)[number]

export class GuestKernel {
  readonly mm: PageAllocator
  readonly zoneLocks: readonly SpinLock[]
  policy: HintPolicy | null = null
  /** Set with the policy, when that one looks at single allocations and frees. */
  hooks: PageHooks | null = null
  /** Asked in reclaim, before anything hurts (register_shrinker). Fixed once the machine is wired; who has nothing to give gives 0. */
  readonly shrinkers: MemoryGiver[] = []
  /** Asked last (register_oom_notifier), never for an allocation with NO_OOM. */
  readonly oomNotifiers: MemoryGiver[] = []
  /** Page cache, kswapd and direct reclaim. */
  reclaim: Reclaim | null = null
  compaction: Compaction | null = null
  thp: GuestThp | null = null
  khugepaged: GuestKhugepaged | null = null
  /** Whose pages of owner BALLOON compaction may move. */
  ballooned: BalloonPages | null = null
  /** How the kernel itself reaches the contents of pages. */
  access: PageAccess | null = null
  private readonly engine: Engine
  private readonly counts: Counters<KernelCounter>

  constructor(engine: Engine, mm: PageAllocator) {
    this.engine = engine
    this.mm = mm
    this.zoneLocks = mm.zones.map((zone) => new SpinLock(engine, `zone lock ${zone.name}`))
    this.counts = new Counters(engine.cols, 'kernel.counts', engine.cols.objects('guest counters'), KERNEL_COUNTERS)
  }

  counter(name: KernelCounter): number {
    return this.counts.get(name)
  }

  /** A block from this CPU's list, or NONE: then `allocSlow`. */
  allocFast(task: Task, cpu: number, order: number, migratetype: Migratetype, pref: ZoneKind): number {
    this.counts.add('allocs')
    const pfn = this.mm.allocFast(cpu, order, migratetype, pref)
    if (pfn === NONE) return NONE
    task.charge(this.engine.costs.pcpOp, Cause.ALLOC)
    if (this.hooks !== null) this.hooks.allocated?.(task, pfn, order)
    return pfn
  }

  /** The rest of an allocation that `allocFast` could not serve. NONE when the guest is out of memory. `flags` are AllocFlag. */
  *allocSlow(task: Task, cpu: number, order: number, migratetype: Migratetype, pref: ZoneKind, flags: number): Generator<Point, number, void> {
    this.counts.add('allocSlow')
    let retries = RETRIES_MAX
    for (let drained = false; ; ) {
      const seen = this.policy?.returns ?? 0
      let woken = (flags & AllocFlag.NO_KSWAPD) !== 0
      for (let attempt = this.mm.nextAttempt(0, order, pref, flags); attempt !== NONE; attempt = this.mm.nextAttempt(attempt + 1, order, pref, flags)) {
        if (!woken && this.mm.isBelowLow(attempt)) woken = this.wakeOnce(order, pref)
        const zone = this.mm.attemptZone(attempt, pref)
        const lock = this.zoneLocks[zone]
        if (lock.acquireIrq(task)) yield AT_ALLOC_LOCK
        const before = this.mm.zones[zone].fields[ZoneField.FREE]
        const pfn = this.mm.allocAttempt(attempt, cpu, order, migratetype, pref, flags)
        this.chargeBuddy(task, before - this.mm.zones[zone].fields[ZoneField.FREE], order, Cause.ALLOC)
        if (this.hooks !== null && pfn !== NONE) this.hooks.allocated?.(task, pfn, order)
        yield AT_ALLOC_UNLOCK
        lock.releaseIrq(task)
        if (pfn !== NONE) return pfn
      }
      if (!woken) this.wakeOnce(order, pref)
      if (!drained && (flags & AllocFlag.NO_RECLAIM) !== 0) return NONE
      if (retries > 0 && mayRelieve(this, order, flags)) {
        const found = yield* relieve(this, task, cpu, { order, migratetype, pref })
        if (found >= 0) {
          if (this.hooks !== null) this.hooks.allocated?.(task, found, order)
          return found
        }
        retries = retriesAfter(found, order, retries)
        if (found === PROGRESS) continue
      }
      if (!drained) {
        drained = true
        yield* this.drainAllCpus(task)
      } else if (yield* askGivers(task, this.shrinkers)) drained = false
      else if (this.policy !== null && (yield* this.policy.waitForReports(task, seen))) continue
      else if ((flags & AllocFlag.NO_OOM) === 0 && (yield* askGivers(task, this.oomNotifiers))) drained = false
      else break
    }
    this.counts.add('oom')
    return NONE
  }

  /** All of vm.compact_memory, in the task of the caller and on the account of its hinting; pages moved. Only where the guest has compaction. */
  *compactNow(task: Task, cpu: number): Generator<Point, number, void> {
    assert(this.compaction !== null, 'the guest was built with compaction')
    return yield* this.compaction.compactAll(task, cpu, Cause.HINT)
  }

  /** Frees one block, all the way. */
  *free(task: Task, cpu: number, pfn: number): Generator<Point, void, void> {
    const result = this.freeFast(task, cpu, pfn)
    if (result !== FreeResult.DONE) yield* this.freeSlow(task, cpu, pfn, result)
  }

  /** Frees the first `count` of these pages (free_unref_page_list). */
  *freeAll(task: Task, cpu: number, pfns: Int32Array, count: number): Generator<Point, void, void> {
    for (let i = 0; i < count; i++) yield* this.free(task, cpu, pfns[i])
  }

  /** Frees the first `count` of these pages straight to the buddy, with the lock of their zone held; then `handleDue` without it. */
  freeLocked(task: Task, cpu: number, zone: number, pfns: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.mm.freeSlow(pfns[i])
      if (this.hooks !== null) this.hooks.freed?.(task, cpu, pfns[i], 0)
    }
    this.chargeBuddy(task, count, 0, Cause.FREE)
    this.policy?.collect(task, cpu, zone)
  }

  /** What the hint policy does in the free path, with no lock held. */
  *handleDue(task: Task, cpu: number): Generator<Point, void, void> {
    if (this.policy?.due(cpu) === true) yield* this.policy.handle(task, cpu)
  }

  /** Puts a block on this CPU's list. Anything but DONE: `freeSlow` with the result. */
  freeFast(task: Task, cpu: number, pfn: number): FreeResult {
    this.counts.add('frees')
    if (this.hooks !== null) return this.freeHooked(task, cpu, pfn, this.hooks)
    const result = this.mm.freeFast(cpu, pfn)
    if (result !== FreeResult.SLOW) task.charge(this.engine.costs.pcpOp, Cause.FREE)
    return result
  }

  /** A free that nobody holds any more: what a hook does with a block that it held. */
  *freeNow(task: Task, cpu: number, pfn: number): Generator<Point, void, void> {
    const result = this.freeUnheld(task, cpu, pfn, this.hooks)
    if (result !== FreeResult.DONE) yield* this.freeSlow(task, cpu, pfn, result)
  }

  /** The rest of a free: into the buddy under the zone lock, and whatever the hint policy does in the free path. */
  *freeSlow(task: Task, cpu: number, pfn: number, result: FreeResult): Generator<Point, void, void> {
    if (result === FreeResult.HELD) return yield* this.hooks!.freeHeld!(task, cpu, pfn, this.mm.pages.orderOf(pfn))
    if (result === FreeResult.NOTED) return yield* this.policy!.handle(task, cpu)
    this.counts.add('freeSlow')
    const zone = this.mm.zoneOf(pfn)
    const lock = this.zoneLocks[zone]
    if (lock.acquireIrq(task)) yield AT_FREE_LOCK
    if (result === FreeResult.DRAIN) {
      this.mm.drainPcp(cpu, zone)
      this.chargeDrain(task)
    } else {
      const order = this.mm.pages.orderOf(pfn)
      const before = this.mm.zones[zone].fields[ZoneField.FREE]
      this.mm.freeSlow(pfn)
      if (this.hooks !== null) this.hooks.freed?.(task, cpu, pfn, order)
      this.chargeBuddy(task, this.mm.zones[zone].fields[ZoneField.FREE] - before, order, Cause.FREE)
    }
    this.policy?.collect(task, cpu, zone)
    yield AT_FREE_UNLOCK
    lock.releaseIrq(task)
    if (this.policy?.due(cpu) === true) yield* this.policy.handle(task, cpu)
  }

  /** Empties every CPU's lists (drain_all_pages), as direct reclaim does before it gives up. */
  *drainAllCpus(task: Task): Generator<Point, void, void> {
    this.counts.add('drains')
    for (let cpu = 0; cpu < this.mm.cpus; cpu++) yield* this.drainCpu(task, cpu)
  }

  /** Empties one CPU's lists (drain_local_pages). */
  *drainCpu(task: Task, cpu: number): Generator<Point, void, void> {
    for (let zone = 0; zone < this.mm.zones.length; zone++) {
      const lock = this.zoneLocks[zone]
      if (lock.acquireIrq(task)) yield AT_DRAIN_LOCK
      const freed = this.mm.drainZone(cpu, zone)
      this.chargeDrain(task)
      if (freed > 0) this.policy?.collect(task, cpu, zone)
      yield AT_DRAIN_UNLOCK
      lock.releaseIrq(task)
    }
  }

  check(): void {
    this.mm.check()
    this.policy?.check()
    this.reclaim?.check()
    if (this.reclaim !== null || this.compaction !== null) this.mm.mappings.check()
  }

  private wakeOnce(order: number, pref: ZoneKind): boolean {
    wakeDaemons(this, order, pref)
    return true
  }

  private freeHooked(task: Task, cpu: number, pfn: number, hooks: PageHooks): FreeResult {
    if (hooks.holds?.(pfn, this.mm.pages.orderOf(pfn)) === true) return FreeResult.HELD
    return this.freeUnheld(task, cpu, pfn, hooks)
  }

  private freeUnheld(task: Task, cpu: number, pfn: number, hooks: PageHooks | null): FreeResult {
    const order = this.mm.pages.orderOf(pfn)
    const result = this.mm.freeFast(cpu, pfn)
    if (result === FreeResult.SLOW) return result
    task.charge(this.engine.costs.pcpOp, Cause.FREE)
    hooks?.freed?.(task, cpu, pfn, order)
    return result === FreeResult.DONE && this.policy?.due(cpu) === true ? FreeResult.NOTED : result
  }

  /** Cost of what a per-CPU list has just returned to the buddy, block by block: a huge page is one block. */
  private chargeDrain(task: Task): void {
    const { pcpOp, buddyOp, buddyFree2m } = this.engine.costs
    const { drainedSmall, drainedHuge } = this.mm.pcp
    task.charge(pcpOp + drainedSmall * Math.max(0, buddyOp - pcpOp) + drainedHuge * buddyFree2m, Cause.FREE)
  }

  /** Cost of moving `pages` between the buddy and a per-CPU list or a caller, beyond the list operation itself. */
  private chargeBuddy(task: Task, pages: number, order: number, cause: Cause): void {
    const { pcpOp, buddyOp, buddyAlloc2m, buddyFree2m } = this.engine.costs
    const blocks = Math.max(0, pages) >> order
    const each = order < HUGE_ORDER ? Math.max(0, buddyOp - pcpOp) : cause === Cause.ALLOC ? buddyAlloc2m : buddyFree2m
    task.charge(pcpOp + blocks * each, cause)
  }
}
