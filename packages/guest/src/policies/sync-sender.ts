/**
 * The submitter that waits: one request, from `submit` to the release of its slot, in the task that sends it. What the policies share whose thread or caller
 * stands still for the host. Any number of tasks may be in a call at once, each in a slot of its own.
 *
 *   report: blocks ISOLATED -> IN_FLIGHT -> submit, finish -> the caller puts them back
 *
 *   Y1  A slot belongs to one call from submit to release.
 */
import { assert } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { FULL, Status } from '@hintlab/protocol'
import type { ColumnBatch, HintBatch, HintClient, HintPort, Status as StatusType } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { HintRecords } from './hint-records.ts'

export class SyncSender implements HintClient<Task> {
  readonly records: HintRecords
  protected readonly engine: Engine
  protected readonly port: HintPort<Task>
  private readonly statusObject: number
  private readonly statusOfSlot: Uint8Array

  constructor(engine: Engine, port: HintPort<Task>, records: HintRecords, label: string) {
    assert(port.waits, 'this policy waits for its reports, so its submitter cannot go on')
    this.engine = engine
    this.port = port
    this.records = records
    this.statusObject = engine.cols.objects(`${label} sender`)
    this.statusOfSlot = engine.cols.u8(`${label}.status`, port.slots, this.statusObject)
  }

  get pagesAway(): number {
    return this.records.pagesAway
  }

  /** Nobody waits for them. */
  get returns(): number {
    return 0
  }

  /** These policies have no answer to memory that runs out while they hold some. */
  *waitForReports(): Generator<Point, boolean, void> {
    return false
  }

  /** Submits a copy of the batch; the slot, or FULL. `finish` follows. */
  submit(task: Task, batch: HintBatch): Slot | typeof FULL {
    task.charge(this.engine.costs.hintEntry * batch.count, Cause.PROTOCOL)
    const slot = this.port.submit(batch)
    if (slot === FULL) this.records.count('failed')
    return slot
  }

  /** Waits as the interface's submitter does; true when the host took the request. */
  *finish(task: Task, slot: Slot): Generator<Point, boolean, void> {
    yield* this.port.finish(task, slot)
    this.engine.cols.footprint.write(this.statusObject)
    const status = this.statusOfSlot[slot]
    this.port.release(slot)
    const ok = status === Status.OK || status === Status.PARTLY
    if (!ok) this.records.count('failed')
    return ok
  }

  /** Reports isolated blocks and waits; true when the host took them. The caller puts them back, unless F2 is off and they are back already. */
  *report(task: Task, batch: ColumnBatch): Generator<Point, boolean, void> {
    const slot = this.submit(task, batch)
    if (slot === FULL) return false
    this.records.inFlight(batch)
    if (!this.records.safeguards.putbackAfterCompletion) yield* this.records.putBack(task, batch, false)
    return yield* this.finish(task, slot)
  }

  complete(slot: Slot, status: StatusType): void {
    this.engine.cols.footprint.write(this.statusObject)
    this.statusOfSlot[slot] = status
  }

  *bottomHalf(): Generator<Point, void, void> {
    // Whoever submitted waits, and does the rest itself.
  }
}
