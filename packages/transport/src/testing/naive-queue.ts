/**
 * The readable specification of `DriverQueue` and `DeviceQueue`: chains move through lists, indexes are plain numbers that never wrap.
 *
 *   added --publish--> available --pop--> serviced --push--> finished --publishUsed--> used --popUsed--> (gone)
 */
export interface NaiveChain {
  head: number
  buffers: [gpa: number, length: number][]
  readableCount: number
  written: number
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
  readonly used: NaiveChain[] = []
  readonly finished: NaiveChain[] = []
  popped = 0
  returned = 0
  free: number
  readonly eventIdx: boolean

  constructor(size: number, eventIdx: boolean) {
    this.free = size
    this.eventIdx = eventIdx
  }

  add(chain: NaiveChain): void {
    this.added.push(chain)
    this.free -= chain.buffers.length
  }

  publish(): void {
    this.kicks.published += this.added.length
    this.available.push(...this.added.splice(0))
  }

  pop(): NaiveChain | undefined {
    const chain = this.available.shift()
    if (chain === undefined) return chain
    this.serviced.push(chain)
    this.popped++
    if (this.eventIdx && this.kicks.wanted !== Infinity) this.kicks.wanted = this.popped
    return chain
  }

  push(nth: number, written: number): void {
    this.finished.push({ ...this.serviced.splice(nth, 1)[0], written })
  }

  publishUsed(): void {
    this.interrupts.published += this.finished.length
    this.used.push(...this.finished.splice(0))
  }

  popUsed(): NaiveChain | undefined {
    const chain = this.used.shift()
    if (chain === undefined) return chain
    this.free += chain.buffers.length
    this.returned++
    if (this.eventIdx && this.interrupts.wanted !== Infinity) this.interrupts.wanted = this.returned
    return chain
  }
}
