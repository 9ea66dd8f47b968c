/**
 * The measuring driver: virtual time decides who runs. Events are (time, sequence); a CPU runs its current task until it must let time pass or gives
 * the CPU away. When nothing else is due before the end of a step, the clock is moved without an event.
 *
 * Live control uses the same class with `live`: whoever pumps it stamps what arrives, calls `run(stamp)`, which does everything that is due without
 * waiting for what it costs, and arms one real timer for `nextEventTime`.
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { Cause } from './causes.ts'
import type { Costs } from './cost-table.ts'
import type { Cpu } from './cpu.ts'
import { Engine } from './engine.ts'
import { EventQueue, NEVER } from './event-queue.ts'
import { Kind, KIND_MASK } from './point.ts'
import { PRIORITY_HIGH, TaskKind, TaskState } from './task.ts'
import { isPreemptible, isSpinning, keepsHostCpu } from './task-context.ts'
import type { Task } from './task.ts'
import { Sharing } from './sharing.ts'

/** FNV-1a's offset basis, as the signed integer that the hash stays in. */
const HASH_START = 0x811c9dc5 | 0

/** Kind of the end of a task's body, beside the kinds of points. */
const END = 15

const Event = { STEP_END: 0, TIMER: 1, POKE: 2, GRANT: 3 } as const

/** Time slice of equal-priority threads of one CPU (base slice of the fair scheduler with few CPUs). */
const SLICE_NS = 3_000_000

export class Measure extends Engine {
  readonly exploring = false
  /** Steps run: one per dispatch of a task. */
  dispatches = 0
  /** Costs are booked and never waited for: time is what the outside world says. */
  readonly live: boolean
  private readonly queue = new EventQueue()
  private readonly sharing = new Sharing((cpu) => this.poke(cpu))
  private limit = 0
  /** The CPU whose task takes a step; null between steps. */
  protected active: Cpu | null = null
  private streamHash = HASH_START

  constructor(cols: Columns, costs: Costs, seed: number, options: { live?: boolean } = {}) {
    super(cols, costs, seed)
    this.live = options.live ?? false
  }

  /** Runs every event up to and including time `until`; the clock ends there. */
  run(until: number): void {
    assert(until >= this.now, 'time does not go back')
    this.limit = until
    const queue = this.queue
    while (queue.topTime <= until) {
      queue.pop()
      this.now = queue.time
      this.fire(queue.kind, queue.a, queue.b)
    }
    this.now = until
    this.assertIntegral()
  }

  /** When the next event is due; NEVER when nothing is. */
  get nextEventTime(): number {
    return this.queue.topTime
  }

  /** Hash of the whole stream of dispatches so far: (time, task, point) of each. Equal for equal (code, scenario, seed). */
  get eventHash(): number {
    return this.streamHash >>> 0
  }

  override reset(): void {
    this.queue.clear()
    this.dispatches = 0
    this.streamHash = HASH_START
    super.reset()
  }

  wake(task: Task, delayNs = 0): void {
    if (task.state === TaskState.SPINNING) {
      this.queue.push(this.effectTime(delayNs), Event.GRANT, task.id, task.spins)
      return
    }
    if (task.state !== TaskState.WAITING && task.state !== TaskState.SLEEPING) return
    task.timerGeneration++
    task.waitingOn = null
    if (!task.onCpu && task.wakeNs > 0) this.chargeWake(task)
    this.makeReady(task)
  }

  raise(handler: Task): void {
    assert(handler.kind === TaskKind.IRQ, 'raise takes an interrupt handler')
    if (handler.raised) return
    handler.raised = true
    const cpu = handler.cpu
    cpu.irqs.push(handler)
    cpu.attention = true
    this.poke(cpu)
  }

  wakeAt(task: Task, time: number): void {
    task.timerDue = false
    this.queue.push(Math.max(time, this.now), Event.TIMER, task.id, ++task.timerGeneration)
  }

  /** Idle time of a CPU up to now. */
  idleOf(cpu: Cpu): number {
    return cpu.idle + (cpu.current === null && cpu.guest === null ? this.now - cpu.idleSince : 0)
  }

  /** busy + idle + steal = elapsed on every CPU, and what tasks charged there is what the CPU was busy with. */
  check(): void {
    for (const cpu of this.cpus) this.checkCpu(cpu)
    this.queue.check()
  }

  protected started(task: Task): void {
    task.cpu.enqueue(task)
    this.poke(task.cpu)
  }

  private checkCpu(cpu: Cpu): void {
    let charged = 0
    let unelapsed = 0
    for (const task of this.tasks) {
      for (const ns of task.accountOn(cpu)) charged += ns
      if (task.cpu === cpu) unelapsed += task.pending + task.remaining
    }
    assert(charged - unelapsed === cpu.busy, () => `${cpu.name}: charged ${charged} - pending ${unelapsed} = busy ${cpu.busy}`)
    if (this.live) return
    const total = cpu.busy + this.idleOf(cpu) + this.sharing.stealOf(cpu, this.now) + this.partOfStep(cpu)
    assert(total === this.now, () => `${cpu.name}: busy, idle and steal add up to ${total}, elapsed ${this.now}`)
  }

  /** Time of the present step or spin, which is booked when it ends. */
  private partOfStep(cpu: Cpu): number {
    const task = cpu.current
    if (task === null || cpu.stealSince >= 0) return 0
    return this.now - (isSpinning(task) ? task.spinStart : cpu.stepStart)
  }

  private fire(kind: number, a: number, b: number): void {
    switch (kind) {
      case Event.STEP_END:
        return this.stepEnd(this.tasks[a], b)
      case Event.TIMER:
        return this.timer(this.tasks[a], b)
      case Event.POKE:
        return this.poked(this.cpus[a])
      case Event.GRANT:
        return this.grant(this.tasks[a], b)
      default:
        assert(false, 'unknown event kind')
    }
  }

  private stepEnd(task: Task, generation: number): void {
    if (task.generation !== generation) return
    this.elapsed(task.cpu, task, this.now - task.cpu.stepStart)
    this.advance(task.cpu)
  }

  private timer(task: Task, generation: number): void {
    if (task.timerGeneration !== generation) return
    if (task.state === TaskState.SLEEPING) this.makeReady(task)
    else if (task.waitingOn !== null) this.wake(task)
    else task.timerDue = true // it waits for a lock, or runs: the timer ends its next wait in a queue
  }

  private makeReady(task: Task): void {
    task.state = TaskState.READY
    if (task.onCpu) return // it was about to wait: it goes on instead
    const cpu = task.cpu
    cpu.enqueue(task)
    if (task.priority > (cpu.current?.priority ?? PRIORITY_HIGH)) cpu.attention = true
    this.poke(cpu)
  }

  /** The switch to a woken task, and leaving the halted state where the CPU was idle. */
  private chargeWake(task: Task): void {
    const cpu = task.cpu
    const halted = cpu.halts && cpu.current === null && !cpu.hasReady
    task.charge(task.wakeNs + (halted ? this.costs.irqHalted : 0), Cause.WAKEUP)
  }

  /** A CPU was busy with this task for the last `ns`. The one place where its time is booked, unless the control is live; who traces a run overrides it. */
  protected book(cpu: Cpu, _task: Task, ns: number): void {
    cpu.busy += ns
  }

  /** Somebody wants this CPU: start it when idle, cut an interruptible step short. */
  private poked(cpu: Cpu): void {
    cpu.poked = false
    const task = cpu.current
    if (task === null || cpu.resume) return this.advance(cpu)
    if (cpu.stealSince >= 0) return
    if (task.remaining > 0) return this.cutShort(cpu, task)
    if (isSpinning(task) && task.irqsOff === 0 && cpu.irqs.length > 0) this.advance(cpu)
  }

  private cutShort(cpu: Cpu, task: Task): void {
    if (!task.interruptible || !(cpu.attention || cpu.hasReady || this.sharing.contended(cpu))) return
    task.generation++
    this.elapsed(cpu, task, this.now - cpu.stepStart)
    this.advance(cpu)
  }

  /** A lock was handed to a spinning task, or an exit task that held its vCPU was woken. */
  private grant(task: Task, spin: number): void {
    if (task.spins !== spin || task.state !== TaskState.SPINNING) return
    task.spins++
    task.state = TaskState.READY
    if (task.remaining > 0 || task.cpu.current !== task) return
    task.generation++
    this.bookSpin(task)
    this.advance(task.cpu)
  }

  /** Charges the time since the spin began (or was resumed) and books it as elapsed. */
  private bookSpin(task: Task): void {
    const spun = this.now - task.spinStart
    task.account[task.spinCause] = task.account[task.spinCause] + spun
    this.book(task.cpu, task, spun)
  }

  /** Runs a CPU until time must pass or it has nothing to do. The hot loop: a step, and its time passes at once when nothing else is due before. */
  private advance(cpu: Cpu): void {
    this.active = cpu
    cpu.resume = false
    let task = this.settle(cpu)
    while (task !== null) {
      const at = task.generator.next().value
      this.dispatches++
      this.streamHash = Math.imul(this.streamHash ^ (this.now >>> 0), 0x01000193) ^ (Math.imul(at as number, 31) + task.id)
      const kind = at === undefined ? END : at & KIND_MASK
      if (kind <= Kind.COMPUTE && this.passes(cpu, task)) {
        if (cpu.attention) task = this.settle(cpu)
      } else {
        task.at = at === undefined ? -1 : at
        task = this.give(cpu, task, kind) ? this.settle(cpu) : null
      }
    }
    this.active = null
  }

  /** Lets the charged time of a step pass without an event; false when something else may happen before its end. */
  private passes(cpu: Cpu, task: Task): boolean {
    const ns = task.pending
    const end = this.now + ns
    if (ns === 0) return true
    if (this.live) return bookPending(cpu, task)
    const alone = !cpu.attention && !cpu.hasReady && cpu.backing === null
    if (!alone || end >= this.queue.topTime || end > this.limit) return false
    this.now = end
    this.book(cpu, task, ns)
    task.pending = 0
    return true
  }

  /** Brings a CPU to where its current task can take a step; null when it has to wait for an event. */
  private settle(cpu: Cpu): Task | null {
    for (;;) {
      if (cpu.attention) this.attend(cpu)
      const task = cpu.current ?? this.dispatch(cpu)
      if (task === null) return null
      if (task.remaining > 0) {
        if (!this.elapse(cpu, task)) return null
      } else if (task.deferred !== 0) {
        const kind = task.deferred
        task.deferred = 0
        if (!this.give(cpu, task, kind)) return null
      } else if (isSpinning(task)) {
        this.spin(cpu, task)
        return null
      } else {
        return cpu.backing === null || this.live || this.sharing.mayRun(cpu, cpu.backing, task, this.now) ? task : null
      }
    }
  }

  /** What the yielded point asks for; false when the CPU has to wait for an event. Charged time passes first. */
  private give(cpu: Cpu, task: Task, kind: number): boolean {
    if (this.live && task.pending > 0) bookPending(cpu, task)
    if (task.pending > 0) {
      task.interruptible = kind === Kind.COMPUTE
      if (kind > Kind.COMPUTE) task.deferred = kind
      return takePending(task)
    }
    switch (kind) {
      case Kind.RUN:
      case Kind.COMPUTE:
        return true
      case Kind.SLEEP:
        task.assertMaySleep()
        task.state = TaskState.SLEEPING
        this.wakeAt(task, task.wakeAt)
        return this.release(cpu, task)
      case Kind.WAIT:
        return this.wait(cpu, task)
      case Kind.SPIN:
        return task.state === TaskState.SPINNING ? this.spin(cpu, task) : true
      case Kind.TRAP:
        return this.trap(cpu, task)
      case Kind.RETURN:
        return this.handlerDone(cpu, task)
      default:
        return this.finish(cpu, task)
    }
  }

  private wait(cpu: Cpu, task: Task): boolean {
    if (task.state !== TaskState.WAITING) return true // woken before it could wait
    if (task.timerDue && task.waitingOn !== null) {
      task.timerDue = false
      this.wake(task)
      return true
    }
    task.assertMaySleep()
    if (task.kind !== TaskKind.EXIT) return this.release(cpu, task)
    task.state = TaskState.SPINNING
    task.spinCause = Cause.BLOCKED
    return this.spin(cpu, task)
  }

  /** Keeps the CPU without an event of its own. A guest that waits lets others use a shared host CPU, the host's own code for a spinlock does not. */
  private spin(cpu: Cpu, task: Task): false {
    task.spinStart = this.now
    if (cpu.backing !== null && !keepsHostCpu(task)) this.sharing.release(cpu, cpu.backing, this.now)
    return false
  }

  private release(cpu: Cpu, task: Task): true {
    task.onCpu = false
    cpu.current = null
    cpu.idleSince = this.now
    return true
  }

  private trap(cpu: Cpu, task: Task): true {
    const exit = task.trapTo
    assert(exit !== null && exit.kind === TaskKind.EXIT && exit.cpu === cpu, 'a trap names an exit task of the same vCPU')
    exit.trappedBy = task
    cpu.held.push(task)
    exit.onCpu = true
    cpu.current = exit
    return true
  }

  private handlerDone(cpu: Cpu, task: Task): true {
    assert(task.kind !== TaskKind.THREAD, 'only handlers and exit tasks return')
    this.release(cpu, task)
    task.state = TaskState.WAITING
    const back = cpu.held.pop() ?? null
    if (back !== null && isSpinning(back)) back.spinStart = this.now
    cpu.current = back
    if (cpu.irqs.length > 0) cpu.attention = true
    return true
  }

  private finish(cpu: Cpu, task: Task): true {
    assert(task.kind === TaskKind.THREAD, 'a handler never ends')
    assert(task.atomic === 0, 'a task ends without a lock')
    this.release(cpu, task)
    task.state = TaskState.DONE
    return true
  }

  /** Lets `remaining` pass; true when it could be done without an event. */
  private elapse(cpu: Cpu, task: Task): boolean {
    if (this.live) {
      task.pending += task.remaining
      task.remaining = 0
      return bookPending(cpu, task)
    }
    if (cpu.backing !== null && !this.sharing.mayRun(cpu, cpu.backing, task, this.now)) return false
    cpu.stepStart = this.now
    const ns = task.interruptible ? this.untilCut(cpu, task) : task.remaining
    const end = this.now + ns
    if (end < this.queue.topTime && end <= this.limit) {
      this.now = end
      this.elapsed(cpu, task, ns)
      return true
    }
    this.queue.push(end, Event.STEP_END, task.id, ++task.generation)
    return false
  }

  /** How much of an interruptible step passes before its time slice ends. */
  private untilCut(cpu: Cpu, task: Task): number {
    const own = cpu.hasReady && isPreemptible(task) ? cpu.sliceEnd : NEVER
    const cut = cpu.backing === null ? own : Math.min(own, this.sharing.turnEnds(cpu, NEVER))
    return cut === NEVER ? task.remaining : Math.min(task.remaining, Math.max(1, cut - this.now))
  }

  private elapsed(cpu: Cpu, task: Task, ns: number): void {
    this.book(cpu, task, ns)
    task.remaining -= ns
    if (cpu.hasReady && this.now >= cpu.sliceEnd) cpu.attention = true
    if (cpu.backing !== null && !keepsHostCpu(task)) this.sharing.used(cpu, cpu.backing, this.now)
  }

  /** At a yield: deliver an interrupt, or give the CPU to somebody else. */
  private attend(cpu: Cpu): void {
    const task = cpu.current
    if (cpu.irqs.length > 0) {
      if (task === null || task.irqsOff === 0) this.deliver(cpu, task)
      return
    }
    cpu.attention = false
    if (task === null || !cpu.hasReady) return
    if (isPreemptible(task)) this.preempt(cpu, task)
    else cpu.attention = true
  }

  private deliver(cpu: Cpu, displaced: Task | null): void {
    const handler = cpu.irqs.shift()!
    const halted = displaced === null && cpu.halts && !cpu.hasReady
    if (displaced === null) cpu.idle += this.now - cpu.idleSince
    else {
      if (isSpinning(displaced)) this.bookSpin(displaced)
      cpu.held.push(displaced)
    }
    handler.raised = false
    handler.onCpu = true
    handler.state = TaskState.READY
    cpu.current = handler
    handler.charge((halted ? this.costs.irqHalted : this.costs.irqPosted) + this.costs.irqEntry, Cause.INTERRUPT)
    takePending(handler)
  }

  private preempt(cpu: Cpu, task: Task): void {
    const higher = !cpu.readyHigh.empty && task.priority < PRIORITY_HIGH
    if (!higher && this.now < cpu.sliceEnd) return
    task.state = TaskState.READY
    this.release(cpu, task)
    const queue = task.priority < PRIORITY_HIGH ? cpu.readyNormal : cpu.readyHigh
    if (higher) queue.pushFront(task)
    else queue.push(task)
  }

  /** Picks the next ready task for a CPU without one; null when it is idle. */
  private dispatch(cpu: Cpu): Task | null {
    const lent = cpu.guest !== null
    const task = lent ? null : cpu.nextReady()
    if (task === null) {
      this.sharing.idle(cpu, this.now)
      return null
    }
    cpu.idle += this.now - cpu.idleSince
    cpu.current = task
    cpu.sliceEnd = this.now + SLICE_NS
    task.onCpu = true
    if (task.pending > 0) takePending(task)
    return task
  }

  /** Asks for a look at a CPU: at this time, or after the present step when a task is running. */
  private poke(cpu: Cpu): void {
    if (cpu.poked || cpu === this.active) return
    cpu.poked = true
    this.queue.push(this.effectTime(0), Event.POKE, cpu.id, 0)
  }

  /** When something that the running step does to others takes effect: after what it has charged so far, and a delay. */
  private effectTime(delayNs: number): number {
    if (this.live) return this.now
    const task = this.active === null ? null : this.active.current
    return this.now + delayNs + (task === null ? 0 : task.pending)
  }
}

function takePending(task: Task): true {
  task.remaining += task.pending
  task.pending = 0
  return true
}

function bookPending(cpu: Cpu, task: Task): true {
  cpu.busy += task.pending
  task.pending = 0
  return true
}
