/** vCPUs that take turns on too few host CPUs. Random machines on shared host CPUs are in swarm.test.ts. */
import { describe, expect, it } from 'vitest'
import { Cause, PRIORITY_HIGH, RwLock, SpinLock, TaskKind, TaskState, WaitQueue } from './index.ts'
import type { Cpu, Measure, Point, Task } from './index.ts'
import { AT, makeMeasure } from './testing/index.ts'

const MS = 1_000_000

/** `count` vCPUs on one host CPU. */
function crowd(count: number, costs = {}): { engine: Measure; host: Cpu; vcpus: Cpu[] } {
  const engine = makeMeasure({ costs })
  const host = engine.addCpu('host0')
  return { engine, host, vcpus: Array.from({ length: count }, (_, i) => engine.addCpu(`vcpu${i}`, { halts: true, backing: host })) }
}

function grind(engine: Measure, cpu: Cpu, ns: number): void {
  engine.addTask(`work ${cpu.name}`, cpu, function* (task) {
    for (let left = ns; left > 0; left -= 100_000) {
      task.charge(100_000, Cause.WORK)
      yield AT.COMPUTE
    }
  })
}

describe('shared host CPU', () => {
  it('gives vCPUs equal turns, and each the whole once it is alone', () => {
    const { engine, host, vcpus } = crowd(3)
    grind(engine, vcpus[0], 20 * MS)
    for (const cpu of vcpus.slice(1)) grind(engine, cpu, 10 * MS)
    engine.run(27 * MS)
    engine.check()
    expect(vcpus.map((cpu) => cpu.busy / MS)).toEqual([9, 9, 9])
    engine.run(60 * MS)
    engine.check()
    expect(vcpus.map((cpu) => cpu.busy / MS)).toEqual([20, 10, 10])
    expect(vcpus.map((cpu) => cpu.steal / MS)).toEqual([20, 21, 22])
    expect([host.busy, host.steal / MS]).toEqual([0, 40])
  })

  it('does not let a spinner keep the CPU from a lock holder that was scheduled out', () => {
    const { engine, vcpus } = crowd(2)
    const lock = new SpinLock(engine, 'lock')
    const inside: string[] = []
    for (const cpu of vcpus) {
      engine.addTask(cpu.name, cpu, function* (task) {
        if (lock.acquire(task)) yield AT.LOCK
        for (let i = 0; i < 3; i++) {
          task.charge(2 * MS, Cause.WORK)
          yield AT.RUN
        }
        inside.push(task.name)
        lock.release(task)
      })
    }
    engine.run(50 * MS)
    engine.check()
    expect(inside).toEqual(['vcpu0', 'vcpu1'])
    // vcpu1 has its turn at 4 ms, and spins for 2.
    expect(vcpus.map((cpu) => cpu.busy / MS)).toEqual([6, 6 + (2 * MS + engine.costs.lockHandover) / MS])
  })

  it('is free while a vCPU is held in the host', () => {
    const { engine, vcpus } = crowd(2)
    const answer = new WaitQueue(engine, 'answer')
    const exit = engine.addTask('exit', vcpus[0], function* (task) {
      for (;;) {
        answer.wait(task)
        yield AT.WAIT
        yield AT.RETURN
      }
    }, { kind: TaskKind.EXIT })
    engine.addTask('caller', vcpus[0], function* (task) {
      task.trap(1, 0)
      yield AT.TRAP
    })
    engine.addTask('answerer', engine.addCpu('host1'), function* (task) {
      task.wakeAt = 5 * MS
      yield AT.SLEEP
      answer.wakeAll()
    })
    grind(engine, vcpus[1], 4 * MS)
    engine.run(20 * MS)
    engine.check()
    expect(vcpus[1].steal).toBe(0)
    expect(exit.account[Cause.BLOCKED]).toBe(5 * MS)
  })

  it('counts as stolen what passes between the grant and the first step', () => {
    const { engine, vcpus } = crowd(2, { irqPosted: 0, irqEntry: 0 })
    const handler = engine.addTask('irq', vcpus[1], function* () {
      for (;;) yield AT.RETURN
    }, { kind: TaskKind.IRQ })
    grind(engine, vcpus[0], 100_000)
    grind(engine, vcpus[1], 100_000)
    engine.addTask('raiser', engine.addCpu('host1'), function* (task) {
      task.wakeAt = 99_995
      yield AT.SLEEP
      task.charge(10, Cause.WORK)
      engine.raise(handler) // looks at vcpu1 at 100,005, and hides that it is granted its host CPU at 100,000
      yield AT.RUN
    })
    for (const time of [50_000, 100_002, 150_000, 300_000]) {
      engine.run(time)
      engine.check()
    }
    expect([vcpus[1].steal, vcpus[1].busy]).toEqual([100_005, 100_000])
    expect(engine.tasks.every((task) => task.state === TaskState.DONE || task.kind === TaskKind.IRQ)).toBe(true)
  })

  it.each([
    ['between two steps of an exit: it runs before the lock is taken', { wants: 50, flush: 60, held: 0 }, ['device', 'exit']],
    ['while an exit spins: it runs after the lock is released', { wants: 200, flush: 150, held: 400 }, ['holder', 'exit', 'device']],
  ])('does not hang when a device thread wants its CPU %s', (_, times, order) => {
    expect(deviceAgainstExit(times)).toEqual(order)
  })
})

/**
 * An exit of 100 ns, and then a lock of the host's for reading; from `wants` on a device thread on the same host CPU wants it for writing. At `flush` a TLB
 * flush from elsewhere makes the exit's next step longer: the one with the lock held. Until `held` somebody on another CPU has the lock. Who was inside, in
 * order.
 */
function deviceAgainstExit({ wants, flush, held }: Record<'wants' | 'flush' | 'held', number>): string[] {
  const { engine, host, vcpus: [vcpu] } = crowd(1)
  const lock = new RwLock(engine, 'mmu_lock')
  const inside: string[] = []
  const write = function* (task: Task, ns: number): Generator<Point, void, void> {
    if (lock.acquireWrite(task)) yield AT.LOCK
    task.charge(ns, Cause.DISCARD)
    yield AT.RUN
    inside.push(task.name)
    lock.releaseWrite(task)
  }
  const other = engine.addCpu('host1')
  if (held > 0) engine.addTask('holder', other, (task) => write(task, held))
  const exit = engine.addTask('exit', vcpu, function* (task) {
    task.charge(100, Cause.EXIT)
    yield AT.RUN
    if (lock.acquireRead(task)) yield AT.LOCK
    yield AT.RUN
    inside.push(task.name)
    lock.releaseRead(task)
    yield AT.RETURN
  }, { kind: TaskKind.EXIT })
  const guest = engine.addTask('guest', vcpu, function* (task) {
    task.trap(1, 0)
    yield AT.TRAP
  })
  engine.addTask('flush', engine.addCpu('host2'), function* (task) {
    task.wakeAt = flush
    yield AT.SLEEP
    exit.charge(500, Cause.TLB_FLUSH)
  })
  engine.addTask('device', host, function* (task) {
    task.wakeAt = wants
    yield AT.SLEEP
    yield* write(task, 10)
  }, { priority: PRIORITY_HIGH })
  for (const time of [80, 300, 700, 100_000]) {
    engine.run(time)
    engine.check()
  }
  expect(guest.state).toBe(TaskState.DONE)
  return inside
}
