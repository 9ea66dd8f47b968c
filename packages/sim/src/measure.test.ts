import { describe, expect, it } from 'vitest'
import { Columns } from '@hintlab/kit'
import { Cause, Kind, makeCosts, Measure, Mutex, point, PRIORITY_HIGH, RwLock, SpinLock, TaskKind, WaitQueue } from './index.ts'
import type { Cpu, Task } from './index.ts'
import { makeMeasure } from './testing/index.ts'

const LOCK = point(Kind.SPIN, 'test: lock')
const RUN = point(Kind.RUN, 'test: run')
const COMPUTE = point(Kind.COMPUTE, 'test: compute')
const SLEEP = point(Kind.SLEEP, 'test: sleep')
const WAIT = point(Kind.WAIT, 'test: wait')
const TRAP = point(Kind.TRAP, 'test: trap')
const RETURN = point(Kind.RETURN, 'test: return')

/** Collects `time name` lines in order. */
function journal(engine: Measure) {
  const lines: string[] = []
  return { lines, note: (what: string) => lines.push(`${engine.now} ${what}`) }
}

describe('time and CPUs', () => {
  it('runs tasks of one CPU one after the other, and of two CPUs at the same time', () => {
    const engine = makeMeasure()
    const { lines, note } = journal(engine)
    const worker = (name: string) => function* (task: Task) {
      note(`${name} starts`)
      task.charge(100, Cause.WORK)
      yield RUN
      note(`${name} ends`)
    }
    const [one, two] = [engine.addCpu('cpu0'), engine.addCpu('cpu1')]
    engine.addTask('a', one, worker('a'))
    engine.addTask('b', one, worker('b'))
    engine.addTask('c', two, worker('c'))
    engine.run(1000)
    engine.check()
    expect(lines).toMatchInlineSnapshot(`
      [
        "0 a starts",
        "0 c starts",
        "100 a ends",
        "100 b starts",
        "100 c ends",
        "200 b ends",
      ]
    `)
    expect([one.busy, engine.idleOf(one), two.busy, engine.idleOf(two)]).toEqual([200, 800, 100, 900])
  })

  it('shares a CPU between equal threads by time slice, and lets a woken kernel thread go first', () => {
    const engine = makeMeasure()
    const { lines, note } = journal(engine)
    const cpu = engine.addCpu('cpu0')
    const grinder = (name: string) => function* (task: Task) {
      for (let i = 0; i < 2; i++) {
        task.charge(4_000_000, Cause.WORK)
        yield COMPUTE
        note(name)
      }
    }
    engine.addTask('a', cpu, grinder('a'))
    engine.addTask('b', cpu, grinder('b'))
    engine.addTask('kworker', cpu, function* (task) {
      task.wakeAt = 500_000
      yield SLEEP
      note('kworker wakes')
      task.charge(10_000, Cause.HINT)
      yield RUN
      note('kworker done')
    }, { priority: PRIORITY_HIGH })
    engine.run(20_000_000)
    engine.check()
    expect(lines).toMatchInlineSnapshot(`
      [
        "500000 kworker wakes",
        "510000 kworker done",
        "7010000 a",
        "10510000 b",
        "14010000 a",
        "16010000 b",
      ]
    `)
  })
})

describe('interrupts', () => {
  function machine(body: (task: Task, irq: () => Task) => Generator<number, void, void>) {
    const engine = makeMeasure({ costs: { irqPosted: 400, irqHalted: 6000, irqEntry: 600 } })
    const log = journal(engine)
    const vcpu = engine.addCpu('vcpu0', { halts: true })
    const handler = engine.addTask('irq', vcpu, function* (task) {
      for (;;) {
        log.note('handler')
        task.charge(1000, Cause.INTERRUPT)
        yield RETURN
      }
    }, { kind: TaskKind.IRQ })
    engine.addTask('guest', vcpu, (task) => body(task, () => handler))
    const raiser = engine.addCpu('host')
    engine.addTask('raiser', raiser, function* (task) {
      task.wakeAt = 5000
      yield SLEEP
      engine.raise(handler)
    })
    engine.run(100_000)
    engine.check()
    return { engine, vcpu, handler, ...log }
  }

  it('displaces user work at once, and what was left of it follows', () => {
    const m = machine(function* (task) {
      task.charge(20_000, Cause.WORK)
      yield COMPUTE
    })
    expect(m.lines).toEqual(['6000 handler'])
    expect(m.vcpu.busy).toBe(20_000 + 400 + 600 + 1000)
  })

  it('waits until irqs are on', () => {
    const m = machine(function* (task) {
      task.irqsOff++
      task.charge(20_000, Cause.WORK)
      yield COMPUTE
      task.irqsOff--
      task.charge(1000, Cause.WORK)
      yield RUN
    })
    expect(m.lines).toEqual(['21000 handler'])
  })

  it('pays for leaving the halted state', () => {
    const m = machine(function* () {})
    expect(m.lines).toEqual(['11600 handler'])
    expect(m.handler.accountOn(m.vcpu)[Cause.INTERRUPT]).toBe(7600)
  })

  it('is taken in the middle of a spin with irqs on, and the spin is charged around it', () => {
    const engine = makeMeasure({ costs: { irqPosted: 400, irqEntry: 600, lockHandover: 0 } })
    const lock = new SpinLock(engine, 'lock')
    const [a, b] = [engine.addCpu('a'), engine.addCpu('b', { halts: true })]
    engine.addTask('holder', a, function* (task) {
      if (lock.acquire(task)) yield LOCK
      task.charge(10_000, Cause.WORK)
      yield RUN
      lock.release(task)
    })
    const handler = engine.addTask('irq', b, function* (task) {
      for (;;) {
        task.charge(1000, Cause.INTERRUPT)
        yield RETURN
      }
    }, { kind: TaskKind.IRQ })
    const spinner = engine.addTask('spinner', b, function* (task) {
      if (lock.acquire(task)) yield LOCK
      engine.cpus[0].attention = false
      lock.release(task)
    })
    const c = engine.addCpu('c')
    engine.addTask('raiser', c, function* (task) {
      task.wakeAt = 3000
      yield SLEEP
      engine.raise(handler)
    })
    engine.run(50_000)
    engine.check()
    expect([spinner.account[Cause.LOCK_SPIN], handler.account[Cause.INTERRUPT]]).toEqual([8000, 2000])
  })
})

describe('exits', () => {
  it('hands the vCPU to the host until it returns, and charges its wait as blocked', () => {
    const engine = makeMeasure({ costs: { lockHandover: 0 } })
    const { lines, note } = journal(engine)
    const vcpu = engine.addCpu('vcpu0', { halts: true })
    const queue = new WaitQueue(engine, 'done')
    const exit = engine.addTask('exit', vcpu, function* (task) {
      for (;;) {
        task.charge(700, Cause.EXIT)
        yield RUN
        note(`exit ${task.trappedBy!.trapReason}`)
        queue.wait(task)
        yield WAIT
        task.trappedBy!.trapResult = 7
        yield RETURN
      }
    }, { kind: TaskKind.EXIT })
    engine.addTask('guest', vcpu, function* (task) {
      task.charge(300, Cause.WORK)
      task.trap(3, 0)
      yield TRAP
      note(`back ${task.trapResult}`)
    })
    engine.addTask('other guest task', vcpu, function* () {
      note('the other runs only after it')
    })
    const host = engine.addCpu('host')
    engine.addTask('thread', host, function* (task) {
      task.wakeAt = 5000
      yield SLEEP
      queue.wakeAll()
    })
    engine.run(10_000)
    engine.check()
    expect(lines).toEqual(['1000 exit 3', '5000 back 7', '5000 the other runs only after it'])
    expect(exit.account[Cause.BLOCKED]).toBe(4000)
  })
})

describe('locks', () => {
  it('serves waiters first come, first served, and pays the hand-over', () => {
    const engine = makeMeasure({ costs: { lockHandover: 100 } })
    const { lines, note } = journal(engine)
    const lock = new SpinLock(engine, 'lock')
    for (const name of ['a', 'b', 'c']) {
      engine.addTask(name, engine.addCpu(name), function* (task) {
        if (lock.acquire(task)) yield LOCK
        note(`${name} in`)
        task.charge(1000, Cause.WORK)
        yield RUN
        lock.release(task)
      })
    }
    engine.run(10_000)
    engine.check()
    expect(lines).toEqual(['0 a in', '1100 b in', '2200 c in'])
    expect(lock.contended).toBe(2)
  })

  it('lets readers share and nobody overtake a waiting writer', () => {
    const engine = makeMeasure({ costs: { lockHandover: 0 } })
    const { lines, note } = journal(engine)
    const lock = new RwLock(engine, 'mmu_lock')
    const reader = (name: string, start: number) => engine.addTask(name, engine.addCpu(name), function* (task) {
      task.wakeAt = start
      yield SLEEP
      if (lock.acquireRead(task)) yield LOCK
      note(`${name} in`)
      task.charge(1000, Cause.WORK)
      yield RUN
      lock.releaseRead(task)
    })
    reader('r1', 0)
    reader('r2', 100)
    engine.addTask('w', engine.addCpu('w'), function* (task) {
      task.wakeAt = 200
      yield SLEEP
      if (lock.acquireWrite(task)) yield LOCK
      note('w in')
      task.charge(1000, Cause.WORK)
      yield RUN
      lock.releaseWrite(task)
    })
    reader('r3', 300)
    reader('r4', 400)
    engine.run(10_000)
    engine.check()
    expect(lines).toEqual(['0 r1 in', '100 r2 in', '1100 w in', '2100 r3 in', '2100 r4 in'])
  })

  it('asserts on sleeping with a spinlock held, and on a lock that irq and process context share with irqs on', () => {
    const engine = makeMeasure()
    const lock = new SpinLock(engine, 'lock')
    engine.addTask('sleeper', engine.addCpu('cpu0'), function* (task) {
      lock.acquire(task)
      task.wakeAt = 10
      yield SLEEP
    })
    expect(() => engine.run(100)).toThrow('sleeping in atomic context')

    const second = makeMeasure()
    const shared = new SpinLock(second, 'lock')
    const cpu = second.addCpu('cpu0')
    const handler = second.addTask('irq', cpu, function* (task) {
      for (;;) {
        shared.acquire(task)
        shared.release(task)
        yield RETURN
      }
    }, { kind: TaskKind.IRQ })
    second.addTask('thread', cpu, function* (task) {
      shared.acquire(task)
      shared.release(task)
      second.raise(handler)
      yield RUN
    })
    expect(() => second.run(100_000)).toThrow('taken in irq context')
  })

  it('puts mutex waiters to sleep, so that others use the CPU', () => {
    const engine = makeMeasure({ costs: { lockHandover: 0 } })
    const { lines, note } = journal(engine)
    const mutex = new Mutex(engine, 'balloon_lock')
    const cpu = engine.addCpu('cpu0')
    engine.addTask('holder', engine.addCpu('cpu1'), function* (task) {
      mutex.acquire(task)
      task.charge(1000, Cause.WORK)
      yield RUN
      mutex.release(task)
    })
    engine.addTask('waiter', cpu, function* (task) {
      if (mutex.acquire(task)) yield WAIT
      note('waiter has it')
      mutex.release(task)
    })
    engine.addTask('other', cpu, function* () {
      note('other runs')
    })
    engine.run(5000)
    engine.check()
    expect(lines).toEqual(['0 other runs', '1000 waiter has it'])
  })
})

describe('shared host CPUs', () => {
  it('gives two vCPUs on one host CPU half of it each, counts steal, and lets the host thread go first', () => {
    const engine = makeMeasure()
    const host = engine.addCpu('host0')
    const vcpus: Cpu[] = [0, 1].map((n) => engine.addCpu(`vcpu${n}`, { halts: true, backing: host }))
    for (const vcpu of vcpus) {
      engine.addTask(`work ${vcpu.name}`, vcpu, function* (task) {
        for (let i = 0; i < 100; i++) {
          task.charge(1_000_000, Cause.WORK)
          yield COMPUTE
        }
      })
    }
    let served = 0
    engine.addTask('device', host, function* (task) {
      for (let i = 1; i <= 10; i++) {
        task.wakeAt = i * 2_000_000
        yield SLEEP
        task.charge(50_000, Cause.DEVICE)
        yield RUN
        served++
      }
    })
    engine.run(100_000_000)
    engine.check()
    expect(served).toBe(10)
    expect(host.busy).toBe(500_000)
    expect(vcpus[0].busy + vcpus[1].busy).toBeGreaterThan(96_000_000)
    expect(Math.abs(vcpus[0].busy - vcpus[1].busy)).toBeLessThan(8_000_000)
    expect(vcpus[0].busy + vcpus[0].steal).toBeGreaterThan(97_000_000)
  })
})

describe('determinism', () => {
  function noisy(seed: number): number {
    const engine = new Measure(new Columns(), makeCosts(), seed)
    const lock = new SpinLock(engine, 'lock')
    for (let n = 0; n < 8; n++) {
      const random = engine.stream(`worker ${n}`)
      engine.addTask(`worker ${n}`, engine.addCpu(`cpu${n}`), function* (task) {
        for (;;) {
          if (lock.acquire(task)) yield LOCK
          task.charge(1 + random.below(1000), Cause.WORK)
          yield RUN
          lock.release(task)
          task.wakeAt = engine.now + random.below(5000)
          yield SLEEP
        }
      })
    }
    engine.run(10_000_000)
    engine.check()
    return engine.eventHash
  }

  it('gives the same event stream for the same seed, and another one for another', () => {
    expect(noisy(7)).toBe(noisy(7))
    expect(noisy(7)).not.toBe(noisy(8))
  })
})
