/**
 * The device model that takes hints: every request is untrusted. One exit per request:
 *
 *     take --readable?--> entries: accepted | ignored (too small for this host) | rejected (outside, misaligned) --> answer, once
 *
 * It serves inline, in the exit of the vCPU that rang, or in a thread of its own; the guest cannot tell (P3).
 */
import { Counters, gfn as asGfn, MAX_ORDER } from '@hintlab/kit'
import { ColumnBatch, EMPTY, RequestKind, Status } from '@hintlab/protocol'
import type { RequestOutcome, RequestSource } from '@hintlab/protocol'
import { Cause, Kind, Mutex, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Vm } from './vm.ts'

const AT_TAKEN = point(Kind.RUN, 'device: request taken')
const AT_ANSWER = point(Kind.RUN, 'device: entries done')
const AT_ANSWERED = point(Kind.RUN, 'device: answered')
const AT_TURN = point(Kind.WAIT, 'device: wait until nobody else serves')
const AT_IDLE = point(Kind.WAIT, 'device: wait for a kick')

export interface DeviceOptions {
  readonly label: string
  /** Entries that a request may have; more are unreadable. */
  readonly entriesMax: number
  /** Hints of a smaller order are accepted and ignored, as QEMU ignores what is smaller than the backing page. */
  readonly ignoreBelowOrder?: number
  /** Discards are not allowed now (assigned device, postcopy): requests are answered and nothing is done. */
  readonly inhibited?: boolean
}

const Verdict = { DISCARD: 0, IGNORE: 1, REJECT: 2 } as const

/** What a device counts. */
export const DEVICE_COUNTERS = ['requests', 'accepted', 'ignored', 'rejected', 'refused', 'discardedPages', 'wakeups'] as const
export type DeviceCounter = (typeof DEVICE_COUNTERS)[number]

export class HintDevice {
  /** Woken when a request was answered: a vCPU that is held in its call waits here. */
  readonly answered: WaitQueue
  readonly source: RequestSource<Task>
  private readonly engine: Engine
  private readonly vm: Vm
  private readonly options: DeviceOptions
  private readonly rung: WaitQueue
  /** One server at a time: with inline service the exits of several vCPUs come here at once. */
  private readonly serving: Mutex
  private readonly batch: ColumnBatch
  private readonly outcome: RequestOutcome = { status: Status.OK, accepted: 0, rejected: 0, ignored: 0 }
  private readonly object: number
  private readonly counts: Counters<DeviceCounter>

  constructor(engine: Engine, vm: Vm, source: RequestSource<Task>, options: DeviceOptions) {
    this.engine = engine
    this.vm = vm
    this.source = source
    this.options = options
    this.serving = new Mutex(engine, `${options.label} serving`)
    this.rung = new WaitQueue(engine, `${options.label} rung`)
    this.answered = new WaitQueue(engine, `${options.label} answered`)
    this.object = engine.cols.objects(`${options.label} device`)
    this.batch = new ColumnBatch(engine.cols, `${options.label} device batch`, options.entriesMax, RequestKind.REPORT)
    this.counts = new Counters(engine.cols, `${options.label}.counts`, this.object, DEVICE_COUNTERS)
  }

  counter(name: DeviceCounter): number {
    return this.counts.get(name)
  }

  /** Tells the device thread that a request may be there. */
  wake(): void {
    this.counts.add('wakeups', 1)
    this.rung.wakeAll()
  }

  /** Body of the device thread. */
  *threadBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      yield* this.drain(task)
      this.rung.wait(task)
      yield AT_IDLE
    }
  }

  /** Serves requests until there is none and the guest will ring for the next. */
  *drain(task: Task): Generator<Point, void, void> {
    if (this.serving.acquire(task)) yield AT_TURN
    do {
      this.source.disarm()
      for (let handle = this.source.take(this.batch); handle !== EMPTY; handle = this.source.take(this.batch)) {
        this.engine.cols.footprint.write(this.object)
        task.charge(this.engine.costs.ringAdd, Cause.DEVICE)
        yield AT_TAKEN
        yield* this.serve(task)
        yield AT_ANSWER
        this.source.answer(handle, this.outcome)
        this.answered.wakeAll()
        this.source.signal(task)
        yield AT_ANSWERED
      }
    } while (this.source.arm())
    this.serving.release(task)
  }

  /** Does what the request says, entry by entry, and writes the outcome. */
  private *serve(task: Task): Generator<Point, void, void> {
    const { batch, outcome } = this
    outcome.accepted = outcome.ignored = outcome.rejected = 0
    outcome.status = this.refusal()
    this.counts.add('requests', 1)
    if (outcome.status !== Status.OK) {
      this.counts.add('refused', 1)
      return
    }
    for (let i = 0; i < batch.count; i++) {
      this.engine.cols.footprint.read(this.object)
      const first = batch.pfn[i]
      const order = batch.order[i]
      task.charge(this.engine.costs.deviceEntry, Cause.DEVICE)
      const verdict = this.judge(first, order)
      if (verdict === Verdict.REJECT) outcome.rejected++
      else if (verdict === Verdict.IGNORE) outcome.ignored++
      else {
        outcome.accepted++
        if (batch.kind === RequestKind.DEFLATE) continue
        yield* this.vm.discard(task, asGfn(first), 2 ** order)
        this.counts.add('discardedPages', 2 ** order)
      }
    }
    if (outcome.rejected > 0) outcome.status = Status.PARTLY
    this.counts.add('accepted', outcome.accepted)
    this.counts.add('ignored', outcome.ignored)
    this.counts.add('rejected', outcome.rejected)
  }

  /** Why the request as a whole is not served; OK when it is. */
  private refusal(): Status {
    const { kind } = this.batch
    if (!this.source.readable) return Status.REJECTED
    if (kind !== RequestKind.REPORT && kind !== RequestKind.INFLATE && kind !== RequestKind.DEFLATE) return Status.REJECTED
    return this.options.inhibited === true ? Status.INHIBITED : Status.OK
  }

  /** The entry is a guest's claim: an aligned block of a known order that lies in one stretch of guest memory, or not. */
  private judge(first: number, order: number): number {
    if (order > MAX_ORDER || first % 2 ** order !== 0) return Verdict.REJECT
    if (!this.vm.slots.contains(asGfn(first), 2 ** order)) return Verdict.REJECT
    return order < (this.options.ignoreBelowOrder ?? 0) ? Verdict.IGNORE : Verdict.DISCARD
  }
}
