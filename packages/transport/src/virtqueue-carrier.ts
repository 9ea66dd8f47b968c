/**
 * Messages on a virtqueue: a chain of two buffers, the request for the device to read and the answer for it to write.
 *
 *     slot --post--> descriptor chain --pop--> handle (the chain's name) --push--> used element --reap--> slot
 */
import type { Columns } from '@hintlab/kit'
import type { GuestMemory } from '@hintlab/protocol'
import { NONE } from './carrier.ts'
import type { GuestCarrier, HostCarrier, SlotBuffers } from './carrier.ts'
import { makeDeviceRing, makeDriverRing } from './ring/make-ring.ts'
import type { QueueOptions } from './ring/queue-options.ts'
import { QueueDevice } from './wire/queue-device.ts'
import { QueueDriver } from './wire/queue-driver.ts'

/** Buffers of a request: itself, and its answer. */
export const MESSAGE_BUFFERS = 2

export class VirtqueueDriver extends QueueDriver implements GuestCarrier {
  private readonly slots: readonly SlotBuffers[]

  /** `target` is the doorbell number that a kick carries. */
  constructor(cols: Columns, memory: GuestMemory, slots: readonly SlotBuffers[], target: number, options: QueueOptions) {
    const { size, label = 'driver' } = options
    super(cols, { label, target, queueSize: size, buffersMax: MESSAGE_BUFFERS })
    this.slots = slots
    this.attach(makeDriverRing(cols, memory, options))
  }

  post(slot: number, length: number): boolean {
    this.cols.footprint.write(this.object)
    const { requestGpa, answerGpa, answerBytes } = this.slots[slot]
    this.chain.clear()
    this.chain.addReadable(requestGpa, length)
    this.chain.addWritable(answerGpa, answerBytes)
    return this.postChain(slot)
  }
}

export class VirtqueueDevice extends QueueDevice implements HostCarrier {
  requestGpa = 0
  requestLength = 0
  private readonly object: number
  private readonly answerGpas: Float64Array
  private readonly answerLengths: Float64Array

  constructor(cols: Columns, memory: GuestMemory, options: QueueOptions) {
    super(cols)
    const { size, label = 'device' } = options
    this.attach(makeDeviceRing(cols, memory, options))
    this.object = cols.objects(`${label} answers`)
    this.answerGpas = cols.f64(`${label}.answerGpa`, size, this.object)
    this.answerLengths = cols.f64(`${label}.answerLen`, size, this.object)
  }

  /** Takes the next chain. One that is not "one buffer to read, one to write" is a request that cannot be read. */
  pop(): number {
    this.cols.footprint.write(this.object)
    const name = this.popChain()
    if (name < 0) return NONE
    const { readableCount, writableCount, gpa, len } = this.ring!.chain
    this.requestLength = readableCount === 1 ? len[0] : 0
    this.requestGpa = gpa[0]
    this.answerGpas[name] = gpa[readableCount] ?? 0
    this.answerLengths[name] = writableCount === 1 ? len[readableCount] : 0
    return name
  }

  answerGpa(handle: number): number {
    return this.answerGpas[handle]
  }

  answerBytes(handle: number): number {
    return this.answerLengths[handle]
  }

  push(handle: number, written: number): void {
    this.pushChain(handle, written, this.answerGpas[handle])
  }
}
