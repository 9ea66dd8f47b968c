/**
 * Requests as hypercalls: the argument is the address of the request, which begins with its length; the answer follows at a fixed distance and begins
 * with its own length, 0 until it is there.
 *
 *     gpa + 0        +4                  +4 + requestMax       +8 + requestMax
 *     | length (le32) | request ......... | done (le32)         | answer ... |
 *                                           0 = not yet, else 1 + bytes of the answer
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ExitReason } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import type { Task } from '@hintlab/sim'
import { NONE } from './carrier.ts'
import type { GuestCarrier, HostCarrier, SlotBuffers } from './carrier.ts'

const LENGTH_BYTES = 4
const DONE_BYTES = 4

/** Bytes of guest memory for one slot. */
export const hypercallSlotBytes = (requestMax: number, answerMax: number): number => LENGTH_BYTES + requestMax + DONE_BYTES + answerMax

/** Where request and answer lie in a slot at `gpa`. */
export function hypercallBuffers(gpa: number, requestMax: number, answerMax: number): SlotBuffers {
  const requestGpa = gpa + LENGTH_BYTES
  return { requestGpa, requestBytes: requestMax, answerGpa: requestGpa + requestMax + DONE_BYTES, answerBytes: answerMax }
}

const POSTED = 1

export class HypercallGuest implements GuestCarrier {
  answerLength = 0
  rejected = 0
  private readonly slots: readonly SlotBuffers[]
  private readonly windows: MemoryWindow[]
  private readonly cols: Columns
  private readonly object: number
  private readonly posted: Uint8Array
  private readonly target: number

  constructor(cols: Columns, memory: GuestMemory, slots: readonly SlotBuffers[], target: number, label: string) {
    this.cols = cols
    this.object = cols.objects(`${label} hypercall slots`)
    this.posted = cols.u8(`${label}.posted`, slots.length, this.object)
    this.slots = slots
    this.target = target
    this.windows = slots.map(({ requestGpa, requestBytes }) => {
      const window = memory.window(requestGpa - LENGTH_BYTES, LENGTH_BYTES + requestBytes + DONE_BYTES)
      assert(window !== null, 'hypercall slots lie in guest memory')
      return window
    })
  }

  post(slot: number, length: number): void {
    this.cols.footprint.write(this.object)
    const window = this.windows[slot]
    window.store32(0, length)
    window.store32(this.doneOffset(slot), 0)
    this.posted[slot] = POSTED
  }

  needsKick(): boolean {
    return true // the call is the request
  }

  prepareKick(task: Task, slot: number): void {
    task.trap(ExitReason.HYPERCALL, this.target, this.slots[slot].requestGpa - LENGTH_BYTES)
  }

  reap(): number {
    this.cols.footprint.write(this.object)
    for (let slot = 0; slot < this.slots.length; slot++) {
      if (this.posted[slot] !== POSTED) continue
      const done = this.windows[slot].load32(this.doneOffset(slot))
      if (done === 0) continue
      this.posted[slot] = 0
      this.answerLength = Math.min(done - 1, this.slots[slot].answerBytes)
      if (done - 1 > this.answerLength) this.rejected++
      return slot
    }
    return NONE
  }

  enableInterrupts(): boolean {
    return false // an answered slot interrupts every time
  }

  disableInterrupts(): void {
    // As above.
  }

  reset(): void {
    this.cols.footprint.write(this.object)
    this.posted.fill(0)
  }

  check(): void {
    for (const state of this.posted) assert(state <= POSTED, 'a slot is posted or not')
  }

  private doneOffset(slot: number): number {
    return LENGTH_BYTES + this.slots[slot].requestBytes
  }
}

/** Calls in service at once: one per vCPU, and the slots that go on. */
const CALLS_MAX = 1024

export class HypercallHost implements HostCarrier {
  /** Handles are below this. */
  static readonly callsMax = CALLS_MAX
  requestGpa = 0
  requestLength = 0
  private readonly memory: GuestMemory
  private readonly requestMax: number
  private readonly answerMax: number
  private readonly cols: Columns
  private readonly object: number
  /** Arguments of calls not yet popped: a ring. */
  private readonly calls: Float64Array
  private readonly state: Uint32Array
  private readonly word = new Uint8Array(4)

  constructor(cols: Columns, memory: GuestMemory, requestMax: number, answerMax: number, label: string) {
    this.cols = cols
    this.memory = memory
    this.requestMax = requestMax
    this.answerMax = answerMax
    this.object = cols.objects(`${label} hypercalls`)
    this.calls = cols.f64(`${label}.calls`, CALLS_MAX, this.object)
    this.state = cols.u32(`${label}.callState`, 3, this.object)
  }

  /** A handle is the call's place in the ring plus its address, kept until the push. */
  pop(): number {
    this.cols.footprint.write(this.object)
    const [head, tail] = [this.state[0], this.state[1]]
    if (head === tail) return NONE
    this.state[0] = head + 1
    const gpa = this.calls[head % CALLS_MAX]
    const length = this.load(gpa)
    const fits = length !== NONE && length <= this.requestMax
    this.requestGpa = gpa + LENGTH_BYTES
    this.requestLength = fits ? length : 0
    return head % CALLS_MAX
  }

  answerGpa(handle: number): number {
    return this.calls[handle] + LENGTH_BYTES + this.requestMax + DONE_BYTES
  }

  answerBytes(): number {
    return this.answerMax
  }

  push(handle: number, written: number): void {
    this.cols.footprint.write(this.object)
    this.store(this.answerGpa(handle) - DONE_BYTES, 1 + written)
    this.state[2]++
  }

  needsInterrupt(): boolean {
    const due = this.state[2] > 0
    this.state[2] = 0
    return due
  }

  enableKicks(): boolean {
    this.cols.footprint.read(this.object)
    return this.state[0] !== this.state[1]
  }

  disableKicks(): void {
    // Every call rings: it is the request.
  }

  rung(gpa: number): void {
    this.cols.footprint.write(this.object)
    if (this.state[1] - this.state[0] >= CALLS_MAX) return
    this.calls[this.state[1] % CALLS_MAX] = gpa
    this.state[1]++
  }

  answered(gpa: number): boolean {
    return this.load(gpa + LENGTH_BYTES + this.requestMax) !== 0
  }

  check(): void {
    assert(this.state[0] <= this.state[1], 'calls are taken after they came')
  }

  private load(gpa: number): number {
    if (!this.memory.read(gpa, this.word)) return NONE
    const [a, b, c, d] = this.word as unknown as [number, number, number, number]
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
  }

  private store(gpa: number, value: number): void {
    this.word.set([value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24])
    this.memory.write(gpa, this.word)
  }
}
