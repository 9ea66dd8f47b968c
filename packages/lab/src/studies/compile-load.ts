/**
 * A load like a parallel build: on each vCPU one job after the other. A job grows page by page while it works, then ends and gives everything back at once.
 *
 *     vCPU 0  /|  /|/|   /|          pages of a job over time; sizes are drawn, so jobs of different vCPUs end at different times and their pages,
 *     vCPU 1 /|   /|  /|  /|         taken from the same lists, lie between each other
 *
 * A share of a job is asked for in whole blocks of 2 MiB, as a program's heap is; where there is none left, small pages do. These blocks come back whole.
 *
 * Work on pages that the host backs with small pages takes `walkTax` more, as the longer page walk makes it; that part is still the program's own time.
 */
import { FreeResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import { assert, framesIn, PAGEBLOCK_ORDER } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Machine } from '../machine.ts'
import { PageUser } from '../workload/page-user.ts'
import type { Workload } from '../workload/workload.ts'

const AT_WORK = point(Kind.COMPUTE, 'build: a job works on its pages')
const AT_EXIT = point(Kind.COMPUTE, 'build: a job gives back its pages')

/** Pages between two yields: what a program does in some 100 us. */
const STRETCH = 16
const HUGE_PAGES = framesIn(PAGEBLOCK_ORDER)
/** Chances are whole numbers of this. */
const SHARE_UNIT = 1_000_000
const SMALL = { order: 0, type: Migratetype.MOVABLE, zone: ZoneKind.NORMAL, flags: 0 } as const

export interface CompileOptions {
  /** Pages of the smallest and of the largest jobs. Sizes between them double; each doubling has as many pages in all, so large jobs are rare. */
  readonly jobPagesMin: number
  readonly jobPagesMax: number
  /** Share of memory that is asked for in whole huge pages. 0: the guest needs none. */
  readonly huge: number
  /** The program's own work on a page, the guest's page fault included, ns. */
  readonly workNs: number
  /** Share by which work takes longer when the host backs the guest with small pages only. */
  readonly walkTax: number
  /** When the jobs stop, ns of virtual time. */
  readonly endNs: number
}

/** One vCPU's task and what its job holds. */
interface Worker {
  readonly task: Task
  readonly cpu: number
  readonly random: Prng
  /** Small pages of its job, and the first pages of its huge ones. */
  readonly pfns: Int32Array
  readonly heads: Int32Array
}

/** How many of each a job holds. */
interface Held {
  small: number
  huge: number
}

export class CompileLoad implements Workload {
  readonly pages: PageUser
  readonly durationNs: number
  finishedAt = 0
  readonly latenessMax = 0
  readonly latenessEnd: number[]
  readonly phases = []
  /** Pages worked on so far: the progress of the build. */
  pagesDone = 0
  private readonly machine: Machine
  private readonly engine: Engine
  private readonly options: CompileOptions
  private running = 0

  constructor(machine: Machine, options: CompileOptions) {
    this.machine = machine
    this.engine = machine.engine
    this.options = options
    this.pages = new PageUser(machine)
    this.durationNs = options.endNs - this.engine.now
    this.latenessEnd = machine.vcpus.map(() => 0)
    machine.vcpus.forEach((vcpu, cpu) => {
      this.running++
      const pfns = new Int32Array(options.jobPagesMax)
      const heads = new Int32Array(Math.ceil(options.jobPagesMax / HUGE_PAGES))
      this.engine.addTask(`build ${cpu}`, vcpu, (task) => this.jobs({ task, cpu, random: this.engine.stream(`build ${cpu}`), pfns, heads }))
    })
  }

  /** Nothing is held when it has ended. */
  verifyLive(): number {
    return 0
  }

  private *jobs(worker: Worker): Generator<Point, void, void> {
    const { jobPagesMin, jobPagesMax, endNs } = this.options
    while (this.engine.localNow(worker.task) < endNs) {
      let size = jobPagesMin
      while (size < jobPagesMax && worker.random.chance(1, 2)) size *= 2
      const held = yield* this.grow(worker, size)
      yield* this.exit(worker, held)
    }
    if (--this.running === 0) this.finishedAt = this.engine.now
  }

  /** Touches `size` pages; what it got of them. */
  private *grow(worker: Worker, size: number): Generator<Point, Held, void> {
    const { endNs, huge } = this.options
    const chance = Math.round(huge * SHARE_UNIT)
    const held = { small: 0, huge: 0 }
    for (let done = 0; done < size;) {
      if (done % HUGE_PAGES === 0) {
        if (this.engine.localNow(worker.task) >= endNs) break
        if (size - done >= HUGE_PAGES && chance > 0 && worker.random.chance(chance, SHARE_UNIT) && (yield* this.touchHuge(worker, held.huge))) {
          held.huge++
          done += HUGE_PAGES
          continue
        }
      }
      if (yield* this.touch(worker, held.small)) held.small++
      done++
    }
    assert(held.small <= worker.pfns.length && held.huge <= worker.heads.length, 'a job has room for its pages')
    yield AT_WORK
    return held
  }

  /** As `touch`, of 512 pages at once, the host's faults of which come first; false when there is no such block. */
  private *touchHuge({ task, cpu, heads }: Worker, at: number): Generator<Point, boolean, void> {
    yield AT_WORK
    const head = yield* this.pages.takeHuge(task, cpu)
    if (head === NONE) return false
    heads[at] = head
    yield* this.pages.touch(task, cpu, head, PAGEBLOCK_ORDER)
    for (let i = 0; i < HUGE_PAGES; i++) {
      this.work(task)
      if (i % STRETCH === 0) yield AT_WORK
    }
    return true
  }

  /** Allocates, touches and works on one page, which becomes number `at` of the job; false when the guest has none. */
  private *touch({ task, cpu, pfns }: Worker, at: number): Generator<Point, boolean, void> {
    const { pages } = this
    let pfn = pages.takeFast(task, cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) {
      // Its work so far takes its time before it takes a lock.
      yield AT_WORK
      pfn = yield* pages.takeSlow(task, cpu, SMALL)
      if (pfn === NONE) return false
    }
    pfns[at] = pfn
    if (pages.touchFast(cpu, pfn, pfn + 1) === pfn) yield* pages.fault(task, cpu, pfn)
    this.work(task)
    if (at % STRETCH === 0) yield AT_WORK
    return true
  }

  /** The program's own work on one page. */
  private work(task: Task): void {
    const { workNs, walkTax } = this.options
    task.charge(Math.round(workNs * (1 + walkTax * this.smallShare())), Cause.WORK)
    this.pagesDone++
  }

  private *exit({ task, cpu, pfns, heads }: Worker, held: Held): Generator<Point, void, void> {
    for (let i = 0; i < held.small; i++) {
      const before = this.engine.localNow(task)
      const result = this.pages.giveFast(task, cpu, pfns[i], 0)
      if (result === FreeResult.DONE) continue
      yield AT_EXIT
      yield* this.pages.giveSlow(task, cpu, pfns[i], result, before)
    }
    yield AT_EXIT
    for (let i = 0; i < held.huge; i++) yield* this.pages.give(task, cpu, heads[i], PAGEBLOCK_ORDER)
  }

  /** Share of the guest's backing that is in small pages. */
  private smallShare(): number {
    const { vm } = this.machine
    return vm.residentPages === 0 ? 0 : 1 - (vm.mm.huge * HUGE_PAGES) / vm.residentPages
  }
}
