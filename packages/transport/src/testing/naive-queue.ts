/**
 * The readable specification of every ring's two ends: chains move through lists, indexes are plain numbers that never wrap.
 *
 *   added --publish--> available --pop--> serviced --push--> finished --publishUsed--> used --popUsed--> (gone)
 */
export interface NaiveChain {
  head: number
  buffers: [gpa: number, length: number][]
  readableCount: number
  written: number
  /** Descriptors that it takes. */
  cost: number
  /** How many were popped before it. */
  number: number
}

/** One direction of notification. */
class Bell {
  /** Number of the entry that shall notify; Infinity when none shall. */
  wanted = 0
  published = 0
  private asked = 0
  ask(eventIdx: boolean): boolean {
    const { asked, published, wanted } = this
    this.asked = published
    return eventIdx ? asked <= wanted && wanted < published : asked < published && wanted !== Infinity
  }
}

export class NaiveQueue {
  readonly kicks = new Bell()
  readonly interrupts = new Bell()
  readonly added: NaiveChain[] = []
  readonly available: NaiveChain[] = []
  readonly serviced: NaiveChain[] = []
  readonly finished: NaiveChain[] = []
  readonly used: NaiveChain[] = []
  popped = 0
  returned = 0
  free: number
  readonly shape: { size: number; eventIdx: boolean; inOrder: boolean }
  constructor(shape: { size: number; eventIdx: boolean; inOrder: boolean }) {
    this.free = shape.size
    this.shape = shape
  }
  add(chain: NaiveChain): void {
    this.added.push(chain)
    this.free -= chain.cost
  }
  publish(): void {
    this.kicks.published += this.added.length
    this.available.push(...this.added.splice(0))
  }
  pop(): NaiveChain | undefined {
    const chain = this.available.shift()
    if (chain === undefined) return chain
    this.serviced.push({ ...chain, number: this.popped++ })
    if (this.shape.eventIdx && this.kicks.wanted !== Infinity) this.kicks.wanted = this.popped
    return chain
  }
  push(nth: number, written: number): void {
    this.finished.push({ ...this.serviced.splice(nth, 1)[0], written })
  }
  publishUsed(): void {
    const { finished, interrupts, shape } = this
    if (shape.inOrder) finished.sort((a, b) => a.number - b.number)
    const early = shape.inOrder ? finished.findIndex((chain, i) => chain.number !== interrupts.published + i) : -1
    const ready = finished.splice(0, early < 0 ? finished.length : early)
    interrupts.published += ready.length
    this.used.push(...ready)
  }
  popUsed(): NaiveChain | undefined {
    const chain = this.used.shift()
    if (chain === undefined) return chain
    this.free += chain.cost
    this.returned++
    if (this.shape.eventIdx && this.interrupts.wanted !== Infinity) this.interrupts.wanted = this.returned
    return chain
  }
}
