/** What the drivers ask about a task before they take its CPU away or book its waiting. */
import { Kind } from './point.ts'
import { TaskKind, TaskState } from './task.ts'
import type { Task } from './task.ts'

/** Holds its CPU and waits to be granted something; what it charged before has passed. */
export const isSpinning = (task: Task): boolean => task.state === TaskState.SPINNING && task.remaining === 0 && task.deferred === 0

/** May lose its CPU to another thread now: it holds no spinlock, and is not about to wait for something that it has registered for. */
export function isPreemptible(task: Task): boolean {
  return task.kind === TaskKind.THREAD && task.atomic === 0 && task.irqsOff === 0 && task.state !== TaskState.SPINNING && task.deferred !== Kind.WAIT
}

/** Host code that holds a spinlock, or spins for one, is not preempted on its host CPU (preempt_disable in the lock functions). */
export const keepsHostCpu = (task: Task): boolean => task.kind === TaskKind.EXIT && task.atomic > 0
