/**
 * One task of a generator, with what it works with: its vCPU, its random stream, the end of its phase, and the counters of that phase. Also the three ways
 * in which a workload lets time pass.
 */
import { MS, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '@hintlab/kit'
import { Migratetype, ZoneKind } from '@hintlab/guest'
import type { Prng } from '@hintlab/kit'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { PageUser, Request } from './page-user.ts'

const AT_WORK = point(Kind.COMPUTE, 'workload: work on touched pages')
const AT_SLEEP = point(Kind.SLEEP, 'workload: sleeps')

/** A pace is kept to this: a task that is early by less goes on, as one that a timer of the kernel paces. */
const GRANULE_NS = MS

export interface PhaseCounts {
  allocs: number
  frees: number
  touchedPages: number
  loops: number
  keptPages: number
}

export interface Worker {
  readonly engine: Engine
  readonly pages: PageUser
  readonly task: Task
  readonly cpu: number
  readonly random: Prng
  /** Virtual time at which the phase is over. */
  readonly endNs: number
  readonly counts: PhaseCounts
  /** Takes a block that outlives the phase. */
  keep(pfn: number, order: number): void
}

const TYPES = { movable: Migratetype.MOVABLE, unmovable: Migratetype.UNMOVABLE, reclaimable: Migratetype.RECLAIMABLE } as const

export function requestOf(mobility: keyof typeof TYPES, order: number): Request {
  return { order, type: TYPES[mobility], zone: ZoneKind.NORMAL, flags: 0 }
}

export const isOver = ({ engine, task, endNs }: Worker): boolean => engine.localNow(task) >= endNs

/** Occupies the vCPU for `ns`, and lets what was charged before pass too. */
export function* work({ task }: Worker, ns: number): Generator<Point, void, void> {
  task.charge(ns, Cause.WORK)
  yield AT_WORK
}

/** Off the CPU until `time`, or until the phase is over. Nothing when that is past. */
export function* sleepUntil({ engine, task, endNs }: Worker, time: number): Generator<Point, void, void> {
  const until = Math.min(time, endNs)
  if (until <= engine.localNow(task)) return
  task.wakeAt = until
  yield AT_SLEEP
}

/** As `sleepUntil`, but a task that is early by less than a millisecond goes on. */
export function* keepPace(worker: Worker, due: number): Generator<Point, void, void> {
  if (due - worker.engine.localNow(worker.task) >= GRANULE_NS) yield* sleepUntil(worker, due)
}

/** Allocates and writes one block and works on it; the block, or NONE when the guest is out of memory. */
export function* useBlock(worker: Worker, request: Request, workNs: number): Generator<Point, number, void> {
  const { pages, task, cpu, counts } = worker
  const pfn = yield* pages.take(task, cpu, request)
  if (pfn < 0) return pfn
  counts.allocs++
  yield* pages.touch(task, cpu, pfn, request.order)
  counts.touchedPages += 2 ** request.order
  yield* work(worker, workNs * 2 ** request.order)
  return pfn
}

/** As `useBlock`, for a page fault that wants a huge page and does not ask for it by madvise; NONE: the fault falls back. */
export function* useHugePage(worker: Worker, workNs: number): Generator<Point, number, void> {
  const { pages, task, cpu, counts } = worker
  const pfn = yield* pages.takeHuge(task, cpu)
  if (pfn < 0) return pfn
  counts.allocs++
  yield* pages.touch(task, cpu, pfn, PAGEBLOCK_ORDER)
  counts.touchedPages += PAGEBLOCK_PAGES
  yield* work(worker, workNs * PAGEBLOCK_PAGES)
  return pfn
}

/** Writes a page that is there and works on it. */
export function* touchAt(worker: Worker, pfn: number, workNs: number): Generator<Point, void, void> {
  yield* worker.pages.touch(worker.task, worker.cpu, pfn, 0)
  worker.counts.touchedPages++
  yield* work(worker, workNs)
}

/** Gives back one block. */
export function* giveBlock({ pages, task, cpu, counts }: Worker, pfn: number, order: number): Generator<Point, void, void> {
  counts.frees++
  yield* pages.give(task, cpu, pfn, order)
}
