/**
 * What every driver offers to tasks, locks and devices. Two drivers implement it: `Measure` (virtual time decides; also under live control) and
 * `Explore` (somebody else decides). Model code only ever sees this class.
 */
import { assert, Columns, hashString, Prng } from '@hintlab/kit'
import type { Costs } from './cost-table.ts'
import { Cpu } from './cpu.ts'
import type { CpuOptions } from './cpu.ts'
import { Task, TaskKind } from './task.ts'
import type { TaskBody, TaskOptions } from './task.ts'

/** Something that keeps state outside columns (a lock's holder, a wait queue) and must start over with the engine. */
export interface Resettable {
  reset(): void
}

export abstract class Engine {
  /** Virtual time in nanoseconds, an integer in a double, below 2^53. */
  now = 0
  readonly tasks: Task[] = []
  readonly cpus: Cpu[] = []
  readonly cols: Columns
  readonly costs: Costs
  readonly seed: number
  /** True when every lock is a yield point. */
  abstract readonly exploring: boolean
  private readonly resettables: Resettable[] = []
  private readonly streams = new Map<string, Prng>()

  constructor(cols: Columns, costs: Costs, seed: number) {
    this.cols = cols
    this.costs = costs
    this.seed = seed
  }

  addCpu(name: string, options?: CpuOptions): Cpu {
    const cpu = new Cpu(this.cpus.length, name, options)
    this.cpus.push(cpu)
    return cpu
  }

  /** Adds a task. Threads start ready, in the order in which they were added; handlers wait for their first `raise` or trap. */
  addTask(name: string, cpu: Cpu, body: TaskBody, options?: TaskOptions): Task {
    const task = new Task(this.tasks.length, name, cpu, body, options)
    this.tasks.push(task)
    if (task.kind === TaskKind.THREAD) this.started(task)
    if (task.kind === TaskKind.EXIT) cpu.exitTask = task
    return task
  }

  addResettable(part: Resettable): void {
    this.resettables.push(part)
  }

  /** The random stream of this name: one per component, so that a new consumer does not shift the draws of another. */
  stream(name: string): Prng {
    let stream = this.streams.get(name)
    if (stream === undefined) {
      stream = new Prng(hashString(`${this.seed}/${name}`))
      this.streams.set(name, stream)
    }
    return stream
  }

  /** Everything back to the sealed state and time 0. */
  reset(): void {
    this.now = 0
    this.cols.reset()
    for (const cpu of this.cpus) cpu.reset()
    for (const part of this.resettables) part.reset()
    for (const [name, stream] of this.streams) stream.seed(hashString(`${this.seed}/${name}`))
    for (const task of this.tasks) {
      task.reset()
      if (task.kind === TaskKind.THREAD) this.started(task)
    }
  }

  /** Makes a waiting or spinning task ready, `delayNs` from now (lock hand-over). A task that is not waiting stays as it is. */
  abstract wake(task: Task, delayNs?: number): void

  /** Raises the interrupt that `handler` serves. Raised again before it ran, it runs once. */
  abstract raise(handler: Task): void

  /** Arms the one timer of a task: wakes it at `time` unless it was woken or armed again before. */
  abstract wakeAt(task: Task, time: number): void

  /** Called for each new thread. */
  protected abstract started(task: Task): void

  /** Time as the running task sees it: the clock plus what it has charged in this step. */
  localNow(task: Task): number {
    return this.now + task.pending
  }

  assertIntegral(): void {
    assert(Number.isSafeInteger(this.now), 'virtual time is an integer below 2^53')
  }
}
