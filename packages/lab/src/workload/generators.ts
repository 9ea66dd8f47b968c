/**
 * What the tasks of a phase do, one function per generator of the language (phase-schema.ts). Each holds its blocks in an object that was made before the run
 * began, and has given back all of them when it returns, but for those it keeps.
 */
import { SECOND } from '@hintlab/kit'
import type { Point } from '@hintlab/sim'
import type { Pool } from './block-pool.ts'
import type { Burst, Churn, FaultStorm, Memhog } from './phase-schema.ts'
import type { Stretch } from './region.ts'
import { giveBlock, isOver, keepPace, requestOf, sleepUntil, useBlock, work } from './worker.ts'
import type { Worker } from './worker.ts'

const NS_PER_MS = 1e6
const msToNs = (ms: number): number => Math.round(ms * NS_PER_MS)

export function* burst(worker: Worker, spec: Burst, region: Stretch): Generator<Point, void, void> {
  const { engine, task, counts } = worker
  for (let n = 0; n < spec.times && !isOver(worker); n++) {
    const whole = yield* region.map(worker, msToNs(spec['over-ms']))
    yield* sleepUntil(worker, engine.localNow(task) + msToNs(spec['hold-ms']))
    yield* region.unmap(worker, spec.keep)
    if (whole) counts.loops++
    yield* sleepUntil(worker, engine.localNow(task) + msToNs(spec['pause-ms']))
  }
}

export function* memhog(worker: Worker, spec: Memhog, region: Stretch): Generator<Point, void, void> {
  const { engine, task, counts } = worker
  const loops = spec.loops ?? Number.POSITIVE_INFINITY
  for (let n = 0; n < loops && !isOver(worker); n++) {
    const whole = yield* region.map(worker)
    yield* region.unmap(worker)
    if (whole) counts.loops++
    yield* sleepUntil(worker, engine.localNow(task) + msToNs(spec['pause-ms']))
  }
}

export function* faultStorm(worker: Worker, _: FaultStorm, region: Stretch): Generator<Point, void, void> {
  while (!isOver(worker)) {
    const whole = yield* region.map(worker)
    yield* region.unmap(worker)
    if (whole) worker.counts.loops++
  }
}

/** Below half of `size` allocating is more likely than freeing, above it less, so the amount in use wanders around the half. */
export function* churn(worker: Worker, spec: Churn, pool: Pool): Generator<Point, void, void> {
  const { engine, task, random } = worker
  const start = engine.localNow(task)
  const gap = SECOND / spec['per-second']
  for (let n = 0; !isOver(worker); n++) {
    yield* keepPace(worker, start + Math.floor(n * gap))
    if (isOver(worker)) break
    const order = spec.orders[random.below(spec.orders.length)]
    const grow = pool.count === 0 || random.below(pool.pagesMax) >= pool.pages
    if (grow && pool.pages + 2 ** order <= pool.pagesMax) {
      const pfn = yield* useBlock(worker, requestOf(spec.mobility, order), spec['work-ns'])
      if (pfn >= 0) pool.add(pfn, order)
    } else if (pool.count > 0) {
      pool.pick(random.below(pool.count))
      yield* giveBlock(worker, pool.pfn, pool.order)
      yield* work(worker, spec['work-ns'])
    } else yield* work(worker, spec['work-ns'])
  }
  yield* drain(worker, pool, spec.keep)
}

/** Gives back what is left, in random order; keeps a share of the blocks where they lie. */
function* drain(worker: Worker, pool: Pool, keep: number): Generator<Point, void, void> {
  for (let kept = 0, n = 0; pool.count > 0; n++) {
    pool.pick(worker.random.below(pool.count))
    if (Math.floor((n + 1) * keep) > kept) {
      kept++
      worker.keep(pool.pfn, pool.order)
    } else {
      yield* giveBlock(worker, pool.pfn, pool.order)
      yield* work(worker, 0)
    }
  }
}
