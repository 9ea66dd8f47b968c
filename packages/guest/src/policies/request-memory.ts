/**
 * Where the memory of a request comes from. It is needed when memory is freed, which may be when there is least of it:
 *
 *   preallocated   set aside when the driver starts, one piece for each request that can be in flight
 *   per-cpu        set aside too, but each vCPU has its own: nobody waits for another's, and one that is in use is not there
 *   allocated      one page at the time of the request, without reclaim (GFP_NOWAIT | __GFP_NOWARN): fails when memory is short, and the hints are lost
 *
 * Pieces that are set aside belong to the driver's pinned memory, which the transport carves; here it is only counted who has one. The page of `allocated` is
 * a real one of the guest's allocator, freed after the completion.
 */
import { assert } from '@hintlab/kit'
import { Kind, point, TaskKind } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { FreeResult, NONE } from '../mm/page-allocator.ts'
import { AllocFlag } from '../mm/watermarks.ts'

const AT_FREE_LOCK = point(Kind.SPIN, 'request memory: zone lock to free its page')
const AT_FREE_UNLOCK = point(Kind.RUN, 'request memory: page in the buddy, zone unlock')

export const REQUEST_MEMORY = ['preallocated', 'per-cpu', 'allocated'] as const
export type RequestMemorySource = (typeof REQUEST_MEMORY)[number]

// Elements of the state column.
const TAKEN = 0
const FAILED = 1
const WORDS = 2

export class RequestMemory {
  readonly source: RequestMemorySource
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly object: number
  private readonly state: Float64Array
  /** By piece: its page, or NONE. */
  private readonly pages: Int32Array

  /** `pieces` requests can have memory at once. */
  constructor(engine: Engine, kernel: GuestKernel, label: string, pieces: number, source: RequestMemorySource) {
    this.source = source
    this.engine = engine
    this.kernel = kernel
    this.object = engine.cols.objects(`${label} request memory`)
    this.state = engine.cols.f64(`${label}.requestMemory`, WORDS, this.object)
    this.pages = engine.cols.i32(`${label}.requestPages`, source === 'allocated' ? pieces : 0, this.object).fill(NONE)
  }

  /** Pages allocated in all, and allocations that failed. */
  get taken(): number {
    return this.state[TAKEN]
  }

  get failed(): number {
    return this.state[FAILED]
  }

  /** Memory for the request that this piece is for; false when there is none. */
  *take(task: Task, cpu: number, piece: number): Generator<Point, boolean, void> {
    if (this.source !== 'allocated') return true
    const { kernel } = this
    let pfn = kernel.allocFast(task, cpu, 0, Migratetype.UNMOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) {
      pfn = yield* kernel.allocSlow(task, cpu, 0, Migratetype.UNMOVABLE, ZoneKind.NORMAL, AllocFlag.NO_RECLAIM | AllocFlag.NO_OOM)
    }
    this.engine.cols.footprint.write(this.object)
    if (pfn === NONE) {
      this.state[FAILED]++
      return false
    }
    assert(this.pages[piece] === NONE, 'a piece is taken once')
    this.state[TAKEN]++
    this.pages[piece] = pfn
    return true
  }

  /** The piece's request is over. */
  *giveBack(task: Task, cpu: number, piece: number): Generator<Point, void, void> {
    if (this.source !== 'allocated') return
    this.engine.cols.footprint.write(this.object)
    const pfn = this.pages[piece]
    assert(pfn !== NONE, 'only what was taken is given back')
    this.pages[piece] = NONE
    if (task.kind === TaskKind.IRQ) return yield* this.freeQuietly(task, pfn)
    const result = this.kernel.freeFast(task, cpu, pfn)
    if (result !== FreeResult.DONE) yield* this.kernel.freeSlow(task, cpu, pfn, result)
  }

  /** Straight into the buddy: what a policy does after a free may sleep, and a handler must not. */
  private *freeQuietly(task: Task, pfn: number): Generator<Point, void, void> {
    const lock = this.kernel.zoneLocks[this.kernel.mm.zoneOf(pfn)]
    if (lock.acquireIrq(task)) yield AT_FREE_LOCK
    this.kernel.mm.freeSlow(pfn)
    yield AT_FREE_UNLOCK
    lock.releaseIrq(task)
  }
}
