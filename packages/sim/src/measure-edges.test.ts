/**
 * Narrow windows between the moment a task says what it will do and the moment it does it, because what it charged has to pass first. Each of
 * these went wrong once; the swarm found them.
 */
import { describe, expect, it } from 'vitest'
import { Cause, Mutex, SpinLock, TaskKind, WaitQueue } from './index.ts'
import type { Measure, Task } from './index.ts'
import { AT, makeMeasure } from './testing/index.ts'

const SLICE_NS = 3_000_000

describe('between the registration and the wait', () => {
  it('a mutex waiter whose time slice ends meanwhile keeps its place, and nobody else gets its CPU', () => {
    const engine = makeMeasure({ costs: { lockHandover: 0 } })
    const mutex = new Mutex(engine, 'mutex')
    const cpu = engine.addCpu('cpu0')
    const entered: string[] = []
    const user = (startNs: number, workNs: number) => function* (task: Task) {
      task.charge(startNs, Cause.WORK)
      if (mutex.acquire(task)) yield AT.WAIT
      entered.push(`${task.name} at ${engine.now}, holder ${mutex.holder!.name}`)
      task.charge(workNs, Cause.WORK)
      yield AT.RUN
      mutex.release(task)
    }
    engine.addTask('holder', engine.addCpu('cpu1'), user(0, 3 * SLICE_NS))
    engine.addTask('first', cpu, user(SLICE_NS, 1000))
    engine.addTask('other', cpu, function* (task) {
      task.charge(4 * SLICE_NS, Cause.WORK)
      yield AT.COMPUTE
    })
    engine.addTask('second', engine.addCpu('cpu2'), user(SLICE_NS, 1000))
    engine.run(10 * SLICE_NS)
    engine.check()
    expect(entered).toEqual(['holder at 0, holder holder', 'first at 9000000, holder first', 'second at 9001000, holder second'])
  })

  it('a waiter that is woken after its time slice has ended runs once', () => {
    const engine = makeMeasure()
    const queue = new WaitQueue(engine, 'queue')
    const cpu = engine.addCpu('cpu0')
    let wakes = 0
    engine.addTask('waiter', cpu, function* (task) {
      for (;;) {
        task.charge(SLICE_NS, Cause.WORK)
        queue.wait(task)
        yield AT.WAIT
        wakes++
      }
    })
    engine.addTask('other', cpu, function* (task) {
      task.charge(4 * SLICE_NS, Cause.WORK)
      yield AT.COMPUTE
    })
    engine.addTask('waker', engine.addCpu('cpu1'), function* (task) {
      task.wakeAt = SLICE_NS + 1000
      yield AT.SLEEP
      queue.wakeAll()
    })
    engine.run(20 * SLICE_NS)
    engine.check()
    expect(wakes).toBe(1)
  })
})

describe('between the charge and the exit', () => {
  it('an interrupt handler that exits first does not take the answer of the task it displaced', () => {
    const engine = makeMeasure()
    const vcpu = engine.addCpu('vcpu0', { halts: true })
    const served: string[] = []
    engine.addTask('exit', vcpu, function* (task) {
      for (;;) {
        served.push(task.trappedBy!.name)
        task.trappedBy!.trapResult = 7
        yield AT.RETURN
      }
    }, { kind: TaskKind.EXIT })
    const handler = engine.addTask('irq', vcpu, function* (task) {
      for (;;) {
        task.trap(1, 0)
        yield AT.TRAP
        yield AT.RETURN
      }
    }, { kind: TaskKind.IRQ })
    const guest = engine.addTask('guest', vcpu, function* (task) {
      task.charge(1000, Cause.WORK)
      task.trap(1, 0)
      yield AT.TRAP
    })
    engine.addTask('raiser', engine.addCpu('cpu1'), function* (task) {
      task.charge(500, Cause.WORK)
      yield AT.RUN
      engine.raise(handler)
    })
    engine.run(100_000)
    engine.check()
    expect(served).toEqual(['irq', 'guest'])
    expect(guest.trapResult).toBe(7)
  })
})

describe('a timer of a task that does not wait for it', () => {
  it('does not give it the lock that it spins for', () => {
    const engine = makeMeasure({ costs: { lockHandover: 0 } })
    const lock = new SpinLock(engine, 'lock')
    const inside: string[] = []
    engine.addTask('holder', engine.addCpu('cpu0'), function* (task) {
      if (lock.acquire(task)) yield AT.LOCK
      task.charge(10_000, Cause.WORK)
      yield AT.RUN
      lock.release(task)
    })
    engine.addTask('spinner', engine.addCpu('cpu1'), function* (task) {
      engine.wakeAt(task, 5000)
      if (lock.acquire(task)) yield AT.LOCK
      inside.push(`${lock.holder!.name} at ${engine.now}`)
      lock.release(task)
    })
    engine.run(100_000)
    engine.check()
    expect(inside).toEqual(['spinner at 10000'])
  })

  it('does not give it the mutex that it waits for', () => {
    const engine = makeMeasure({ costs: { lockHandover: 0 } })
    const mutex = new Mutex(engine, 'mutex')
    const inside: string[] = []
    engine.addTask('holder', engine.addCpu('cpu0'), function* (task) {
      if (mutex.acquire(task)) yield AT.WAIT
      task.charge(10_000, Cause.WORK)
      yield AT.RUN
      mutex.release(task)
    })
    engine.addTask('waiter', engine.addCpu('cpu1'), function* (task) {
      engine.wakeAt(task, 5000)
      if (mutex.acquire(task)) yield AT.WAIT
      inside.push(`${mutex.holder!.name} at ${engine.now}`)
      mutex.release(task)
    })
    engine.run(100_000)
    engine.check()
    expect(inside).toEqual(['waiter at 10000'])
  })
})

/** A holder for 50 us, a spinner that charges first and has irqs on, and `count` interrupts at time `raiseAt`. Checked at odd moments. */
function spinThroughInterrupts(count: number, raiseAt: number): Measure {
  const engine = makeMeasure({ costs: { irqPosted: 400, irqEntry: 600, lockHandover: 0 } })
  const lock = new SpinLock(engine, 'lock')
  engine.addTask('holder', engine.addCpu('cpu0'), function* (task) {
    if (lock.acquire(task)) yield AT.LOCK
    task.charge(50_000, Cause.WORK)
    yield AT.RUN
    lock.release(task)
  })
  const cpu = engine.addCpu('cpu1')
  engine.addTask('spinner', cpu, function* (task) {
    task.charge(1000, Cause.WORK)
    yield AT.RUN
    task.charge(10_000, Cause.WORK)
    if (lock.acquire(task)) yield AT.LOCK
    lock.release(task)
  })
  const handlers = Array.from({ length: count }, (_, i) => engine.addTask(`irq ${i}`, cpu, function* (task) {
    for (;;) {
      task.charge(2000, Cause.INTERRUPT)
      yield AT.RETURN
    }
  }, { kind: TaskKind.IRQ }))
  engine.addTask('raiser', engine.addCpu('cpu2'), function* (task) {
    task.wakeAt = raiseAt
    yield AT.SLEEP
    for (const handler of handlers) engine.raise(handler)
  })
  for (const time of [500, 5000, 11_500, 20_000, 60_000]) {
    engine.run(time)
    engine.check()
  }
  return engine
}

describe('between the charge and the spin', () => {
  it('a lock that is handed over while the vCPU gets its host CPU is not lost', () => {
    const engine = makeMeasure({ costs: { lockHandover: 100 } })
    const lock = new SpinLock(engine, 'lock')
    const host = engine.addCpu('host0')
    const vcpu = engine.addCpu('vcpu0', { halts: true, backing: host })
    const kicked = new WaitQueue(engine, 'kicked')
    const inside: string[] = []
    engine.addTask('holder', engine.addCpu('cpu1'), function* (task) {
      if (lock.acquire(task)) yield AT.LOCK
      task.charge(1000, Cause.WORK)
      yield AT.RUN
      lock.release(task) // the hand-over arrives at 1100
    })
    engine.addTask('host thread', host, function* (task) {
      kicked.wait(task)
      yield AT.WAIT
      task.charge(1050, Cause.DEVICE)
      yield AT.RUN // the vCPU runs from 1050 on
    })
    engine.addTask('spinner', vcpu, function* (task) {
      kicked.wakeAll() // and so loses its host CPU at the end of this step
      task.charge(500, Cause.WORK)
      if (lock.acquire(task)) yield AT.LOCK
      inside.push(`spinner at ${engine.now}`)
      lock.release(task)
    })
    engine.run(100_000)
    engine.check()
    expect(inside).toEqual(['spinner at 1550'])
  })

  it.each([
    ['without interrupts', 0, 0, 39_000],
    ['with one that comes before the spin', 1, 5000, 36_000],
    ['with one in the middle of the spin', 1, 15_000, 36_000],
    ['with two in the middle of the spin', 2, 15_000, 33_000],
  ])('every nanosecond is accounted for, %s', (_, count, raiseAt, spun) => {
    const engine = spinThroughInterrupts(count, raiseAt)
    expect(engine.tasks[1].account[Cause.LOCK_SPIN]).toBe(spun)
  })
})

describe('the end of a time slice', () => {
  it('does not cut the step of a task that cannot be preempted', () => {
    const engine = makeMeasure()
    const lock = new SpinLock(engine, 'lock')
    const cpu = engine.addCpu('cpu0')
    engine.addTask('holder', cpu, function* (task) {
      if (lock.acquire(task)) yield AT.LOCK
      task.charge(4 * SLICE_NS, Cause.WORK)
      yield AT.COMPUTE
      lock.release(task)
    })
    engine.addTask('other', cpu, function* () {})
    engine.run(2 * SLICE_NS)
    expect(engine.nextEventTime).toBe(4 * SLICE_NS)
  })
})
