/**
 * Pending events, ordered by (time, sequence): events of equal time fire in the order they were scheduled. A binary heap of indexes over columns;
 * after construction it allocates only when it doubles.
 */
import { assert } from '@hintlab/kit'

/** Time of "no event": later than every event, and never 0. */
export const NEVER = Number.POSITIVE_INFINITY

export class EventQueue {
  size = 0
  private sequence = 0
  private times: Float64Array
  private sequences: Float64Array
  private kinds: Int32Array
  private as: Int32Array
  private bs: Int32Array

  /** Fields of the event that `pop` took. */
  time = 0
  kind = 0
  a = 0
  b = 0

  constructor(capacity = 256) {
    this.times = new Float64Array(capacity)
    this.sequences = new Float64Array(capacity)
    this.kinds = new Int32Array(capacity)
    this.as = new Int32Array(capacity)
    this.bs = new Int32Array(capacity)
  }

  /** Time of the first event, NEVER when there is none. */
  get topTime(): number {
    return this.size === 0 ? NEVER : this.times[0]
  }

  push(time: number, kind: number, a: number, b: number): void {
    assert(time < 9007199254740992, 'event time below 2^53 ns')
    if (this.size === this.times.length) this.grow()
    const sequence = this.sequence++
    let i = this.size++
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (this.times[parent] <= time) break
      this.move(parent, i)
      i = parent
    }
    this.times[i] = time
    this.sequences[i] = sequence
    this.kinds[i] = kind
    this.as[i] = a
    this.bs[i] = b
  }

  /** Takes the first event into `time`, `kind`, `a`, `b`. */
  pop(): void {
    assert(this.size > 0, 'pop from an empty event queue')
    this.time = this.times[0]
    this.kind = this.kinds[0]
    this.a = this.as[0]
    this.b = this.bs[0]
    const last = --this.size
    if (last > 0) this.siftDown(last)
  }

  clear(): void {
    this.size = 0
    this.sequence = 0
  }

  /** Every parent comes before its children. */
  check(): void {
    for (let i = 1; i < this.size; i++) assert(!this.before(i, (i - 1) >> 1), 'heap order holds')
  }

  private before(i: number, j: number): boolean {
    return this.times[i] < this.times[j] || (this.times[i] === this.times[j] && this.sequences[i] < this.sequences[j])
  }

  /** Puts the event at `from` (behind the heap) where the root was taken. */
  private siftDown(from: number): void {
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= this.size) break
      if (child + 1 < this.size && this.before(child + 1, child)) child++
      if (this.before(from, child)) break
      this.move(child, i)
      i = child
    }
    if (i !== from) this.move(from, i)
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from]
    this.sequences[to] = this.sequences[from]
    this.kinds[to] = this.kinds[from]
    this.as[to] = this.as[from]
    this.bs[to] = this.bs[from]
  }

  private grow(): void {
    this.times = wider(this.times, Float64Array)
    this.sequences = wider(this.sequences, Float64Array)
    this.kinds = wider(this.kinds, Int32Array)
    this.as = wider(this.as, Int32Array)
    this.bs = wider(this.bs, Int32Array)
  }
}

/** The column at twice its length. */
function wider<T extends Float64Array | Int32Array>(old: T, make: new (n: number) => T): T {
  const next = new make(old.length * 2)
  next.set(old)
  return next
}
