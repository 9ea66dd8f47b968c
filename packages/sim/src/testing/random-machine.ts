/**
 * A machine whose tasks do nothing sensible, at random: compute, sleep, take locks of every kind, wait for tokens, raise interrupts, exit to the host.
 * It runs on any engine. What it promises is what every schedule must keep:
 *
 *   M1  a lock has one writer, or readers only          M2  nobody sleeps for ever: every task finishes
 *   M3  an interrupt is handled with irqs on, once or more for each raise, and an exit answers the task that made it
 *
 *     cpu n        workers, irq n, exit n
 *     host CPU m   device m (host-side.ts)
 *     keeper CPU   puts out tokens until every worker is done, and lets held vCPUs go
 */
import { assert } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { Cause } from '../causes.ts'
import type { Cpu } from '../cpu.ts'
import type { Engine } from '../engine.ts'
import { Mutex } from '../mutex.ts'
import type { Point } from '../point.ts'
import { RwLock } from '../rw-lock.ts'
import { SpinLock } from '../spin-lock.ts'
import { PRIORITY_HIGH, TaskKind, TaskState } from '../task.ts'
import type { Task } from '../task.ts'
import { WaitQueue } from '../wait-queue.ts'
import { HostSide } from './host-side.ts'
import { AT } from './points.ts'

export interface RandomMachineOptions {
  readonly cpus: number
  readonly workers: number
  /** Actions of each worker. */
  readonly actions: number
  /** Host CPUs that the vCPUs share; 0: each has its own. */
  readonly hostCpus?: number
  /** Longest charge of one step. */
  readonly stepNsMax?: number
}

export interface RandomMachine {
  readonly workers: readonly Task[]
  readonly cpus: readonly Cpu[]
  readonly done: () => boolean
}

type Action = (task: Task, random: Prng) => Generator<Point, void, void>

/** Adds the machine to an engine that has no task yet. Its draws come from the engine's streams. */
export function addRandomMachine(engine: Engine, options: RandomMachineOptions): RandomMachine {
  const { cpus: count, workers: workerCount, actions: actionCount, hostCpus = 0, stepNsMax = 2000 } = options
  const hosts = Array.from({ length: hostCpus }, (_, i) => engine.addCpu(`host${i}`))
  const cpus = Array.from({ length: count }, (_, i) => engine.addCpu(`cpu${i}`, { halts: true, backing: hosts[i % hostCpus] ?? null }))
  const keeperCpu = hosts[0] ?? engine.addCpu('keeper')
  const hostSide = new HostSide(engine, cpus)
  const parts = new Parts(engine, hostSide, stepNsMax)
  const irqs = cpus.map((cpu) => engine.addTask(`irq ${cpu.name}`, cpu, (task) => parts.irqBody(task), { kind: TaskKind.IRQ }))
  for (const cpu of cpus) engine.addTask(`exit ${cpu.name}`, cpu, (task) => parts.exitBody(task), { kind: TaskKind.EXIT })
  const actions = [...parts.actions(), (task: Task, random: Prng) => parts.raise(task, irqs[random.below(irqs.length)])]
  const kinds = engine.stream('kinds of workers') // apart, because a reset starts the streams over, and the workers are not made again
  const workers = Array.from({ length: workerCount }, (_, i) => {
    const random = engine.stream(`worker ${i}`)
    return engine.addTask(`worker ${i}`, cpus[i % count], function* (task) {
      for (let n = 0; n < actionCount; n++) yield* actions[random.below(actions.length)](task, random)
    }, { wakeNs: kinds.below(3) * 500, priority: kinds.chance(1, 4) ? PRIORITY_HIGH : 0 })
  })
  hostSide.addDevices(hostCpus === 0 ? [keeperCpu] : hosts)
  const done = (): boolean => workers.every((task) => task.state === TaskState.DONE)
  engine.addTask('keeper', keeperCpu, (task) => parts.keeperBody(task, done), { priority: PRIORITY_HIGH })
  return { workers, cpus, done }
}

/** Locks and queues, and who is inside. */
class Parts {
  private readonly engine: Engine
  private readonly hostSide: HostSide
  private readonly stepNsMax: number
  private readonly spins: readonly SpinLock[]
  private readonly rwLock: RwLock
  private readonly mutex: Mutex
  private readonly tokenQueue: WaitQueue
  private readonly heldQueue: WaitQueue
  private readonly holders = new Map<object, Task>()
  private readers = 0
  private tokens = 0
  private round = 0

  constructor(engine: Engine, hostSide: HostSide, stepNsMax: number) {
    this.engine = engine
    this.hostSide = hostSide
    this.stepNsMax = stepNsMax
    this.spins = [new SpinLock(engine, 'spin 0'), new SpinLock(engine, 'spin 1')]
    this.rwLock = new RwLock(engine, 'rw')
    this.mutex = new Mutex(engine, 'mutex')
    this.tokenQueue = new WaitQueue(engine, 'tokens')
    this.heldQueue = new WaitQueue(engine, 'held')
    engine.addResettable({ reset: () => this.reset() })
  }

  actions(): Action[] {
    return [
      (task, random) => this.pass(task, random, AT.RUN),
      (task, random) => this.pass(task, random, AT.COMPUTE),
      (task, random) => this.sleep(task, random),
      (task, random) => this.spin(task, random),
      (task, random) => this.spin(task, random),
      (task, random) => this.read(task, random),
      (task, random) => this.write(task, random),
      (task, random) => this.withMutex(task, random),
      (task, random) => this.takeToken(task, random),
      (task, random) => this.exit(task, random),
      (task, random) => this.exitInside(task, random),
    ]
  }

  *irqBody(task: Task): Generator<Point, void, void> {
    const random = this.engine.stream(task.name)
    for (;;) {
      this.assertIrqsWereOn(task)
      task.charge(random.below(500), Cause.INTERRUPT)
      yield AT.RUN
      yield* this.spin(task, random)
      yield AT.RETURN
    }
  }

  /** Serves in the vCPU's time, or holds it until the keeper's next round. */
  *exitBody(task: Task): Generator<Point, void, void> {
    const random = this.engine.stream(task.name)
    for (;;) {
      const guest = task.trappedBy
      assert(guest !== null, 'an exit has a guest task behind it')
      task.charge(random.below(1500), Cause.EXIT)
      yield AT.RUN
      yield* this.hostSide.serve(task, random)
      if (random.chance(1, 3)) yield* this.hold(task)
      guest.trapResult = guest.trapArg + 1
      yield AT.RETURN
    }
  }

  *keeperBody(task: Task, done: () => boolean): Generator<Point, void, void> {
    while (!done()) {
      this.tokens += 2
      this.round++
      this.tokenQueue.wakeAll()
      this.heldQueue.wakeAll()
      task.charge(100, Cause.WORK)
      task.wakeAt = this.engine.now + Math.max(5000, this.stepNsMax)
      yield AT.SLEEP
    }
  }

  *raise(task: Task, handler: Task): Generator<Point, void, void> {
    task.charge(10, Cause.WORK)
    this.engine.raise(handler)
    yield AT.COMPUTE
  }

  private *pass(task: Task, random: Prng, at: Point): Generator<Point, void, void> {
    task.charge(random.below(this.stepNsMax), Cause.WORK)
    yield at
  }

  private *sleep(task: Task, random: Prng): Generator<Point, void, void> {
    this.maybeCharge(task, random)
    task.wakeAt = this.engine.now + random.below(8000)
    yield AT.SLEEP
  }

  private *spin(task: Task, random: Prng): Generator<Point, void, void> {
    const lock = this.spins[random.below(this.spins.length)]
    this.maybeCharge(task, random)
    if (lock.acquireIrq(task)) yield AT.LOCK
    this.enter(lock, task)
    yield* this.pass(task, random, random.chance(1, 2) ? AT.RUN : AT.COMPUTE)
    this.leave(lock, task)
    lock.releaseIrq(task)
  }

  private *read(task: Task, random: Prng): Generator<Point, void, void> {
    this.maybeCharge(task, random)
    if (this.rwLock.acquireRead(task)) yield AT.LOCK
    this.readers++
    assert(!this.holders.has(this.rwLock), 'M1: a reader beside a writer')
    yield* this.pass(task, random, AT.COMPUTE)
    this.readers--
    this.rwLock.releaseRead(task)
  }

  private *write(task: Task, random: Prng): Generator<Point, void, void> {
    this.maybeCharge(task, random)
    if (this.rwLock.acquireWrite(task)) yield AT.LOCK
    assert(this.readers === 0, 'M1: a writer beside a reader')
    this.enter(this.rwLock, task)
    yield* this.pass(task, random, AT.RUN)
    this.leave(this.rwLock, task)
    this.rwLock.releaseWrite(task)
  }

  private *withMutex(task: Task, random: Prng): Generator<Point, void, void> {
    this.maybeCharge(task, random)
    if (this.mutex.acquire(task)) yield AT.WAIT
    this.enter(this.mutex, task)
    yield* random.chance(1, 2) ? this.sleep(task, random) : this.pass(task, random, AT.COMPUTE)
    this.leave(this.mutex, task)
    this.mutex.release(task)
  }

  private *takeToken(task: Task, random: Prng): Generator<Point, void, void> {
    while (this.tokens === 0) {
      this.maybeCharge(task, random)
      this.tokenQueue.wait(task)
      yield AT.WAIT
    }
    this.tokens--
  }

  private *exit(task: Task, random: Prng): Generator<Point, void, void> {
    this.maybeCharge(task, random)
    const arg = random.below(1000)
    task.trapResult = -1
    task.trap(1, 0, arg)
    yield AT.TRAP
    assert(task.trapResult === arg + 1, 'M3: an exit answers the task that made it')
  }

  /** A guest that holds a lock touches what the host has to bring. */
  private *exitInside(task: Task, random: Prng): Generator<Point, void, void> {
    const lock = this.spins[random.below(this.spins.length)]
    if (lock.acquireIrq(task)) yield AT.LOCK
    this.enter(lock, task)
    yield* this.exit(task, random)
    this.leave(lock, task)
    lock.releaseIrq(task)
  }

  private *hold(task: Task): Generator<Point, void, void> {
    for (const round = this.round; this.round === round; ) {
      this.heldQueue.wait(task)
      yield AT.WAIT
    }
  }

  /** Time that passes between the registration with a lock or queue and the wait itself. */
  private maybeCharge(task: Task, random: Prng): void {
    if (random.chance(1, 2)) task.charge(1 + random.below(300), Cause.PROTOCOL)
  }

  private enter(lock: object, task: Task): void {
    assert(!this.holders.has(lock), 'M1: two holders of one lock')
    this.holders.set(lock, task)
  }

  private leave(lock: object, task: Task): void {
    assert(this.holders.get(lock) === task, 'M1: the holder is who entered')
    this.holders.delete(lock)
  }

  private assertIrqsWereOn(task: Task): void {
    const displaced = task.cpu.held[task.cpu.held.length - 1]
    assert(displaced === undefined || displaced.irqsOff === 0, 'M3: an interrupt was delivered with irqs off')
  }

  private reset(): void {
    this.holders.clear()
    this.readers = this.tokens = this.round = 0
  }
}
