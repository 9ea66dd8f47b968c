/**
 * The policy to begin a new one from: a worker that waits for the notes which freed blocks leave (mm/free-events.ts), rests a while, takes what was freed and
 * is still free, reports it and waits. What is particular about an interface is a method to override:
 *
 *   free --note--> worker: rest --> [ take a batch under the zone lock --> describe --> report, wait --> put back ] x until no notes are left
 *                          when      what                                   says besides
 *
 *   W1  A block is isolated before it is reported and put back after the answer (safeguards F1, F2), whatever the overridden methods do.
 *   W2  A note is looked at once. A block that was allocated again, or has merged, is passed over: whoever merged it has left a note of the larger one.
 */
import type { ColumnBatch, HintPort } from '@hintlab/protocol'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import { HintRecords } from './hint-records.ts'
import { SyncSender } from './sync-sender.ts'

const AT_IDLE = point(Kind.WAIT, 'note worker: until something is freed')
const AT_REST = point(Kind.SLEEP, 'note worker: until the next pass')
const AT_TAKE_LOCK = point(Kind.SPIN, 'note worker: zone lock to take what was freed')
const AT_TAKE_UNLOCK = point(Kind.RUN, 'note worker: blocks taken, zone unlock')

/** What a policy is built on; what lab hands to the policies of a machine has all of it. */
export interface PolicyGround {
  readonly engine: Engine
  readonly kernel: GuestKernel
  /** The first of them carries the requests. Its `entriesMax` is the most blocks of one. */
  readonly ports: readonly HintPort<Task>[]
  /** The first of them runs the worker. */
  readonly vcpus: readonly Cpu[]
  readonly safeguards: HintSafeguards
}

export interface NoteWorkerOptions {
  /** Names its columns and its task. */
  readonly label: string
  /** Smallest order, after merging, of a block that is hinted; at most the guest's largest. */
  readonly order: number
  /** How long the worker rests after something was freed, ns. */
  readonly restNs: number
  /** Length of `numbers`; 0 by default. */
  readonly numbers?: number
}

export class NoteWorker extends SyncSender implements HintPolicy {
  protected readonly kernel: GuestKernel
  /** What an overriding method remembers, all 0 at first. It starts over and is saved with the machine, which a field of the class would not be. */
  protected readonly numbers: Float64Array
  private readonly numbersObject: number
  private readonly restNs: number
  private readonly batch: ColumnBatch
  private readonly freed: WaitQueue

  constructor({ engine, kernel, ports: [port], vcpus, safeguards }: PolicyGround, { label, order, restNs, numbers = 0 }: NoteWorkerOptions) {
    super(engine, port, new HintRecords(engine, kernel, label, safeguards), label)
    this.kernel = kernel
    this.restNs = restNs
    this.numbersObject = engine.cols.objects(`${label} numbers`)
    this.numbers = engine.cols.f64(`${label}.numbers`, numbers, this.numbersObject)
    this.batch = this.records.makeBatch(`${label}.batch`, port.entriesMax)
    this.freed = new WaitQueue(engine, `${label} freed`)
    for (const { events } of kernel.mm.buddies) events.setCaptureOrder(Math.min(order, kernel.mm.core.maxOrder))
    engine.addTask(`kworker ${label}`, vcpus[0], (task) => this.worker(task), { wakeNs: engine.costs.guestSwitch })
  }

  /** When: the time of the next pass, after something was freed. ns of virtual time. */
  protected passAt(task: Task): number {
    return this.engine.localNow(task) + this.restNs
  }

  /** What: whether a free block is hinted. Called with its zone's lock held. */
  protected wants(_pfn: number, _order: number, _task: Task): boolean {
    return true
  }

  /** What the request says besides its blocks: sets `batch.extra` and the like. */
  protected describe(_batch: ColumnBatch, _task: Task): void {
    // Nothing.
  }

  /** After each free, with the zone lock held: the worker reads the notes. */
  collect(): void {
    if (this.hasNotes()) this.freed.wakeAll()
  }

  due(): boolean {
    return false
  }

  *handle(): Generator<Point, void, void> {
    // The worker does the rest.
  }

  check(): void {
    this.records.check()
  }

  private *worker(task: Task): Generator<Point, void, void> {
    for (;;) {
      while (!this.hasNotes()) {
        this.freed.wait(task)
        yield AT_IDLE
      }
      this.engine.cols.footprint.write(this.numbersObject)
      task.wakeAt = this.passAt(task)
      yield AT_REST
      this.records.count('passes')
      for (let zone = 0; zone < this.kernel.mm.zones.length; zone++) yield* this.passZone(task, zone)
    }
  }

  private *passZone(task: Task, zone: number): Generator<Point, void, void> {
    while (this.kernel.mm.buddies[zone].events.captured > 0) {
      yield* this.take(task, zone)
      if (this.batch.count === 0) continue
      this.engine.cols.footprint.write(this.numbersObject)
      this.describe(this.batch, task)
      const taken = yield* this.report(task, this.batch)
      yield* this.records.putBack(task, this.batch, taken)
    }
  }

  private hasNotes(): boolean {
    for (const { events } of this.kernel.mm.buddies) if (events.captured > 0) return true
    return false
  }

  /** Moves noted blocks that are still free into the batch, out of everybody's reach. It looks at as many notes as a batch has entries, then drops the lock. */
  private *take(task: Task, zone: number): Generator<Point, void, void> {
    const { mm, zoneLocks } = this.kernel
    const { events } = mm.buddies[zone]
    if (zoneLocks[zone].acquireIrq(task)) yield AT_TAKE_LOCK
    this.engine.cols.footprint.write(this.numbersObject)
    const notes = Math.min(events.captured, this.batch.pfn.length)
    for (let i = 0; i < notes; i++) {
      const pfn = events.pfnAt(i)
      const order = events.orderAt(i)
      if (mm.core.isFreeHead(pfn, order) && this.wants(pfn, order, task)) this.records.take(task, this.batch, pfn, order)
      else this.records.count('stale')
    }
    events.discard(notes)
    yield AT_TAKE_UNLOCK
    zoneLocks[zone].releaseIrq(task)
  }
}
