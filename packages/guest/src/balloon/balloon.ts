/**
 * The balloon itself: a worker moves it towards its target, 256 pages of 4 KiB at a time (drivers/virtio/virtio_balloon.c fill_balloon, leak_balloon,
 * update_balloon_size_func). Balloon pages form a stack, so deflation returns them in reverse order.
 *
 *   inflate: allocate 256 -> turn them round, ALLOCATED to BALLOON -> tell the host, wait
 *   deflate: take 256 from the stack -> tell the host, wait -> BALLOON to ALLOCATED -> free     (the host first: MUST_TELL_HOST)
 *   out of memory, with DEFLATE_ON_OOM: the task that ran out deflates 256 itself; nothing inflates them again until the configuration changes
 *
 *   compaction: the page it moves a balloon page to is told to the host as inflated first, the old one as deflated second; nothing is copied
 *
 *   B1  `actual` is written once after each batch.   B2  Target and `actual` are read and written with the device, if there is one.
 */
import { assert, MS, ns } from '@hintlab/kit'
import { ColumnBatch, ConfigField, FULL, PageOwner, RequestKind } from '@hintlab/protocol'
import type { HintBatch, HintClient, HintPort } from '@hintlab/protocol'
import { Cause, Kind, Mutex, point, PRIORITY_HIGH, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { BalloonPages } from '../compaction/migrate.ts'
import type { GuestKernel } from '../kernel.ts'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { FreeResult, NONE } from '../mm/page-allocator.ts'
import { AllocFlag } from '../mm/watermarks.ts'
import type { MemoryGiver } from '../oom.ts'
import { ConfigAccess } from './config-access.ts'
import { PageStack } from './page-stack.ts'

const AT_IDLE = point(Kind.WAIT, 'balloon: at its target')
const AT_OUT_OF_PUFF = point(Kind.SLEEP, 'balloon: out of puff, wait for memory')
const AT_LOCK = point(Kind.WAIT, 'balloon: wait for the balloon lock')
const AT_PAUSE = point(Kind.WAIT, 'balloon: wait for the worker to stop')

/** VIRTIO_BALLOON_ARRAY_PFNS_MAX; also VIRTIO_BALLOON_OOM_NR_PAGES, what one call of the OOM notifier deflates at most. */
export const BALLOON_PFNS = 256
const OUT_OF_PUFF_NS = ns(200 * MS)

// Elements of the state column.
const TARGET = 0
const OUT_OF_PUFF = 1
const OOM_PAGES = 2
/** 1 while the worker is in a step. */
const BUSY = 3
/** 1 while the worker must not begin one. */
const PAUSED = 4
const DEFLATE_ON_OOM = 5
const RELEASE_BEFORE_ACK = 6
/** Pages ever inflated, and the most that were in the balloon. */
const INFLATED = 7
const ACTUAL_MAX = 8
const WORDS = 9

/** Where the two kinds of messages go: queues of their own, or one port for both. */
export interface BalloonPorts {
  readonly inflate: HintPort<Task>
  readonly deflate: HintPort<Task>
}

/** What was negotiated, and what the driver makes of it. */
export interface BalloonMode {
  /** DEFLATE_ON_OOM: the OOM notifier works, and balloon pages still count as managed. */
  readonly deflateOnOom: boolean
  /** Frees pages before the host has acknowledged their deflation. Legal only without MUST_TELL_HOST; Linux never does. */
  readonly releaseBeforeAck: boolean
}

/** Writes what a free page must hold (PAGE_POISON, rules 40 and 42), where pages have bytes. The caller's task pays. */
export type FillPages = (task: Task, pfn: number, order: number) => void

export class Balloon implements HintClient<Task>, MemoryGiver, BalloonPages {
  /** The device's fields; without a device the target is what `setTarget` said. */
  readonly config: ConfigAccess
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly ports: BalloonPorts
  private readonly object: number
  private readonly state: Float64Array
  private readonly stack: PageStack
  /** What the worker has allocated and not told yet; it fills this without the lock. */
  private readonly fresh: ColumnBatch
  /** What is being deflated, under the lock. */
  private readonly leaked: ColumnBatch
  /** The page that a balloon page moves to, under the lock. */
  private readonly moved: ColumnBatch
  private readonly lock: Mutex
  private readonly changed: WaitQueue
  private readonly stopped: WaitQueue
  private readonly cpu: number
  private readonly fill: FillPages | null

  constructor(engine: Engine, kernel: GuestKernel, ports: BalloonPorts, cpu: Cpu, cpuNumber: number, fill: FillPages | null = null) {
    assert(ports.inflate.waits && ports.deflate.waits, 'the balloon waits for the host')
    this.engine = engine
    this.kernel = kernel
    this.ports = ports
    this.cpu = cpuNumber
    this.fill = fill
    this.config = new ConfigAccess(engine, 'balloon')
    this.object = engine.cols.objects('balloon')
    this.state = engine.cols.f64('balloon.state', WORDS, this.object)
    this.stack = new PageStack(engine.cols, kernel.mm, 'balloon', 0)
    this.fresh = new ColumnBatch(engine.cols, 'balloon.fresh', BALLOON_PFNS, RequestKind.INFLATE)
    this.leaked = new ColumnBatch(engine.cols, 'balloon.leaked', BALLOON_PFNS, RequestKind.DEFLATE)
    this.moved = new ColumnBatch(engine.cols, 'balloon.moved', 1, RequestKind.INFLATE)
    this.lock = new Mutex(engine, 'balloon lock')
    this.changed = new WaitQueue(engine, 'balloon config changed')
    this.stopped = new WaitQueue(engine, 'balloon worker stopped')
    kernel.ballooned = this
    engine.addTask('kworker balloon', cpu, (task) => this.workerBody(task), { priority: PRIORITY_HIGH, wakeNs: engine.costs.guestSwitch })
  }

  /** Pages in the balloon. */
  get actual(): number {
    return this.stack.blocks
  }

  get actualMax(): number {
    return this.state[ACTUAL_MAX]
  }

  /** Pages inflated in all. */
  get inflatedPages(): number {
    return this.state[INFLATED]
  }

  get outOfPuff(): number {
    return this.state[OUT_OF_PUFF]
  }

  /** Pages that the OOM notifier has deflated. */
  get oomPages(): number {
    return this.state[OOM_PAGES]
  }

  /** Pages that the guest counts as its memory (MemTotal): without DEFLATE_ON_OOM the balloon's do not count. */
  get managedPages(): number {
    return this.kernel.mm.managed() - (this.state[DEFLATE_ON_OOM] === 1 ? 0 : this.actual)
  }

  /** The host's wish, in 4 KiB pages, where no device has a configuration space for it. */
  setTarget(pages: number): void {
    this.engine.cols.footprint.write(this.object)
    this.state[TARGET] = pages
    this.changed.wakeAll()
  }

  /** The configuration has changed: the worker reads it again. Called by the interrupt handler, so nothing is read here. */
  configChanged(): void {
    this.changed.wakeAll()
  }

  /** A driver was bound: the worker may go. */
  resume(mode: BalloonMode): void {
    this.engine.cols.footprint.write(this.object)
    this.state[DEFLATE_ON_OOM] = mode.deflateOnOom ? 1 : 0
    this.state[RELEASE_BEFORE_ACK] = mode.releaseBeforeAck ? 1 : 0
    this.state[PAUSED] = 0
    this.changed.wakeAll()
  }

  /** Lets the worker finish its step and begin no other (cancel_work_sync). */
  *pause(task: Task): Generator<Point, void, void> {
    this.engine.cols.footprint.write(this.object)
    this.state[PAUSED] = 1
    while (this.state[BUSY] === 1) {
      this.stopped.wait(task)
      yield AT_PAUSE
    }
  }

  /** Deflates everything (remove_common), while the device still answers. */
  *empty(task: Task): Generator<Point, void, void> {
    while (this.actual > 0) yield* this.deflate(task, BALLOON_PFNS)
    this.config.write(task, ConfigField.ACTUAL, this.actual)
  }

  /** virtio_balloon_oom_notify: up to 256 pages, in the task that ran out of memory. */
  *give(task: Task): Generator<Point, number, void> {
    if (this.state[DEFLATE_ON_OOM] === 0) return 0
    const pages = yield* this.deflate(task, BALLOON_PFNS)
    this.config.write(task, ConfigField.ACTUAL, this.actual)
    this.engine.cols.footprint.write(this.object)
    this.state[OOM_PAGES] += pages
    return pages
  }

  /** virtballoon_migratepage: only when the lock is free, as compaction must not wait for it; the host holds one page more for a moment. */
  *migrate(task: Task, from: number, to: number): Generator<Point, boolean, void> {
    const { leaked, lock, moved, stack } = this
    if (lock.holder !== null) return false
    if (lock.acquire(task)) yield AT_LOCK
    const ours = this.kernel.mm.pages.ownerOf(from) === PageOwner.BALLOON && stack.has(from)
    if (ours) {
      stack.remove(from)
      stack.push(to)
      moved.count = leaked.count = 0
      append(moved, to)
      yield* this.tell(task, this.ports.inflate, moved)
      append(leaked, from)
      yield* this.tell(task, this.ports.deflate, leaked)
      stack.own(from)
    }
    lock.release(task)
    return ours
  }

  complete(): void {
    // A host that refuses an inflation keeps its pages; the guest goes on as after an acknowledgement.
  }

  *bottomHalf(): Generator<Point, void, void> {
    // The worker waits.
  }

  /** The stack holds as many pages as `actual` says, all of them the balloon's. */
  check(): void {
    this.stack.check()
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      if (yield* this.step(task)) continue
      this.changed.wait(task)
      yield AT_IDLE
    }
  }

  /** update_balloon_size_func: one batch towards the target; false when there is nothing to do. */
  private *step(task: Task): Generator<Point, boolean, void> {
    this.engine.cols.footprint.write(this.object)
    if (this.state[PAUSED] === 1) return false
    const target = this.config.attached ? this.config.read(task, ConfigField.NUM_PAGES) : this.state[TARGET]
    const missing = target - this.actual
    if (missing === 0) return false
    this.state[BUSY] = 1
    if (missing > 0) yield* this.inflate(task, Math.min(missing, BALLOON_PFNS))
    else yield* this.deflate(task, Math.min(-missing, BALLOON_PFNS))
    this.config.write(task, ConfigField.ACTUAL, this.actual)
    this.engine.cols.footprint.write(this.object)
    this.state[BUSY] = 0
    this.stopped.wakeAll()
    return true
  }

  /** fill_balloon: the pages of a message are in the reverse order of their allocation, so what was allocated ascending is told descending. */
  private *inflate(task: Task, pages: number): Generator<Point, void, void> {
    const { fresh, kernel } = this
    fresh.count = 0
    while (fresh.count < pages) {
      let pfn = kernel.allocFast(task, this.cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
      if (pfn === NONE) pfn = yield* kernel.allocSlow(task, this.cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, AllocFlag.NO_OOM)
      if (pfn === NONE) break
      append(fresh, pfn)
    }
    if (fresh.count < pages) yield* this.sleepOutOfPuff(task)
    if (this.lock.acquire(task)) yield AT_LOCK
    fresh.declare()
    fresh.pfn.subarray(0, fresh.count).reverse()
    for (let i = 0; i < fresh.count; i++) this.stack.push(fresh.pfn[i])
    this.engine.cols.footprint.write(this.object)
    this.state[INFLATED] += fresh.count
    this.state[ACTUAL_MAX] = Math.max(this.state[ACTUAL_MAX], this.actual)
    if (fresh.count > 0) yield* this.tell(task, this.ports.inflate, fresh)
    this.lock.release(task)
  }

  /** Out of memory: what there is goes to the host after a pause, and the worker tries again. */
  private *sleepOutOfPuff(task: Task): Generator<Point, void, void> {
    this.engine.cols.footprint.write(this.object)
    this.state[OUT_OF_PUFF]++
    task.wakeAt = this.engine.localNow(task) + OUT_OF_PUFF_NS
    yield AT_OUT_OF_PUFF
  }

  /** leak_balloon and release_pages_balloon; pages that were freed. */
  private *deflate(task: Task, pages: number): Generator<Point, number, void> {
    const { leaked, stack } = this
    if (this.lock.acquire(task)) yield AT_LOCK
    leaked.count = 0
    while (leaked.count < pages && stack.blocks > 0) append(leaked, stack.pop())
    const freed = leaked.count
    const early = this.state[RELEASE_BEFORE_ACK] === 1
    if (early) yield* this.releasePages(task)
    if (freed > 0) yield* this.tell(task, this.ports.deflate, leaked)
    if (!early) yield* this.releasePages(task)
    this.lock.release(task)
    return freed
  }

  private *releasePages(task: Task): Generator<Point, void, void> {
    for (let i = this.leaked.count - 1; i >= 0; i--) {
      const pfn = this.leaked.pfn[i]
      this.stack.own(pfn)
      this.fill?.(task, pfn, 0)
      const result = this.kernel.freeFast(task, this.cpu, pfn)
      if (result !== FreeResult.DONE) yield* this.kernel.freeSlow(task, this.cpu, pfn, result)
    }
  }

  /** tell_host: the batch as one message, and the wait for its answer. */
  private *tell(task: Task, port: HintPort<Task>, batch: HintBatch): Generator<Point, void, void> {
    task.charge(this.engine.costs.hintEntry * batch.count, Cause.PROTOCOL)
    const slot = port.submit(batch)
    if (slot === FULL) return // one message at a time, so the host has broken the transport, or there is none
    yield* port.finish(task, slot)
    port.release(slot)
  }
}

function append(batch: HintBatch, pfn: number): void {
  batch.pfn[batch.count] = pfn
  batch.order[batch.count] = 0
  batch.count++
}
