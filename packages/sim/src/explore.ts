/**
 * The exploring driver: at every yield somebody else (`choose`) decides which task takes the next step. Time plays no part: a sleeping task may run
 * at any moment, because an interleaving that only unlikely timing allows is still one. What a CPU can run is respected: an interrupt handler displaces,
 * a task with a spinlock held is not preempted, a held vCPU waits for its exit task.
 *
 * Runs start over from the sealed state with `reset`; a run is reproduced by making the same choices again.
 */
import { assert } from '@hintlab/kit'
import type { Cpu } from './cpu.ts'
import { Engine } from './engine.ts'
import { Kind, KIND_MASK, labelOf } from './point.ts'
import { TaskKind, TaskState } from './task.ts'
import type { Task } from './task.ts'
import { isPreemptible } from './task-context.ts'

/** Picks one of `count` enabled tasks: an integer from 0 to count - 1. */
export type Choose = (count: number) => number

const NO_POINT = -1

export class Explore extends Engine {
  readonly exploring = true
  steps = 0
  private readonly enabled: Task[] = []
  private readonly timers = new Set<Task>()
  /** What ran, in order: task id and the point it stood at before. */
  private readonly trail: number[] = []

  /**
   * Runs steps until nothing is enabled or `stepsMax` is reached; returns true in the first case. `afterStep` sees the task that has just run; what it
   * throws ends the run.
   */
  run(choose: Choose, stepsMax: number, afterStep?: (task: Task) => void): boolean {
    while (this.steps < stepsMax) {
      this.findEnabled()
      const count = this.enabled.length
      if (count === 0) return true
      const pick = choose(count)
      assert(pick >= 0 && pick < count, 'choose returns one of the enabled tasks')
      const task = this.enabled[pick]
      if (this.cols.footprint.recording) this.cols.footprint.begin()
      this.take(task)
      afterStep?.(task)
    }
    return false
  }

  /** The steps so far, one line each: CPU, task, and where in its code the step began. */
  describeTrail(): string[] {
    const lines: string[] = []
    for (let i = 0; i < this.trail.length; i += 2) {
      const task = this.tasks[this.trail[i]]
      const at = this.trail[i + 1]
      lines.push(`${String(i / 2 + 1).padStart(4)}  ${task.cpu.name.padEnd(8)} ${task.name.padEnd(22)} ${at === NO_POINT ? 'start' : labelOf(at)}`)
    }
    return lines
  }

  wake(task: Task): void {
    this.timers.delete(task)
    task.waitingOn = null
    const waiting = task.state === TaskState.WAITING || task.state === TaskState.SLEEPING || task.state === TaskState.SPINNING
    if (waiting) task.state = TaskState.READY
  }

  raise(handler: Task): void {
    assert(handler.kind === TaskKind.IRQ, 'raise takes an interrupt handler')
    if (handler.raised) return
    handler.raised = true
    handler.cpu.irqs.push(handler)
  }

  wakeAt(task: Task): void {
    this.timers.add(task)
  }

  override reset(): void {
    this.steps = 0
    this.trail.length = 0
    this.timers.clear()
    super.reset()
  }

  protected started(): void {
    // A new thread is READY and off its CPU: findEnabled offers it.
  }

  private findEnabled(): void {
    this.enabled.length = 0
    for (const cpu of this.cpus) this.enabledOn(cpu)
  }

  private enabledOn(cpu: Cpu): void {
    const current = cpu.current
    if (current !== null && current.state !== TaskState.SPINNING) this.enabled.push(current)
    if (current === null || current.irqsOff === 0) for (const handler of cpu.irqs) this.enabled.push(handler)
    if (current === null || isPreemptible(current)) this.readyOn(cpu)
  }

  private readyOn(cpu: Cpu): void {
    for (const task of this.tasks) {
      if (task.cpu !== cpu || task.onCpu || task.kind !== TaskKind.THREAD) continue
      const due = task.state === TaskState.READY || task.state === TaskState.SLEEPING || (task.waitingOn !== null && this.timers.has(task))
      if (due) this.enabled.push(task)
    }
  }

  /** Gives the task its CPU, if it does not have it, and runs one step. */
  private take(task: Task): void {
    const cpu = task.cpu
    if (cpu.current !== task) this.switchTo(cpu, task)
    this.trail.push(task.id, task.at)
    this.steps++
    this.now++
    task.state = TaskState.RUNNING
    const at = task.step()
    task.pending = 0
    if (task.state === TaskState.RUNNING) task.state = TaskState.READY
    this.give(cpu, task, at < 0 ? -1 : at & KIND_MASK)
  }

  private switchTo(cpu: Cpu, task: Task): void {
    const displaced = cpu.current
    if (task.kind === TaskKind.IRQ) {
      if (displaced !== null) cpu.held.push(displaced)
      cpu.irqs.splice(cpu.irqs.indexOf(task), 1)
      task.raised = false
    } else {
      if (displaced !== null) displaced.onCpu = false
      if (task.state === TaskState.SLEEPING || task.state === TaskState.WAITING) this.now = Math.max(this.now, task.wakeAt)
      this.timers.delete(task)
      task.waitingOn = null
    }
    task.onCpu = true
    cpu.current = task
  }

  private give(cpu: Cpu, task: Task, kind: number): void {
    switch (kind) {
      case Kind.RUN:
      case Kind.COMPUTE:
      case Kind.SPIN:
        return
      case Kind.SLEEP:
        task.assertMaySleep()
        task.state = TaskState.SLEEPING
        return this.release(cpu, task)
      case Kind.WAIT:
        return this.wait(cpu, task)
      case Kind.TRAP:
        return this.trap(cpu, task)
      case Kind.RETURN:
        this.release(cpu, task)
        task.state = TaskState.WAITING
        cpu.current = cpu.held.pop() ?? null
        return
      default:
        assert(task.atomic === 0, 'a task ends without a lock')
        this.release(cpu, task)
        task.state = TaskState.DONE
    }
  }

  private wait(cpu: Cpu, task: Task): void {
    if (task.state !== TaskState.WAITING) return
    task.assertMaySleep()
    if (task.kind === TaskKind.EXIT) task.state = TaskState.SPINNING
    else this.release(cpu, task)
  }

  private release(cpu: Cpu, task: Task): void {
    task.onCpu = false
    cpu.current = null
  }

  private trap(cpu: Cpu, task: Task): void {
    const exit = task.trapTo
    assert(exit !== null && exit.kind === TaskKind.EXIT && exit.cpu === cpu, 'a trap names an exit task of the same vCPU')
    exit.trappedBy = task
    cpu.held.push(task)
    exit.onCpu = true
    exit.state = TaskState.READY
    cpu.current = exit
  }
}
