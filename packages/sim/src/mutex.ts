/** A sleeping lock: waiters leave their CPU, first come, first served. */
import { assert } from '@hintlab/kit'
import { TaskQueue } from './cpu.ts'
import type { Engine } from './engine.ts'
import { TaskState } from './task.ts'
import type { Task } from './task.ts'

export class Mutex {
  readonly name: string
  holder: Task | null = null
  private readonly engine: Engine
  private readonly object: number
  private readonly waiters = new TaskQueue()

  constructor(engine: Engine, name: string) {
    this.engine = engine
    this.name = name
    this.object = engine.cols.objects(name)
    engine.addResettable(this)
  }

  /** Takes the mutex, or queues for it; true when the task must yield a WAIT point. The mutex is its own after that. */
  acquire(task: Task): boolean {
    task.assertMaySleep()
    assert(this.holder !== task, 'a mutex is not recursive')
    this.engine.cols.footprint.write(this.object)
    if (this.holder === null) {
      this.holder = task
      return this.engine.exploring
    }
    task.state = TaskState.WAITING
    this.waiters.push(task)
    return true
  }

  release(task: Task): void {
    assert(this.holder === task, 'released by its holder')
    this.engine.cols.footprint.write(this.object)
    const next = this.waiters.shift()
    this.holder = next
    if (next !== null) this.engine.wake(next, this.engine.costs.lockHandover)
  }

  reset(): void {
    this.holder = null
    this.waiters.clear()
  }
}
