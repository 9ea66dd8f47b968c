/** The mutex under random users: one at a time, first come, first served, nobody forgotten, and time adds up. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cause, Mutex } from './index.ts'
import { AT, makeMeasure } from './testing/index.ts'

interface User {
  readonly start: number
  /** Worked, slept: with the mutex held. */
  readonly work: number
  readonly sleep: number
}

const user = fc.record({ start: fc.integer({ min: 0, max: 50 }), work: fc.integer({ min: 0, max: 20 }), sleep: fc.integer({ min: 0, max: 20 }) })

/** Runs the users on `cpus` CPUs; returns who came and who got in, in order. */
function play(users: readonly User[], cpus: number): { came: number[]; entered: number[]; overlaps: number } {
  const engine = makeMeasure({ costs: { lockHandover: 0 } })
  const mutex = new Mutex(engine, 'mutex')
  const result = { came: [] as number[], entered: [] as number[], overlaps: 0 }
  let inside = 0
  const places = Array.from({ length: cpus }, (_, i) => engine.addCpu(`cpu${i}`))
  users.forEach(({ start, work, sleep }, i) => engine.addTask(`user ${i}`, places[i % cpus], function* (task) {
    task.wakeAt = start
    yield AT.SLEEP
    result.came.push(i)
    if (mutex.acquire(task)) yield AT.WAIT
    result.entered.push(i)
    if (inside++ > 0) result.overlaps++
    task.charge(work, Cause.WORK)
    yield AT.RUN
    task.wakeAt = engine.now + sleep
    yield AT.SLEEP
    inside--
    mutex.release(task)
  }))
  engine.run(1000)
  engine.check()
  engine.run(10_000)
  engine.check()
  return result
}

describe('mutex', () => {
  it('serves random users one at a time, in the order in which they came', () => {
    fc.assert(fc.property(fc.array(user, { minLength: 1, maxLength: 12 }), (users) => {
      const { came, entered, overlaps } = play(users, users.length)
      expect(entered).toEqual(came)
      expect([entered.length, overlaps]).toEqual([users.length, 0])
    }), { seed: 1, numRuns: 150 })
  })

  it('loses nobody when they share CPUs', () => {
    fc.assert(fc.property(fc.array(user, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (users, cpus) => {
      const { entered, overlaps } = play(users, cpus)
      expect([...entered].sort((a, b) => a - b)).toEqual(users.map((_, i) => i))
      expect(overlaps).toBe(0)
    }), { seed: 1, numRuns: 150 })
  })

  it('asserts on recursion, on a release by somebody else, and on waiting in atomic context', () => {
    const engine = makeMeasure()
    const mutex = new Mutex(engine, 'mutex')
    const cpu = engine.addCpu('cpu0')
    const [a, b] = [engine.addTask('a', cpu, function* () {}), engine.addTask('b', cpu, function* () {})]
    mutex.acquire(a)
    expect(() => mutex.acquire(a)).toThrow('not recursive')
    expect(() => mutex.release(b)).toThrow('by its holder')
    b.atomic++
    expect(() => mutex.acquire(b)).toThrow('atomic context')
  })
})
