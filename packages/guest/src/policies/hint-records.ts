/**
 * The blocks of one request, from the moment they are isolated to the moment they are back: what every policy does the same way.
 *
 *   FREE --take--> ISOLATED --inFlight--> IN_FLIGHT --putBack--> FREE, Reported
 */
import { assert } from '@hintlab/kit'
import { ColumnBatch, PageOwner, RequestKind } from '@hintlab/protocol'
import type { HintBatch } from '@hintlab/protocol'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { HINT_COUNTERS } from '../hint-policy.ts'
import type { HintCounter, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import { isolateFreePage, putbackIsolated } from '../mm/isolation.ts'

const AT_PUT_LOCK = point(Kind.SPIN, 'put back: zone lock')
const AT_PUT_UNLOCK = point(Kind.RUN, 'put back: blocks in the buddy, zone unlock')

const COUNT = Object.fromEntries(HINT_COUNTERS.map((name, i) => [name, i])) as Record<HintCounter, number>
const PAGES_AWAY = HINT_COUNTERS.length

export class HintRecords {
  readonly safeguards: HintSafeguards
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly object: number
  private readonly counts: Float64Array

  constructor(engine: Engine, kernel: GuestKernel, label: string, safeguards: HintSafeguards) {
    this.engine = engine
    this.kernel = kernel
    this.safeguards = safeguards
    this.object = engine.cols.objects(`${label} records`)
    this.counts = engine.cols.f64(`${label}.counts`, HINT_COUNTERS.length + 1, this.object)
  }

  /** An empty request of this policy. */
  makeBatch(label: string, entriesMax: number): ColumnBatch {
    return new ColumnBatch(this.engine.cols, label, entriesMax, RequestKind.REPORT)
  }

  counter(name: HintCounter): number {
    return this.counts[COUNT[name]]
  }

  count(name: HintCounter, n = 1): void {
    this.engine.cols.footprint.write(this.object)
    this.counts[COUNT[name]] += n
  }

  /** Pages isolated or in flight. */
  get pagesAway(): number {
    return this.counts[PAGES_AWAY]
  }

  /** Isolates a free block, under its zone's lock. False when its zone is too short of memory. */
  isolate(task: Task, pfn: number, order: number): boolean {
    task.charge(this.engine.costs.hintEntry, Cause.HINT)
    if (this.safeguards.isolate && !isolateFreePage(this.kernel.mm.buddyOf(pfn), pfn)) {
      this.count('refused')
      return false
    }
    this.addAway(2 ** order)
    return true
  }

  /** As `isolate`, and appends the block to the batch; false also when the batch is full. */
  take(task: Task, batch: HintBatch, pfn: number, order: number): boolean {
    if (batch.count === batch.pfn.length || !this.isolate(task, pfn, order)) return false
    batch.pfn[batch.count] = pfn
    batch.order[batch.count] = order
    batch.count++
    return true
  }

  /** The batch was submitted: its blocks belong to the request. */
  inFlight(batch: HintBatch): void {
    this.countSent(batch)
    for (let i = 0; i < batch.count; i++) {
      if (this.safeguards.isolate) this.kernel.mm.pages.move(batch.pfn[i], batch.order[i], PageOwner.ISOLATED, PageOwner.IN_FLIGHT)
    }
  }

  /** The batch was submitted, with blocks that were never in the allocator: away until `empty`. */
  sent(batch: HintBatch): void {
    this.countSent(batch)
    for (let i = 0; i < batch.count; i++) this.addAway(2 ** batch.order[i])
  }

  /** Puts every block of the batch back, zone by zone, and empties it. `reported`: the host knows of them. */
  *putBack(task: Task, batch: HintBatch, reported: boolean): Generator<Point, void, void> {
    for (let zone = 0; zone < this.kernel.zoneLocks.length; zone++) {
      if (!this.hasEntry(batch, zone)) continue
      const lock = this.kernel.zoneLocks[zone]
      if (lock.acquireIrq(task)) yield AT_PUT_LOCK
      this.putBackZone(task, batch, zone, reported)
      yield AT_PUT_UNLOCK
      lock.releaseIrq(task)
    }
    this.empty(batch)
  }

  /** As `putBack`, for one zone, whose lock the caller holds; the batch is left as it is. */
  putBackZone(task: Task, batch: HintBatch, zone: number, reported: boolean): void {
    const { mm } = this.kernel
    for (let i = 0; i < batch.count; i++) {
      const pfn = batch.pfn[i]
      if (mm.zoneOf(pfn) !== zone) continue
      task.charge(this.engine.costs.hintEntry, Cause.HINT)
      const whole = this.safeguards.isolate
        ? putbackIsolated(mm.buddyOf(pfn), pfn, batch.order[i], mm.pageblocks.typeOf(pfn))
        : mm.core.isFreeHead(pfn, batch.order[i])
      if (reported && (whole || !this.safeguards.sameOrder)) this.markReported(pfn)
    }
  }

  /** The batch's blocks are back. */
  empty(batch: HintBatch): void {
    for (let i = 0; i < batch.count; i++) this.addAway(-(2 ** batch.order[i]))
    batch.count = 0
  }

  check(): void {
    assert(this.pagesAway >= 0, 'no more pages come back than were taken')
  }

  /** Without F3 the flag goes to whatever block holds the page now. */
  private markReported(pfn: number): void {
    const { pages, lists } = this.kernel.mm
    const head = pages.headOf(pfn)
    if (pages.ownerOf(head) === PageOwner.FREE) lists.setReported(head)
  }

  private hasEntry(batch: HintBatch, zone: number): boolean {
    for (let i = 0; i < batch.count; i++) if (this.kernel.mm.zoneOf(batch.pfn[i]) === zone) return true
    return false
  }

  private countSent(batch: HintBatch): void {
    this.count('batches')
    this.count('hintedBlocks', batch.count)
    for (let i = 0; i < batch.count; i++) this.count('hintedPages', 2 ** batch.order[i])
  }

  private addAway(pages: number): void {
    this.engine.cols.footprint.write(this.object)
    this.counts[PAGES_AWAY] += pages
    this.counts[COUNT.awayMax] = Math.max(this.counts[COUNT.awayMax], this.counts[PAGES_AWAY])
  }
}
