/**
 * The device's side of the statistics queue. It holds the driver's one buffer and returns it when it wants new values: the return is the question, the
 * next buffer the answer.
 *
 *     buffer --take--> held, values noted ... interval over, or asked: answer --> driver fills and posts again
 *
 *   S1  One buffer is held at most; a second one sends the first back (QEMU and Firecracker do so).
 *   S2  What a buffer does not name is unset again; tags nobody knows are skipped and counted (rule 25).
 */
import { assert, Counters } from '@hintlab/kit'
import { EMPTY, STAT_TAGS, STAT_UNSET, Status } from '@hintlab/protocol'
import type { RequestOutcome, RequestSource, StatsBatch, StatTag } from '@hintlab/protocol'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'

const AT_TAKEN = point(Kind.RUN, 'balloon stats: buffer taken')
const AT_IDLE = point(Kind.WAIT, 'balloon stats: wait for a buffer or the interval')

/** Statistics of one buffer that are looked at. */
const ENTRIES_MAX = 64

export interface StatsCollectorOptions {
  readonly label: string
  /** Between two questions, ns; 0 asks only when told to. */
  readonly intervalNs: number
  /** Tags that this device knows: 0 to `knownTags` - 1. */
  readonly knownTags: number
  /** `fails`: the device gives up on a buffer with a tag it does not know, and never returns it. */
  readonly unknownTags: 'skipped' | 'fails'
}

export const STATS_COUNTERS = ['buffers', 'questions', 'unknownTags', 'extraBuffers', 'lostBuffers', 'unreadable', 'missed'] as const
export type StatsCounter = (typeof STATS_COUNTERS)[number]

// Elements of the state column.
const HELD = 0
const INTERVAL = 1
const NEXT_AT = 2
const ASKED = 3
const UPDATED_AT = 4
const WORDS = 5

const DONE: RequestOutcome = { status: Status.OK, accepted: 0, rejected: 0, ignored: 0 }

export class StatsCollector {
  readonly source: RequestSource<Task, StatsBatch>
  /** Called when the queue was found empty: a transport looks there whether its ring is still in order. */
  onDrained: () => void = () => {}
  private readonly engine: Engine
  private readonly options: StatsCollectorOptions
  private readonly object: number
  private readonly state: Float64Array
  private readonly values: Float64Array
  private readonly counts: Counters<StatsCounter>
  private readonly batch: StatsBatch
  private readonly work: WaitQueue

  constructor(engine: Engine, source: RequestSource<Task, StatsBatch>, options: StatsCollectorOptions) {
    const { cols } = engine
    const { label } = options
    this.engine = engine
    this.source = source
    this.options = options
    this.object = cols.objects(`${label} stats`)
    this.state = cols.f64(`${label}.statsState`, WORDS, this.object)
    this.values = cols.f64(`${label}.statsValues`, STAT_TAGS, this.object)
    this.counts = new Counters(cols, `${label}.statsCounts`, this.object, STATS_COUNTERS)
    this.batch = {
      count: 0,
      tag: cols.u16(`${label}.statsTags`, ENTRIES_MAX, this.object),
      value: cols.f64(`${label}.statsEntries`, ENTRIES_MAX, this.object),
    }
    this.work = new WaitQueue(engine, `${label} stats work`)
    assert(options.knownTags <= STAT_TAGS, 'a device knows no tag that has no place here')
    this.state[INTERVAL] = options.intervalNs
    this.forget()
  }

  counter(name: StatsCounter): number {
    return this.counts.get(name)
  }

  /** The last value of a statistic, STAT_UNSET when the last buffer did not name it. */
  value(tag: StatTag): number {
    return this.values[tag]
  }

  /** When the last buffer came, ns; 0 before the first. */
  get updatedAt(): number {
    return this.state[UPDATED_AT]
  }

  get holds(): boolean {
    return this.state[HELD] !== EMPTY
  }

  /** Asks for new values now, or as soon as there is a buffer. */
  ask(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[ASKED] = 1
    this.work.wakeAll()
  }

  /** From now on every `ns`; the first question comes at once, as in QEMU. 0: no more. */
  pollEvery(ns: number): void {
    this.engine.cols.footprint.write(this.object)
    assert(ns >= 0, 'an interval is not negative')
    this.state[INTERVAL] = ns
    this.state[NEXT_AT] = this.engine.now
    this.work.wakeAll()
  }

  /** The driver has posted something, or may have. */
  wake(): void {
    this.work.wakeAll()
  }

  /** The queue is gone, and the buffer with it. What was known stays until the next buffer. */
  detached(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[HELD] = EMPTY
  }

  /** Nothing is known any more. */
  forget(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[HELD] = EMPTY
    this.state[UPDATED_AT] = 0
    this.values.fill(STAT_UNSET)
  }

  /** Body of the device's task for this queue. */
  *threadBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      yield* this.drain(task)
      this.onDrained()
      this.poll(task)
      this.work.wait(task)
      if (this.state[INTERVAL] > 0) this.engine.wakeAt(task, this.state[NEXT_AT])
      yield AT_IDLE
    }
  }

  /** Takes what the driver has posted. */
  *drain(task: Task): Generator<Point, void, void> {
    do {
      this.source.disarm()
      for (let handle = this.source.take(this.batch); handle !== EMPTY; handle = this.source.take(this.batch)) {
        task.charge(this.engine.costs.ringAdd + this.engine.costs.deviceEntry * this.batch.count, Cause.DEVICE)
        this.hold(task, handle)
        yield AT_TAKEN
      }
    } while (this.source.arm())
  }

  private hold(task: Task, handle: number): void {
    this.engine.cols.footprint.write(this.object)
    this.counts.add('buffers')
    if (this.holds) {
      this.counts.add('extraBuffers')
      this.giveBack(task)
    }
    if (!this.source.readable) this.counts.add('unreadable')
    else if (!this.note()) {
      this.counts.add('lostBuffers')
      return
    }
    this.state[HELD] = handle
  }

  /** Takes over the values; false when the device gives up on them. */
  private note(): boolean {
    const { batch, values } = this
    const { knownTags, unknownTags } = this.options
    values.fill(STAT_UNSET)
    this.state[UPDATED_AT] = this.engine.now
    for (let i = 0; i < batch.count; i++) {
      if (batch.tag[i] < knownTags) values[batch.tag[i]] = batch.value[i]
      else {
        this.counts.add('unknownTags')
        if (unknownTags === 'fails') return false
      }
    }
    return true
  }

  /** Asks for new values if it is time to. */
  private poll(task: Task): void {
    const { state, engine } = this
    const due = state[INTERVAL] > 0 && engine.now >= state[NEXT_AT]
    if (due) {
      engine.cols.footprint.write(this.object)
      state[NEXT_AT] = engine.now + state[INTERVAL]
    }
    if (!due && state[ASKED] === 0) return
    if (!this.holds) {
      if (due) this.counts.add('missed')
      return
    }
    this.counts.add('questions')
    state[ASKED] = 0
    this.giveBack(task)
  }

  private giveBack(task: Task): void {
    const handle = this.state[HELD]
    this.state[HELD] = EMPTY
    this.source.answer(handle, DONE)
    this.source.signal(task)
  }
}
