/**
 * A spinlock with a queue of waiters (the kernel's queued spinlock: first come, first served, a hand-over cost to the next).
 *
 *     if (lock.acquire(task)) yield AT_LOCK     // AT_LOCK is a SPIN point
 *     ...                                       // charge what the critical section costs
 *     yield AT_UNLOCK                           // a RUN point: the charged time passes with the lock held
 *     lock.release(task)
 *
 * In measure mode an uncontended lock is taken without a yield; when exploring, every acquisition is one.
 */
import { assert } from '@hintlab/kit'
import type { Footprint } from '@hintlab/kit'
import { Cause } from './causes.ts'
import { TaskQueue } from './cpu.ts'
import type { Engine } from './engine.ts'
import { TaskKind, TaskState } from './task.ts'
import type { Task } from './task.ts'

/** Contexts in which a lock was taken. */
const IN_IRQ = 1
const IRQS_ON = 2

export class SpinLock {
  readonly name: string
  holder: Task | null = null
  /** Acquisitions, and those that had to wait. */
  acquired = 0
  contended = 0
  private readonly engine: Engine
  private readonly footprint: Footprint
  private readonly handoverNs: number
  private readonly object: number
  private readonly waiters = new TaskQueue()
  private contexts = 0

  constructor(engine: Engine, name: string) {
    this.engine = engine
    this.footprint = engine.cols.footprint
    this.handoverNs = engine.costs.lockHandover
    this.name = name
    this.object = engine.cols.objects(name)
    engine.addResettable(this)
  }

  /** Takes the lock, or queues for it; true when the task must yield a SPIN point. The lock is its own after that. */
  acquire(task: Task): boolean {
    assert(this.holder !== task, 'a spinlock is not recursive')
    this.footprint.write(this.object)
    this.noteContext(task)
    task.atomic++
    this.acquired++
    if (this.holder === null) {
      this.holder = task
      return this.engine.exploring
    }
    this.contended++
    task.state = TaskState.SPINNING
    task.spinCause = Cause.LOCK_SPIN
    this.waiters.push(task)
    return true
  }

  /** spin_lock_irqsave. */
  acquireIrq(task: Task): boolean {
    task.irqsOff++
    return this.acquire(task)
  }

  release(task: Task): void {
    assert(this.holder === task, 'released by its holder')
    this.footprint.write(this.object)
    task.atomic--
    const next = this.waiters.shift()
    this.holder = next
    if (next !== null) this.engine.wake(next, this.handoverNs)
  }

  /** spin_unlock_irqrestore. */
  releaseIrq(task: Task): void {
    this.release(task)
    task.irqsOff--
  }

  reset(): void {
    this.holder = null
    this.waiters.clear()
    this.acquired = this.contended = 0
    this.contexts = 0
  }

  /** What lockdep checks: a lock that an interrupt handler takes is never held with irqs on. */
  private noteContext(task: Task): void {
    if (task.kind === TaskKind.IRQ) this.contexts |= IN_IRQ
    else if (task.irqsOff === 0) this.contexts |= IRQS_ON
    assert(this.contexts !== (IN_IRQ | IRQS_ON), 'a lock taken in irq context is taken elsewhere with irqs on')
  }
}
