/**
 * Tasks that poll a word of memory. The loop itself is not run turn by turn: a poller keeps its CPU, and goes on one turn of the loop after the word was
 * stored to. Who stores must say so here; the pollers then look for themselves.
 */
import type { Cause, Engine, Resettable, Task } from '@hintlab/sim'
import { TaskState } from '@hintlab/sim'

export class SpinWatch implements Resettable {
  private readonly engine: Engine
  private readonly object: number
  private readonly spinners: Task[] = []

  constructor(engine: Engine, label: string) {
    this.engine = engine
    this.object = engine.cols.objects(label)
    engine.addResettable(this)
  }

  /** The running task watches; it then yields a SPIN point. The time is charged to `cause`. */
  spin(task: Task, cause: Cause): void {
    this.engine.cols.footprint.write(this.object)
    task.state = TaskState.SPINNING
    task.spinCause = cause
    if (!this.spinners.includes(task)) this.spinners.push(task)
  }

  /** A watched word has changed. */
  changed(): void {
    this.engine.cols.footprint.write(this.object)
    const delayNs = this.engine.costs.pollStep
    for (let task = this.spinners.shift(); task !== undefined; task = this.spinners.shift()) this.engine.wake(task, delayNs)
  }

  reset(): void {
    this.spinners.length = 0
  }
}
