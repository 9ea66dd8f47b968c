/**
 * A load like a parallel build: on each vCPU one job after the other. A job grows page by page while it works, then ends and gives everything back at once.
 *
 *     vCPU 0  /|  /|/|   /|          pages of a job over time; sizes are drawn, so jobs of different vCPUs end at different times and their pages,
 *     vCPU 1 /|   /|  /|  /|         taken from the same lists, lie between each other
 *
 * Work on pages that the host backs with small pages takes `walkTax` more, as the longer page walk makes it; that part is still the program's own time.
 */
import { FreeResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import type { Prng } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Machine } from '../machine.ts'
import { PageUser } from '../workload/page-user.ts'
import type { Workload } from '../workload/workload.ts'

const AT_WORK = point(Kind.COMPUTE, 'build: a job works on its pages')
const AT_EXIT = point(Kind.COMPUTE, 'build: a job gives back its pages')

/** Pages between two yields: what a program does in about 100 us. */
const STRETCH = 8
const REQUEST = { order: 0, type: Migratetype.MOVABLE, zone: ZoneKind.NORMAL, flags: 0 } as const
const HUGE_PAGES = 512

export interface CompileOptions {
  /** Pages of the smallest and of the largest jobs. Sizes between them double; each doubling has as many pages in all, so large jobs are rare. */
  readonly jobPagesMin: number
  readonly jobPagesMax: number
  /** The program's own work on a page, ns. */
  readonly workNs: number
  /** Share by which work takes longer when the host backs the guest with small pages only. */
  readonly walkTax: number
  /** The guest's own page fault, zeroing included, ns. */
  readonly guestFaultNs: number
  /** When the jobs stop, ns of virtual time. */
  readonly endNs: number
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
      this.engine.addTask(`build ${cpu}`, vcpu, (task) => this.jobs(task, cpu, this.engine.stream(`build ${cpu}`)))
    })
  }

  /** Nothing is held when it has ended. */
  verifyLive(): number {
    return 0
  }

  private *jobs(task: Task, cpu: number, random: Prng): Generator<Point, void, void> {
    const { jobPagesMin, jobPagesMax, endNs } = this.options
    const pfns = new Int32Array(jobPagesMax)
    while (this.engine.localNow(task) < endNs) {
      let size = jobPagesMin
      while (size < jobPagesMax && random.chance(1, 2)) size *= 2
      const held = yield* this.grow(task, cpu, pfns, size)
      yield* this.exit(task, cpu, pfns, held)
    }
    if (--this.running === 0) this.finishedAt = this.engine.now
  }

  /** Touches up to `size` pages; the number that it got. */
  private *grow(task: Task, cpu: number, pfns: Int32Array, size: number): Generator<Point, number, void> {
    const { workNs, walkTax, guestFaultNs, endNs } = this.options
    for (let held = 0; held < size; held++) {
      let pfn = this.pages.takeFast(task, cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
      if (pfn === NONE) pfn = yield* this.pages.takeSlow(task, cpu, REQUEST)
      if (pfn === NONE) return held
      pfns[held] = pfn
      task.charge(guestFaultNs, Cause.ALLOC)
      if (this.pages.touchFast(cpu, pfn, pfn + 1) === pfn) yield* this.pages.fault(task, cpu, pfn)
      task.charge(Math.round(workNs * (1 + walkTax * this.smallShare())), Cause.WORK)
      this.pagesDone++
      if (held % STRETCH !== 0) continue
      yield AT_WORK
      if (this.engine.localNow(task) >= endNs) return held + 1
    }
    return size
  }

  private *exit(task: Task, cpu: number, pfns: Int32Array, held: number): Generator<Point, void, void> {
    for (let i = 0; i < held; i++) {
      const before = this.engine.localNow(task)
      const result = this.pages.giveFast(task, cpu, pfns[i], 0)
      if (result !== FreeResult.DONE) yield* this.pages.giveSlow(task, cpu, pfns[i], result, before)
      if (i % STRETCH === 0) yield AT_EXIT
    }
  }

  /** Share of the guest's backing that is in small pages. */
  private smallShare(): number {
    const { vm } = this.machine
    return vm.residentPages === 0 ? 0 : 1 - (vm.mm.huge * HUGE_PAGES) / vm.residentPages
  }
}
