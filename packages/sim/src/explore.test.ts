/** What the exploring driver offers at each step, and that its runs can be repeated. Small programs are explored in full: every schedule is one line. */
import { Columns, Prng } from '@hintlab/kit'
import { describe, expect, it } from 'vitest'
import { Explore, makeCosts, Mutex, SpinLock, TaskKind, TaskState, WaitQueue } from './index.ts'
import type { Task } from './index.ts'
import { addRandomMachine, AT } from './testing/index.ts'

const makeExplore = (seed = 1): Explore => new Explore(new Columns(), makeCosts(), seed)

/** Runs every schedule of a program, one by one, from the first choice everywhere to the last. `outcome` describes a run when it is over. */
function everySchedule(program: (engine: Explore) => () => string): string[] {
  const outcomes: string[] = []
  const path: { pick: number; count: number }[] = []
  do {
    const engine = makeExplore()
    const outcome = program(engine)
    let depth = 0
    const over = engine.run((count) => {
      if (depth === path.length) path.push({ pick: 0, count })
      expect(path[depth].count).toBe(count)
      return path[depth++].pick
    }, 1000)
    expect(over).toBe(true)
    outcomes.push(outcome())
    while (path.length > 0 && path[path.length - 1].pick + 1 === path[path.length - 1].count) path.pop()
    if (path.length > 0) path[path.length - 1].pick++
  } while (path.length > 0)
  return outcomes
}

/** Two tasks of two steps. */
const twoByTwo = (cpus: number) => (engine: Explore) => {
  const log: string[] = []
  const places = Array.from({ length: cpus }, (_, i) => engine.addCpu(`cpu${i}`))
  for (const [i, name] of ['a', 'b'].entries()) {
    engine.addTask(name, places[i % cpus], function* () {
      log.push(`${name}1`)
      yield AT.RUN
      log.push(`${name}2`)
    })
  }
  return () => log.join(' ')
}

/** Takes two mutexes in an order of its own. */
const bothMutexes = (first: Mutex, second: Mutex) => function* (task: Task) {
  if (first.acquire(task)) yield AT.WAIT
  if (second.acquire(task)) yield AT.WAIT
  second.release(task)
  first.release(task)
}

describe('what is enabled', () => {
  it('is every order of two tasks on two CPUs, and on one', () => {
    const orders = ['a1 a2 b1 b2', 'a1 b1 a2 b2', 'a1 b1 b2 a2', 'b1 a1 a2 b2', 'b1 a1 b2 a2', 'b1 b2 a1 a2']
    expect([...everySchedule(twoByTwo(2))].sort()).toEqual(orders)
    expect([...everySchedule(twoByTwo(1))].sort()).toEqual(orders)
  })

  it('is nobody else on the CPU of a spinlock holder, nor of a spinner, and only the holder enters', () => {
    const outcomes = everySchedule((engine) => {
      const log: string[] = []
      const lock = new SpinLock(engine, 'lock')
      const [one, two] = [engine.addCpu('cpu0'), engine.addCpu('cpu1')]
      const locker = (name: string) => function* (task: Task) {
        if (lock.acquire(task)) yield AT.LOCK
        log.push(`${name}+`)
        yield AT.RUN
        log.push(`${name}-`)
        lock.release(task)
      }
      engine.addTask('a', one, locker('a'))
      engine.addTask('b', two, locker('b'))
      engine.addTask('c', one, function* () {
        log.push('c')
      })
      return () => log.join(' ')
    })
    expect([...new Set(outcomes)].sort()).toMatchInlineSnapshot(`
      [
        "a+ a- b+ b- c",
        "a+ a- b+ c b-",
        "a+ a- c b+ b-",
        "b+ b- a+ a- c",
        "b+ b- c a+ a-",
        "b+ c b- a+ a-",
        "c a+ a- b+ b-",
        "c b+ b- a+ a-",
      ]
    `)
  })

  it('is an interrupt wherever irqs are on, and its handler runs to the end', () => {
    const outcomes = everySchedule((engine) => {
      const log: string[] = []
      const cpu = engine.addCpu('cpu0')
      const handler = engine.addTask('irq', cpu, function* () {
        for (;;) {
          log.push('irq')
          yield AT.RUN
          log.push('irq done')
          yield AT.RETURN
        }
      }, { kind: TaskKind.IRQ })
      engine.addTask('thread', cpu, function* (task) {
        engine.raise(handler)
        task.irqsOff++
        yield AT.RUN
        log.push('off')
        yield AT.RUN
        task.irqsOff--
        log.push('on')
        yield AT.RUN
        log.push('end')
      })
      return () => log.join(', ')
    })
    expect(outcomes).toEqual(['off, on, end, irq, irq done', 'off, on, irq, irq done, end'])
  })

  it('is the exit task before its guest, and nobody else on that vCPU', () => {
    const outcomes = everySchedule((engine) => {
      const log: string[] = []
      const vcpu = engine.addCpu('vcpu0')
      const [question, answer] = [new WaitQueue(engine, 'question'), new WaitQueue(engine, 'answer')]
      const seen = { question: false }
      engine.addTask('exit', vcpu, function* (task) {
        for (;;) {
          log.push(`exit ${task.trappedBy!.trapReason}`)
          seen.question = true
          question.wakeAll()
          answer.wait(task)
          yield AT.WAIT
          task.trappedBy!.trapResult = 7
          yield AT.RETURN
        }
      }, { kind: TaskKind.EXIT })
      engine.addTask('guest', vcpu, function* (task) {
        task.trap(3, 0)
        yield AT.TRAP
        log.push(`back ${task.trapResult}`)
      })
      engine.addTask('other', vcpu, function* () {
        log.push('other')
      })
      engine.addTask('host', engine.addCpu('host0'), function* (task) {
        while (!seen.question) {
          question.wait(task)
          yield AT.WAIT
        }
        log.push('answer')
        answer.wakeAll()
      })
      return () => log.join(', ')
    })
    expect([...new Set(outcomes)].sort()).toEqual([
      'exit 3, answer, back 7, other', 'exit 3, answer, other, back 7', 'other, exit 3, answer, back 7',
    ])
  })
})

describe('a run', () => {
  it('ends with tasks that are not done when they deadlock', () => {
    const outcomes = everySchedule((engine) => {
      const [a, b] = [new Mutex(engine, 'a'), new Mutex(engine, 'b')]
      engine.addTask('ab', engine.addCpu('cpu0'), bothMutexes(a, b))
      engine.addTask('ba', engine.addCpu('cpu1'), bothMutexes(b, a))
      return () => engine.tasks.map((task) => (task.state === TaskState.DONE ? 'done' : 'stuck')).join(' ')
    })
    expect([...new Set(outcomes)].sort()).toEqual(['done done', 'stuck stuck'])
  })

  it('is told step by step', () => {
    const engine = makeExplore()
    const lock = new SpinLock(engine, 'lock')
    for (const name of ['a', 'b']) {
      engine.addTask(name, engine.addCpu(`cpu ${name}`), function* (task) {
        if (lock.acquire(task)) yield AT.LOCK
        yield AT.RUN
        lock.release(task)
      })
    }
    expect(engine.run((count) => count - 1, 100)).toBe(true)
    expect(engine.describeTrail().join('\n')).toMatchInlineSnapshot(`
      "   1  cpu b    b                      start
         2  cpu b    b                      test: lock
         3  cpu b    b                      test: run
         4  cpu a    a                      start
         5  cpu a    a                      test: lock
         6  cpu a    a                      test: run"
    `)
  })

  it('stops at the limit of steps, and goes on from there', () => {
    const engine = makeExplore()
    engine.addTask('a', engine.addCpu('cpu0'), function* () {
      for (let i = 0; i < 10; i++) yield AT.RUN
    })
    expect(engine.run(() => 0, 5)).toBe(false)
    expect(engine.run(() => 0, 100)).toBe(true)
    expect(engine.steps).toBe(11)
  })

  it('asserts on a choice that is none', () => {
    const engine = makeExplore()
    engine.addTask('a', engine.addCpu('cpu0'), function* () {})
    expect(() => engine.run((count) => count, 5)).toThrow('one of the enabled')
  })
})

/** Runs a random machine by random choices, and checks after each step who could have run. */
function explore(engine: Explore, seed: number): string {
  const random = new Prng(seed)
  const displaced = new Set<Task>()
  engine.run((count) => random.below(count), 200_000, (task) => {
    expect(displaced.has(task), 'a task runs while a handler or its exit task has displaced it').toBe(false)
    displaced.clear()
    for (const cpu of engine.cpus) for (const held of cpu.held) displaced.add(held)
    for (const other of engine.tasks) {
      if (other.atomic > 0 && !other.onCpu) throw new Error(`${other.name} was preempted with a spinlock held`)
    }
  })
  return engine.describeTrail().join('\n')
}

describe('random machines', () => {
  it('keep their promises under random choices, and finish', () => {
    const shapes = new Prng(3)
    for (let seed = 0; seed < 60; seed++) {
      const engine = makeExplore(seed)
      const cpus = 1 + shapes.below(3)
      const machine = addRandomMachine(engine, { cpus, workers: cpus + shapes.below(4), actions: 15 })
      explore(engine, seed)
      expect(machine.done(), `seed ${seed}: M2, everything finishes`).toBe(true)
    }
  })

  it('take the same trail by the same choices, also after a reset', () => {
    const engine = makeExplore()
    addRandomMachine(engine, { cpus: 2, workers: 4, actions: 10 })
    engine.cols.seal()
    const first = explore(engine, 5)
    engine.reset()
    expect(explore(engine, 6)).not.toBe(first)
    engine.reset()
    expect(explore(engine, 5)).toBe(first)
  })
})
