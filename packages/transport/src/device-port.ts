/**
 * The host's end of a transport: requests off a wire, answers onto it, the interrupt. Every handle is answered exactly once; a request that cannot be
 * read is counted and answered like any other. An answer to a request of before a reset is dropped:
 *
 *     handle = resets * handles + the wire's handle
 */
import { EMPTY } from '@hintlab/protocol'
import type { HintBatch, RequestOutcome, RequestSource } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Engine, Task } from '@hintlab/sim'
import type { HostWire } from './wire/wire.ts'

export interface DevicePortOptions {
  readonly label: string
  /** Interrupts the guest: a handler of the model, or a real peer's event descriptor. Null when the interface has no interrupt. */
  readonly interrupt: (() => void) | null
  readonly holdsCaller: boolean
  /** Called when an answer has become visible in guest memory. */
  readonly answerVisible: () => void
}

/** Indexes of `counts`. */
const UNREADABLE = 0
const UNANSWERABLE = 1
const INTERRUPTS = 2
const STALE = 3
const RESETS = 4
const COUNTS = 5

export class DevicePort<Request = HintBatch> implements RequestSource<Task, Request> {
  readonly holdsCaller: boolean
  private readonly engine: Engine
  private readonly wire: HostWire<Request>
  private readonly options: DevicePortOptions
  private readonly object: number
  private readonly counts: Float64Array

  constructor(engine: Engine, wire: HostWire<Request>, options: DevicePortOptions) {
    this.engine = engine
    this.wire = wire
    this.options = options
    this.holdsCaller = options.holdsCaller
    this.object = engine.cols.objects(`${options.label} device port`)
    this.counts = engine.cols.f64(`${options.label}.deviceCounts`, COUNTS, this.object)
  }

  /** Requests that could not be read, answers that had no room, interrupts sent, answers of before a reset. */
  get unreadable(): number {
    return this.counts[UNREADABLE]
  }

  get unanswerable(): number {
    return this.counts[UNANSWERABLE]
  }

  get interrupts(): number {
    return this.counts[INTERRUPTS]
  }

  get stale(): number {
    return this.counts[STALE]
  }

  get readable(): boolean {
    return this.wire.readable
  }

  get more(): boolean {
    return this.wire.more
  }

  take(request: Request): number {
    this.engine.cols.footprint.write(this.object)
    const handle = this.wire.take(request)
    if (handle < 0) return EMPTY
    if (!this.wire.readable) this.counts[UNREADABLE]++
    return this.counts[RESETS] * this.wire.handles + handle
  }

  answer(request: number, outcome: RequestOutcome): void {
    this.engine.cols.footprint.write(this.object)
    const { handles } = this.wire
    if (Math.floor(request / handles) !== this.counts[RESETS]) {
      this.counts[STALE]++
      return
    }
    if (!this.wire.answer(request % handles, outcome)) this.counts[UNANSWERABLE]++
    this.options.answerVisible()
  }

  signal(task: Task): void {
    const due = this.wire.needsInterrupt()
    if (!due || this.options.interrupt === null) return
    this.counts[INTERRUPTS]++
    this.wire.tap?.interrupt()
    task.charge(this.engine.costs.irqPosted, Cause.DEVICE)
    this.options.interrupt()
  }

  arm(): boolean {
    return this.wire.enableKicks()
  }

  disarm(): void {
    this.wire.disableKicks()
  }

  rung(arg: number): void {
    this.wire.rung(arg)
  }

  answered(arg: number): boolean {
    return this.wire.answered(arg)
  }

  /** The guest has reset the device: what was asked is forgotten, and its answers go nowhere. */
  reset(): void {
    this.forget()
    this.wire.reset()
  }

  check(): void {
    this.wire.check()
  }

  /** From here on, answers to what was taken until now are stale. */
  protected forget(): void {
    this.engine.cols.footprint.write(this.object)
    this.counts[RESETS]++
  }
}
