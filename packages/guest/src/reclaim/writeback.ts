/**
 * Writes dirty pages of the page cache back to the file: when many are dirty, when they have been so for long, when reclaim finds nothing but dirty ones, and
 * for a writer that has to wait (mm/page-writeback.c: balance_dirty_pages; fs/fs-writeback.c: wb_workfn; the vm.dirty_* defaults).
 *
 *     clean --write--> dirty --flusher--> under writeback (one request of up to 32 pages at a time) --> clean
 *
 * Age is counted from the first page that became dirty since all were clean, not page by page.
 */
import { ns, SECOND } from '@hintlab/kit'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import type { PageCache } from './page-cache.ts'
import { SWAP_CLUSTER_MAX } from './vmscan.ts'

const AT_IDLE = point(Kind.WAIT, 'flusher: nothing is due')
const AT_SUBMIT = point(Kind.COMPUTE, 'flusher: request built')
const AT_IO = point(Kind.SLEEP, 'flusher: wait for the disk')
const AT_THROTTLED = point(Kind.WAIT, 'write: too much is dirty, wait for the flusher')

/** Per cent of free and cached pages: vm.dirty_background_ratio and vm.dirty_ratio. */
const BACKGROUND_PERCENT = 10
const THROTTLE_PERCENT = 20
/** vm.dirty_writeback_centisecs, vm.dirty_expire_centisecs. */
const WAKE_NS = ns(5 * SECOND)
const EXPIRE_NS = ns(30 * SECOND)

const SINCE = 0
const ASKED = 1
const WRITTEN = 2
const THROTTLED = 3
const WORDS = 4

export class Writeback {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly cache: PageCache
  private readonly object: number
  private readonly state: Float64Array
  private readonly files = new Int32Array(SWAP_CLUSTER_MAX)
  private readonly work: WaitQueue
  private readonly cleaned: WaitQueue

  constructor(engine: Engine, kernel: GuestKernel, cache: PageCache, cpu: Cpu) {
    this.engine = engine
    this.kernel = kernel
    this.cache = cache
    this.object = engine.cols.objects('writeback')
    this.state = engine.cols.f64('pageCache.writeback', WORDS, this.object)
    this.work = new WaitQueue(engine, 'flusher work')
    this.cleaned = new WaitQueue(engine, 'pages written')
    engine.addTask('kworker flush', cpu, (task) => this.body(task), { wakeNs: engine.costs.guestSwitch })
  }

  /** Pages written to the file so far. */
  get written(): number {
    return this.state[WRITTEN]
  }

  /** Times a writer had to wait. */
  get throttled(): number {
    return this.state[THROTTLED]
  }

  /** A page became dirty. */
  dirtied(): void {
    this.engine.cols.footprint.write(this.object)
    if (this.cache.dirty === 1) {
      this.state[SINCE] = this.engine.now
      this.work.wakeAll()
    } else if (this.isOver(BACKGROUND_PERCENT)) this.work.wakeAll()
  }

  /** Reclaim has met nothing but dirty pages (wakeup_flusher_threads): write them all. */
  ask(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[ASKED] = 1
    this.work.wakeAll()
  }

  /** balance_dirty_pages: a writer waits while too much is dirty. */
  *throttle(task: Task): Generator<Point, void, void> {
    while (this.isOver(THROTTLE_PERCENT)) {
      this.engine.cols.footprint.write(this.object)
      this.state[THROTTLED]++
      this.work.wakeAll()
      this.cleaned.wait(task)
      yield AT_THROTTLED
    }
  }

  private *body(task: Task): Generator<Point, void, void> {
    for (;;) {
      const pages = this.isDue() ? this.cache.startWriteback(this.files) : 0
      if (pages > 0) yield* this.writeOut(task, pages)
      else {
        this.engine.cols.footprint.write(this.object)
        this.state[ASKED] = 0
        if (this.cache.dirty > 0) {
          task.wakeAt = this.engine.localNow(task) + WAKE_NS
          this.engine.wakeAt(task, task.wakeAt)
        }
        this.work.wait(task)
        yield AT_IDLE
      }
    }
  }

  private *writeOut(task: Task, pages: number): Generator<Point, void, void> {
    task.charge(pages * this.engine.costs.reclaimPage, Cause.WORK)
    yield AT_SUBMIT
    task.wakeAt = this.engine.localNow(task) + this.engine.costs.fileWrite
    yield AT_IO
    for (let i = 0; i < pages; i++) this.cache.endWriteback(this.files[i])
    this.engine.cols.footprint.write(this.object)
    this.state[WRITTEN] += pages
    this.cleaned.wakeAll()
  }

  private isDue(): boolean {
    this.engine.cols.footprint.read(this.object)
    if (this.cache.dirty === 0) return false
    return this.state[ASKED] === 1 || this.isOver(BACKGROUND_PERCENT) || this.engine.now - this.state[SINCE] >= EXPIRE_NS
  }

  private isOver(percent: number): boolean {
    const dirtyable = this.kernel.mm.freePages() + this.cache.cached
    return (this.cache.dirty + this.cache.underWriteback) * 100 > dirtyable * percent
  }
}
