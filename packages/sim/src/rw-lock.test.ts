/** The rwlock under random users: readers share, writers are alone, nobody overtakes, nobody is forgotten, and time adds up. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cause, RwLock } from './index.ts'
import { AT, makeMeasure } from './testing/index.ts'

interface User {
  readonly start: number
  readonly hold: number
  readonly writes: boolean
}
interface Visit {
  readonly came: number
  readonly entered: number
  readonly left: number
  readonly writes: boolean
}

const user = fc.record({ start: fc.integer({ min: 0, max: 60 }), hold: fc.integer({ min: 1, max: 20 }), writes: fc.boolean() })

/** Everybody on a CPU of his own; visits in the order in which they came. */
function play(users: readonly User[]): Visit[] {
  const engine = makeMeasure({ costs: { lockHandover: 0 } })
  const lock = new RwLock(engine, 'lock')
  const visits: { came: number; entered: number; left: number; writes: boolean }[] = []
  users.forEach(({ start, hold, writes }, i) => engine.addTask(`user ${i}`, engine.addCpu(`cpu${i}`), function* (task) {
    task.wakeAt = start
    yield AT.SLEEP
    const visit = { came: engine.now, entered: -1, left: -1, writes }
    visits.push(visit)
    if (writes ? lock.acquireWrite(task) : lock.acquireRead(task)) yield AT.LOCK
    visit.entered = engine.now
    task.charge(hold, Cause.WORK)
    yield AT.RUN
    visit.left = engine.now
    if (writes) lock.releaseWrite(task)
    else lock.releaseRead(task)
  }))
  for (const time of [17, 100, 5000]) {
    engine.run(time)
    engine.check()
  }
  expect([lock.writer, lock.readers]).toEqual([null, 0])
  return visits
}

/** When a fair lock lets each in: a reader behind the writers before him, a writer behind everybody before him, nobody before an earlier one. */
function fairEntries(visits: readonly Visit[]): number[] {
  const entries: number[] = []
  const lefts: number[] = []
  visits.forEach((visit, i) => {
    let entry = Math.max(visit.came, entries[i - 1] ?? 0)
    for (let j = 0; j < i; j++) if (visit.writes || visits[j].writes) entry = Math.max(entry, lefts[j])
    entries.push(entry)
    lefts.push(entry + visit.left - visit.entered)
  })
  return entries
}

describe('rwlock', () => {
  it('lets everybody in at the moment at which a fair lock does', () => {
    fc.assert(fc.property(fc.array(user, { minLength: 1, maxLength: 14 }), (users) => {
      const visits = play(users)
      expect(visits.length).toBe(users.length)
      expect(visits.map((visit) => visit.entered)).toEqual(fairEntries(visits))
    }), { seed: 1, numRuns: 250 })
  })

  it('asserts on recursion and on releases that nobody took', () => {
    const engine = makeMeasure()
    const lock = new RwLock(engine, 'lock')
    const task = engine.addTask('a', engine.addCpu('cpu0'), function* () {})
    expect(() => lock.releaseRead(task)).toThrow('by a reader')
    lock.acquireWrite(task)
    expect(() => lock.acquireWrite(task)).toThrow('not recursive')
    expect(() => lock.acquireRead(task)).toThrow('not recursive')
    lock.releaseWrite(task)
    expect(() => lock.releaseWrite(task)).toThrow('by its writer')
  })
})
