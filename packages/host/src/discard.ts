/**
 * A discard of guest memory, from the call to its end. What the memory is made of decides what it does (backing/backing.ts):
 *
 *     plan --free, lazy, unmap--> invalidate: zap, flush --> carry out --> end of the invalidation      DONE
 *      |
 *      +--refuse: this memory knows no such call          +
 *      +--partial: not whole pages of the host            +--> counted by reason, nothing done          REFUSED
 *      +--an assigned device holds the memory             +
 *
 * Parts of a page of the host are gathered for the length of a request (backing/sub-pages.ts); the part that completes one is DONE.
 */
import { assert, gfn as asGfn } from '@hintlab/kit'
import type { Counters, Gfn, Vpn } from '@hintlab/kit'
import type { HostWitness } from '@hintlab/protocol'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Costs, Engine, Point, Task } from '@hintlab/sim'
import { Fate } from './backing/backing.ts'
import type { Discard, DiscardPlan } from './backing/backing.ts'
import { NO_WHOLE, SubPages } from './backing/sub-pages.ts'
import { HUGE_PAGES, TABLE_MASK } from './mm/limits.ts'
import { isHuge, mappingHfn, NOT_MAPPED } from './mm/mapping.ts'
import { NO_SLOT } from './mmu/memslots.ts'
import type { Vm, VmCounter } from './vm.ts'

const AT_MMU_WRITE = point(Kind.SPIN, 'discard: mmu_lock for writing')
const AT_FREED = point(Kind.RUN, 'discard: frames freed')
const AT_ENDED = point(Kind.RUN, 'discard: done')

/** How a discard ended. */
export const Discarded = {
  /** The call was made and succeeded; whether that freed memory is another matter (Fate). */
  DONE: 0,
  /** Nothing was done, for one of the reasons that the VM counts. */
  REFUSED: 1,
  /** A page of the range is in use again. */
  STALE: 2,
} as const
export type Discarded = (typeof Discarded)[keyof typeof Discarded]

export interface VmDiscardOptions {
  /** What the VMM calls. */
  readonly operation: Discard
  /** Pages of 4 KiB in one of the host. Smaller discards of one request are gathered until they are a whole one. */
  readonly hostPagePages: number
  readonly witness: HostWitness
  /** N2 */
  readonly flushBeforeFree: boolean
  readonly counts: Counters<VmCounter>
}

export class VmDiscard {
  private readonly vm: Vm
  private readonly costs: Costs
  private readonly options: VmDiscardOptions
  private readonly counts: Counters<VmCounter>
  private readonly subPages: SubPages | null

  constructor(engine: Engine, vm: Vm, options: VmDiscardOptions) {
    this.vm = vm
    this.costs = engine.costs
    this.options = options
    this.counts = options.counts
    this.subPages = options.hostPagePages > 1 ? new SubPages(engine.cols, options.hostPagePages) : null
  }

  /** Another request: what was gathered of a page of the host is forgotten. */
  nextRequest(): void {
    this.subPages?.reset()
  }

  /** Drops the contents of guest frames, as far as their memory lets it; the range lies in the memslots. What was freed is counted; the next access faults. */
  *discard(task: Task, gfn: Gfn, count: number): Generator<Point, Discarded, void> {
    const { vm } = this
    const vpn = vm.slots.vpnOf(gfn)
    assert(vpn !== NO_SLOT && vm.slots.contains(gfn, count), 'a discard was validated against the memslots')
    if (vm.assigned?.keeps === true) return this.refuse('refusedPinned', count)
    task.charge(this.costs.madvise, Cause.DISCARD)
    const plan = vm.mm.planDiscard(vpn, count, this.options.operation)
    if (plan.fate === Fate.REFUSE) return this.refuse('refusedBacking', count)
    if (plan.fate === Fate.PARTIAL) return yield* this.gather(task, gfn, count)
    if (plan.fate !== Fate.UNMAP) this.options.witness.discarding(gfn, plan.zeroesRest ? count : plan.count)
    // What is only zeroed stays mapped (fs/hugetlbfs/inode.c hugetlbfs_zero_partial_page).
    if (plan.zeroesRest) this.zeroRest(task, vpn, count, plan)
    if (plan.zeroesRest && plan.count === 0) return Discarded.DONE
    yield* this.carryOut(task, asGfn(gfn + plan.first - vpn), plan)
    return Discarded.DONE
  }

  /**
   * As `discard`, but only when every page of the range is still unused, by the guest's own record that the host can read: the look and the discard are one
   * step, so that nobody runs between them.
   */
  *discardUnused(task: Task, gfn: Gfn, count: number, stillUnused: (pfn: number) => boolean): Generator<Point, Discarded, void> {
    const { vm } = this
    assert(vm.slots.contains(gfn, count), 'a discard was validated against the memslots')
    task.charge(this.costs.madvise, Cause.DISCARD)
    if (vm.mmuLock.acquireWrite(task)) yield AT_MMU_WRITE
    const { fate } = vm.mm.planDiscard(vm.slots.vpnOf(gfn) as Vpn, count, this.options.operation)
    let result: Discarded = Discarded.DONE
    for (let page = gfn as number; page < gfn + count; page++) if (!stillUnused(page)) result = Discarded.STALE
    if (result === Discarded.DONE && vm.assigned?.keeps === true) result = this.refuse('refusedPinned', count)
    // What cannot be freed as it is named stays.
    else if (result === Discarded.DONE && fate !== Fate.FREE) result = this.refuse(fate === Fate.PARTIAL ? 'refusedPartial' : 'refusedBacking', count)
    if (result === Discarded.DONE) this.dropNow(task, gfn, count)
    yield AT_ENDED
    vm.mmuLock.releaseWrite(task)
    return result
  }

  private refuse(reason: VmCounter, count: number): Discarded {
    this.counts.add(reason, count)
    return Discarded.REFUSED
  }

  /** A part of a page of the host: kept in mind where pages are gathered, and the whole goes with its last part. */
  private *gather(task: Task, gfn: Gfn, count: number): Generator<Point, Discarded, void> {
    const whole = this.subPages?.add(gfn, count) ?? NO_WHOLE
    this.counts.add('refusedPartial', count)
    if (whole === NO_WHOLE) return Discarded.REFUSED
    this.counts.add('gathered', this.subPages!.granule)
    return yield* this.discard(task, asGfn(whole), this.subPages!.granule)
  }

  /** Does what the plan says to its range, which begins at `gfn`: translations go first, those of the CPUs and those of a device (N2). */
  private *carryOut(task: Task, gfn: Gfn, plan: DiscardPlan): Generator<Point, void, void> {
    const { vm } = this
    const { count } = plan
    let mapped = yield* vm.invalidate(task, gfn, count)
    // A huge page that is covered in part is split, and its split invalidates all of it (mm/huge_memory.c __split_huge_pmd): else a fault on another
    // of its pages would map what is freed here. Nobody runs between this look and the free, unless the invalidation of the split keeps faults out.
    const first = this.edgeOf(gfn, 0)
    const end = this.edgeOf(asGfn(gfn + count - 1), HUGE_PAGES - 1) + 1
    const splits = first < gfn || end > gfn + count
    if (splits && (yield* vm.invalidate(task, asGfn(first), end - first))) mapped = true
    this.unpin(task, gfn, count, plan.fate)
    if (plan.fate === Fate.FREE) this.free(task, plan.first, count)
    else if (plan.fate === Fate.LAZY) this.markLazy(task, plan.first as Vpn, count)
    else for (let page = plan.first; page < plan.first + count; page++) if (vm.mm.resolve(page as Vpn) >= 0) this.counts.add('kept', 1)
    yield AT_FREED
    if (mapped && !this.options.flushBeforeFree) vm.flush(task, gfn, count)
    yield* vm.endInvalidation(task, splits ? 2 : 1)
  }

  /** A whole invalidation in one step, with mmu_lock held for writing. */
  private dropNow(task: Task, gfn: Gfn, count: number): void {
    const { vm } = this
    this.options.witness.discarding(gfn, count)
    const first = asGfn(this.edgeOf(gfn, 0))
    const pages = this.edgeOf(asGfn(gfn + count - 1), HUGE_PAGES - 1) + 1 - first
    vm.beginInvalidation(task, first, pages)
    this.unpin(task, gfn, count, Fate.FREE)
    this.free(task, vm.slots.vpnOf(gfn), count)
    vm.finishInvalidation()
  }

  /** An assigned device lets go of the range. A huge page that it holds is split before a part of it is freed, so that the rest stays pinned. */
  private unpin(task: Task, gfn: Gfn, count: number, fate: Fate): void {
    const { assigned, mm, slots } = this.vm
    if (assigned === null) return
    for (const page of fate !== Fate.UNMAP && assigned.unpins ? [gfn, asGfn(gfn + count - 1)] : []) {
      if (this.edgeOf(page, 0) >= gfn && this.edgeOf(page, HUGE_PAGES - 1) < gfn + count) continue
      mm.splitHuge(slots.vpnOf(page) as Vpn)
      task.charge(this.costs.splitHuge, Cause.DISCARD)
      this.counts.add('splits', 1)
    }
    assigned.discarding(gfn, count)
  }

  /** Page number `inside` of the huge page that backs a guest frame; the frame itself when none does. */
  private edgeOf(gfn: Gfn, inside: number): number {
    const vpn = this.vm.slots.vpnOf(gfn)
    const mapping = vpn === NO_SLOT ? NOT_MAPPED : this.vm.mm.resolve(vpn)
    return mapping >= 0 && isHuge(mapping) ? gfn - (vpn & TABLE_MASK) + inside : gfn
  }

  private markLazy(task: Task, vpn: Vpn, count: number): void {
    const { mm } = this.vm
    this.counts.add('lazy', mm.markLazy(vpn, count))
    task.charge(mm.splits * this.costs.splitHuge, Cause.DISCARD)
    this.counts.add('splits', mm.splits)
  }

  /** What of the range is no whole page of the host is filled with zeroes, and kept. */
  private zeroRest(task: Task, vpn: Vpn, count: number, plan: DiscardPlan): void {
    for (let page = vpn as number; page < vpn + count; page++) {
      const mapping = page >= plan.first && page < plan.first + plan.count ? NOT_MAPPED : this.vm.mm.resolve(page as Vpn)
      if (mapping < 0) continue
      this.options.witness.zeroed(mappingHfn(mapping), 1)
      task.charge(this.costs.zero4k, Cause.ZEROING)
      this.counts.add('zeroed', 1)
    }
  }

  private free(task: Task, vpn: number, count: number): void {
    const { costs, counts, vm } = this
    const { mm } = vm
    mm.zapRange(vpn as Vpn, count)
    if (this.options.operation === 'dontneed') mm.reclaimTables(vpn as Vpn, count)
    if (mm.zappedSmall + mm.zappedHuge > 0) this.options.witness.residentChanged(mm.residentPages)
    task.charge(mm.zappedSmall * costs.zap4k + mm.zappedHuge * costs.zap2m + mm.splits * costs.splitHuge, Cause.DISCARD)
    counts.add('zapped4k', mm.zappedSmall)
    counts.add('zapped2m', mm.zappedHuge)
    counts.add('splits', mm.splits)
  }
}
