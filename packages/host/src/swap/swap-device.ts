/**
 * The device behind a swap area: one queue in order, a latency for each request and a time for each page that is moved.
 *
 *     request of n pages:   begins when the device is free | n * swapPage | done, seen after the latency
 *
 * Latencies of requests overlap, transfers do not: that is what a solid-state disk with some queue depth looks like from outside.
 */
import type { Columns, Footprint } from '@hintlab/kit'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'

const AT_IO = point(Kind.WAIT, 'swap: wait for the device')

// Indexes of the state column.
const BUSY_UNTIL = 0
const READ_PAGES = 1
const WRITTEN_PAGES = 2
const READS = 3
const WRITES = 4

export class SwapDevice {
  private readonly engine: Engine
  private readonly state: Float64Array
  private readonly object: number
  private readonly cols: Columns
  private readonly waiting: WaitQueue

  constructor(engine: Engine) {
    this.engine = engine
    this.cols = engine.cols
    this.object = engine.cols.objects('swap device')
    this.state = engine.cols.f64('swap.device', 5, this.object)
    this.waiting = new WaitQueue(engine, 'swap device')
  }

  get pagesRead(): number {
    return this.state[READ_PAGES]
  }

  get pagesWritten(): number {
    return this.state[WRITTEN_PAGES]
  }

  get reads(): number {
    return this.state[READS]
  }

  get writes(): number {
    return this.state[WRITES]
  }

  /** Reads `pages` pages; the task is off its CPU, or holds its vCPU in the host, until they are there. */
  read(task: Task, pages: number): Generator<Point, void, void> {
    this.footprint.write(this.object)
    this.state[READ_PAGES] += pages
    this.state[READS]++
    return this.transfer(task, pages, this.engine.costs.swapRead)
  }

  /** Writes `pages` pages, as `read`. */
  write(task: Task, pages: number): Generator<Point, void, void> {
    this.footprint.write(this.object)
    this.state[WRITTEN_PAGES] += pages
    this.state[WRITES]++
    return this.transfer(task, pages, this.engine.costs.swapWrite)
  }

  private *transfer(task: Task, pages: number, latency: number): Generator<Point, void, void> {
    const begin = Math.max(this.engine.localNow(task), this.state[BUSY_UNTIL])
    this.state[BUSY_UNTIL] = begin + pages * this.engine.costs.swapPage
    const done = this.state[BUSY_UNTIL] + latency
    while (this.engine.localNow(task) < done) {
      this.waiting.wait(task)
      this.engine.wakeAt(task, done)
      yield AT_IO
    }
  }

  private get footprint(): Footprint {
    return this.cols.footprint
  }
}
