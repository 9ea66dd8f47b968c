/**
 * A migration of the guest to another host, in rounds, as far as free page hinting needs a client: what is to be sent, what was written meanwhile, and what the
 * hints leave out (migration/ram.c ram_save_iterate, migration_bitmap_sync; virtio-balloon.c virtio_balloon_free_page_hint_notify).
 *
 *     round:  stop the run -> bitmap |= log, log = 0 -> little left? stop the guest, send the rest, DONE
 *                                                    -> else start a run -> send what is in the bitmap, page by page, while hints clear bits of it
 *     guest writes -> log
 *
 *   M1  A hint clears the bitmap and never the log: what the guest writes into a hinted block is found by the next round.
 *   M2  A run lasts no longer than its round: a hint that comes later could name what was written before the bitmap was made (HintDevice H1).
 *
 * Writes are logged exactly and for free; what it costs to learn of them (write protection, page modification logs, huge pages split) is not modelled here.
 * Pages that the host does not back are zero, and are told in a few bytes.
 */
import { assert, Counters, MS, gfn as asGfn } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { HintRuns } from '../balloon/hint-runs.ts'
import type { HintDevice } from '../device.ts'
import type { Vm } from '../vm.ts'

const AT_START = point(Kind.SLEEP, 'migration: wait for its start')
const AT_SENDING = point(Kind.SLEEP, 'migration: pages on the wire')
const AT_ROUND = point(Kind.RUN, 'migration: bitmap synchronised')
const AT_DONE = point(Kind.RUN, 'migration: done')

export interface PrecopyOptions {
  readonly startNs: number
  readonly everyNs: number
  readonly migrations: number
  readonly pagesPerMs: number
  /** So few pages are sent with the guest stopped. */
  readonly stopPages: number
  readonly roundsMax: number
  /** Frames of guest memory: the arrays go from 0 to here. */
  readonly pages: number
  /** The guest goes on at the other end, which lacks the last contents of the pages that `stale` names. */
  readonly arrived: (stale: (gfn: number) => boolean) => void
}

/** `sent` with content, `zero` without; `hinted` were left out; `stopped` of those sent were sent while the guest stood still. */
export const PRECOPY_COUNTERS = ['migrations', 'rounds', 'sent', 'zero', 'hinted', 'stopped'] as const
export type PrecopyCounter = (typeof PRECOPY_COUNTERS)[number]

export class Precopy {
  private readonly engine: Engine
  private readonly vm: Vm
  private readonly device: HintDevice
  private readonly runs: HintRuns
  private readonly options: PrecopyOptions
  private readonly object: number
  private readonly counts: Counters<PrecopyCounter>
  /** To be sent in this round; written since it began; not at the other end as it is here. */
  private readonly bitmap: Uint8Array
  private readonly log: Uint8Array
  private readonly stale: Uint8Array

  constructor(engine: Engine, vm: Vm, device: HintDevice, runs: HintRuns, options: PrecopyOptions) {
    const { cols } = engine
    this.engine = engine
    this.vm = vm
    this.device = device
    this.runs = runs
    this.options = options
    this.object = cols.objects('migration')
    this.counts = new Counters(cols, 'migration.counts', this.object, PRECOPY_COUNTERS)
    this.bitmap = cols.u8('migration.bitmap', options.pages, this.object)
    this.log = cols.u8('migration.log', options.pages, this.object)
    this.stale = cols.u8('migration.stale', options.pages, this.object)
    vm.dirtyLog = (gfn) => this.written(gfn)
  }

  counter(name: PrecopyCounter): number {
    return this.counts.get(name)
  }

  /** Body of the migration thread. */
  *body(task: Task): Generator<Point, void, void> {
    const { startNs, everyNs, migrations } = this.options
    for (let n = 0; n < migrations; n++) {
      task.wakeAt = Math.max(this.engine.localNow(task), startNs + n * everyNs)
      yield AT_START
      yield* this.migrate(task)
    }
    yield AT_DONE
  }

  /** What the driver sent on the free page queue. */
  command(id: number): void {
    this.runs.command(id)
    this.device.currentRun = this.runs.current
  }

  /** A block of the present run: M1. */
  hinted(first: number, order: number): void {
    this.engine.cols.footprint.write(this.object)
    for (let p = first; p < first + 2 ** order; p++) {
      if (this.bitmap[p] === 0) continue
      this.bitmap[p] = 0
      this.counts.add('hinted', 1)
    }
  }

  private written(gfn: number): void {
    this.engine.cols.footprint.write(this.object)
    this.log[gfn] = 1
    this.stale[gfn] = 1
  }

  private *migrate(task: Task): Generator<Point, void, void> {
    const { options, runs } = this
    this.engine.cols.footprint.write(this.object)
    this.counts.add('migrations', 1)
    this.bitmap.fill(0)
    this.vm.logsWrites = true
    for (let p = 0; p < options.pages; p++) this.stale[p] = this.log[p] = this.vm.slots.contains(asGfn(p), 1) ? 1 : 0
    for (let round = 1; ; round++) {
      runs.stop()
      const left = this.synchronise()
      if (left <= options.stopPages || round > options.roundsMax) break
      this.counts.add('rounds', 1)
      runs.start()
      yield AT_ROUND
      yield* this.sendRound(task)
    }
    this.sendRest(task)
    this.vm.logsWrites = false
    runs.done()
    yield AT_ROUND
  }

  /** migration_bitmap_sync: what was written joins what is left; pages to send. */
  private synchronise(): number {
    this.engine.cols.footprint.write(this.object)
    let left = 0
    for (let p = 0; p < this.bitmap.length; p++) {
      this.bitmap[p] |= this.log[p]
      left += this.bitmap[p]
    }
    this.log.fill(0)
    return left
  }

  private *sendRound(task: Task): Generator<Point, void, void> {
    let onWire = 0
    for (let p = 0; p < this.bitmap.length; p++) {
      if (this.bitmap[p] === 0 || !this.send(task, p)) continue
      if (++onWire < this.options.pagesPerMs) continue
      onWire = 0
      task.wakeAt = this.engine.localNow(task) + MS
      yield AT_SENDING
    }
    task.wakeAt = this.engine.localNow(task) + Math.ceil((onWire * MS) / this.options.pagesPerMs)
    yield AT_SENDING
  }

  /** The guest stands still: one step. */
  private sendRest(task: Task): void {
    for (let p = 0; p < this.bitmap.length; p++) if (this.bitmap[p] === 1 && this.send(task, p)) this.counts.add('stopped', 1)
    assert(this.bitmap.indexOf(1) < 0, 'nothing is left when the guest goes on elsewhere')
    this.options.arrived((gfn) => this.stale[gfn] === 1)
  }

  /** False when the page is zero, which costs a few bytes. */
  private send(task: Task, gfn: number): boolean {
    this.engine.cols.footprint.write(this.object)
    this.bitmap[gfn] = 0
    this.stale[gfn] = 0
    const backed = this.vm.frameOf(asGfn(gfn)) >= 0
    this.counts.add(backed ? 'sent' : 'zero', 1)
    if (backed) task.charge(this.engine.costs.copy4k, Cause.DEVICE)
    return backed
  }
}
