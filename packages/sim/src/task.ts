/**
 * A task is one sequence of execution: a workload, a kernel thread, an interrupt handler, the host's side of a vCPU, a device thread. It runs on
 * one CPU at a time and charges every nanosecond to a cause.
 */
import { assert } from '@hintlab/kit'
import { CAUSES } from './causes.ts'
import type { Cause } from './causes.ts'
import type { Cpu } from './cpu.ts'
import type { Point } from './point.ts'

export const TaskKind = {
  /** Process context; may sleep. */
  THREAD: 0,
  /** Interrupt handler of the CPU it is bound to: irqs off, must not sleep. Runs once per `raise`. */
  IRQ: 1,
  /** The host's side of a vCPU between exit and entry. When it waits, the vCPU is held. Runs once per trap. */
  EXIT: 2,
} as const
export type TaskKind = (typeof TaskKind)[keyof typeof TaskKind]

export const TaskState = { READY: 0, RUNNING: 1, SLEEPING: 2, WAITING: 3, SPINNING: 4, DONE: 5 } as const
export type TaskState = (typeof TaskState)[keyof typeof TaskState]

/** What a task runs: one generator per life of the task. It is started again, never cloned, when a schedule is replayed. */
export type TaskBody = (task: Task) => Generator<Point, void, void>

/** Preempts others of the same CPU when woken. */
export const PRIORITY_HIGH = 1
export const PRIORITY_NORMAL = 0

export interface TaskOptions {
  kind?: TaskKind
  priority?: number
  /** Charged when the task is woken from a wait (switch to it). */
  wakeNs?: number
}

export class Task {
  readonly id: number
  readonly name: string
  readonly kind: TaskKind
  readonly priority: number
  readonly wakeNs: number
  cpu: Cpu
  state: TaskState = TaskState.READY
  /** Where it stands: the point it yielded last. */
  at: Point = -1
  /** Charged and not yet elapsed. */
  pending = 0
  /** Part of the present RUN or COMPUTE that has not elapsed. */
  remaining = 0
  interruptible = false
  /** Kind of point that takes effect when the charged time has passed; 0 for none. */
  deferred = 0
  /** Current on its CPU, or displaced there by a handler. */
  onCpu = false
  wakeAt = 0
  spinStart = 0
  spinCause: Cause = 3
  /** The exit task that a TRAP point hands this vCPU to, why, and what came back. `trappedBy` is the other direction. */
  trapTo: Task | null = null
  trapReason = 0
  trapTarget = 0
  trapArg = 0
  trapResult = 0
  trappedBy: Task | null = null
  irqsOff = 0
  /** Spinlocks held and other reasons not to be preempted. */
  atomic = 0
  /** Grants taken: a second one for the same spin is void. */
  spins = 0
  /** Cancels events that refer to an older step. */
  generation = 0
  timerGeneration = 0
  /** Its timer has fired while it was not waiting in a queue. */
  timerDue = false
  /** The wait queue it sleeps in; null once it was woken. */
  waitingOn: object | null = null
  /** Link in one run queue or one lock's waiter queue. */
  next: Task | null = null
  /** Raised and not yet delivered (IRQ). */
  raised = false
  account: Float64Array
  private readonly accounts: Float64Array[] = []
  private readonly body: TaskBody
  /** The present life of the body; drivers take its steps. */
  generator: Generator<Point, void, void>
  private readonly home: Cpu

  constructor(id: number, name: string, cpu: Cpu, body: TaskBody, options: TaskOptions = {}) {
    this.id = id
    this.name = name
    this.kind = options.kind ?? TaskKind.THREAD
    this.priority = options.priority ?? PRIORITY_NORMAL
    this.wakeNs = options.wakeNs ?? 0
    this.cpu = cpu
    this.home = cpu
    this.body = body
    this.generator = body(this)
    this.account = this.accountOn(cpu)
    this.reset()
  }

  /** Adds CPU time to the present step. It passes at the next yield. */
  charge(ns: number, cause: Cause): void {
    this.pending += ns
    this.account[cause] += ns
  }

  /** Prepares a vCPU exit to `target` (a doorbell, a gfn) with an argument; the caller then yields a TRAP point and finds the answer in `trapResult`. */
  trap(reason: number, target: number, arg = 0): void {
    const exit = this.cpu.exitTask
    assert(exit !== null, 'only a task on a vCPU exits to the host')
    this.trapTo = exit
    this.trapReason = reason
    this.trapTarget = target
    this.trapArg = arg
  }

  /** Runs to the next yield; -1 when the body has ended. */
  step(): Point {
    const result = this.generator.next()
    this.at = result.done === true ? -1 : result.value
    return this.at
  }

  /** Context check of might_sleep(): asserts that this task may give up its CPU. */
  assertMaySleep(): void {
    assert(this.kind !== TaskKind.IRQ, 'an interrupt handler must not sleep')
    assert(this.atomic === 0, 'sleeping in atomic context (a spinlock is held)')
    assert(this.irqsOff === 0 || this.kind === TaskKind.EXIT, 'sleeping with irqs off')
  }

  /** Moves a task that is off its CPU (kernel worker that follows its work). */
  moveTo(cpu: Cpu): void {
    if (cpu === this.cpu) return
    assert(this.state === TaskState.WAITING || this.state === TaskState.SLEEPING, 'only a task that is off its CPU can move')
    this.cpu = cpu
    this.account = this.accountOn(cpu)
  }

  /** Nanoseconds charged on a CPU, by cause. */
  accountOn(cpu: Cpu): Float64Array {
    return (this.accounts[cpu.id] ??= new Float64Array(CAUSES))
  }

  /** Back to the start of its body. */
  reset(): void {
    this.generator = this.body(this)
    this.cpu = this.home
    this.account = this.accountOn(this.home)
    for (const account of this.accounts) account?.fill(0)
    this.at = -1
    this.pending = 0
    this.remaining = 0
    this.deferred = 0
    this.onCpu = false
    this.interruptible = false
    this.trapTo = null
    this.trappedBy = null
    this.raised = false
    this.waitingOn = null
    this.timerDue = false
    this.next = null
    this.generation++
    this.timerGeneration++
    const handler = this.kind !== TaskKind.THREAD
    this.state = handler ? TaskState.WAITING : TaskState.READY
    this.irqsOff = handler ? 1 : 0
    this.atomic = 0
  }
}
