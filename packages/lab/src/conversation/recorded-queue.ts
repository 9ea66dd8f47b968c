/** The host's end of one queue of a recording: answers and interrupts as they were recorded, and kicks only where there was one. */
import { decodeAnswer, EMPTY, makeAnswer, makeBatch, BATCH_ENTRIES_MAX, QueueRole, Status } from '@hintlab/protocol'
import type { GuestMemory, HintBatch, RequestSource, StatsBatch, TapEvent } from '@hintlab/protocol'
import type { Measure, Task } from '@hintlab/sim'
import { QueueTap } from '@hintlab/transport'
import type { MachineQueue } from '../machine.ts'
import { Diverged } from './divergence.ts'
import { wordsDiffer } from './same-event.ts'

/** Statistics of one buffer that are read. */
const STATS_MAX = 64

const NOTHING = new Uint8Array(0)

type Source = RequestSource<Task, HintBatch | StatsBatch> & { readonly interrupts: number }

export class RecordedQueue {
  private readonly engine: Measure
  private readonly memory: GuestMemory
  private readonly queue: MachineQueue
  private readonly source: Source
  private readonly kicks: readonly TapEvent[]
  private kicked = 0
  private readonly requests: { readonly handle: number; readonly arg: number }[] = []
  /** Arguments of calls whose requests have not been taken, in their order. */
  private readonly calls: number[] = []
  private readonly batch: HintBatch | StatsBatch
  private readonly answer = makeAnswer()

  constructor(engine: Measure, memory: GuestMemory, queue: MachineQueue, events: readonly TapEvent[]) {
    this.engine = engine
    this.memory = memory
    this.queue = queue
    // The union of the two kinds of sources, each with the batch of its own.
    const source: unknown = queue.transport.source
    this.source = source as Source
    this.kicks = events.filter(({ kick }) => kick && (kick.queue ?? 0) === queue.number)
    this.batch = queue.role === QueueRole.STATS
      ? { count: 0, tag: new Uint16Array(STATS_MAX), value: new Float64Array(STATS_MAX) }
      : makeBatch(BATCH_ENTRIES_MAX)
    if (queue.transport.place !== null) queue.transport.guestWire.needsKick = () => this.wantsKick()
  }

  /** Requests that wait for their recorded answers. */
  get open(): number {
    return this.requests.length
  }

  /** A vCPU is in the host with a hypercall. */
  called(arg: number): void {
    this.source.rung(arg)
    this.calls.push(arg)
  }

  hasCalled(arg: number): boolean {
    return this.calls.includes(arg) || this.requests.some((request) => request.arg === arg)
  }

  does(task: Task, event: TapEvent): void {
    const { used, interrupt, hypercallReturn } = event
    this.compareWords(event)
    if (interrupt) this.interrupts(task, event)
    else if (used) this.answers(event, ({ handle }) => handle === (used.head ?? 0))
    else this.answers(event, ({ arg }) => arg === (hypercallReturn?.a0 ?? 0))
  }

  /** What the guest has written into the ring by now is what the recorded host found there. */
  private compareWords(event: TapEvent): void {
    const { number, transport: { place } } = this.queue
    if (place === null || !event.words) return
    let here: TapEvent = {}
    new QueueTap({ event: (seen) => (here = seen) }, this.memory, { queue: number, place }).interrupt()
    const field = wordsDiffer(event, here, 'guest')
    if (field !== null) throw new Diverged('the recorded host found something else in the ring', event, null, field)
  }

  private interrupts(task: Task, event: TapEvent): void {
    const before = this.source.interrupts
    this.source.signal(task)
    if (this.source.interrupts === before) throw new Diverged('the recorded host interrupts, and this guest has asked not to be', event, null)
  }

  private answers(event: TapEvent, isIt: (request: { handle: number; arg: number }) => boolean): void {
    this.takeAll()
    const at = this.requests.findIndex(isIt)
    if (at < 0) throw new Diverged('the recorded host answers a request that this guest has not sent', event, null)
    const [{ handle }] = this.requests.splice(at, 1)
    const { payload, used } = event
    // Where the device writes nothing, as on the queues of virtio-balloon, an answer says no more than that it is there.
    if ((payload?.length ?? 0) === 0 && (used?.len ?? 0) === 0) this.answer.status = Status.OK
    else if (!decodeAnswer(payload ?? NOTHING, this.answer) || this.answer.status === Status.FAILED) {
      throw new Diverged('the recorded host answers something that is no answer', event, null)
    }
    this.source.answer(handle, this.answer)
  }

  /** A request that is larger than a batch comes in parts, all with its handle. */
  private takeAll(): void {
    const { source, batch } = this
    for (let handle = source.take(batch); handle !== EMPTY; handle = source.take(batch)) {
      this.requests.push({ handle, arg: this.calls.shift() ?? 0 })
      while (source.more) source.take(batch)
    }
  }

  private wantsKick(): boolean {
    const next = this.kicks[this.kicked]
    if (next === undefined || (next.timeNs ?? 0) !== this.engine.now) return false
    this.kicked++
    return true
  }
}
