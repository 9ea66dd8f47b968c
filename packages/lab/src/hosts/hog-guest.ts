/**
 * The guest of the density experiments: it boots, which touches some memory for good, and then runs a program that touches a stretch of memory, holds it and
 * ends; once or several times, at a time of its own or when its turn comes.
 *
 *     in turns    guest 0 |boot|hog| pause |          at a time    guest 0 |boot|   |hog, hold|   |hog, hold|
 *                 guest 1                  |boot|hog|              guest 1 |boot|      |hog, hold|   |hog, hold|
 *
 * Unlike the phases of a scenario a run here is not cut off when it takes long: how long it takes is the result.
 */
import { MS, PAGE_SIZE, SECOND } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Machine } from '../machine.ts'
import { PageUser } from '../workload/page-user.ts'
import { Region } from '../workload/region.ts'
import type { Worker } from '../workload/worker.ts'
import type { Workload } from '../workload/workload.ts'

const AT_TURN = point(Kind.WAIT, 'hog: until its turn')
const AT_PAUSE = point(Kind.SLEEP, 'hog: sleeps')
const AT_DONE = point(Kind.RUN, 'hog: all runs are done')

export interface HogPlan {
  /** Touched when the guest starts, and kept: kernel, services, page cache. Bytes. */
  readonly bootBytes: number
  /** Touched between that and freed before the guest is up: a random amount up to this, another in each guest. Bytes; none by default. */
  readonly bootFreedMax?: number
  /** Order of the blocks in which the guest starts; 0 by default. */
  readonly bootOrder?: number
  /** Touched by each run, in blocks of this order. */
  readonly hogBytes: number
  readonly hogOrder: number
  /** When each run begins, seconds; or 'turns': one run when the guest before has ended its own. */
  readonly startsS: readonly number[] | 'turns'
  /** How long a run holds what it touched. */
  readonly holdS: number
  /** Idle time after a run in turns, in which hints reach the host. */
  readonly pauseS: number
  /** Small programs in that time, evenly, and what each of them touches in 4 KiB pages and frees. Bytes; none by default. */
  readonly pauseRuns?: number
  readonly pauseBytes?: number
}

/** Whose turn it is, of the guests of one host. */
export class Turns {
  now = 0
  readonly queue: WaitQueue

  constructor(engine: Engine) {
    this.queue = new WaitQueue(engine, 'hog turns')
  }

  next(): void {
    this.now++
    this.queue.wakeAll()
  }
}

/** One run of the program, ns; `whole` when it could touch all that it wanted. */
export interface HogRun {
  readonly beginNs: number
  /** When it had touched everything. */
  readonly touchedNs: number
  readonly whole: boolean
}

/** What the guest does itself with each page that it touches: memset of 4 KiB and the guest's own page fault. */
const WORK_NS = 500

export class HogGuest implements Workload {
  readonly pages: PageUser
  readonly durationNs: number
  finishedAt = 0
  readonly latenessMax = 0
  readonly latenessEnd: readonly number[] = []
  readonly phases = []
  readonly runs: HogRun[] = []
  private readonly engine: Engine
  /** Drawn once for each guest. */
  private readonly random: Prng
  private readonly boot: Region
  private readonly bootKept: number
  private readonly hog: Region
  private readonly small: Region
  /** What the start keeps of a region of which it frees the rest. */
  private readonly kept: { pfn: number; order: number }[] = []
  private readonly counts = { allocs: 0, frees: 0, touchedPages: 0, loops: 0, keptPages: 0 }

  constructor(machine: Machine, plan: HogPlan, turns: Turns, turn: number) {
    const { engine } = machine
    this.engine = engine
    this.pages = new PageUser(machine)
    this.random = engine.stream(`hog ${turn}`)
    const { bootFreedMax = 0, bootOrder = 0, pauseBytes = 0 } = plan
    const piece = PAGE_SIZE * 2 ** bootOrder
    const freed = this.random.below(Math.floor(bootFreedMax / piece) + 1) * piece
    this.bootKept = freed === 0 ? 1 : plan.bootBytes / (plan.bootBytes + freed)
    const shape = { order: bootOrder, access: 'sequential', nth: 2, mobility: 'movable', 'work-ns': WORK_NS } as const
    this.boot = new Region(machine.kernel, { ...shape, size: plan.bootBytes + freed })
    this.hog = new Region(machine.kernel, { ...shape, order: plan.hogOrder, size: plan.hogBytes })
    this.small = new Region(machine.kernel, { ...shape, order: 0, size: pauseBytes })
    const last = plan.startsS === 'turns' ? plan.pauseS * (turn + 1) : Math.max(...plan.startsS)
    this.durationNs = Math.round((last + plan.holdS + 1) * SECOND)
    engine.addTask(`hog ${turn}`, machine.vcpus[0], (task) => this.body(task, plan, turns, turn))
  }

  verifyLive(): number {
    let blocks = 0
    for (const region of [this.boot, this.hog, this.small]) {
      region.each((pfn, order) => {
        this.pages.verify(pfn, order)
        blocks++
      })
    }
    for (const { pfn, order } of this.kept) this.pages.verify(pfn, order)
    return blocks + this.kept.length
  }

  private *body(task: Task, plan: HogPlan, turns: Turns, turn: number): Generator<Point, void, void> {
    const worker: Worker = {
      engine: this.engine, pages: this.pages, task, cpu: 0, random: this.random, endNs: Infinity, counts: this.counts,
      keep: (pfn, order) => this.kept.push({ pfn, order }),
    }
    const inTurns = plan.startsS === 'turns'
    const myTurn = inTurns ? turn : 0
    while (turns.now < myTurn) {
      turns.queue.wait(task)
      yield AT_TURN
    }
    yield* this.boot.map(worker)
    if (this.bootKept < 1) yield* this.boot.unmap(worker, this.bootKept)
    for (const startS of inTurns ? [0] : plan.startsS) {
      yield* this.sleepUntil(task, startS * SECOND)
      yield* this.runOnce(worker, plan.holdS)
    }
    if (inTurns) {
      yield* this.pause(worker, plan)
      turns.next()
    }
    yield AT_DONE
    this.finishedAt = this.engine.now
  }

  private *runOnce(worker: Worker, holdS: number): Generator<Point, void, void> {
    const { engine } = this
    const beginNs = engine.localNow(worker.task)
    const whole = yield* this.hog.map(worker)
    this.runs.push({ beginNs, touchedNs: engine.localNow(worker.task), whole: whole && this.pages.hostFailures === 0 })
    yield* this.sleepUntil(worker.task, engine.localNow(worker.task) + holdS * SECOND)
    yield* this.hog.unmap(worker)
  }

  private *pause(worker: Worker, { pauseS, pauseRuns = 0 }: HogPlan): Generator<Point, void, void> {
    const begin = this.engine.localNow(worker.task)
    for (let run = 1; run <= pauseRuns; run++) {
      yield* this.sleepUntil(worker.task, begin + (pauseS * SECOND * run) / (pauseRuns + 1))
      yield* this.small.map(worker)
      yield* this.small.unmap(worker)
    }
    yield* this.sleepUntil(worker.task, begin + pauseS * SECOND)
  }

  private *sleepUntil(task: Task, time: number): Generator<Point, void, void> {
    if (time - this.engine.localNow(task) < MS) return
    task.wakeAt = Math.round(time)
    yield AT_PAUSE
  }
}
