/**
 * A queue of sleeping tasks: wait_event and wake_up of the kernel. Whoever waits checks its condition again after each wake. A task that a timer has
 * woken meanwhile waits here no more.
 */
import type { Engine } from './engine.ts'
import { TaskState } from './task.ts'
import type { Task } from './task.ts'

export class WaitQueue {
  private readonly engine: Engine
  private readonly object: number
  private readonly waiters: Task[] = []

  constructor(engine: Engine, label: string) {
    this.engine = engine
    this.object = engine.cols.objects(label)
    engine.addResettable(this)
  }

  /** Registers the running task (prepare_to_wait); it then yields a WAIT point. */
  wait(task: Task): void {
    this.engine.cols.footprint.write(this.object)
    task.state = TaskState.WAITING
    task.waitingOn = this
    if (!this.waiters.includes(task)) this.waiters.push(task)
  }

  wakeAll(): void {
    this.engine.cols.footprint.write(this.object)
    for (const task of this.waiters) if (task.waitingOn === this) this.engine.wake(task)
    this.waiters.length = 0
  }

  reset(): void {
    this.waiters.length = 0
  }
}
