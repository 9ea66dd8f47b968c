/**
 * Rules of the measuring driver that only whole machines had broken: whose exit it is, that a lock handed over is not lost, and that the accounts hold at
 * every moment.
 */
import { Cause, Kind, point, PRIORITY_HIGH, SpinLock, TaskKind, TaskState } from '@hintlab/sim'
import type { Task } from '@hintlab/sim'
import { makeMachine } from '@hintlab/lab/testing'
import { expect, test } from 'vitest'

const RUN = point(Kind.RUN, 'test: run')
const LOCK = point(Kind.SPIN, 'test: lock')
const SLEEP = point(Kind.SLEEP, 'test: sleep')
const TRAP = point(Kind.TRAP, 'test: trap')
const RETURN = point(Kind.RETURN, 'test: return')

/** An engine of its own: the machine around it is idle. */
const idleEngine = () => makeMachine().engine

test('a task that is preempted between preparing its exit and leaving gets its own exit, not that of whoever ran meanwhile', () => {
  const engine = idleEngine()
  const cpu = engine.addCpu('vcpu', { halts: true })
  const exits: string[] = []
  engine.addTask('exit', cpu, function* (task) {
    for (;;) {
      exits.push(`${task.trappedBy!.name} ${task.trappedBy!.trapTarget}`)
      task.trappedBy!.trapResult = task.trappedBy!.trapTarget
      yield RETURN
    }
  }, { kind: TaskKind.EXIT })
  const results: string[] = []
  const exitOnce = (at: number, target: number) => function* (task: Task) {
    task.wakeAt = at
    yield SLEEP
    task.trapResult = -1
    // The charged time passes between here and the exit.
    task.charge(100, Cause.WORK)
    task.trap(1, target)
    yield TRAP
    results.push(`${task.name} ${task.trapResult}`)
  }
  engine.addTask('low', cpu, exitOnce(1000, 1))
  engine.addTask('high', cpu, exitOnce(1050, 2), { priority: PRIORITY_HIGH })
  engine.run(10_000)
  engine.check()
  expect(exits).toEqual(['high 2', 'low 1'])
  expect(results).toEqual(['high 2', 'low 1'])
})

test('a spinner that is charged from outside while its own time passes still gets the lock', () => {
  const engine = idleEngine()
  const [one, two] = [engine.addCpu('cpu0'), engine.addCpu('cpu1')]
  const lock = new SpinLock(engine, 'lock')
  const waiter = engine.addTask('waiter', two, function* (task) {
    task.wakeAt = 100
    yield SLEEP
    // It queues at 100, and its own 1000 ns pass until 1100.
    task.charge(1000, Cause.WORK)
    if (lock.acquire(task)) yield LOCK
    lock.release(task)
    yield RUN
  })
  engine.addTask('holder', one, function* (task) {
    if (lock.acquire(task)) yield LOCK
    task.charge(1000, Cause.WORK)
    yield RUN
    // As a TLB flush does with a vCPU that runs; the hand-over at 1100 meets the end of the waiter's step.
    waiter.charge(500, Cause.TLB_FLUSH)
    lock.release(task)
    yield RUN
  })
  engine.run(10_000)
  engine.check()
  expect(waiter.state).toBe(TaskState.DONE)
})

test('the accounts hold while the time before a second spin passes', () => {
  const engine = idleEngine()
  const [one, two] = [engine.addCpu('cpu0'), engine.addCpu('cpu1')]
  const lock = new SpinLock(engine, 'lock')
  const user = (start: number) => function* (task: Task) {
    task.wakeAt = start
    yield SLEEP
    for (let i = 0; i < 3; i++) {
      task.charge(50, Cause.WORK)
      if (lock.acquire(task)) yield LOCK
      task.charge(300, Cause.WORK)
      yield RUN
      lock.release(task)
    }
  }
  engine.addTask('one', one, user(10))
  engine.addTask('two', two, user(20))
  for (let t = 10; t < 4000; t += 10) {
    engine.run(t)
    engine.check()
  }
  expect(engine.tasks.slice(-2).map(({ state }) => state)).toEqual([TaskState.DONE, TaskState.DONE])
})
