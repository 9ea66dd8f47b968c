/**
 * The hypercall of the "unused page hints" proposal (Alexander Duyck, RFC of February 2019): the vCPU that frees a huge page tells the host there and then,
 * one call for each block, before anybody can allocate it again. Two hooks:
 *
 *   free hook   a block of order 9 and above is freed:       ALLOCATED -> IN_FLIGHT -> call -> ALLOCATED -> freed             no lock held
 *   merge hook  a free crosses order 9 by merging:           lock -> ISOLATED -> unlock -> call -> lock -> back -> unlock     zone lock dropped
 *
 *   C1  The block is in no free list during its call (F1, F2): a page that is not free yet, or that is taken off for it.
 *   C2  Nothing is buffered, and nothing remembered: a block is hinted as often as it is freed or formed.
 *
 * What a caller does meanwhile is the interface's: with a call that returns, the vCPU is in the host, with irqs off as the merge hook's caller has them, and
 * the guest's own profile shows nothing; polling with irqs on, as was asked for in review, the time stands in the guest's profile, at the hint.
 *
 * The merge hook of the proposal drops the zone lock in the middle of the merge, at order 9; here the block is taken off its list again right after the
 * unlock, and if it went on to order 10 in that free, the one call names all of it.
 */
import { assert } from '@hintlab/kit'
import { FULL, PageOwner } from '@hintlab/protocol'
import type { ColumnBatch, HintPort } from '@hintlab/protocol'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import type { PageHooks } from '../page-hooks.ts'
import { CpuBuffers } from './cpu-buffers.ts'
import { HintRecords } from './hint-records.ts'
import { SyncSender } from './sync-sender.ts'

const AT_TAKE_LOCK = point(Kind.SPIN, 'hypercall thp: zone lock to take the merged block')
const AT_TAKE_UNLOCK = point(Kind.RUN, 'hypercall thp: merged block taken, zone unlock')

export const HYPERCALL_HOOKS = ['free', 'merge', 'both'] as const
export type HypercallHook = (typeof HYPERCALL_HOOKS)[number]

/** Merged blocks that one drain of a per-CPU list can leave, and some. */
const MERGED_MAX = 128

export interface HypercallThpOptions {
  /** Smallest order hinted: HUGETLB_PAGE_ORDER, 9 on x86. */
  readonly order: number
  /** The proposal has both. */
  readonly hook: HypercallHook
  readonly safeguards: HintSafeguards
}

export class HypercallThp extends SyncSender implements HintPolicy, PageHooks {
  private readonly kernel: GuestKernel
  private readonly options: HypercallThpOptions
  private readonly merged: CpuBuffers
  /** One for each call that can be under way, and which are. */
  private readonly calls: readonly ColumnBatch[]
  private readonly busy: Uint8Array
  private readonly object: number

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpus: readonly Cpu[], options: HypercallThpOptions) {
    super(engine, port, new HintRecords(engine, kernel, 'hypercall_thp', options.safeguards), 'hypercall_thp')
    this.kernel = kernel
    this.options = options
    this.merged = new CpuBuffers(engine.cols, cpus.length, 1, MERGED_MAX)
    this.object = engine.cols.objects('hypercall_thp')
    this.calls = Array.from({ length: port.slots }, (_, i) => this.records.makeBatch(`hypercall_thp.call${i}`, 1))
    this.busy = engine.cols.u8('hypercall_thp.busy', port.slots, this.object)
    if (options.hook !== 'free') for (const { events } of kernel.mm.buddies) events.setCaptureOrder(options.order)
  }

  /** The free hook. */
  holds(_pfn: number, order: number): boolean {
    return this.options.hook !== 'merge' && order >= this.options.order
  }

  *freeHeld(task: Task, cpu: number, pfn: number, order: number): Generator<Point, void, void> {
    const { isolate, putbackAfterCompletion } = this.records.safeguards
    task.charge(this.engine.costs.hintEntry, Cause.HINT)
    if (!isolate) yield* this.kernel.freeNow(task, cpu, pfn)
    const call = this.claim(pfn, order)
    if (call < 0) {
      this.records.count('dropped')
      if (isolate) yield* this.kernel.freeNow(task, cpu, pfn)
      return
    }
    const { pages } = this.kernel.mm
    const batch = this.calls[call]
    if (isolate) pages.move(pfn, order, PageOwner.ALLOCATED, PageOwner.IN_FLIGHT)
    const slot = this.submit(task, batch)
    if (slot !== FULL) this.records.sent(batch)
    if (isolate && !putbackAfterCompletion) yield* this.freeAfter(task, cpu, pfn, order)
    if (slot !== FULL) {
      yield* this.finish(task, slot)
      this.records.empty(batch)
    }
    this.unclaim(call)
    if (isolate && putbackAfterCompletion) yield* this.freeAfter(task, cpu, pfn, order)
  }

  /** Notes what crossed the order by merging: what was freed at the order or above is the free hook's. */
  collect(task: Task, cpu: number, zone: number): void {
    const { events } = this.kernel.mm.buddies[zone]
    const notes = events.captured
    for (let i = 0; i < notes; i++) {
      if (events.freedOrderAt(i) >= this.options.order) continue
      task.charge(this.engine.costs.hintEntry, Cause.HINT)
      if (!this.merged.add(cpu, events.pfnAt(i), events.orderAt(i))) this.records.count('dropped')
    }
    if (notes > 0) events.discard(notes)
  }

  due(cpu: number): boolean {
    return !this.merged.isEmpty(cpu)
  }

  /** The merge hook. */
  *handle(task: Task, cpu: number): Generator<Point, void, void> {
    while (!this.merged.isEmpty(cpu)) {
      const call = this.claim(0, 0)
      if (call < 0) return this.records.count('dropped', this.merged.clear(cpu))
      const batch = this.calls[call]
      this.merged.moveInto(cpu, batch)
      if (yield* this.takeMerged(task, batch)) {
        yield* this.report(task, batch)
        yield* this.records.putBack(task, batch, false)
      }
      this.unclaim(call)
    }
  }

  check(): void {
    this.records.check()
    this.merged.check()
    for (const busy of this.busy) assert(busy <= 1, 'a call is under way or not')
  }

  private *freeAfter(task: Task, cpu: number, pfn: number, order: number): Generator<Point, void, void> {
    this.kernel.mm.pages.move(pfn, order, PageOwner.IN_FLIGHT, PageOwner.ALLOCATED)
    yield* this.kernel.freeNow(task, cpu, pfn)
  }

  /** Takes the block off its list, if it is still the one that was noted. */
  private *takeMerged(task: Task, batch: ColumnBatch): Generator<Point, boolean, void> {
    const { mm, zoneLocks } = this.kernel
    const [pfn, order] = [batch.pfn[0], batch.order[0]]
    const lock = zoneLocks[mm.zoneOf(pfn)]
    if (lock.acquireIrq(task)) yield AT_TAKE_LOCK
    batch.count = 0
    if (mm.core.isFreeHead(pfn, order)) this.records.take(task, batch, pfn, order)
    else this.records.count('stale')
    yield AT_TAKE_UNLOCK
    lock.releaseIrq(task)
    return batch.count > 0
  }

  /** A call of this block, -1 when as many are under way as there are slots. */
  private claim(pfn: number, order: number): number {
    this.engine.cols.footprint.write(this.object)
    const call = this.busy.indexOf(0)
    if (call < 0) return -1
    this.busy[call] = 1
    const batch = this.calls[call]
    batch.count = 1
    batch.pfn[0] = pfn
    batch.order[0] = order
    return call
  }

  private unclaim(call: number): void {
    this.engine.cols.footprint.write(this.object)
    this.busy[call] = 0
  }
}
