/**
 * Requests as hypercalls: the argument is the address of the request, which begins with its length; the answer follows at a fixed distance and begins
 * with its own length, 0 until it is there.
 *
 *     gpa + 0        +4                  +4 + requestMax       +8 + requestMax
 *     | length (le32) | request ......... | done (le32)         | answer ... |
 *                                           0 = not yet, else 1 + bytes of the answer
 *
 * A hardware log is carried the same way: the exit of the instruction that filled it stands for the call, and the log for the request.
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ExitReason } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import type { Task } from '@hintlab/sim'
import { NONE } from './carrier.ts'
import type { GuestCarrier, HostCarrier, SlotBuffers } from './carrier.ts'
import type { QueueTap } from './wire/queue-tap.ts'

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
  readonly broken = false
  tap: QueueTap | null = null
  private readonly slots: readonly SlotBuffers[]
  private readonly windows: MemoryWindow[]
  private readonly cols: Columns
  private readonly object: number
  private readonly posted: Uint8Array
  private readonly falseLengths: Uint32Array
  private readonly target: number

  constructor(cols: Columns, memory: GuestMemory, slots: readonly SlotBuffers[], target: number, label: string) {
    this.cols = cols
    this.object = cols.objects(`${label} hypercall slots`)
    this.posted = cols.u8(`${label}.posted`, slots.length, this.object)
    this.falseLengths = cols.u32(`${label}.falseLengths`, 1, this.object)
    this.slots = slots
    this.target = target
    this.windows = slots.map(({ requestGpa, requestBytes }) => {
      const window = memory.window(requestGpa - LENGTH_BYTES, LENGTH_BYTES + requestBytes + DONE_BYTES)
      assert(window !== null, 'hypercall slots lie in guest memory')
      return window
    })
  }

  get rejected(): number {
    return this.falseLengths[0]
  }

  post(slot: number, length: number): boolean {
    this.cols.footprint.write(this.object)
    const window = this.windows[slot]
    window.store32(0, length)
    window.store32(this.doneOffset(slot), 0)
    this.posted[slot] = POSTED
    return true
  }

  needsKick(): boolean {
    return true // the call is the request
  }

  prepareKick(task: Task, slot: number): void {
    const { requestGpa } = this.slots[slot]
    const arg = requestGpa - LENGTH_BYTES
    this.tap?.call(this.target, arg, requestGpa, this.windows[slot].load32(0))
    task.trap(ExitReason.HYPERCALL, this.target, arg)
  }

  reap(): number {
    this.cols.footprint.write(this.object)
    for (let slot = 0; slot < this.slots.length; slot++) {
      if (this.posted[slot] !== POSTED) continue
      const done = this.windows[slot].load32(this.doneOffset(slot))
      if (done === 0) continue
      this.posted[slot] = 0
      this.answerLength = Math.min(done - 1, this.slots[slot].answerBytes)
      if (done - 1 > this.answerLength) this.falseLengths[0]++
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

/** Calls that wait or are in service at once: one per vCPU, and the slots that go on. */
const CALLS_MAX = 1024

/** Elements of the `state` column. Calls wait in a ring of handles from HEAD to TAIL; these run on and are taken modulo its length. */
const HEAD = 0
const TAIL = 1
/** Answers since the last `needsInterrupt`. */
const UNASKED = 2
/** Handles in use: waiting, or in service until their push. */
const IN_USE = 3
/** Calls that found no free handle. */
const DROPPED = 4
const STATE_WORDS = 5

/** In `calls`: the handle is free. */
const FREE = -1

export class HypercallHost implements HostCarrier {
  /** Handles are below this. */
  static readonly callsMax = CALLS_MAX
  requestGpa = 0
  requestLength = 0
  tap: QueueTap | null = null
  private readonly memory: GuestMemory
  private readonly requestMax: number
  private readonly answerMax: number
  private readonly cols: Columns
  private readonly object: number
  /** By handle: the argument of its call, or FREE. */
  private readonly calls: Float64Array
  private readonly waiting: Uint16Array
  private readonly state: Uint32Array
  private readonly word = new Uint8Array(4)

  constructor(cols: Columns, memory: GuestMemory, requestMax: number, answerMax: number, label: string) {
    this.cols = cols
    this.memory = memory
    this.requestMax = requestMax
    this.answerMax = answerMax
    this.object = cols.objects(`${label} hypercalls`)
    this.calls = cols.f64(`${label}.calls`, CALLS_MAX, this.object)
    this.waiting = cols.u16(`${label}.waiting`, CALLS_MAX, this.object)
    this.state = cols.u32(`${label}.callState`, STATE_WORDS, this.object)
    this.calls.fill(FREE)
  }

  /** Calls that were lost because CALLS_MAX others wait or are in service. */
  get dropped(): number {
    return this.state[DROPPED]
  }

  pop(): number {
    this.cols.footprint.write(this.object)
    if (this.state[HEAD] === this.state[TAIL]) return NONE
    const handle = this.waiting[this.state[HEAD] % CALLS_MAX]
    this.state[HEAD]++
    const gpa = this.calls[handle]
    const length = this.load(gpa)
    const fits = length !== NONE && length <= this.requestMax
    this.requestGpa = gpa + LENGTH_BYTES
    this.requestLength = fits ? length : 0
    return handle
  }

  answerGpa(handle: number): number {
    return this.calls[handle] + LENGTH_BYTES + this.requestMax + DONE_BYTES
  }

  answerBytes(): number {
    return this.answerMax
  }

  push(handle: number, written: number): void {
    this.cols.footprint.write(this.object)
    assert(this.calls[handle] !== FREE, 'a call is answered once')
    this.store(this.answerGpa(handle) - DONE_BYTES, 1 + written)
    this.tap?.returned(this.calls[handle], this.answerGpa(handle), written)
    this.calls[handle] = FREE
    this.state[IN_USE]--
    this.state[UNASKED]++
  }

  needsInterrupt(): boolean {
    this.cols.footprint.write(this.object)
    const due = this.state[UNASKED] > 0
    this.state[UNASKED] = 0
    return due
  }

  enableKicks(): boolean {
    this.cols.footprint.read(this.object)
    return this.state[HEAD] !== this.state[TAIL]
  }

  disableKicks(): void {
    // Every call rings: it is the request.
  }

  /** A call has the first free handle, so that one that stays long in service keeps its own. */
  rung(gpa: number): void {
    this.cols.footprint.write(this.object)
    const handle = this.state[IN_USE] === CALLS_MAX ? NONE : this.calls.indexOf(FREE)
    if (handle === NONE) {
      this.state[DROPPED]++
      return
    }
    this.calls[handle] = gpa
    this.waiting[this.state[TAIL] % CALLS_MAX] = handle
    this.state[TAIL]++
    this.state[IN_USE]++
  }

  answered(gpa: number): boolean {
    return this.load(gpa + LENGTH_BYTES + this.requestMax) !== 0
  }

  reset(): void {
    this.cols.footprint.write(this.object)
    this.calls.fill(FREE)
    this.state[HEAD] = this.state[TAIL]
    this.state[IN_USE] = this.state[UNASKED] = 0
  }

  check(): void {
    let used = 0
    for (const gpa of this.calls) if (gpa !== FREE) used++
    assert(used === this.state[IN_USE], 'handles in use are counted')
    assert((this.state[TAIL] - this.state[HEAD]) >>> 0 <= used, 'a waiting call has a handle')
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
