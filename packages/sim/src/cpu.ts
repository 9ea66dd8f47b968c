/**
 * A CPU runs one task at a time. A vCPU is a CPU of the guest: interrupt handlers and exit tasks displace its current task and give it back.
 *
 *     current   exit task            <- TRAP pushes, RETURN pops
 *     held[1]   interrupt handler    <- delivery pushes, RETURN pops
 *     held[0]   workload
 */
import { assert } from '@hintlab/kit'
import { PRIORITY_HIGH } from './task.ts'
import type { Task } from './task.ts'

export interface CpuOptions {
  /** True for a vCPU: idle means halted, and leaving that state is paid for. */
  halts?: boolean
  /** The host CPU a vCPU runs on when host CPUs are shared; null when it has one of its own. */
  backing?: Cpu | null
}

/** First in, first out, linked through the tasks themselves. */
export class TaskQueue {
  head: Task | null = null
  private tail: Task | null = null

  get empty(): boolean {
    return this.head === null
  }

  push(task: Task): void {
    assert(task.next === null, 'task is in one queue at a time')
    if (this.tail === null) this.head = task
    else this.tail.next = task
    this.tail = task
  }

  pushFront(task: Task): void {
    assert(task.next === null, 'task is in one queue at a time')
    task.next = this.head
    this.head = task
    this.tail ??= task
  }

  shift(): Task | null {
    const task = this.head
    if (task === null) return null
    this.head = task.next
    if (this.head === null) this.tail = null
    task.next = null
    return task
  }

  clear(): void {
    while (this.shift() !== null);
  }
}

export class Cpu {
  readonly id: number
  readonly name: string
  readonly halts: boolean
  readonly backing: Cpu | null
  current: Task | null = null
  /** The host's side of this vCPU: where a TRAP goes. Null on a host CPU. */
  exitTask: Task | null = null
  readonly held: Task[] = []
  readonly readyHigh = new TaskQueue()
  readonly readyNormal = new TaskQueue()
  readonly irqs: Task[] = []
  /** Something may want this CPU at its next yield: an interrupt, a task of higher priority. */
  attention = false
  poked = false
  /** Elapsed, by what the CPU did. busy + idle + steal = time since the start. */
  busy = 0
  idle = 0
  steal = 0
  idleSince = 0
  stepStart = 0
  sliceEnd = 0
  /** Sharing, of a vCPU: runs on its host CPU now; waits for it since `stealSince` (-1: does not); was granted it and has to go on. */
  granted = false
  stealSince = -1
  resume = false
  /** Sharing, of a host CPU: the vCPU that runs on it now, and those that wait for it. */
  guest: Cpu | null = null
  readonly guests: Cpu[] = []

  constructor(id: number, name: string, options: CpuOptions = {}) {
    this.id = id
    this.name = name
    this.halts = options.halts ?? false
    this.backing = options.backing ?? null
  }

  enqueue(task: Task): void {
    if (task.priority >= PRIORITY_HIGH) this.readyHigh.push(task)
    else this.readyNormal.push(task)
  }

  nextReady(): Task | null {
    return this.readyHigh.shift() ?? this.readyNormal.shift()
  }

  get hasReady(): boolean {
    return this.readyNormal.head !== null || this.readyHigh.head !== null
  }

  reset(): void {
    this.current = null
    this.held.length = 0
    this.readyHigh.clear()
    this.readyNormal.clear()
    this.irqs.length = 0
    this.attention = this.poked = this.granted = this.resume = false
    this.busy = this.idle = this.steal = this.idleSince = this.stepStart = this.sliceEnd = 0
    this.stealSince = -1
    this.guest = null
    this.guests.length = 0
  }
}
