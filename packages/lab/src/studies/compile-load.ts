/**
 * A load like a parallel build: on each vCPU one job after the other. A job grows page by page while it works, then ends and gives everything back at once.
 *
 *     vCPU 0  /|  /|/|   /|          pages of a job over time; sizes are drawn, so jobs of different vCPUs end at different times and their pages,
 *     vCPU 1 /|   /|  /|  /|         taken from the same lists, lie between each other
 *
 * Work on pages that the host backs with small pages takes `walkTax` more, as the longer page walk makes it; that part is still the program's own time.
 */
import { AllocFlag, FreeResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import { assert } from '@hintlab/kit'
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
const HUGE_ORDER = 9
const HUGE_PAGES = 2 ** HUGE_ORDER
const SHARE_UNIT = 1_000_000
const SMALL = { order: 0, type: Migratetype.MOVABLE, zone: ZoneKind.NORMAL, flags: 0 } as const
/** A huge page is taken where there is one, else small pages are. */
const HUGE = { order: HUGE_ORDER, type: Migratetype.MOVABLE, zone: ZoneKind.NORMAL, flags: AllocFlag.NO_RECLAIM | AllocFlag.NO_OOM } as const

export interface CompileOptions {
  /** Pages of the smallest and of the largest jobs. Sizes between them double; each doubling has as many pages in all, so large jobs are rare. */
  readonly jobPagesMin: number
  readonly jobPagesMax: number
  /** Share of a job's memory that the guest gives it in huge pages. */
  readonly hugeShare: number
  /** The program's own work on a page, ns. */
  readonly workNs: number
  /** Share by which work takes longer when the host backs the guest with small pages only. */
  readonly walkTax: number
  /** The guest's own page fault, zeroing included, ns. */
  readonly guestFaultNs: number
  /** When the jobs stop, ns of virtual time. */
  readonly endNs: number
}

/** One vCPU's task and what its job holds. */
interface Worker {
  readonly task: Task
  readonly cpu: number
  readonly random: Prng
  readonly pfns: Int32Array
  readonly orders: Uint8Array
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
      const store = { pfns: new Int32Array(options.jobPagesMax), orders: new Uint8Array(options.jobPagesMax) }
      this.engine.addTask(`build ${cpu}`, vcpu, (task) => this.jobs({ task, cpu, random: this.engine.stream(`build ${cpu}`), ...store }))
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
      const blocks = yield* this.grow(worker, size)
      yield* this.exit(worker, blocks)
    }
    if (--this.running === 0) this.finishedAt = this.engine.now
  }

  /** Touches `size` pages, 2 MiB at a time; the number of blocks that it got. */
  private *grow(worker: Worker, size: number): Generator<Point, number, void> {
    const { task, random, pfns, orders } = worker
    let blocks = 0
    for (let done = 0; done < size && this.engine.localNow(task) < this.options.endNs; done += HUGE_PAGES) {
      const isHuge = random.chance(Math.round(this.options.hugeShare * SHARE_UNIT), SHARE_UNIT)
      if (isHuge && (yield* this.touch(worker, blocks, HUGE_ORDER))) {
        blocks++
        continue
      }
      for (let i = 0; i < HUGE_PAGES; i++) if (yield* this.touch(worker, blocks, 0)) blocks++
    }
    assert(blocks <= pfns.length && blocks <= orders.length, 'a job has room for its blocks')
    yield AT_WORK
    return blocks
  }

  /** Allocates, touches and works on one block, which becomes number `at` of the job; false when the guest has none. */
  private *touch({ task, cpu, pfns, orders }: Worker, at: number, order: number): Generator<Point, boolean, void> {
    const { pages } = this
    const { workNs, walkTax, guestFaultNs } = this.options
    let pfn = pages.takeFast(task, cpu, order, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) {
      // Its work so far takes its time before it takes a lock.
      yield AT_WORK
      pfn = yield* pages.takeSlow(task, cpu, order === 0 ? SMALL : HUGE)
      if (pfn === NONE) return false
    }
    pfns[at] = pfn
    orders[at] = order
    const count = 2 ** order
    const end = pfn + count
    for (let p = pages.touchFast(cpu, pfn, end); p < end; p = pages.touchFast(cpu, p + 1, end)) yield* pages.fault(task, cpu, p)
    task.charge(guestFaultNs * count, Cause.ALLOC)
    task.charge(Math.round(workNs * (1 + walkTax * this.smallShare())) * count, Cause.WORK)
    this.pagesDone += count
    if (order > 0 || at % STRETCH === 0) yield AT_WORK
    return true
  }

  private *exit({ task, cpu, pfns, orders }: Worker, blocks: number): Generator<Point, void, void> {
    for (let i = 0; i < blocks; i++) {
      const before = this.engine.localNow(task)
      const result = this.pages.giveFast(task, cpu, pfns[i], orders[i])
      if (result === FreeResult.DONE) continue
      yield AT_EXIT
      yield* this.pages.giveSlow(task, cpu, pfns[i], result, before)
    }
  }

  /** Share of the guest's backing that is in small pages. */
  private smallShare(): number {
    const { vm } = this.machine
    return vm.residentPages === 0 ? 0 : 1 - (vm.mm.huge * HUGE_PAGES) / vm.residentPages
  }
}
