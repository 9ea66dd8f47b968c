/**
 * The guest's end of a transport. A slot goes round:
 *
 *     FREE --submit--> POSTED --reap--> ANSWERED --complete--> COMPLETED --release--> FREE
 *
 *   P1  `submit` never calls back.   P2  `complete` once per slot, after `submit`, with no lock of the submitter held.
 *
 * Who reaps and completes depends on the axes: the waiting task itself, or the interrupt handler for a submitter that goes on.
 */
import { assert, Counters, slot as asSlot } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { FULL, Status } from '@hintlab/protocol'
import type { CompletionContext, HintBatch, HintClient, RequestPort } from '@hintlab/protocol'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Axes } from './axes.ts'
import { SpinWatch } from './spin-watch.ts'
import type { GuestWire } from './wire/wire.ts'

const AT_CALL = point(Kind.TRAP, 'port: hypercall, wait for its return')
const AT_KICK = point(Kind.TRAP, 'port: kick')
const AT_POLL = point(Kind.SPIN, 'port: poll for the completion')
const AT_BLOCK = point(Kind.SPIN, 'port: hold the vCPU for the interrupt')
const AT_SLEEP = point(Kind.WAIT, 'port: sleep until the interrupt')
const AT_IRQ = point(Kind.RETURN, 'port: interrupt handled')
const AT_REAP = point(Kind.RUN, 'port: read the answers')

const SlotState = { FREE: 0, POSTED: 1, ANSWERED: 2, COMPLETED: 3 } as const

/** What a port counts. */
export const PORT_COUNTERS = ['submitted', 'completed', 'full', 'kicks', 'interrupts', 'bytesOut', 'bytesIn', 'failed', 'unreadable'] as const
export type PortCounter = (typeof PORT_COUNTERS)[number]

export interface GuestPortOptions {
  readonly label: string
  readonly axes: Axes
}

export class GuestPort<Request = HintBatch> implements RequestPort<Task, Request> {
  readonly entriesMax: number
  readonly slots: number
  readonly waits: boolean
  /** Told by the transport when an answer becomes visible: pollers look at memory. */
  readonly watch: SpinWatch
  private readonly engine: Engine
  private readonly wire: GuestWire<Request>
  private readonly axes: Axes
  private readonly acked: WaitQueue
  private readonly object: number
  private readonly states: Uint8Array
  private readonly statuses: Uint8Array
  private readonly counts: Counters<PortCounter>
  private client: HintClient<Task> | null = null

  constructor(engine: Engine, wire: GuestWire<Request>, options: GuestPortOptions) {
    const { cols } = engine
    this.engine = engine
    this.wire = wire
    this.axes = options.axes
    this.entriesMax = wire.entriesMax
    this.slots = wire.slots
    this.waits = options.axes.submitter !== 'goes-on'
    this.object = cols.objects(`${options.label} port`)
    this.states = cols.u8(`${options.label}.slotState`, this.slots, this.object)
    this.statuses = cols.u8(`${options.label}.slotStatus`, this.slots, this.object)
    this.counts = new Counters(cols, `${options.label}.counts`, this.object, PORT_COUNTERS)
    this.watch = new SpinWatch(engine, `${options.label} completion word`)
    this.acked = new WaitQueue(engine, `${options.label} acked`)
    this.silenceWire()
  }

  /** Whoever gets the completions; set once, when the machine is wired. */
  setClient(client: HintClient<Task>): void {
    this.client = client
  }

  counter(name: PortCounter): number {
    return this.counts.get(name)
  }

  get inFlight(): number {
    let n = 0
    for (const state of this.states) if (state === SlotState.POSTED || state === SlotState.ANSWERED) n++
    return n
  }

  submit(request: Request): Slot | typeof FULL {
    this.engine.cols.footprint.write(this.object)
    const slot = this.states.indexOf(SlotState.FREE)
    if (slot < 0) {
      this.counts.add('full')
      return FULL
    }
    const length = this.wire.post(slot, request)
    if (length < 0) {
      this.counts.add('full')
      return FULL
    }
    this.states[slot] = SlotState.POSTED
    this.counts.add('submitted')
    this.counts.add('bytesOut', length)
    return asSlot(slot)
  }

  *finish(task: Task, slot: Slot): Generator<Point, void, void> {
    const irqsOff = this.axes.submitter === 'blocks-irqs-off'
    if (irqsOff) task.irqsOff++
    task.charge(2 * this.engine.costs.ringAdd, Cause.PROTOCOL)
    if (this.wire.needsKick()) {
      this.counts.add('kicks')
      this.wire.tap?.kick()
      this.wire.prepareKick(task, slot)
      yield this.axes.notification === 'return' ? AT_CALL : AT_KICK
    }
    if (this.waits) {
      while (!this.isAnswered(slot, task)) yield this.prepareWait(task)
      if (irqsOff) task.irqsOff--
      this.deliver(slot, 'process')
    }
  }

  release(slot: Slot): void {
    this.engine.cols.footprint.write(this.object)
    assert(this.states[slot] === SlotState.COMPLETED, 'a slot is released once, after its completion')
    this.states[slot] = SlotState.FREE
  }

  /** Body of the interrupt handler of a port that has an interrupt of its own. */
  *interruptBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      yield* this.handleInterrupt(task)
      yield AT_IRQ
    }
  }

  /** What a handler does for this port; one that serves several queues runs it for each of them. */
  *handleInterrupt(task: Task): Generator<Point, void, void> {
    this.counts.add('interrupts')
    this.wire.tap?.interrupt()
    this.wire.disableInterrupts()
    do {
      this.reap(task)
      yield AT_REAP
    } while (this.wire.enableInterrupts())
    if (this.waits) this.wakeWaiters()
    else {
      this.deliverAll('interrupt')
      yield* this.client!.bottomHalf(task)
    }
  }

  /**
   * Gives up every request in flight, with a reset of the device (DevicePort.reset on its side): each completes once with FAILED, and an answer that
   * comes later finds no slot. A submitter that waits completes its own in `finish`; without one it happens here, and the client then does its bottom
   * half itself.
   */
  abandon(): void {
    this.engine.cols.footprint.write(this.object)
    this.wire.reset()
    this.silenceWire()
    for (let slot = 0; slot < this.slots; slot++) if (this.states[slot] === SlotState.POSTED) this.settle(slot, Status.FAILED)
    if (this.waits) this.wakeWaiters()
    else this.deliverAll('process')
  }

  /** The host has made the wire unusable: every `submit` returns FULL until `abandon`. */
  get broken(): boolean {
    return this.wire.broken
  }

  /** Completions that no request in flight waits for. */
  get rejected(): number {
    return this.wire.rejected
  }

  check(): void {
    this.wire.check()
    const open = this.inFlight
    assert(this.counter('submitted') === this.counter('completed') + open, 'submitted = completed + in flight')
  }

  /** Looks at the answers when nobody else does: polled and returning calls have no handler. */
  private isAnswered(slot: Slot, task: Task): boolean {
    if (this.axes.notification !== 'interrupt') this.reap(task)
    return this.states[slot] === SlotState.ANSWERED
  }

  private prepareWait(task: Task): Point {
    if (this.axes.notification !== 'interrupt') {
      this.watch.spin(task, Cause.POLL)
      return AT_POLL
    }
    if (this.axes.submitter === 'sleeps') {
      this.acked.wait(task)
      return AT_SLEEP
    }
    this.watch.spin(task, Cause.BLOCKED)
    return AT_BLOCK
  }

  /** Nobody wants an interrupt where the answers are looked for. */
  private silenceWire(): void {
    if (this.axes.notification !== 'interrupt') this.wire.disableInterrupts()
  }

  private wakeWaiters(): void {
    if (this.axes.submitter === 'sleeps') this.acked.wakeAll()
    else this.watch.changed()
  }

  /** Takes every answer off the wire. */
  private reap(task: Task): void {
    this.engine.cols.footprint.write(this.object)
    for (let slot = this.wire.reap(); slot >= 0; slot = this.wire.reap()) {
      task.charge(this.engine.costs.ringAdd, Cause.PROTOCOL)
      assert(this.states[slot] === SlotState.POSTED, 'the wire returns posted slots only')
      this.counts.add('bytesIn', this.wire.answerLength)
      if (!this.wire.readable) this.counts.add('unreadable')
      this.settle(slot, this.wire.status)
    }
  }

  private settle(slot: number, status: Status): void {
    this.states[slot] = SlotState.ANSWERED
    this.statuses[slot] = status
    if (status === Status.FAILED) this.counts.add('failed')
  }

  private deliverAll(context: CompletionContext): void {
    for (let slot = 0; slot < this.slots; slot++) {
      if (this.states[slot] === SlotState.ANSWERED) this.deliver(asSlot(slot), context)
    }
  }

  private deliver(slot: Slot, context: CompletionContext): void {
    this.engine.cols.footprint.write(this.object)
    this.states[slot] = SlotState.COMPLETED
    this.counts.add('completed')
    assert(this.client !== null, 'a port has a client before it completes')
    this.client.complete(slot, this.statuses[slot] as Status, context)
  }
}
