/** Builds and runs a machine without its host: no task of the host runs, and exits go to the recording. */
import { Kind, Measure, point, TaskKind } from '@hintlab/sim'
import type { Cpu, Point, Task, TaskBody, TaskOptions } from '@hintlab/sim'
import type { RecordedHost } from './recorded-host.ts'

const AT_STAY = point(Kind.RUN, 'recorded host: as long as recorded')
const AT_RETURN = point(Kind.RETURN, 'recorded host: back to the guest')

function* ends(): Generator<Point, void, void> {}

export class GuestOnlyMeasure extends Measure {
  host: RecordedHost | null = null
  /** Steps that the tasks of the guest have taken. */
  guestSteps = 0
  /** By task: when it asked for its last exit. */
  private readonly left: number[] = []

  /** Number of the CPU whose task takes a step; 0 between steps. */
  get stepCpu(): number {
    return this.active?.id ?? 0
  }

  leftAt(task: Task): number {
    return this.left[task.id] ?? 0
  }

  override addTask(name: string, cpu: Cpu, body: TaskBody, options: TaskOptions = {}): Task {
    if (!cpu.halts) return super.addTask(name, cpu, ends, options)
    const task = super.addTask(name, cpu, (own) => (options.kind === TaskKind.EXIT ? this.exits(own) : this.counted(body(own))), options)
    const trap = task.trap.bind(task)
    task.trap = (reason: number, target: number, arg?: number): void => {
      this.left[task.id] = this.now
      trap(reason, target, arg)
    }
    return task
  }

  addHost(cpu: Cpu, host: RecordedHost): void {
    this.host = host
    super.addTask('recorded host', cpu, (task) => host.body(task))
    super.addTask('recorded wishes', this.addCpu('recorded wishes'), (task) => host.wishBody(task))
  }

  private *counted(steps: Generator<Point, void, void>): Generator<Point, void, void> {
    for (;;) {
      this.guestSteps++
      const { value: at, done } = steps.next()
      if (done === true) return
      yield at
    }
  }

  private *exits(task: Task): Generator<Point, void, void> {
    for (;;) {
      this.host?.stay(task)
      yield AT_STAY
      // What others took from it meanwhile.
      yield AT_STAY
      this.host?.answerDue(task)
      yield AT_RETURN
    }
  }
}
