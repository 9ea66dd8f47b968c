/**
 * The host's end of a transport: requests out of guest memory, answers into it, the interrupt. Every handle is answered exactly once; a request that
 * cannot be read is counted and answered like any other. An answer to a request of before a reset is dropped:
 *
 *     handle = resets * handles + the carrier's handle
 */
import { ANSWER_BYTES_MAX, EMPTY, encodeAnswer, makeAnswer, readBatch } from '@hintlab/protocol'
import type { GuestMemory, HintBatch, RequestOutcome, RequestSource } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Engine, Task } from '@hintlab/sim'
import type { HostCarrier } from './carrier.ts'

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

export class DevicePort implements RequestSource<Task> {
  readable = false
  readonly holdsCaller: boolean
  private readonly engine: Engine
  private readonly memory: GuestMemory
  private readonly carrier: HostCarrier
  private readonly options: DevicePortOptions
  private readonly handles: number
  private readonly object: number
  private readonly counts: Float64Array
  private readonly wire = new Uint8Array(ANSWER_BYTES_MAX)
  private readonly reply = makeAnswer()
  private readonly runs: Float64Array

  constructor(engine: Engine, memory: GuestMemory, carrier: HostCarrier, handles: number, options: DevicePortOptions) {
    this.engine = engine
    this.memory = memory
    this.carrier = carrier
    this.options = options
    this.holdsCaller = options.holdsCaller
    this.handles = handles
    this.object = engine.cols.objects(`${options.label} device port`)
    this.counts = engine.cols.f64(`${options.label}.deviceCounts`, COUNTS, this.object)
    this.runs = engine.cols.f64(`${options.label}.handleRun`, handles, this.object)
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

  take(batch: HintBatch): number {
    this.engine.cols.footprint.write(this.object)
    const handle = this.carrier.pop()
    if (handle < 0) return EMPTY
    const length = this.carrier.requestLength
    this.readable = length > 0 && readBatch(this.memory, this.carrier.requestGpa, length, batch)
    if (!this.readable) {
      batch.count = 0
      batch.commandId = 0
      this.counts[UNREADABLE]++
    }
    this.runs[handle] = batch.commandId
    return this.counts[RESETS] * this.handles + handle
  }

  answer(request: number, outcome: RequestOutcome): void {
    this.engine.cols.footprint.write(this.object)
    const { reply, wire, carrier } = this
    if (Math.floor(request / this.handles) !== this.counts[RESETS]) {
      this.counts[STALE]++
      return
    }
    const handle = request % this.handles
    Object.assign(reply, outcome)
    reply.commandId = this.runs[handle]
    const length = encodeAnswer(reply, wire)
    const fits = length <= carrier.answerBytes(handle) && this.memory.write(carrier.answerGpa(handle), wire.subarray(0, length))
    if (!fits) this.counts[UNANSWERABLE]++
    carrier.push(handle, fits ? length : 0)
    this.options.answerVisible()
  }

  signal(task: Task): void {
    const due = this.carrier.needsInterrupt()
    if (!due || this.options.interrupt === null) return
    this.counts[INTERRUPTS]++
    task.charge(this.engine.costs.irqPosted, Cause.DEVICE)
    this.options.interrupt()
  }

  arm(): boolean {
    return this.carrier.enableKicks()
  }

  disarm(): void {
    this.carrier.disableKicks()
  }

  rung(arg: number): void {
    this.carrier.rung(arg)
  }

  answered(arg: number): boolean {
    return this.carrier.answered(arg)
  }

  /** The guest has reset the device: what was asked is forgotten, and its answers go nowhere. */
  reset(): void {
    this.engine.cols.footprint.write(this.object)
    this.counts[RESETS]++
    this.carrier.reset()
  }

  check(): void {
    this.carrier.check()
  }
}
