/**
 * A spinning reader-writer lock with a fair queue (the kernel's qrwlock, which mmu_lock is): readers share, a writer is alone, and nobody overtakes a
 * waiter, so readers that come after a waiting writer wait behind it. Used as SpinLock is, with `acquireRead` or `acquireWrite`.
 */
import { assert } from '@hintlab/kit'
import { Cause } from './causes.ts'
import { TaskQueue } from './cpu.ts'
import type { Engine } from './engine.ts'
import { TaskState } from './task.ts'
import type { Task } from './task.ts'

export class RwLock {
  readonly name: string
  writer: Task | null = null
  readers = 0
  contended = 0
  private readonly engine: Engine
  private readonly object: number
  private readonly waiters = new TaskQueue()
  private readonly wantsWrite = new Set<Task>()

  constructor(engine: Engine, name: string) {
    this.engine = engine
    this.name = name
    this.object = engine.cols.objects(name)
    engine.addResettable(this)
  }

  /** Takes the lock shared, or queues; true when the task must yield a SPIN point. */
  acquireRead(task: Task): boolean {
    assert(this.writer !== task, 'a rwlock is not recursive')
    this.engine.cols.footprint.write(this.object)
    task.atomic++
    if (this.writer === null && this.waiters.empty) {
      this.readers++
      return this.engine.exploring
    }
    return this.queue(task)
  }

  /** Takes the lock exclusive, or queues; true when the task must yield a SPIN point. */
  acquireWrite(task: Task): boolean {
    assert(this.writer !== task, 'a rwlock is not recursive')
    this.engine.cols.footprint.write(this.object)
    task.atomic++
    if (this.writer === null && this.readers === 0) {
      this.writer = task
      return this.engine.exploring
    }
    this.wantsWrite.add(task)
    return this.queue(task)
  }

  releaseRead(task: Task): void {
    assert(this.readers > 0, 'released by a reader')
    this.engine.cols.footprint.write(this.object)
    task.atomic--
    this.readers--
    this.handOver()
  }

  releaseWrite(task: Task): void {
    assert(this.writer === task, 'released by its writer')
    this.engine.cols.footprint.write(this.object)
    task.atomic--
    this.writer = null
    this.handOver()
  }

  reset(): void {
    this.writer = null
    this.readers = this.contended = 0
    this.waiters.clear()
    this.wantsWrite.clear()
  }

  private queue(task: Task): true {
    this.contended++
    task.state = TaskState.SPINNING
    task.spinCause = Cause.LOCK_SPIN
    this.waiters.push(task)
    return true
  }

  /** Lets in the first waiter, and with a reader all readers directly behind it. */
  private handOver(): void {
    while (this.writer === null) {
      const next = this.waiters.shift()
      if (next === null) return
      if (this.wantsWrite.has(next)) {
        if (this.readers > 0) return this.waiters.pushFront(next)
        this.wantsWrite.delete(next)
        this.writer = next
      } else {
        this.readers++
      }
      this.engine.wake(next, this.engine.costs.lockHandover)
    }
  }
}
