import { Columns, MS, SECOND } from '@hintlab/kit'
import { EMPTY, STAT_UNSET, StatTag } from '@hintlab/protocol'
import type { RequestSource, StatsBatch } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import type { Task } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { StatsCollector } from './stats-collector.ts'
import type { StatsCollectorOptions } from './stats-collector.ts'

type Buffer = readonly (readonly [number, number])[] | null

/** A driver that posts what it is told, and optionally again after each return. */
class FakeDriver implements RequestSource<Task, StatsBatch> {
  readonly returned: string[] = []
  readonly more = false
  readonly holdsCaller = false
  readable = true
  onReturn: () => void = () => {}
  private readonly posted: Buffer[] = []
  private readonly now: () => number
  private taken = 0

  constructor(now: () => number) {
    this.now = now
  }

  post(buffer: Buffer): void {
    this.posted.push(buffer)
  }

  take(batch: StatsBatch): number {
    const next = this.posted[this.taken]
    if (next === undefined) return EMPTY
    this.readable = next !== null
    batch.count = next?.length ?? 0
    next?.forEach(([tag, value], i) => {
      batch.tag[i] = tag
      batch.value[i] = value
    })
    return this.taken++
  }

  answer(handle: number): void {
    this.returned.push(`${handle} at ${Math.round(this.now() / MS)} ms`)
    this.onReturn()
  }

  signal(): void {}
  arm(): boolean {
    return this.taken < this.posted.length
  }

  disarm(): void {}
  rung(): void {}
  answered(): boolean {
    return true
  }
}

function make(options: Partial<StatsCollectorOptions> = {}) {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const driver = new FakeDriver(() => engine.now)
  const stats = new StatsCollector(engine, driver, { label: 'test', intervalNs: 0, knownTags: 16, unknownTags: 'skipped', ...options })
  engine.addTask('stats', engine.addCpu('host0'), (task) => stats.threadBody(task))
  const post = (buffer: Buffer): void => {
    driver.post(buffer)
    stats.wake()
    engine.run(engine.now + MS)
  }
  return { engine, driver, stats, post }
}

const { FREE, TOTAL, SWAP_IN } = StatTag

test('the first buffer is held, and goes back when somebody asks', () => {
  const { engine, driver, stats, post } = make()
  post([[FREE, 10], [TOTAL, 20]])
  expect([stats.holds, stats.value(FREE), stats.value(TOTAL), stats.value(SWAP_IN)]).toEqual([true, 10, 20, STAT_UNSET])
  expect(driver.returned).toEqual([])
  stats.ask()
  engine.run(engine.now + MS)
  expect([stats.holds, driver.returned]).toEqual([false, ['0 at 1 ms']])
})

test('a question before there is a buffer waits for it', () => {
  const { stats, driver, post } = make()
  stats.ask()
  post([[FREE, 1]])
  expect([driver.returned.length, stats.holds]).toEqual([1, false])
})

test('statistics that a buffer does not name are unset again, and unknown ones are skipped in any order', () => {
  const { stats, post } = make()
  post([[FREE, 1], [TOTAL, 2]])
  post([[65000, 9], [TOTAL, 3], [17, 9]])
  expect([stats.value(FREE), stats.value(TOTAL), stats.counter('unknownTags')]).toEqual([STAT_UNSET, 3, 2])
})

test('a second buffer sends the first back; one that cannot be read is held like any other', () => {
  const { stats, driver, post } = make()
  post([[FREE, 1]])
  post(null)
  expect([driver.returned.length, stats.counter('extraBuffers'), stats.counter('unreadable'), stats.holds]).toEqual([1, 1, 1, true])
  expect(stats.value(FREE)).toBe(1)
})

test('an interval asks again and again, the first time at once; a driver without a buffer is missed', () => {
  const { engine, driver, stats, post } = make()
  post([[FREE, 1]])
  driver.onReturn = () => driver.post([[FREE, 2]])
  stats.pollEvery(SECOND)
  // The driver's kick.
  for (let i = 0; i < 4; i++) {
    engine.run(engine.now + SECOND)
    stats.wake()
  }
  expect(driver.returned).toEqual(['0 at 1 ms', '1 at 1001 ms', '2 at 2001 ms', '3 at 3001 ms', '4 at 4001 ms'].slice(0, driver.returned.length))
  expect(driver.returned.length).toBeGreaterThan(3)
  driver.onReturn = () => {}
  engine.run(engine.now + 3 * SECOND)
  expect(stats.counter('missed')).toBeGreaterThan(0)
})

test('a device that fails on unknown tags loses the buffer', () => {
  const { engine, driver, stats, post } = make({ knownTags: 10, unknownTags: 'fails' })
  post([[FREE, 1], [StatTag.OOM_KILLS, 0]])
  stats.ask()
  engine.run(engine.now + MS)
  expect([driver.returned, stats.holds, stats.counter('lostBuffers')]).toEqual([[], false, 1])
})

test('a queue that stops takes its buffer along', () => {
  const { engine, driver, stats, post } = make()
  post([[FREE, 1]])
  stats.detached()
  stats.ask()
  engine.run(engine.now + MS)
  expect([driver.returned, stats.value(FREE)]).toEqual([[], 1])
})
