/**
 * Requests on a split virtqueue: a chain of two buffers, the request for the device to read and the answer for it to write.
 *
 *     slot --post--> descriptor chain --pop--> handle (the chain's head) --push--> used element --reap--> slot
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ExitReason } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import type { Task } from '@hintlab/sim'
import { NONE } from './carrier.ts'
import type { GuestCarrier, HostCarrier, SlotBuffers } from './carrier.ts'
import { BufferChain } from './ring/buffer-chain.ts'
import { DeviceQueue } from './ring/device-queue.ts'
import { DriverQueue } from './ring/driver-queue.ts'
import type { QueueOptions } from './ring/queue-options.ts'

export class VirtqueueDriver implements GuestCarrier {
  readonly queue: DriverQueue
  answerLength = 0
  private readonly slots: readonly SlotBuffers[]
  private readonly chain: BufferChain
  private readonly slotOfHead: Int32Array
  private readonly cols: Columns
  private readonly object: number
  private readonly target: number

  /** `target` is the doorbell number that a kick carries. */
  constructor(cols: Columns, memory: GuestMemory, slots: readonly SlotBuffers[], target: number, options: QueueOptions) {
    this.queue = new DriverQueue(cols, memory, options)
    this.cols = cols
    this.object = cols.objects(`${options.label} slots`)
    this.chain = new BufferChain(cols, this.object, `${options.label}.request`, 2)
    this.slotOfHead = cols.i32(`${options.label}.slotOfHead`, options.size, this.object)
    this.slots = slots
    this.target = target
  }

  post(slot: number, length: number): boolean {
    this.cols.footprint.write(this.object)
    const { requestGpa, answerGpa, answerBytes } = this.slots[slot]
    this.chain.clear()
    this.chain.addReadable(requestGpa, length)
    this.chain.addWritable(answerGpa, answerBytes)
    const head = this.queue.addChain(this.chain)
    assert(head >= 0 || this.queue.broken, 'a queue has two descriptors for each slot')
    if (head < 0) return false
    this.slotOfHead[head] = slot
    this.queue.publish()
    return true
  }

  needsKick(): boolean {
    return this.queue.needsKick()
  }

  prepareKick(task: Task): void {
    task.trap(ExitReason.KICK, this.target)
  }

  reap(): number {
    this.cols.footprint.read(this.object)
    const head = this.queue.popUsed()
    if (head < 0) return NONE
    this.answerLength = this.queue.usedLength
    return this.slotOfHead[head]
  }

  enableInterrupts(): boolean {
    return this.queue.enableInterrupts()
  }

  disableInterrupts(): void {
    this.queue.disableInterrupts()
  }

  get rejected(): number {
    const { bogusId, duplicate, badLength } = this.queue.counters
    return bogusId + duplicate + badLength
  }

  get broken(): boolean {
    return this.queue.broken
  }

  reset(): void {
    this.queue.reset()
  }

  check(): void {
    this.queue.check()
  }
}

export class VirtqueueDevice implements HostCarrier {
  readonly queue: DeviceQueue
  requestGpa = 0
  requestLength = 0
  private readonly cols: Columns
  private readonly object: number
  private readonly answerGpas: Float64Array
  private readonly answerLengths: Float64Array

  constructor(cols: Columns, memory: GuestMemory, options: QueueOptions) {
    this.queue = new DeviceQueue(cols, memory, options)
    this.cols = cols
    this.object = cols.objects(`${options.label} answers`)
    this.answerGpas = cols.f64(`${options.label}.answerGpa`, options.size, this.object)
    this.answerLengths = cols.f64(`${options.label}.answerLen`, options.size, this.object)
  }

  /** Takes the next chain. One that is not "one buffer to read, one to write" is a request that cannot be read. */
  pop(): number {
    this.cols.footprint.write(this.object)
    const head = this.queue.pop()
    if (head < 0) return NONE
    const { readableCount, writableCount, gpa, len } = this.queue.chain
    this.requestLength = readableCount === 1 ? len[0] : 0
    this.requestGpa = gpa[0]
    this.answerGpas[head] = gpa[readableCount] ?? 0
    this.answerLengths[head] = writableCount === 1 ? len[readableCount] : 0
    return head
  }

  answerGpa(handle: number): number {
    return this.answerGpas[handle]
  }

  answerBytes(handle: number): number {
    return this.answerLengths[handle]
  }

  push(handle: number, written: number): void {
    this.queue.push(handle, written)
    this.queue.publish()
  }

  needsInterrupt(): boolean {
    return this.queue.needsInterrupt()
  }

  enableKicks(): boolean {
    return this.queue.enableKicks()
  }

  disableKicks(): void {
    this.queue.disableKicks()
  }

  rung(): void {
    // The ring itself says what is there.
  }

  answered(): boolean {
    return false // a kick returns nothing
  }

  reset(): void {
    this.queue.reset()
  }

  check(): void {
    this.queue.check()
  }
}
