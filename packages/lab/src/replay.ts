/**
 * The workload: a trace replayed closed per CPU. Each vCPU has a task that does what its recorded CPU did:
 *
 *     think (the recorded gap, less the native cost of what came before)  ->  allocate and touch every page  |  check and free
 *
 * An event starts at max(end of the previous + think time, its recorded time), so what hinting costs makes everything after it late, and lateness is kept.
 * A gap longer than `idleGap` is idle (the vCPU may halt), a shorter one is work that interrupts can cut. A free waits for its allocation when that
 * CPU is late.
 */
import { framesIn } from '@hintlab/kit'
import { AllocFlag, FreeResult, NONE } from '@hintlab/guest'
import type { Migratetype, ZoneKind } from '@hintlab/guest'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { SlotHolder } from './guest-memory/slot-holder.ts'
import type { Machine } from './machine.ts'
import { NO_MATCH } from './replay-plan.ts'
import type { ReplayPlan } from './replay-plan.ts'
import { EVENT_ALLOC } from './trace/events.ts'
import { GFP_FLAG_ATOMIC, ZONE_NORMAL } from './trace/gfp.ts'
import { PageUser } from './workload/page-user.ts'
import type { Workload } from './workload/workload.ts'

const AT_THINK = point(Kind.COMPUTE, 'replay: work between two events')
const AT_IDLE = point(Kind.SLEEP, 'replay: idle until the next event')
const AT_WAIT = point(Kind.WAIT, 'replay: wait for the allocation on another CPU')
const AT_DONE = point(Kind.RUN, 'replay: last event')

/** Placement of an allocation event: not run yet, failed, or gone. */
const NOT_YET = -2
const NOWHERE = -1

export interface ReplayOptions {
  readonly idleGapNs: number
}

export class Replay implements Workload {
  readonly pages: PageUser
  readonly durationNs: number
  readonly phases = []
  latenessMax = 0
  /** By vCPU: lateness at its last event, ns. */
  readonly latenessEnd: number[] = []
  /** When the last vCPU finished; 0 while one is running. */
  finishedAt = 0
  private running: number
  private readonly engine: Engine
  private readonly plan: ReplayPlan
  private readonly options: ReplayOptions
  /** By allocation event: where its block is. */
  private readonly placed: Int32Array
  private readonly holder: SlotHolder
  private readonly placement: WaitQueue
  private waiting = 0

  /** Adds one task per vCPU that has events. */
  constructor(machine: Machine, plan: ReplayPlan, options: ReplayOptions) {
    this.pages = new PageUser(machine)
    this.engine = machine.engine
    this.plan = plan
    this.options = options
    const { timeNs, length } = plan.events
    this.durationNs = length === 0 ? 0 : timeNs[length - 1]
    this.placed = new Int32Array(length).fill(NOT_YET)
    this.holder = new SlotHolder(machine.kernel, this.placed)
    this.placement = new WaitQueue(machine.engine, 'replay placement')
    this.running = plan.byCpu.length
    plan.byCpu.forEach((list, cpu) => {
      machine.engine.addTask(`workload ${cpu}`, machine.vcpus[cpu], (task) => this.body(task, cpu, list))
    })
  }

  /** Reads back every block that is still allocated, through the host's present mapping: V1 for what no free has checked. */
  verifyLive(): number {
    let blocks = 0
    for (let i = 0; i < this.placed.length; i++) {
      if (this.placed[i] < 0 || this.plan.events.kind[i] !== EVENT_ALLOC) continue
      this.pages.verify(this.placed[i], this.plan.events.order[i])
      blocks++
    }
    return blocks
  }

  private *body(task: Task, cpu: number, list: Int32Array): Generator<Point, void, void> {
    const { events } = this.plan
    const { engine } = this
    const start = engine.now
    let late = 0
    let native = 0
    for (let n = 0; n < list.length; n++) {
      const i = list[n]
      const gap = events.timeNs[i] - (n === 0 ? 0 : events.timeNs[list[n - 1]])
      const due = start + events.timeNs[i]
      const think = gap - native
      const begin = Math.max(engine.localNow(task) + Math.max(0, think), due)
      if (gap > this.options.idleGapNs) {
        task.wakeAt = begin
        yield AT_IDLE
      } else {
        task.charge(begin - engine.localNow(task), Cause.WORK)
        yield AT_THINK
      }
      late = engine.now - due
      if (late > this.latenessMax) this.latenessMax = late
      // Native time that the gap was too short for comes out of the next one.
      const owed = Math.max(0, -think)
      const before = allocatorTime(task)
      if (events.kind[i] === EVENT_ALLOC) yield* this.allocate(task, cpu, i)
      else if (this.plan.match[i] !== NO_MATCH) yield* this.free(task, cpu, this.plan.match[i])
      native = owed + allocatorTime(task) - before
    }
    yield AT_DONE
    this.latenessEnd[cpu] = late
    if (--this.running === 0) this.finishedAt = engine.now
  }

  private *allocate(task: Task, cpu: number, event: number): Generator<Point, void, void> {
    const { events, match } = this.plan
    if (match[event] !== NO_MATCH) yield* this.free(task, cpu, match[event])
    const order = events.order[event]
    const type = events.migratetype[event] as Migratetype
    const zone = Math.min(events.zone[event], ZONE_NORMAL) as ZoneKind
    let pfn = this.pages.takeFast(task, cpu, order, type, zone)
    if (pfn === NONE) {
      const flags = (events.flags[event] & GFP_FLAG_ATOMIC) === 0 ? 0 : AllocFlag.HARDER | AllocFlag.HIGH
      pfn = yield* this.pages.takeSlow(task, cpu, { order, type, zone, flags })
    }
    this.placed[event] = pfn === NONE ? NOWHERE : pfn
    if (this.waiting > 0) this.placement.wakeAll()
    if (pfn === NONE) return
    const allocated = this.engine.localNow(task)
    const end = pfn + framesIn(order)
    for (let p = this.pages.touchFast(cpu, pfn, end); p < end; p = this.pages.touchFast(cpu, p + 1, end)) yield* this.pages.fault(task, cpu, p)
    if (this.placed[event] === pfn) this.holder.hold(event, order)
    this.pages.touchStall.add(this.engine.localNow(task) - allocated)
  }

  private *free(task: Task, cpu: number, event: number): Generator<Point, void, void> {
    while (this.placed[event] === NOT_YET) {
      this.waiting++
      this.placement.wait(task)
      yield AT_WAIT
      this.waiting--
    }
    const pfn = this.placed[event]
    this.placed[event] = NOWHERE
    if (pfn === NOWHERE) return
    this.holder.release(pfn, this.plan.events.order[event])
    const before = this.engine.localNow(task)
    const result = this.pages.giveFast(task, cpu, pfn, this.plan.events.order[event])
    if (result !== FreeResult.DONE) yield* this.pages.giveSlow(task, cpu, pfn, result, before)
  }
}

/** What the allocator itself has cost this task so far: the recorded machine paid it too, inside the recorded gaps. */
const allocatorTime = ({ account }: Task): number => account[Cause.ALLOC] + account[Cause.FREE]
