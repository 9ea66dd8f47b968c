/**
 * The device model that takes hints: every request is untrusted. One exit per request:
 *
 *     take --readable?--> entries: accepted | ignored (too small, or refused by the host's memory) | rejected (outside, misaligned) --> answer, once
 *       ^                    |
 *       +---- more of it? ---+     a request that is larger than a batch comes in parts, and has one outcome
 *
 * Several sources, the queues of one device, are served in turn: a guest that floods one does not starve the others. It serves inline, in the exit of the
 * vCPU that rang, or in a thread of its own; the guest cannot tell (P3).
 *
 *   H1  Hints of free page hinting count only while their run is the present one (`currentRun`); others are ignored, whatever they name.
 */
import { assert, Counters, gfn as asGfn, MAX_ORDER } from '@hintlab/kit'
import { ColumnBatch, EMPTY, HintCommand, RequestKind, Status } from '@hintlab/protocol'
import type { RequestOutcome, RequestSource } from '@hintlab/protocol'
import { Cause, Kind, Mutex, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { Discarded } from './discard.ts'
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
  /** Blocks of a request that follow each other, upwards or downwards, are dropped with one call. Every block pays its `deviceEntry` all the same. */
  readonly joins?: boolean
  /** Whether a request of this kind, with this `extra`, is accepted and leaves the memory as it is, now; every one of its entries is ignored. */
  readonly keeps?: (kind: RequestKind, extra: number) => boolean
  /** Whether the page is still what the guest said of it: only then its discard is carried out, in the step of this look (Vm.discardUnused). */
  readonly stillUnused?: (pfn: number) => boolean
  /** A block of the present run of free page hinting. Takes the place of its discard: a migration has no use for that. */
  readonly hinted?: (first: number, order: number) => void
  /** The guest has begun the run `commandId` of free page hinting, or ended the present one (HintCommand.STOP). Without, commands are refused. */
  readonly command?: (commandId: number) => void
  /** A request was carried out and is about to be answered: blocks and pages that were accepted, and blocks that were refused. */
  readonly served?: (kind: RequestKind, blocks: number, pages: number, rejected: number) => void
  /** A block of the guest's memory was named in a request, and was not refused. Called before it is discarded. */
  readonly named?: (kind: RequestKind, first: number, order: number) => void
}

const Verdict = { DISCARD: 0, IGNORE: 1, REJECT: 2 } as const

/** Elements of `state`: the run, the pages accepted of the present request, and the range joined so far (`joins`): its first page, pages and blocks. */
const RUN = 0
const PAGES = 1
const JOINED_FIRST = 2
const JOINED_PAGES = 3
const JOINED_BLOCKS = 4
const STATE_WORDS = 5

/** What a device counts. */
export const DEVICE_COUNTERS = ['requests', 'accepted', 'ignored', 'rejected', 'refused', 'discardedPages', 'wakeups', 'stale'] as const
export type DeviceCounter = (typeof DEVICE_COUNTERS)[number]

export class HintDevice {
  /** Woken when a request was answered: a vCPU that is held in its call waits here. */
  readonly answered: WaitQueue
  readonly sources: readonly RequestSource<Task>[]
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
  private readonly state: Uint32Array

  constructor(engine: Engine, vm: Vm, sources: RequestSource<Task> | readonly RequestSource<Task>[], options: DeviceOptions) {
    this.engine = engine
    this.vm = vm
    this.sources = Array.isArray(sources) ? (sources as readonly RequestSource<Task>[]) : [sources as RequestSource<Task>]
    assert(this.sources.length > 0, 'a device has requests from somewhere')
    this.options = options
    this.serving = new Mutex(engine, `${options.label} serving`)
    this.rung = new WaitQueue(engine, `${options.label} rung`)
    this.answered = new WaitQueue(engine, `${options.label} answered`)
    this.object = engine.cols.objects(`${options.label} device`)
    this.batch = new ColumnBatch(engine.cols, `${options.label} device batch`, options.entriesMax, RequestKind.REPORT)
    this.counts = new Counters(engine.cols, `${options.label}.counts`, this.object, DEVICE_COUNTERS)
    this.state = engine.cols.u32(`${options.label}.run`, STATE_WORDS, this.object)
  }

  /** The only source, or the first. */
  get source(): RequestSource<Task> {
    return this.sources[0]
  }

  /** The run of free page hinting whose hints are believed; HintCommand.STOP when there is none. */
  get currentRun(): number {
    return this.state[RUN]
  }

  set currentRun(commandId: number) {
    assert(commandId !== HintCommand.DONE, 'a run has an id of its own')
    this.engine.cols.footprint.write(this.object)
    this.state[RUN] = commandId
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
      for (const source of this.sources) source.disarm()
      for (let served = true; served; ) {
        served = false
        for (const source of this.sources) if (yield* this.serveNext(task, source)) served = true
      }
    } while (this.arm())
    this.serving.release(task)
  }

  /** True when a source has a request that came after it was found empty. */
  private arm(): boolean {
    let again = false
    for (const source of this.sources) if (source.arm()) again = true
    return again
  }

  /** Serves one request of a source, all its parts; false when there is none. */
  private *serveNext(task: Task, source: RequestSource<Task>): Generator<Point, boolean, void> {
    const { outcome } = this
    const handle = source.take(this.batch)
    if (handle === EMPTY) return false
    this.vm.nextRequest()
    this.engine.cols.footprint.write(this.object)
    task.charge(this.engine.costs.ringAdd, Cause.DEVICE)
    yield AT_TAKEN
    this.counts.add('requests', 1)
    outcome.accepted = outcome.ignored = outcome.rejected = 0
    outcome.status = Status.OK
    this.state[PAGES] = 0
    yield* this.serve(task, source)
    while (source.more) {
      // The same handle: nobody else takes from this source, and a reset ends the request.
      source.take(this.batch)
      yield* this.serve(task, source)
    }
    this.count()
    this.options.served?.(this.batch.kind, outcome.accepted, this.state[PAGES], outcome.rejected)
    yield AT_ANSWER
    source.answer(handle, outcome)
    this.answered.wakeAll()
    source.signal(task)
    yield AT_ANSWERED
    return true
  }

  /** Does what the part of the request in `batch` says, entry by entry, and adds to the outcome. */
  private *serve(task: Task, source: RequestSource<Task>): Generator<Point, void, void> {
    const { batch, outcome } = this
    const refusal = this.refusal(source)
    if (refusal !== Status.OK) {
      outcome.status = refusal
      this.counts.add('refused', 1)
      return
    }
    if (batch.kind === RequestKind.HINT_COMMAND) return this.options.command!(batch.commandId)
    const leaves = this.leavesAll()
    const joins = this.options.joins === true && batch.kind !== RequestKind.HINT && this.options.stillUnused === undefined
    for (let i = 0; i < batch.count; i++) {
      this.engine.cols.footprint.read(this.object)
      const first = batch.pfn[i]
      const order = batch.order[i]
      task.charge(this.engine.costs.deviceEntry, Cause.DEVICE)
      const verdict = leaves ? Verdict.IGNORE : this.judge(first, order)
      if (verdict !== Verdict.REJECT) this.options.named?.(batch.kind, first, order)
      if (verdict === Verdict.REJECT) outcome.rejected++
      else if (verdict === Verdict.IGNORE) outcome.ignored++
      else {
        outcome.accepted++
        this.state[PAGES] += 2 ** order
        if (batch.kind === RequestKind.DEFLATE) continue
        if (!joins) yield* this.discard(task, first, order)
        else if (!this.join(first, 2 ** order)) {
          yield* this.discardJoined(task)
          this.state[JOINED_FIRST] = first
          this.state[JOINED_PAGES] = 2 ** order
          this.state[JOINED_BLOCKS] = 1
        }
      }
    }
    yield* this.discardJoined(task)
    if (outcome.rejected > 0 && outcome.status === Status.OK) outcome.status = Status.PARTLY
  }

  /** Adds a block to the joined range; false when it does not lie at one of its ends. */
  private join(first: number, pages: number): boolean {
    const { state } = this
    const [start, count] = [state[JOINED_FIRST], state[JOINED_PAGES]]
    if (count === 0 || (first !== start + count && first + pages !== start)) return false
    const low = Math.min(first, start)
    if (!this.vm.slots.contains(asGfn(low), count + pages)) return false
    state[JOINED_FIRST] = low
    state[JOINED_PAGES] = count + pages
    state[JOINED_BLOCKS]++
    return true
  }

  /** Drops the joined range, if there is one. */
  private *discardJoined(task: Task): Generator<Point, void, void> {
    const { state } = this
    const pages = state[JOINED_PAGES]
    if (pages === 0) return
    state[JOINED_PAGES] = 0
    const result = yield* this.vm.discard(task, asGfn(state[JOINED_FIRST]), pages)
    this.note(result, state[JOINED_BLOCKS], pages)
  }

  private *discard(task: Task, first: number, order: number): Generator<Point, void, void> {
    const { stillUnused, hinted } = this.options
    const pages = 2 ** order
    if (this.batch.kind === RequestKind.HINT && hinted !== undefined) return hinted(first, order)
    if (stillUnused === undefined) this.note(yield* this.vm.discard(task, asGfn(first), pages), 1, pages)
    else this.note(yield* this.vm.discardUnused(task, asGfn(first), pages, stillUnused), 1, pages)
  }

  /** Counts what became of blocks that were accepted. Those that the host's memory refused are ignored after all, as those that are too small for it. */
  private note(result: Discarded, blocks: number, pages: number): void {
    if (result === Discarded.DONE) return this.counts.add('discardedPages', pages)
    if (result === Discarded.STALE) return this.counts.add('stale', pages)
    this.outcome.accepted -= blocks
    this.outcome.ignored += blocks
    this.state[PAGES] -= pages
  }

  private count(): void {
    const { accepted, ignored, rejected } = this.outcome
    this.counts.add('accepted', accepted)
    this.counts.add('ignored', ignored)
    this.counts.add('rejected', rejected)
  }

  /** Whether every entry of the batch is accepted and left alone: hints of another run (H1), kinds that this device keeps. */
  private leavesAll(): boolean {
    const { kind, commandId, count } = this.batch
    if (kind === RequestKind.HINT && (commandId === HintCommand.STOP || commandId !== this.currentRun)) {
      this.counts.add('stale', count)
      return true
    }
    return this.options.keeps?.(kind, this.batch.extra) === true
  }

  /** Why the request as a whole is not served; OK when it is. */
  private refusal(source: RequestSource<Task>): Status {
    const { kind } = this.batch
    if (!source.readable) return Status.REJECTED
    switch (kind) {
      case RequestKind.HINT_COMMAND: return this.options.command === undefined ? Status.REJECTED : Status.OK
      case RequestKind.REPORT:
      case RequestKind.INFLATE:
      case RequestKind.DEFLATE:
      case RequestKind.HINT: return this.options.inhibited === true ? Status.INHIBITED : Status.OK
      default: return Status.REJECTED
    }
  }

  /** The entry is a guest's claim: an aligned block of a known order that lies in one stretch of guest memory, or not. */
  private judge(first: number, order: number): number {
    if (order > MAX_ORDER || first % 2 ** order !== 0) return Verdict.REJECT
    if (!this.vm.slots.contains(asGfn(first), 2 ** order)) return Verdict.REJECT
    return order < (this.options.ignoreBelowOrder ?? 0) ? Verdict.IGNORE : Verdict.DISCARD
  }
}
