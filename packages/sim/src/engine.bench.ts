/**
 * The engine at its hottest: 64 tasks on 64 CPUs that want one lock. Each turn is two dispatches: take the lock and let its time pass, then hand
 * it over. Apart from it the bare generator, which is the limit of anything that resumes a task.
 */
import { assert, Columns } from '@hintlab/kit'
import { Cause } from './causes.ts'
import { makeCosts } from './cost-table.ts'
import { Measure } from './measure.ts'
import { Kind, point } from './point.ts'
import type { Point } from './point.ts'
import { SpinLock } from './spin-lock.ts'
import type { Task } from './task.ts'

const TASKS = 64
const HOLD_NS = 100
const AT_LOCK = point(Kind.SPIN, 'bench: lock')
const AT_UNLOCK = point(Kind.RUN, 'bench: unlock')

/** Nanoseconds per dispatch. `now` is a clock in nanoseconds; `turns` of the lock are run once to warm up and once timed. */
export function benchEngine(now: () => number, turns: number): number {
  const engine = new Measure(new Columns(), makeCosts({ lockHandover: HOLD_NS }), 1)
  const lock = new SpinLock(engine, 'lock')
  for (let i = 0; i < TASKS; i++) engine.addTask(`task ${i}`, engine.addCpu(`cpu ${i}`), (task) => contender(task, lock))
  const span = 2 * HOLD_NS * turns
  engine.run(span)
  const warm = engine.dispatches
  const begin = now()
  engine.run(2 * span)
  const end = now()
  const dispatches = engine.dispatches - warm
  assert(dispatches === 2 * turns, 'each turn is two dispatches')
  assert(lock.contended >= 2 * turns - 1, 'every turn but the first had to wait')
  engine.check()
  return (end - begin) / dispatches
}

function* contender(task: Task, lock: SpinLock): Generator<Point, void, void> {
  for (;;) {
    if (lock.acquire(task)) yield AT_LOCK
    task.charge(HOLD_NS, Cause.WORK)
    yield AT_UNLOCK
    lock.release(task)
  }
}

/** Nanoseconds to resume a generator that does nothing: the speed of this machine, for whoever wants to compare with another. */
export function benchBareResume(now: () => number, resumes: number): number {
  const counters = new Float64Array(1)
  const body = counter(counters)
  const resume = (): void => {
    for (let i = 0; i < resumes; i++) body.next()
  }
  resume()
  const begin = now()
  resume()
  const end = now()
  assert(counters[0] === 2 * resumes, 'every resume was counted')
  return (end - begin) / resumes
}

function* counter(counters: Float64Array): Generator<Point, void, void> {
  for (;;) {
    counters[0]++
    yield AT_UNLOCK
  }
}
