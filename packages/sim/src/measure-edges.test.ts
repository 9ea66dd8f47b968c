/**
 * Narrow windows between the moment a task says what it will do and the moment it does it, because what it charged has to pass first. Each of these went
 * wrong once; the swarm found them.
 */
import { describe, expect, it } from 'vitest'
import { Cause, Mutex, SpinLock, TaskKind, WaitQueue } from './index.ts'
import { AT, makeMeasure } from './testing/index.ts'

const SLICE_NS = 3_000_000

describe('between the registration and the wait', () => {
  it('a mutex waiter whose time slice ends meanwhile still waits for the mutex, once', () => {
    const engine = makeMeasure()
    const mutex = new Mutex(engine, 'mutex')
    const cpu = engine.addCpu('cpu0')
    const entered: string[] = []
    engine.addTask('holder', engine.addCpu('cpu1'), function* (task) {
      mutex.acquire(task)
      task.charge(2 * SLICE_NS, Cause.WORK)
      yield AT.RUN
      mutex.release(task)
    })
    engine.addTask('waiter', cpu, function* (task) {
      task.charge(SLICE_NS, Cause.WORK)
      if (mutex.acquire(task)) yield AT.WAIT
      entered.push(`${mutex.holder!.name} at ${engine.now}`)
      mutex.release(task)
    })
    engine.addTask('other', cpu, function* (task) {
      task.charge(4 * SLICE_NS, Cause.WORK)
      yield AT.COMPUTE
    })
    engine.run(10 * SLICE_NS)
    engine.check()
    expect(entered).toEqual([`waiter at ${5 * SLICE_NS}`])
    expect(mutex.holder).toBe(null)
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

describe('between the charge and the spin', () => {
  it('a lock that is handed over while the vCPU gets its host CPU is not lost', () => {
    const engine = makeMeasure({ costs: { lockHandover: 100 } })
    const lock = new SpinLock(engine, 'lock')
    const host = engine.addCpu('host0')
    const vcpu = engine.addCpu('vcpu0', { halts: true, backing: host })
    const inside: string[] = []
    engine.addTask('holder', engine.addCpu('cpu1'), function* (task) {
      if (lock.acquire(task)) yield AT.LOCK
      task.charge(1000, Cause.WORK)
      yield AT.RUN
      lock.release(task) // the hand-over arrives at 1100
    })
    engine.addTask('host thread', host, function* (task) {
      task.charge(1050, Cause.DEVICE)
      yield AT.RUN // the vCPU runs from 1050 on
    })
    engine.addTask('spinner', vcpu, function* (task) {
      task.charge(500, Cause.WORK)
      if (lock.acquire(task)) yield AT.LOCK
      inside.push(`spinner at ${engine.now}`)
      lock.release(task)
    })
    engine.run(100_000)
    engine.check()
    expect(inside).toEqual(['spinner at 1550'])
  })

  it('every nanosecond is accounted for', () => {
    const engine = makeMeasure()
    const lock = new SpinLock(engine, 'lock')
    engine.addTask('holder', engine.addCpu('cpu0'), function* (task) {
      if (lock.acquire(task)) yield AT.LOCK
      task.charge(50_000, Cause.WORK)
      yield AT.RUN
      lock.release(task)
    })
    engine.addTask('spinner', engine.addCpu('cpu1'), function* (task) {
      task.charge(1000, Cause.WORK)
      yield AT.RUN
      task.charge(10_000, Cause.WORK)
      if (lock.acquire(task)) yield AT.LOCK
      lock.release(task)
    })
    for (const time of [500, 5000, 20_000, 60_000]) {
      engine.run(time)
      engine.check()
    }
  })
})
