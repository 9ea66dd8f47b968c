/**
 * The statistics queue works in reverse: the driver posts one buffer after its initialisation (rule 20), the host returns it when it wants new values, and
 * the driver posts it again, filled anew (rule 21). So one request is always out, and at most one (rule 19).
 *
 *     fill --submit--> held by the host ... --complete--> fill --submit--> ...
 */
import { assert } from '@hintlab/kit'
import { FULL } from '@hintlab/protocol'
import type { HintClient, StatsBatch, StatsPort, StatTag } from '@hintlab/protocol'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { fillStats } from './memory-stats.ts'

const AT_NO_QUEUE = point(Kind.WAIT, 'balloon stats: no queue')

export interface StatsWorkerOptions {
  readonly tags: readonly StatTag[]
  /** Pages that the guest counts as its memory now. */
  readonly managedPages: () => number
}

export class StatsWorker implements HintClient<Task> {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly port: StatsPort<Task>
  private readonly options: StatsWorkerOptions
  private readonly batch: StatsBatch
  private readonly queue: WaitQueue
  private readonly object: number
  private readonly state: Float64Array
  private readonly words: Uint32Array

  constructor(engine: Engine, kernel: GuestKernel, port: StatsPort<Task>, cpu: Cpu, options: StatsWorkerOptions) {
    assert(port.waits, 'the worker sleeps until the host wants statistics')
    assert(options.tags.length <= port.entriesMax, 'the statistics fit in one request')
    const { cols } = engine
    this.engine = engine
    this.kernel = kernel
    this.port = port
    this.options = options
    this.object = cols.objects('balloon stats')
    this.state = cols.f64('balloon.stats.posted', 1, this.object)
    this.words = cols.u32('balloon.stats.count', 1, this.object)
    const { words } = this
    this.batch = {
      get count() {
        return words[0]
      },
      set count(n) {
        words[0] = n
      },
      tag: cols.u16('balloon.stats.tag', options.tags.length, this.object),
      value: cols.f64('balloon.stats.value', options.tags.length, this.object),
    }
    this.queue = new WaitQueue(engine, 'balloon stats queue')
    engine.addTask('kworker balloon stats', cpu, (task) => this.workerBody(task), { wakeNs: engine.costs.guestSwitch })
  }

  /** Buffers posted so far. */
  get posted(): number {
    return this.state[0]
  }

  /** There is a queue now. */
  resume(): void {
    this.queue.wakeAll()
  }

  complete(): void {
    // The worker waits, and posts again whatever the host has made of it.
  }

  *bottomHalf(): Generator<Point, void, void> {
    // The worker waits.
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      if (yield* this.post(task)) continue
      this.queue.wait(task)
      yield AT_NO_QUEUE
    }
  }

  /** One round; false when there is no queue, or a broken one. */
  private *post(task: Task): Generator<Point, boolean, void> {
    const { engine, batch, port, options } = this
    engine.cols.footprint.write(this.object)
    fillStats(batch, options.tags, this.kernel, options.managedPages())
    task.charge(engine.costs.hintEntry * batch.count, Cause.PROTOCOL)
    const slot = port.submit(batch)
    if (slot === FULL) return false
    this.state[0]++
    yield* port.finish(task, slot)
    port.release(slot)
    return true
  }
}
