/**
 * Reading and writing a file through the page cache, as tasks do it (mm/filemap.c filemap_read, generic_perform_write; mm/readahead.c).
 *
 *   read:   cached -> copy out                       not cached -> allocate, insert locked, one request for all of them, unlock, copy out
 *   write:  find or allocate, copy in, dirty, wait when too much is dirty
 *
 * A page is in the cache before its contents are: whoever finds it locked waits. Reading ahead never waits for memory, the first page does.
 */
import { assert } from '@hintlab/kit'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import { AllocFlag } from '../mm/watermarks.ts'
import { CacheFlag } from './page-cache.ts'
import type { PageCache } from './page-cache.ts'
import type { Reclaim } from './reclaim.ts'
import { SWAP_CLUSTER_MAX } from './vmscan.ts'

const AT_IO = point(Kind.SLEEP, 'read: wait for the disk')
const AT_LOCKED = point(Kind.WAIT, 'read: wait for somebody else to read the page')
const AT_COPIED = point(Kind.COMPUTE, 'file: pages copied')

/** What a read found. */
export const FileResult = { HIT: 0, MISS: 1, NO_MEMORY: 2 } as const
export type FileResult = (typeof FileResult)[keyof typeof FileResult]

/** Pages of one request: the default read-ahead of 128 KiB. */
export const READAHEAD_MAX = SWAP_CLUSTER_MAX

export class FileIo {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly cache: PageCache
  private readonly reclaim: Reclaim
  private readonly unlocked: WaitQueue

  constructor(engine: Engine, kernel: GuestKernel, reclaim: Reclaim) {
    this.engine = engine
    this.kernel = kernel
    this.cache = reclaim.cache
    this.reclaim = reclaim
    this.unlocked = new WaitQueue(engine, 'page unlocked')
  }

  /** Reads page `file`; on a miss the `ahead - 1` pages behind it come with it, as many as are not cached in a row. */
  *read(task: Task, cpu: number, file: number, ahead = 1): Generator<Point, FileResult, void> {
    assert(file >= 0 && file < this.cache.filePages && ahead <= READAHEAD_MAX, 'the page is in the file')
    let result: FileResult = FileResult.HIT
    for (;;) {
      const pfn = this.cache.pageAt(file)
      if (pfn < 0) {
        result = FileResult.MISS
        if (!(yield* this.fill(task, cpu, file, ahead))) return FileResult.NO_MEMORY
      } else if (this.cache.has(file, CacheFlag.LOCKED)) {
        this.unlocked.wait(task)
        yield AT_LOCKED
      } else {
        this.cache.accessed(file)
        this.kernel.access?.read(pfn)
        task.charge(this.engine.costs.copy4k, Cause.WORK)
        yield AT_COPIED
        return result
      }
    }
  }

  /** Writes all of page `file`: nothing has to be read before. */
  *write(task: Task, cpu: number, file: number): Generator<Point, FileResult, void> {
    yield* this.reclaim.writeback.throttle(task)
    let result: FileResult = FileResult.HIT
    for (;;) {
      if (this.cache.pageAt(file) < 0) {
        result = FileResult.MISS
        if (yield* this.addPage(task, cpu, file, 0)) break
        if (this.cache.pageAt(file) < 0) return FileResult.NO_MEMORY
      } else if (!this.cache.has(file, CacheFlag.LOCKED)) {
        this.cache.lock(file)
        break
      } else {
        this.unlocked.wait(task)
        yield AT_LOCKED
      }
    }
    yield* this.fillPage(task, cpu, this.cache.pageAt(file))
    this.cache.unlock(file)
    this.unlocked.wakeAll()
    this.cache.accessed(file)
    this.cache.markDirty(file)
    this.reclaim.writeback.dirtied()
    task.charge(this.engine.costs.copy4k, Cause.WORK)
    yield AT_COPIED
    return result
  }

  /** page_cache_ra_unbounded: allocates, reads, unlocks; false when there was no memory for the first page. */
  private *fill(task: Task, cpu: number, first: number, ahead: number): Generator<Point, boolean, void> {
    const end = Math.min(first + ahead, this.cache.filePages)
    let last = first
    for (; last < end; last++) {
      if (!(yield* this.addPage(task, cpu, last, last === first ? 0 : AllocFlag.NO_OOM | AllocFlag.NO_RECLAIM))) break
    }
    if (last === first) return this.cache.pageAt(first) >= 0
    task.wakeAt = this.engine.localNow(task) + this.engine.costs.fileRead
    yield AT_IO
    for (let file = first; file < last; file++) {
      yield* this.fillPage(task, cpu, this.cache.pageAt(file))
      this.cache.unlock(file)
    }
    this.unlocked.wakeAll()
    return true
  }

  /** Allocates a page for the file, locked; false when there is none, or somebody else was faster. */
  private *addPage(task: Task, cpu: number, file: number, flags: number): Generator<Point, boolean, void> {
    if (this.cache.pageAt(file) >= 0) return false
    let pfn = this.kernel.allocFast(task, cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) pfn = yield* this.kernel.allocSlow(task, cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, flags)
    if (pfn === NONE) return false
    if (this.cache.pageAt(file) < 0) {
      this.cache.insert(file, pfn)
      return true
    }
    yield* this.kernel.free(task, cpu, pfn)
    return false
  }

  private *fillPage(task: Task, cpu: number, pfn: number): Generator<Point, void, void> {
    if (this.kernel.access !== null) yield* this.kernel.access.write(task, cpu, pfn)
  }
}
