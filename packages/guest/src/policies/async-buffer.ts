/**
 * The asynchronous proposal of the hinting thread: each vCPU collects the blocks it frees in a buffer; a full buffer is taken out of the allocator ("balloon-
 * like"), sent, and the vCPU goes on; the completion interrupt puts the pages back.
 *
 *   free (zone lock) --collect--> buffer[cpu] --full--> isolate --submit--> record[slot] --complete--> put back, Reported
 *                                    |                             FULL: drop | spill | wait
 *                                    +-- a worker flushes what waits longer than flushNs, and once sweeps what was free at the start
 *
 *   B1  A record belongs to one slot from submit to put back.     B2  An entry that is no longer free, whole and unreported when its buffer is sent is dropped.
 *   B3  Out of memory waits for reports in flight before it gives up.
 *
 * The same policy over an interface whose submitter waits is the synchronous variant: the freeing vCPU stands still for the report.
 */
import { assert, MAX_ORDER } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { FULL, Status } from '@hintlab/protocol'
import type { ColumnBatch, HintClient, HintPort, Status as StatusType } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import { Migratetype, MIGRATETYPES } from '../mm/migratetype.ts'
import type { ZoneBuddy } from '../mm/zone-buddy.ts'
import { HintRecords } from './hint-records.ts'
import { CpuBuffers } from './cpu-buffers.ts'
import { RequestMemory } from './request-memory.ts'
import type { RequestMemorySource } from './request-memory.ts'

const AT_TAKE_LOCK = point(Kind.SPIN, 'async buffer: zone lock to take the blocks out')
const AT_TAKE_UNLOCK = point(Kind.RUN, 'async buffer: blocks taken out, zone unlock')
const AT_SWEEP_LOCK = point(Kind.SPIN, 'async buffer: zone lock to sweep the free lists')
const AT_SWEEP_UNLOCK = point(Kind.RUN, 'async buffer: swept, zone unlock')
const AT_WAIT_SLOT = point(Kind.WAIT, 'async buffer: wait for a free request')
const AT_OOM_WAIT = point(Kind.WAIT, 'async buffer: out of memory, wait for reports in flight')
const AT_FLUSH_IDLE = point(Kind.WAIT, 'async buffer: worker waits for the flush timer')

/** Order of an entry that has left its batch. */
const DROPPED = 255

/** What happens to a full buffer while every request is in flight. */
export const WHEN_FULL = ['drop', 'spill', 'wait'] as const
export type WhenFull = (typeof WHEN_FULL)[number]

export interface AsyncBufferOptions {
  /** Entries of a vCPU's buffer, and of a request: 256 or 512 in the thread. */
  readonly entries: number
  /** Smallest order collected. */
  readonly order: number
  readonly whenFull: WhenFull
  /** A buffer that is not full is sent after this long; 0: never, as in the thread. */
  readonly flushNs: number
  /** Hint what is free when the policy starts. */
  readonly sweep: boolean
  /** Where a request's memory comes from. Default: preallocated, one piece for each request in flight. */
  readonly requestMemory?: RequestMemorySource
  /** Compact all memory before each flush by the worker, and before the sweep, on the account of hinting; only in a guest that has compaction. Default: not. */
  readonly defragment?: boolean
  readonly safeguards: HintSafeguards
}

// Elements of the state column: records put back, and the flush timer: 1 when it is set, for when, and 1 while the worker waits for it.
const RETURNS = 0
const FLUSH_ARMED = 1
const FLUSH_AT = 2
const FLUSH_IDLE = 3
const STATE_WORDS = 4

export class AsyncBuffer implements HintPolicy, HintClient<Task> {
  readonly records: HintRecords
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly port: HintPort<Task>
  private readonly options: AsyncBufferOptions
  private readonly buffers: CpuBuffers
  private readonly memory: RequestMemory
  private readonly cpus: readonly Cpu[]
  /** As many records as slots: whoever holds a record has a slot for it. */
  private readonly pool: readonly ColumnBatch[]
  private readonly object: number
  /** By slot: its record, or -1. By record: busy or not. */
  private readonly recordOfSlot: Int32Array
  private readonly statusOfSlot: Uint8Array
  private readonly busy: Uint8Array
  private readonly state: Float64Array
  private readonly returned: WaitQueue
  private readonly flushWork: WaitQueue
  private readonly worker: Task

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpus: readonly Cpu[], options: AsyncBufferOptions) {
    assert(options.entries <= port.entriesMax, 'a full buffer fits in one request')
    this.engine = engine
    this.kernel = kernel
    this.port = port
    this.options = options
    this.records = new HintRecords(engine, kernel, 'async_buffer', options.safeguards)
    const spill = options.whenFull === 'spill' ? 4 * options.entries : 0
    this.buffers = new CpuBuffers(engine.cols, cpus.length, options.entries, spill)
    this.cpus = cpus
    this.memory = new RequestMemory(engine, kernel, 'async_buffer', port.slots, options.requestMemory ?? 'preallocated')
    this.object = engine.cols.objects('async_buffer')
    this.pool = Array.from({ length: port.slots }, (_, i) => this.records.makeBatch(`async_buffer.record${i}`, options.entries))
    this.recordOfSlot = engine.cols.i32('async_buffer.recordOfSlot', port.slots, this.object)
    this.statusOfSlot = engine.cols.u8('async_buffer.statusOfSlot', port.slots, this.object)
    this.busy = engine.cols.u8('async_buffer.busy', port.slots, this.object)
    this.state = engine.cols.f64('async_buffer.state', STATE_WORDS, this.object)
    this.recordOfSlot.fill(-1)
    this.returned = new WaitQueue(engine, 'async_buffer returned')
    this.flushWork = new WaitQueue(engine, 'async_buffer flush')
    for (const { events } of kernel.mm.buddies) events.setCaptureOrder(options.order)
    this.worker = engine.addTask('kworker async_buffer', cpus[0], (task) => this.workerBody(task), {
      priority: PRIORITY_HIGH,
      wakeNs: engine.costs.guestSwitch,
    })
  }

  get pagesAway(): number {
    return this.records.pagesAway
  }

  get returns(): number {
    this.engine.cols.footprint.read(this.object)
    return this.state[RETURNS]
  }

  collect(task: Task, cpu: number, zone: number): void {
    const { events } = this.kernel.mm.buddies[zone]
    const notes = events.captured
    for (let i = 0; i < notes; i++) {
      task.charge(this.engine.costs.hintEntry, Cause.HINT)
      if (!this.buffers.add(cpu, events.pfnAt(i), events.orderAt(i))) this.records.count('dropped')
    }
    if (notes > 0) events.discard(notes)
    if (notes > 0) this.armFlush()
  }

  due(cpu: number): boolean {
    return this.buffers.isFull(cpu)
  }

  *handle(task: Task, cpu: number): Generator<Point, void, void> {
    while (this.buffers.isFull(cpu)) if (!(yield* this.send(task, cpu))) return
  }

  complete(slot: Slot, status: StatusType): void {
    this.engine.cols.footprint.write(this.object)
    assert(this.recordOfSlot[slot] >= 0, 'a completion finds its record')
    this.statusOfSlot[slot] = status
  }

  /** Puts back every completed record: in the interrupt handler, or in the task that waited. */
  *bottomHalf(task: Task): Generator<Point, void, void> {
    for (let slot = 0; slot < this.port.slots; slot++) {
      this.engine.cols.footprint.read(this.object)
      if (this.statusOfSlot[slot] !== 0) yield* this.returnRecord(task, slot as Slot)
    }
  }

  /** B3. Pages that are being taken out or put back count as in flight: whoever does that wakes the waiters when it is done. */
  *waitForReports(task: Task, seen: number): Generator<Point, boolean, void> {
    if (this.returns !== seen) return true
    if (this.records.pagesAway === 0) return false
    this.records.count('oomWaits')
    this.returned.wait(task)
    yield AT_OOM_WAIT
    return true
  }

  check(): void {
    this.records.check()
    this.buffers.check()
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    if (this.options.sweep) {
      yield* this.defragment(task)
      yield* this.sweep(task)
    }
    for (;;) {
      for (let cpu = 0; cpu < this.buffers.cpus; cpu++) {
        while (!this.buffers.isEmpty(cpu)) if (!(yield* this.send(task, cpu))) break
        if (!this.buffers.isEmpty(cpu)) this.armFlush()
      }
      this.flushWork.wait(task)
      this.setFlushIdle(1)
      yield AT_FLUSH_IDLE
      this.setFlushIdle(0)
      this.state[FLUSH_ARMED] = 0
      yield* this.defragment(task)
    }
  }

  private *defragment(task: Task): Generator<Point, void, void> {
    if (this.options.defragment === true) yield* this.kernel.compactNow(task, this.cpuOf(task))
  }

  /** Sets the flush timer unless it is set. A busy worker has no timer, because what it waits for would cancel it: it starts its own when it is idle. */
  private armFlush(): void {
    const { state } = this
    this.engine.cols.footprint.write(this.object)
    if (this.options.flushNs === 0 || state[FLUSH_ARMED] !== 0) return
    state[FLUSH_ARMED] = 1
    state[FLUSH_AT] = this.engine.now + this.options.flushNs
    if (state[FLUSH_IDLE] !== 0) this.engine.wakeAt(this.worker, state[FLUSH_AT])
  }

  private setFlushIdle(idle: number): void {
    this.engine.cols.footprint.write(this.object)
    this.state[FLUSH_IDLE] = idle
    if (idle !== 0 && this.state[FLUSH_ARMED] !== 0) this.engine.wakeAt(this.worker, this.state[FLUSH_AT])
  }

  /** Takes the oldest entries of a CPU's buffer out of the allocator and sends them. False when no request was free and the entries stay or are lost. */
  private *send(task: Task, cpu: number): Generator<Point, boolean, void> {
    const record = yield* this.acquireRecord(task, cpu)
    if (record < 0) return false
    const batch = this.pool[record]
    batch.count = 0
    yield* this.takeOut(task, cpu, batch)
    if (batch.count === 0) yield* this.freeRecord(task, record)
    else yield* this.submit(task, record)
    return true
  }

  /** A record whose request can be submitted, or -1 after doing what `whenFull` says. */
  private *acquireRecord(task: Task, cpu: number): Generator<Point, number, void> {
    for (;;) {
      const record = this.claimRecord(cpu)
      if (record >= 0 && (yield* this.memory.take(task, cpu, record))) return record
      if (record >= 0) {
        this.markFree(record)
        this.records.count('dropped', this.buffers.clear(cpu))
        return -1
      }
      if (this.options.whenFull !== 'wait') {
        if (this.options.whenFull === 'drop') this.records.count('dropped', this.buffers.clear(cpu))
        else this.records.count('spilled')
        return -1
      }
      this.records.count('waited')
      this.returned.wait(task)
      yield AT_WAIT_SLOT
    }
  }

  /**
   * Moves the oldest entries of a CPU's buffer into the batch, and isolates those that still are what they were when they were collected, zone by zone; the
   * others leave it. The entries change hands before the first yield, so that two senders never hold the same one.
   */
  private *takeOut(task: Task, cpu: number, batch: ColumnBatch): Generator<Point, void, void> {
    this.buffers.moveInto(cpu, batch)
    for (const { zone } of this.kernel.mm.buddies) {
      const lock = this.kernel.zoneLocks[zone.index]
      if (lock.acquireIrq(task)) yield AT_TAKE_LOCK
      batch.declare()
      for (let i = 0; i < batch.count; i++) {
        const pfn = batch.pfn[i]
        if (this.kernel.mm.zoneOf(pfn) === zone.index && !this.takeEntry(task, pfn, batch.order[i])) batch.order[i] = DROPPED
      }
      yield AT_TAKE_UNLOCK
      lock.releaseIrq(task)
    }
    compact(batch)
  }

  private takeEntry(task: Task, pfn: number, order: number): boolean {
    if (this.isHintable(pfn, order)) return this.records.isolate(task, pfn, order)
    task.charge(this.engine.costs.hintEntry, Cause.HINT)
    this.records.count('stale')
    return false
  }

  /** B2 */
  private isHintable(pfn: number, order: number): boolean {
    const { mm } = this.kernel
    return mm.core.isFreeHead(pfn, order) && !mm.lists.isReported(pfn)
  }

  private *submit(task: Task, record: number): Generator<Point, void, void> {
    const batch = this.pool[record]
    task.charge(this.engine.costs.hintEntry * batch.count, Cause.PROTOCOL)
    const slot = this.port.submit(batch)
    if (slot === FULL) return yield* this.giveUp(task, record) // there is a slot for each record, so the host has broken the transport
    this.engine.cols.footprint.write(this.object)
    this.recordOfSlot[slot] = record
    this.records.inFlight(batch)
    if (!this.records.safeguards.putbackAfterCompletion) yield* this.records.putBack(task, batch, true)
    yield* this.port.finish(task, slot)
    if (this.port.waits) yield* this.returnRecord(task, slot)
  }

  /** The blocks of a record that could not be sent go back, unreported. */
  private *giveUp(task: Task, record: number): Generator<Point, void, void> {
    this.records.count('failed')
    yield* this.records.putBack(task, this.pool[record], false)
    yield* this.freeRecord(task, record)
  }

  private *returnRecord(task: Task, slot: Slot): Generator<Point, void, void> {
    const record = this.recordOfSlot[slot]
    const ok = this.statusOfSlot[slot] === Status.OK || this.statusOfSlot[slot] === Status.PARTLY
    if (!ok) this.records.count('failed')
    this.engine.cols.footprint.write(this.object)
    this.statusOfSlot[slot] = 0
    this.recordOfSlot[slot] = -1
    yield* this.records.putBack(task, this.pool[record], ok)
    this.port.release(slot)
    this.state[RETURNS]++
    yield* this.freeRecord(task, record)
  }

  /** Once, at the start: collects every free block of the order and above, a buffer at a time. */
  private *sweep(task: Task): Generator<Point, void, void> {
    for (const buddy of this.kernel.mm.buddies) {
      for (let order = MAX_ORDER; order >= this.options.order; order--) {
        for (let type = 0; type < MIGRATETYPES; type++) {
          if (type !== Migratetype.ISOLATE && order <= buddy.core.maxOrder) yield* this.sweepList(task, buddy, order, type)
        }
      }
    }
  }

  private *sweepList(task: Task, buddy: ZoneBuddy, order: number, type: number): Generator<Point, void, void> {
    const lock = this.kernel.zoneLocks[buddy.zone.index]
    for (let found = true; found; ) {
      const record = yield* this.acquireForSweep(task)
      if (record < 0) return this.records.count('dropped')
      const batch = this.pool[record]
      batch.count = 0
      if (lock.acquireIrq(task)) yield AT_SWEEP_LOCK
      this.takeUnreported(task, buddy, order, type, batch)
      yield AT_SWEEP_UNLOCK
      lock.releaseIrq(task)
      found = batch.count === this.options.entries
      if (batch.count === 0) yield* this.freeRecord(task, record)
      else yield* this.submit(task, record)
    }
  }

  /** The sweep has time: it waits for a free request whatever `whenFull` says. -1 when a request gets no memory. */
  private *acquireForSweep(task: Task): Generator<Point, number, void> {
    const cpu = this.cpuOf(task)
    for (let record = this.claimRecord(cpu); ; record = this.claimRecord(cpu)) {
      if (record >= 0 && (yield* this.memory.take(task, cpu, record))) return record
      if (record >= 0) {
        this.markFree(record)
        return -1
      }
      this.returned.wait(task)
      yield AT_WAIT_SLOT
    }
  }

  /** A record to fill, -1 when as many are in use as there are slots, or slots of this CPU. */
  private claimRecord(cpu: number): number {
    this.engine.cols.footprint.write(this.object)
    const cpus = this.buffers.cpus
    const own = this.memory.source === 'per-cpu'
    const first = own ? cpu % this.busy.length : 0
    for (let record = first; record < this.busy.length; record += own ? cpus : 1) {
      if (this.busy[record] !== 0) continue
      this.busy[record] = 1
      return record
    }
    return -1
  }

  /** A record is free again, after its pages came back or because it had none: who waits for one, or for pages, tries again. */
  private *freeRecord(task: Task, record: number): Generator<Point, void, void> {
    yield* this.memory.giveBack(task, this.cpuOf(task), record)
    this.markFree(record)
  }

  private markFree(record: number): void {
    this.engine.cols.footprint.write(this.object)
    this.busy[record] = 0
    this.returned.wakeAll()
  }

  private cpuOf(task: Task): number {
    return Math.max(0, this.cpus.indexOf(task.cpu))
  }

  private takeUnreported(task: Task, buddy: ZoneBuddy, order: number, type: number, batch: ColumnBatch): void {
    const { lists, zone } = buddy
    for (let pfn = lists.first(zone, type, order); pfn >= 0 && batch.count < this.options.entries; ) {
      const next = lists.after(pfn)
      if (!lists.isReported(pfn) && !this.records.take(task, batch, pfn, order)) return
      pfn = next
    }
  }
}

/** Takes dropped entries out of a batch; the rest keeps its order. */
function compact(batch: ColumnBatch): void {
  let kept = 0
  batch.declare()
  for (let i = 0; i < batch.count; i++) {
    if (batch.order[i] === DROPPED) continue
    batch.pfn[kept] = batch.pfn[i]
    batch.order[kept++] = batch.order[i]
  }
  batch.count = kept
}
