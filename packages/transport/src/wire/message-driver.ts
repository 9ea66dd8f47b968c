/** The driver's end of a wire of messages: a request is encoded into its slot's buffer, and the answer is read from the other. The carrier moves both. */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { makeAnswer, readAnswer, Status } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import type { Task } from '@hintlab/sim'
import { NONE } from '../carrier.ts'
import type { GuestCarrier, SlotBuffers } from '../carrier.ts'
import type { MessageCodec } from './message-codec.ts'
import type { QueueTap } from './queue-tap.ts'
import type { GuestWire } from './wire.ts'

export interface MessageDriverOptions {
  readonly label: string
  readonly entriesMax: number
  readonly buffers: readonly SlotBuffers[]
}

export class MessageDriver<Request> implements GuestWire<Request> {
  readonly slots: number
  readonly entriesMax: number
  status: Status = Status.FAILED
  readable = false
  answerLength = 0
  private readonly cols: Columns
  private readonly memory: GuestMemory
  private readonly carrier: GuestCarrier
  private readonly codec: MessageCodec<Request>
  private readonly buffers: readonly SlotBuffers[]
  private readonly object: number
  private readonly runs: Uint32Array
  private readonly reply = makeAnswer()

  constructor(cols: Columns, memory: GuestMemory, carrier: GuestCarrier, codec: MessageCodec<Request>, options: MessageDriverOptions) {
    const { label, entriesMax, buffers } = options
    this.cols = cols
    this.memory = memory
    this.carrier = carrier
    this.codec = codec
    this.buffers = buffers
    this.slots = buffers.length
    this.entriesMax = entriesMax
    assert(buffers.every((b) => b.requestBytes >= codec.bytesMax(entriesMax)), 'a full request fits in its buffer')
    this.object = cols.objects(`${label} messages`)
    this.runs = cols.u32(`${label}.slotRun`, this.slots, this.object)
  }

  post(slot: number, request: Request): number {
    this.cols.footprint.write(this.object)
    const { requestGpa, requestBytes } = this.buffers[slot]
    const length = this.codec.write(this.memory, requestGpa, requestBytes, request)
    assert(length > 0, 'a request within entriesMax fits in its buffer')
    if (!this.carrier.post(slot, length)) return NONE
    this.runs[slot] = this.codec.runOf(request)
    return length
  }

  needsKick(): boolean {
    return this.carrier.needsKick()
  }

  prepareKick(task: Task, slot: number): void {
    this.carrier.prepareKick(task, slot)
  }

  reap(): number {
    const slot = this.carrier.reap()
    if (slot !== NONE) this.readAnswer(slot)
    return slot
  }

  enableInterrupts(): boolean {
    return this.carrier.enableInterrupts()
  }

  disableInterrupts(): void {
    this.carrier.disableInterrupts()
  }

  get rejected(): number {
    return this.carrier.rejected
  }

  get broken(): boolean {
    return this.carrier.broken
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

  /** The status in the answer; FAILED when it cannot be read or is of another run. A host that could not read the request knows no run: 0. */
  private readAnswer(slot: number): void {
    this.cols.footprint.read(this.object)
    const { reply } = this
    this.answerLength = this.carrier.answerLength
    const decoded = readAnswer(this.memory, this.buffers[slot].answerGpa, this.answerLength, reply)
    const mine = reply.commandId === this.runs[slot] || (reply.commandId === 0 && reply.status === Status.REJECTED)
    this.readable = decoded && mine
    this.status = this.readable ? reply.status : Status.FAILED
  }
}
