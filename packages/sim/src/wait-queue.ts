/** A queue of sleeping tasks: wait_event and wake_up of the kernel. Whoever waits checks its condition again after each wake. */
import type { Engine } from './engine.ts'
import { TaskQueue } from './cpu.ts'
import { TaskState } from './task.ts'
import type { Task } from './task.ts'

export class WaitQueue {
  private readonly engine: Engine
  private readonly object: number
  private readonly waiters = new TaskQueue()

  constructor(engine: Engine, label: string) {
    this.engine = engine
    this.object = engine.cols.objects(label)
    engine.addResettable(this)
  }

  /** Registers the running task (prepare_to_wait); it then yields a WAIT point. */
  wait(task: Task): void {
    this.engine.cols.footprint.write(this.object)
    task.state = TaskState.WAITING
    this.waiters.push(task)
  }

  wakeAll(): void {
    this.engine.cols.footprint.write(this.object)
    for (let task = this.waiters.shift(); task !== null; task = this.waiters.shift()) this.engine.wake(task)
  }

  reset(): void {
    this.waiters.clear()
  }
}
