/** Who waits, and who is woken: by the queue, by a timer, by one of several queues in turn. */
import { describe, expect, it } from 'vitest'
import { WaitQueue } from './index.ts'
import type { Measure, Task } from './index.ts'
import { AT, makeMeasure } from './testing/index.ts'

/** An engine with two queues, a log of who was woken when, and somebody who rings at set times. */
function makeBells() {
  const engine = makeMeasure()
  const [a, b] = [new WaitQueue(engine, 'a'), new WaitQueue(engine, 'b')]
  const log: string[] = []
  const ring = (queue: WaitQueue, times: readonly number[]) => engine.addTask('bell', engine.addCpu('bell'), function* (task) {
    for (const time of times) {
      task.wakeAt = time
      yield AT.SLEEP
      queue.wakeAll()
    }
  })
  const sleeper = (name: string, body: (task: Task, woken: (where: string) => void) => Generator<number, void, void>) => {
    return engine.addTask(name, engine.addCpu(name), (task) => body(task, (where) => log.push(`${engine.now} ${name} from ${where}`)))
  }
  return { engine, a, b, log, ring, sleeper }
}

function finish(engine: Measure): void {
  engine.run(10_000)
  engine.check()
}

describe('wait queue', () => {
  it('wakes everybody, in the order in which they began to wait, and once', () => {
    const { engine, a, log, ring, sleeper } = makeBells()
    for (const [name, start] of [['x', 30], ['y', 10], ['z', 20]] as const) {
      sleeper(name, function* (task, woken) {
        task.wakeAt = start
        yield AT.SLEEP
        a.wait(task)
        yield AT.WAIT
        woken('a')
      })
    }
    ring(a, [5, 100, 200])
    finish(engine)
    expect(log).toEqual(['100 y from a', '100 z from a', '100 x from a'])
  })

  it('does not wake again whom a timer has woken, wherever he waits then', () => {
    const { engine, a, b, log, ring, sleeper } = makeBells()
    sleeper('x', function* (task, woken) {
      engine.wakeAt(task, 50)
      a.wait(task)
      yield AT.WAIT
      woken('the timer')
      b.wait(task)
      yield AT.WAIT
      woken('b')
    })
    ring(a, [100])
    ring(b, [200, 300])
    finish(engine)
    expect(log).toEqual(['50 x from the timer', '200 x from b'])
  })

  it('wakes once who waits again after his timer', () => {
    const { engine, a, log, ring, sleeper } = makeBells()
    sleeper('x', function* (task, woken) {
      engine.wakeAt(task, 50)
      for (;;) {
        a.wait(task)
        yield AT.WAIT
        woken('a or the timer')
      }
    })
    ring(a, [100])
    finish(engine)
    expect(log).toEqual(['50 x from a or the timer', '100 x from a or the timer'])
  })

  it('forgets the timer of whom it has woken', () => {
    const { engine, a, b, log, ring, sleeper } = makeBells()
    sleeper('x', function* (task, woken) {
      engine.wakeAt(task, 150)
      a.wait(task)
      yield AT.WAIT
      woken('a')
      b.wait(task)
      yield AT.WAIT
      woken('b')
    })
    ring(a, [100])
    ring(b, [500])
    finish(engine)
    expect(log).toEqual(['100 x from a', '500 x from b'])
  })

  it('loses no wake between the registration and the wait', () => {
    const { engine, a, log, ring, sleeper } = makeBells()
    sleeper('x', function* (task, woken) {
      task.charge(200, 0)
      a.wait(task)
      yield AT.WAIT
      woken('a')
    })
    ring(a, [100])
    finish(engine)
    expect(log).toEqual(['200 x from a'])
  })
})
