/**
 * The balloon driver: a worker moves the balloon towards its target, 256 pages of 4 KiB at a time (drivers/virtio/virtio_balloon.c). Balloon pages form a
 * stack through the allocator's own links, so deflation returns them in reverse order and they take no memory of their own.
 *
 *   inflate: allocate 256 -> turn them round, ALLOCATED to BALLOON -> tell the host, wait
 *   deflate: take 256 from the stack -> tell the host, wait -> BALLOON to ALLOCATED -> free     (the host first: MUST_TELL_HOST)
 */
import { assert, MS, ns } from '@hintlab/kit'
import { ColumnBatch, FULL, PageOwner, RequestKind } from '@hintlab/protocol'
import type { HintClient, HintPort } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from './kernel.ts'
import { ZoneKind } from './mm/layout.ts'
import { Migratetype } from './mm/migratetype.ts'
import { FreeResult, NONE } from './mm/page-allocator.ts'

const AT_IDLE = point(Kind.WAIT, 'balloon: at its target')
const AT_OUT_OF_PUFF = point(Kind.SLEEP, 'balloon: out of puff, wait for memory')

/** VIRTIO_BALLOON_ARRAY_PFNS_MAX */
export const BALLOON_PFNS = 256
const OUT_OF_PUFF_NS = ns(200 * MS)

const TARGET = 0
const ACTUAL = 1
const TOP = 2
const OUT_OF_PUFF = 3

export class Balloon implements HintClient<Task> {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly port: HintPort<Task>
  private readonly object: number
  /** Target and size in pages, top of the stack (-1: empty), times out of memory. */
  private readonly state: Float64Array
  private readonly batch: ColumnBatch
  private readonly changed: WaitQueue
  private readonly cpu: number

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpu: Cpu, cpuNumber: number) {
    assert(port.waits, 'the balloon waits for the host')
    this.engine = engine
    this.kernel = kernel
    this.port = port
    this.cpu = cpuNumber
    this.object = engine.cols.objects('balloon')
    this.state = engine.cols.f64('balloon.state', 4, this.object)
    this.state[TOP] = NONE
    this.batch = new ColumnBatch(engine.cols, 'balloon.batch', BALLOON_PFNS, RequestKind.INFLATE)
    this.changed = new WaitQueue(engine, 'balloon config changed')
    engine.addTask('kworker balloon', cpu, (task) => this.workerBody(task), { priority: PRIORITY_HIGH, wakeNs: engine.costs.guestSwitch })
  }

  /** Pages in the balloon. */
  get actual(): number {
    return this.state[ACTUAL]
  }

  get outOfPuff(): number {
    return this.state[OUT_OF_PUFF]
  }

  /** The host's wish (configuration field num_pages), in 4 KiB pages. */
  setTarget(pages: number): void {
    this.engine.cols.footprint.write(this.object)
    this.state[TARGET] = pages
    this.changed.wakeAll()
  }

  complete(): void {
    // A host that refuses an inflation keeps its pages; the guest goes on as after an acknowledgement.
  }

  *bottomHalf(): Generator<Point, void, void> {
    // The worker waits.
  }

  /** The stack holds as many pages as `actual` says, all of them the balloon's. */
  check(): void {
    let pages = 0
    for (let pfn = this.state[TOP]; pfn !== NONE; pfn = this.kernel.mm.core.links[2 * pfn]) {
      assert(this.kernel.mm.pages.ownerOf(pfn) === PageOwner.BALLOON, 'a page in the balloon belongs to it')
      pages++
    }
    assert(pages === this.actual, 'the balloon holds the pages it counts')
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      const missing = this.state[TARGET] - this.actual
      if (missing > 0) yield* this.inflate(task, Math.min(missing, BALLOON_PFNS))
      else if (missing < 0) yield* this.deflate(task, Math.min(-missing, BALLOON_PFNS))
      else {
        this.changed.wait(task)
        yield AT_IDLE
      }
    }
  }

  /** fill_balloon: the pages of a message are in the reverse order of their allocation, so what was allocated ascending is told descending. */
  private *inflate(task: Task, pages: number): Generator<Point, void, void> {
    this.batch.count = 0
    while (this.batch.count < pages) {
      let pfn = this.kernel.allocFast(task, this.cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
      if (pfn === NONE) pfn = yield* this.kernel.allocSlow(task, this.cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
      if (pfn === NONE) break
      this.append(pfn)
    }
    if (this.batch.count < pages) yield* this.sleepOutOfPuff(task)
    this.batch.declare()
    this.batch.pfn.subarray(0, this.batch.count).reverse()
    for (let i = 0; i < this.batch.count; i++) this.push(this.batch.pfn[i])
    if (this.batch.count > 0) yield* this.tell(task, RequestKind.INFLATE)
  }

  /** Out of memory: what there is goes to the host after a pause, and the worker tries again. */
  private *sleepOutOfPuff(task: Task): Generator<Point, void, void> {
    this.engine.cols.footprint.write(this.object)
    this.state[OUT_OF_PUFF]++
    task.wakeAt = this.engine.localNow(task) + OUT_OF_PUFF_NS
    yield AT_OUT_OF_PUFF
  }

  /** leak_balloon and release_pages_balloon */
  private *deflate(task: Task, pages: number): Generator<Point, void, void> {
    this.batch.count = 0
    while (this.batch.count < pages) this.append(this.pop())
    yield* this.tell(task, RequestKind.DEFLATE)
    for (let i = this.batch.count - 1; i >= 0; i--) {
      const pfn = this.batch.pfn[i]
      this.kernel.mm.pages.move(pfn, 0, PageOwner.BALLOON, PageOwner.ALLOCATED)
      const result = this.kernel.freeFast(task, this.cpu, pfn)
      if (result !== FreeResult.DONE) yield* this.kernel.freeSlow(task, this.cpu, pfn, result)
    }
  }

  /** tell_host: the batch as one message, and the wait for its answer. */
  private *tell(task: Task, kind: RequestKind): Generator<Point, void, void> {
    this.batch.kind = kind
    task.charge(this.engine.costs.hintEntry * this.batch.count, Cause.PROTOCOL)
    const slot = this.port.submit(this.batch)
    if (slot === FULL) return // one message at a time, so the host has broken the transport
    yield* this.port.finish(task, slot)
    this.port.release(slot)
  }

  private push(pfn: number): void {
    const { mm } = this.kernel
    this.engine.cols.footprint.write(this.object)
    mm.pages.move(pfn, 0, PageOwner.ALLOCATED, PageOwner.BALLOON)
    this.declareLink(pfn)
    mm.core.links[2 * pfn] = this.state[TOP]
    this.state[TOP] = pfn
    this.state[ACTUAL]++
  }

  private pop(): number {
    this.engine.cols.footprint.write(this.object)
    const pfn = this.state[TOP]
    this.declareLink(pfn)
    this.state[TOP] = this.kernel.mm.core.links[2 * pfn]
    this.kernel.mm.core.links[2 * pfn] = NONE
    this.state[ACTUAL]--
    return pfn
  }

  private append(pfn: number): void {
    this.batch.pfn[this.batch.count] = pfn
    this.batch.order[this.batch.count] = 0
    this.batch.count++
  }

  private declareLink(pfn: number): void {
    this.engine.cols.footprint.write(this.kernel.mm.core.pageObject + pfn)
  }
}
