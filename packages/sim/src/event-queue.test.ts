/** The event queue against a sorted array: events come out by time, and by the order in which they were scheduled where times are equal. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventQueue, NEVER } from './index.ts'

/** The readable specification: a list that is searched for the earliest, and of those the oldest. */
class NaiveEvents {
  private readonly events: { time: number; a: number }[] = []

  push(time: number, a: number): void {
    this.events.push({ time, a })
  }

  get topTime(): number {
    return Math.min(NEVER, ...this.events.map((event) => event.time))
  }

  pop(): { time: number; a: number } {
    const at = this.events.findIndex((event) => event.time === this.topTime)
    return this.events.splice(at, 1)[0]
  }
}

/** Few times, so that many are equal; null pops. */
const steps = fc.array(fc.option(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(2 ** 52)), { freq: 2 }), { maxLength: 120 })

describe('event queue', () => {
  it('pops what a sorted list pops, after any pushes and pops', () => {
    fc.assert(fc.property(steps, (times) => {
      const queue = new EventQueue(1)
      const naive = new NaiveEvents()
      times.forEach((time, a) => {
        if (time !== null) {
          queue.push(time, a % 3, a, a + 1)
          naive.push(time, a)
        } else if (queue.size > 0) {
          queue.pop()
          expect([queue.time, queue.kind, queue.a, queue.b]).toEqual([queue.time, queue.a % 3, queue.a, queue.a + 1])
          expect({ time: queue.time, a: queue.a }).toEqual(naive.pop())
        }
        queue.check()
        expect(queue.topTime).toBe(naive.topTime)
      })
    }), { seed: 1, numRuns: 200 })
  })

  it('fires ties in scheduling order, also around a doubling of its columns', () => {
    const queue = new EventQueue(4)
    for (let a = 0; a < 100; a++) queue.push(7, 0, a, 0)
    const order = Array.from({ length: 100 }, () => {
      queue.pop()
      return queue.a
    })
    expect(order).toEqual(Array.from({ length: 100 }, (_, a) => a))
  })

  it('says NEVER when it is empty, which is later than time 0', () => {
    const queue = new EventQueue()
    expect(queue.topTime).toBe(NEVER)
    queue.push(0, 0, 0, 0)
    expect(queue.topTime).toBe(0)
    queue.clear()
    expect([queue.topTime, queue.size]).toEqual([NEVER, 0])
    expect(() => queue.pop()).toThrow('empty')
    expect(() => queue.push(2 ** 53, 0, 0, 0)).toThrow('below 2^53')
  })
})
