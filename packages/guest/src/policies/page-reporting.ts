/**
 * Free page reporting as Linux does it since 5.7 (mm/page_reporting.c, drivers/virtio/virtio_balloon.c). A worker, 2 s after the first free block of the
 * reporting order, walks the free lists zone by zone, order by order upwards, and reports `capacity` blocks at a time:
 *
 *     IDLE --block freed--> REQUESTED --delay--> ACTIVE --pass over all lists--> IDLE
 *                              ^                    | a block was freed, or a list's budget ran out
 *                              +--------------------+
 *
 *   scatterlist, filled from the end:   [ . . . . . 9 9 9 ]     offset counts down; full at 0; a rest is sent as the suffix
 *
 *   R1  At most `capacity` blocks are away at a time.    R2  A list gets ceil(free / (16 * capacity)) + 1 reports a pass.
 *   R3  A zone is passed over when a report could push it near its low watermark.
 */
import { assert, divCeil, MAX_ORDER, ns, SECOND } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { FULL, Status } from '@hintlab/protocol'
import type { ColumnBatch, HintClient, HintPort, Status as StatusType } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import { Migratetype, MIGRATETYPES } from '../mm/migratetype.ts'
import { watermarkOk } from '../mm/watermarks.ts'
import { ZoneField } from '../mm/zones.ts'
import type { ZoneBuddy } from '../mm/zone-buddy.ts'
import { timerExpiry } from '../timer-wheel.ts'
import type { Tick } from '../timer-wheel.ts'
import { HintRecords } from './hint-records.ts'
import { RequestMemory } from './request-memory.ts'
import type { RequestMemorySource } from './request-memory.ts'

const AT_IDLE = point(Kind.WAIT, 'page_reporting: idle')
const AT_DELAY = point(Kind.SLEEP, 'page_reporting: delayed work')
const AT_STOP = point(Kind.WAIT, 'page_reporting: unregister waits for the pass')
const AT_START = point(Kind.RUN, 'page_reporting: pass begins')
const AT_CYCLE_LOCK = point(Kind.SPIN, 'page_reporting: zone lock to walk a free list')
const AT_REPORT_UNLOCK = point(Kind.RUN, 'page_reporting: batch full, zone unlock')
const AT_CYCLE_UNLOCK = point(Kind.RUN, 'page_reporting: list done, zone unlock')

const State = { IDLE: 0, REQUESTED: 1, ACTIVE: 2 } as const

export interface PageReportingOptions {
  /** From the first free block to the pass, ns. Linux: 2 s. */
  readonly delayNs: number
  /** Blocks per report. Linux: 32. */
  readonly capacity: number
  /** Smallest order reported. Linux on x86: pageblock_order. */
  readonly order: number
  /** A pass covers about 1 / budgetDivisor of a list. Linux: 16. */
  readonly budgetDivisor: number
  /** The guest's timer tick, which makes the delay a little longer; absent: the delay is exact. */
  readonly tick?: Tick
  readonly safeguards: HintSafeguards
  /** Where the scatterlist of a pass comes from; `allocated` as in Linux: without memory the pass is skipped. Default: preallocated. */
  readonly requestMemory?: RequestMemorySource
  /** Compact all memory before each pass, on the account of hinting; only in a guest that has compaction. Default: not. */
  readonly defragment?: boolean
  /** False: nothing is reported until `register`, when a driver has found a device. */
  readonly registered?: boolean
  /** PAGE_POISON (rule 42): writes the value that free pages must hold before the block is reported, where pages have bytes. */
  readonly fill?: (task: Task, pfn: number, order: number) => void
}

export const PAGE_REPORTING_DEFAULTS = { delayNs: ns(2 * SECOND), capacity: 32, order: 9, budgetDivisor: 16 }

// Elements of the state column.
const STATE = 0
const OFFSET = 1
const DUE_AT = 2
/** 1 when the host took the last report. */
const TAKEN = 3
const REGISTERED = 4
/** 1 during a pass. */
const PASSING = 5
const STATE_WORDS = 6

export class PageReporting implements HintPolicy, HintClient<Task> {
  readonly records: HintRecords
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly port: HintPort<Task>
  private readonly options: PageReportingOptions
  private readonly cpus: readonly Cpu[]
  private readonly worker: Task
  private readonly requested: WaitQueue
  private readonly stopped: WaitQueue
  private readonly object: number
  private readonly state: Float64Array
  private readonly memory: RequestMemory
  /** The scatterlist, and the part of it that is sent. */
  private readonly sgl: ColumnBatch
  private readonly batch: ColumnBatch

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpus: readonly Cpu[], options: PageReportingOptions) {
    assert(port.waits, 'the worker of page reporting waits for its report')
    this.engine = engine
    this.kernel = kernel
    this.port = port
    this.cpus = cpus
    this.options = options
    this.records = new HintRecords(engine, kernel, 'page_reporting', options.safeguards)
    this.memory = new RequestMemory(engine, kernel, 'page_reporting', 1, options.requestMemory ?? 'preallocated')
    this.object = engine.cols.objects('page_reporting')
    this.state = engine.cols.f64('page_reporting.state', STATE_WORDS, this.object)
    this.sgl = this.records.makeBatch('page_reporting.sgl', options.capacity)
    this.batch = this.records.makeBatch('page_reporting.batch', options.capacity)
    this.requested = new WaitQueue(engine, 'page_reporting work')
    this.stopped = new WaitQueue(engine, 'page_reporting stopped')
    this.state[OFFSET] = options.capacity
    if (options.registered ?? true) this.requestFirst()
    for (const { events } of kernel.mm.buddies) events.setNotifyOrder(options.order)
    this.worker = engine.addTask('kworker page_reporting', cpus[0], (task) => this.workerBody(task), {
      priority: PRIORITY_HIGH,
      wakeNs: engine.costs.guestSwitch,
    })
  }

  get pagesAway(): number {
    return this.records.pagesAway
  }

  /** There is a device now (page_reporting_register). */
  register(): void {
    this.engine.cols.footprint.write(this.object)
    if (this.state[REGISTERED] === 1) return
    this.requestFirst()
    this.requested.wakeAll()
  }

  /** The device goes away: a pass under way ends first, and there is no other (page_reporting_unregister, cancel_delayed_work_sync). */
  *unregister(task: Task): Generator<Point, void, void> {
    this.engine.cols.footprint.write(this.object)
    this.state[REGISTERED] = 0
    while (this.state[PASSING] === 1) {
      this.stopped.wait(task)
      yield AT_STOP
    }
  }

  /** page_reporting_notify_free: the first block since the last pass schedules the work on this CPU. */
  collect(_task: Task, cpu: number, zone: number): void {
    if (this.kernel.mm.buddies[zone].events.takeNotified()) this.notify(cpu)
  }

  due(): boolean {
    return false
  }

  *handle(): Generator<Point, void, void> {
    // Nothing of page reporting runs in the free path.
  }

  complete(_slot: Slot, status: StatusType): void {
    this.engine.cols.footprint.write(this.object)
    this.state[TAKEN] = status === Status.OK || status === Status.PARTLY ? 1 : 0
  }

  *bottomHalf(): Generator<Point, void, void> {
    // The worker waits for its report and puts the blocks back itself.
  }

  /** Nobody waits for them. */
  get returns(): number {
    return 0
  }

  /** Linux does not wait for reports in flight when memory runs out: rule R3 is there instead. */
  *waitForReports(): Generator<Point, boolean, void> {
    return false
  }

  check(): void {
    this.records.check()
  }

  /** Asks for a first pass over what is free already. */
  private requestFirst(): void {
    this.state[REGISTERED] = 1
    this.state[STATE] = State.REQUESTED
    this.state[DUE_AT] = this.engine.now + this.options.delayNs
  }

  private notify(cpu: number): void {
    this.engine.cols.footprint.write(this.object)
    if (this.state[REGISTERED] === 0) return
    const before = this.state[STATE]
    this.state[STATE] = State.REQUESTED
    if (before !== State.IDLE) return
    this.schedule()
    this.worker.moveTo(this.cpus[cpu])
    this.requested.wakeAll()
  }

  private schedule(): void {
    const { delayNs, tick } = this.options
    this.state[DUE_AT] = tick === undefined ? this.engine.now + delayNs : timerExpiry(this.engine.now, delayNs, tick)
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      while (this.state[STATE] !== State.REQUESTED || this.state[REGISTERED] === 0) {
        this.requested.wait(task)
        yield AT_IDLE
      }
      task.wakeAt = this.state[DUE_AT]
      yield AT_DELAY
      this.engine.cols.footprint.write(this.object)
      if (this.state[REGISTERED] === 0) continue
      this.state[STATE] = State.ACTIVE
      this.state[PASSING] = 1
      this.records.count('passes')
      yield AT_START
      yield* this.pass(task)
      this.engine.cols.footprint.write(this.object)
      this.state[PASSING] = 0
      this.stopped.wakeAll()
      if (this.state[STATE] === State.ACTIVE) this.state[STATE] = State.IDLE
      else this.schedule()
    }
  }

  /** page_reporting_process */
  private *pass(task: Task): Generator<Point, void, void> {
    const cpu = Math.max(0, this.cpus.indexOf(task.cpu))
    if (this.options.defragment === true) yield* this.kernel.compactNow(task, cpu)
    if (!(yield* this.memory.take(task, cpu, 0))) return this.records.count('dropped')
    for (const buddy of this.kernel.mm.buddies) if (!(yield* this.processZone(task, buddy))) break
    yield* this.memory.giveBack(task, cpu, 0)
  }

  /** page_reporting_process_zone; false when the host failed, which ends the pass. */
  private *processZone(task: Task, buddy: ZoneBuddy): Generator<Point, boolean, void> {
    const { capacity, order } = this.options
    const { zone, lists } = buddy
    const mark = zone.fields[ZoneField.LOW] + capacity * 2 ** order
    if (!watermarkOk(zone, lists, 0, mark, 0, 0)) return true
    for (let o = order; o <= Math.min(MAX_ORDER, buddy.core.maxOrder); o++) {
      for (let type = 0; type < MIGRATETYPES; type++) {
        if (type === Migratetype.ISOLATE) continue
        if (lists.first(zone, type, o) < 0) continue
        if (!(yield* this.cycle(task, buddy, o, type))) return false
      }
    }
    return this.state[OFFSET] === capacity || (yield* this.reportRest(task, zone.index))
  }

  /** What no full report was made of goes out at the end of the zone. */
  private *reportRest(task: Task, zone: number): Generator<Point, boolean, void> {
    const ok = yield* this.report(task)
    const lock = this.kernel.zoneLocks[zone]
    if (lock.acquireIrq(task)) yield AT_CYCLE_LOCK
    this.drain(task, zone, ok)
    yield AT_CYCLE_UNLOCK
    lock.releaseIrq(task)
    return ok
  }

  /**
   * page_reporting_cycle: reports the blocks of one free list, within its budget; false when the host failed. The zone lock is dropped around each
   * report, and the walk starts again at the head of the list after it, because what was next may be gone.
   */
  private *cycle(task: Task, buddy: ZoneBuddy, order: number, type: number): Generator<Point, boolean, void> {
    const { zone, lists } = buddy
    const { capacity, budgetDivisor } = this.options
    const lock = this.kernel.zoneLocks[zone.index]
    if (lock.acquireIrq(task)) yield AT_CYCLE_LOCK
    let budget = divCeil(this.freeOfOrder(buddy, order), capacity * budgetDivisor)
    let ok = true
    let pfn = lists.first(zone, type, order)
    while (pfn >= 0) {
      const next = lists.after(pfn)
      if (lists.isReported(pfn)) {
        pfn = next
        continue
      }
      if (budget < 0) {
        this.engine.cols.footprint.write(this.object)
        this.state[STATE] = State.REQUESTED
        break
      }
      if (this.state[OFFSET] > 0) {
        if (!this.isolate(task, pfn, order)) break
        pfn = next
        continue
      }
      lists.rotateToFront(zone, type, order, pfn)
      yield AT_REPORT_UNLOCK
      lock.releaseIrq(task)
      ok = yield* this.report(task)
      budget--
      if (lock.acquireIrq(task)) yield AT_CYCLE_LOCK
      this.drain(task, zone.index, ok)
      if (!ok) break
      pfn = lists.first(zone, type, order)
    }
    if (ok && pfn >= 0) lists.rotateToFront(zone, type, order, pfn)
    yield AT_CYCLE_UNLOCK
    lock.releaseIrq(task)
    return ok
  }

  /** Takes one block into the scatterlist, from its end downwards. */
  private isolate(task: Task, pfn: number, order: number): boolean {
    this.engine.cols.footprint.write(this.object)
    if (!this.records.take(task, this.sgl, pfn, order)) return false
    this.options.fill?.(task, pfn, order)
    this.state[OFFSET]--
    return true
  }

  /** Sends what the scatterlist holds, in descriptor order, and waits; `drain` follows. True when the host took it. */
  private *report(task: Task): Generator<Point, boolean, void> {
    const { sgl, batch, records, state } = this
    this.engine.cols.footprint.write(this.object)
    // The last block isolated has the lowest index, so the host sees them in reverse.
    batch.count = sgl.count
    for (let i = 0; i < sgl.count; i++) {
      batch.pfn[i] = sgl.pfn[sgl.count - 1 - i]
      batch.order[i] = sgl.order[sgl.count - 1 - i]
    }
    sgl.count = 0
    task.charge(this.engine.costs.hintEntry * batch.count, Cause.PROTOCOL)
    state[TAKEN] = 0
    const slot = this.port.submit(batch)
    if (slot !== FULL) {
      records.inFlight(batch)
      if (!this.options.safeguards.putbackAfterCompletion) yield* records.putBack(task, batch, true)
      yield* this.port.finish(task, slot)
      this.port.release(slot)
    }
    this.engine.cols.footprint.write(this.object)
    state[OFFSET] = this.options.capacity
    if (state[TAKEN] === 0) records.count('failed')
    return state[TAKEN] !== 0
  }

  /** page_reporting_drain, under the zone lock: the blocks go back in descriptor order. */
  private drain(task: Task, zone: number, reported: boolean): void {
    this.records.putBackZone(task, this.batch, zone, reported)
    this.records.empty(this.batch)
  }

  /** nr_free of a free area: over all migratetypes. */
  private freeOfOrder(buddy: ZoneBuddy, order: number): number {
    let n = 0
    for (let type = 0; type < MIGRATETYPES; type++) n += buddy.lists.nrFree(buddy.zone, type, order)
    return n
  }
}
