/**
 * A measuring engine that says what passes between a virtual CPU and its host beside messages: each stay in the host, and time that the host takes from a CPU
 * that is in the guest. Apart from that it is Measure: its runs are the same, dispatch for dispatch.
 *
 *     guest  ---- trap ----+                     +---- goes on ----
 *     host                 | exit task: entered, | about to return
 *                          +---------------------+--> exit(...)
 */
import { Cause, Kind, KIND_MASK, Measure, TaskKind } from '@hintlab/sim'
import type { Cpu, Point, Task, TaskBody, TaskOptions } from '@hintlab/sim'

/** A stay in the host; times in nanoseconds. */
export interface Stay {
  readonly cpu: number
  readonly reason: number
  readonly target: number
  readonly arg: number
  /** When the instruction of the guest ran, and when its CPU was in the host. */
  readonly leftNs: number
  readonly enteredNs: number
  /** What the host did there, without what others put on this CPU. */
  readonly busyNs: number
  readonly result: number
  readonly enteredSteps: number
}

export interface StayListener {
  returns(stay: Stay): void
  /** The host took `ns` from a virtual CPU, in a step of another CPU. */
  loses(cpu: number, ns: number): void
}

export class ListeningMeasure extends Measure {
  listener: StayListener | null = null
  /** Steps that the tasks of each side have taken: what orders the two at the same nanosecond. */
  guestSteps = 0
  hostSteps = 0
  /** By task: when it asked for the exit. It may lose its CPU to another before it is there. */
  protected readonly leftAt: number[] = []
  /** By CPU: what others have put on it since it entered. */
  private readonly lost: number[] = []

  /** Number of the CPU whose task takes a step; 0 between steps. */
  get stepCpu(): number {
    return this.active?.id ?? 0
  }

  /** When what this step does takes effect on other CPUs: behind the time that it has charged. */
  get effectNs(): number {
    return this.now + (this.active?.current?.pending ?? 0)
  }

  override addTask(name: string, cpu: Cpu, body: TaskBody, options: TaskOptions = {}): Task {
    if (!cpu.halts) return super.addTask(name, cpu, (task) => this.counted(body(task), 'hostSteps'), options)
    const exits = options.kind === TaskKind.EXIT
    const task = super.addTask(name, cpu, (own) => (exits ? this.stays(own, body) : this.counted(body(own), 'guestSteps')), options)
    this.listenTo(task)
    return task
  }

  /** Stands in front of two methods of a task of a virtual CPU. */
  private listenTo(task: Task): void {
    const [charge, trap] = [task.charge.bind(task), task.trap.bind(task)]
    task.charge = (ns: number, cause: Cause): void => {
      // What a wake-up costs belongs to the task that was woken, whoever woke it.
      if (cause !== Cause.WAKEUP && this.fromHost(task)) {
        this.lost[task.cpu.id] = (this.lost[task.cpu.id] ?? 0) + ns
        this.listener?.loses(task.cpu.id, ns)
      }
      charge(ns, cause)
    }
    task.trap = (reason: number, target: number, arg?: number): void => {
      this.leftAt[task.id] = this.now
      trap(reason, target, arg)
    }
  }

  /** Whether the step that runs is one of the host, on another CPU than the task's. */
  private fromHost({ cpu }: Task): boolean {
    const { active } = this
    return active !== null && active !== cpu && (!active.halts || active.current?.kind === TaskKind.EXIT)
  }

  private *counted(steps: Generator<Point, void, void>, counter: 'guestSteps' | 'hostSteps'): Generator<Point, void, void> {
    for (;;) {
      this[counter]++
      const { value: at, done } = steps.next()
      if (done === true) return
      yield at
    }
  }

  /** The same steps, and a word at the end of each stay. */
  private *stays(task: Task, body: TaskBody): Generator<Point, void, void> {
    const steps = body(task)
    const cpu = task.cpu.id
    let enteredSteps = 0
    for (let enteredNs = -1; ; ) {
      if (enteredNs < 0) {
        enteredNs = this.now
        enteredSteps = this.hostSteps
        this.lost[cpu] = 0
      }
      this.hostSteps++
      const { value: at, done } = steps.next()
      if (done === true) return
      if ((at & KIND_MASK) === Kind.RETURN) {
        this.returning(task, enteredNs, enteredSteps)
        enteredNs = -1
      }
      yield at
    }
  }

  private returning(task: Task, enteredNs: number, enteredSteps: number): void {
    const { id, trapReason: reason, trapTarget: target, trapArg: arg, trapResult: result } = task.trappedBy!
    const cpu = task.cpu.id
    const busyNs = this.now + task.pending - enteredNs - this.lost[cpu]
    this.listener?.returns({ cpu, reason, target, arg, leftNs: this.leftAt[id], enteredNs, busyNs, result, enteredSteps })
  }
}
