/** The device's end of a wire of messages: decodes requests, encodes answers. The carrier says where in guest memory they lie. */
import type { Columns } from '@hintlab/kit'
import { ANSWER_BYTES_MAX, encodeAnswer, makeAnswer } from '@hintlab/protocol'
import type { GuestMemory, RequestOutcome } from '@hintlab/protocol'
import { NONE } from '../carrier.ts'
import type { HostCarrier } from '../carrier.ts'
import type { MessageCodec } from './message-codec.ts'
import type { QueueTap } from './queue-tap.ts'
import type { HostWire } from './wire.ts'

export interface MessageDeviceOptions {
  readonly label: string
  /** The carrier's handles are below this. */
  readonly handles: number
}

export class MessageDevice<Request> implements HostWire<Request> {
  readonly handles: number
  /** A message is one part. */
  readonly more = false
  readable = false
  private readonly cols: Columns
  private readonly memory: GuestMemory
  private readonly carrier: HostCarrier
  private readonly codec: MessageCodec<Request>
  private readonly object: number
  private readonly runs: Float64Array
  private readonly bytes = new Uint8Array(ANSWER_BYTES_MAX)
  private readonly reply = makeAnswer()

  constructor(cols: Columns, memory: GuestMemory, carrier: HostCarrier, codec: MessageCodec<Request>, options: MessageDeviceOptions) {
    this.cols = cols
    this.memory = memory
    this.carrier = carrier
    this.codec = codec
    this.handles = options.handles
    this.object = cols.objects(`${options.label} device messages`)
    this.runs = cols.f64(`${options.label}.handleRun`, options.handles, this.object)
  }

  take(request: Request): number {
    const handle = this.carrier.pop()
    if (handle < 0) return NONE
    this.cols.footprint.write(this.object)
    const { requestGpa, requestLength } = this.carrier
    this.readable = requestLength > 0 && this.codec.read(this.memory, requestGpa, requestLength, request)
    if (!this.readable) this.codec.empty(request)
    this.runs[handle] = this.codec.runOf(request)
    return handle
  }

  answer(handle: number, outcome: RequestOutcome): boolean {
    this.cols.footprint.read(this.object)
    const { reply, bytes, carrier } = this
    Object.assign(reply, outcome)
    reply.commandId = this.runs[handle]
    const length = encodeAnswer(reply, bytes)
    const fits = length <= carrier.answerBytes(handle) && this.memory.write(carrier.answerGpa(handle), bytes.subarray(0, length))
    carrier.push(handle, fits ? length : 0)
    return fits
  }

  needsInterrupt(): boolean {
    return this.carrier.needsInterrupt()
  }

  enableKicks(): boolean {
    return this.carrier.enableKicks()
  }

  disableKicks(): void {
    this.carrier.disableKicks()
  }

  rung(arg: number): void {
    this.carrier.rung(arg)
  }

  answered(arg: number): boolean {
    return this.carrier.answered(arg)
  }

  get tap(): QueueTap | null {
    return this.carrier.tap
  }

  set tap(tap: QueueTap | null) {
    this.carrier.tap = tap
  }

  reset(): void {
    this.carrier.reset()
  }

  check(): void {
    this.carrier.check()
  }
}
