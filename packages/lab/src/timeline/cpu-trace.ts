/**
 * Who ran on which CPU, for what, holding which lock. The engine books every busy nanosecond of a CPU in one place (Measure.book); this is who listens there.
 *
 *     booked:  |-- workload --||-- irq --||-- workload --|
 *     slices   [   workload   ][   irq   ][   workload   ]      one task, without a gap
 *     parts       [fault]       [interrupt]        [hint]       what of it was not the workload's own work, allocation or free
 *     holds               [---- zone lock Normal ----]          time that passes while a task holds a lock
 *
 * What a task charges within one step passes as a whole: the causes of a step are in the order of the table of causes, and a lock that it takes in the middle
 * counts as held from its beginning, or from when its last holder let go. Sums of slices and parts are exact.
 */
import { Cause, CAUSES, Measure } from '@hintlab/sim'
import type { Cpu, RwLock, SpinLock, Task } from '@hintlab/sim'
import { GrowingColumns } from './growing-columns.ts'
import type { Rows } from './growing-columns.ts'
import type { Message } from './message-log.ts'

export interface CpuTrace {
  readonly cpus: readonly { readonly name: string; readonly isVcpu: boolean }[]
  /** By task number. */
  readonly tasks: readonly string[]
  readonly locks: readonly string[]
  /** In the order of their ends; those of one CPU do not overlap. Times in nanoseconds. */
  readonly slices: Rows<'cpu' | 'task' | 'from' | 'to'>
  readonly parts: Rows<'cpu' | 'task' | 'cause' | 'from' | 'to'>
  readonly holds: Rows<'lock' | 'task' | 'from' | 'to'>
  readonly messages: readonly Message[]
  /** When it became too long to be kept, ns; null when it is whole. */
  readonly truncatedNs: number | null
}

/** Rows of all three tables together. */
const ROWS_MAX = 4_000_000

/** What the workload would do without any hinting: seen as a slice without parts. */
const OWN: readonly number[] = [Cause.WORK, Cause.ALLOC, Cause.FREE]

/** An engine that says what it books. Apart from that it is Measure: its runs are the same. */
export class TracedMeasure extends Measure {
  listener: CpuTraceRecorder | null = null

  /** Number of the CPU whose task takes a step; -1 between steps. */
  get activeCpu(): number {
    return this.active?.id ?? -1
  }

  /** Time as the task in its step sees it. */
  get stepNow(): number {
    return this.now + (this.active?.current?.pending ?? 0)
  }

  protected override book(cpu: Cpu, task: Task, ns: number): void {
    super.book(cpu, task, ns)
    if (ns > 0) this.listener?.booked(cpu, task, this.now - ns, ns)
  }
}

/** What a task has charged and what has not passed yet, by cause. */
interface Owed {
  readonly seen: Float64Array
  readonly left: Float64Array
}

export class CpuTraceRecorder {
  truncatedNs: number | null = null
  private readonly slices = new GrowingColumns(['cpu', 'task', 'from', 'to'])
  private readonly parts = new GrowingColumns(['cpu', 'task', 'cause', 'from', 'to'])
  private readonly holds = new GrowingColumns(['lock', 'task', 'from', 'to'])
  private readonly locks: readonly (SpinLock | RwLock)[]
  private readonly owed = new Map<Float64Array, Owed>()
  /** By CPU or by lock: the last row, and how often the lock had been taken then. */
  private readonly lastSlice: number[] = []
  private readonly lastPart: number[] = []
  private readonly lastHold: { row: number; taken: number }[] = []

  constructor(locks: readonly (SpinLock | RwLock)[]) {
    this.locks = locks
  }

  /** A CPU was busy with a task for `ns` from `from` on. */
  booked(cpu: Cpu, task: Task, from: number, ns: number): void {
    if (this.slices.length + this.parts.length + this.holds.length > ROWS_MAX) {
      this.truncatedNs ??= from
      return
    }
    this.slice(cpu, task, from, from + ns)
    const holdsFrom = from + this.split(cpu, task, from, ns)
    if (holdsFrom === from + ns) return
    this.locks.forEach((lock, i) => {
      if (task === ('holder' in lock ? lock.holder : lock.writer)) this.hold(i, task, holdsFrom, from + ns)
    })
  }

  result(cpus: readonly Cpu[], tasks: readonly Task[], messages: readonly Message[]): CpuTrace {
    return {
      cpus: cpus.map(({ name, exitTask }) => ({ name, isVcpu: exitTask !== null })),
      tasks: tasks.map(({ name }) => name),
      locks: this.locks.map(({ name }) => name),
      slices: this.slices.result(),
      parts: this.parts.result(),
      holds: this.holds.result(),
      messages,
      truncatedNs: this.truncatedNs,
    }
  }

  private slice(cpu: Cpu, task: Task, from: number, to: number): void {
    const last = this.lastSlice[cpu.id] ?? -1
    const goesOn = last >= 0 && this.slices.get('to', last) === from && this.slices.get('task', last) === task.id
    if (goesOn) this.slices.set('to', last, to)
    else this.lastSlice[cpu.id] = this.slices.push(cpu.id, task.id, from, to)
  }

  /** Divides the time among the causes that the task has charged and that have not passed yet. Returns how much of it went by before a lock was handed over. */
  private split(cpu: Cpu, task: Task, from: number, ns: number): number {
    const { account } = task
    let owed = this.owed.get(account)
    if (owed === undefined) this.owed.set(account, (owed = { seen: new Float64Array(CAUSES), left: new Float64Array(CAUSES) }))
    let at = from
    let spun = 0
    const end = from + ns
    for (let cause = 0; cause < CAUSES; cause++) {
      owed.left[cause] += account[cause] - owed.seen[cause]
      owed.seen[cause] = account[cause]
      const passed = Math.min(owed.left[cause], end - at)
      if (passed <= 0) continue
      owed.left[cause] -= passed
      if (cause === Cause.LOCK_SPIN) spun = passed
      if (!OWN.includes(cause)) this.part(cpu, task, cause, at, at + passed)
      at += passed
    }
    return spun
  }

  private part(cpu: Cpu, task: Task, cause: number, from: number, to: number): void {
    const last = this.lastPart[cpu.id] ?? -1
    const { parts } = this
    const goesOn = last >= 0 && parts.get('to', last) === from && parts.get('cause', last) === cause && parts.get('task', last) === task.id
    if (goesOn) parts.set('to', last, to)
    else this.lastPart[cpu.id] = parts.push(cpu.id, task.id, cause, from, to)
  }

  private hold(lock: number, task: Task, from: number, to: number): void {
    const last = this.lastHold[lock]
    const held = this.locks[lock]
    const taken = 'acquired' in held ? held.acquired : -1
    const goesOn = last !== undefined && this.holds.get('task', last.row) === task.id && last.taken === taken
      && (taken >= 0 || this.holds.get('to', last.row) === from)
    if (goesOn) {
      this.holds.set('to', last.row, to)
      return
    }
    // Who takes the lock in the middle of a step counts from its beginning, but not before the other has let go.
    const begin = last === undefined ? from : Math.max(from, this.holds.get('to', last.row))
    if (begin < to) this.lastHold[lock] = { row: this.holds.push(lock, task.id, begin, to), taken }
  }
}
