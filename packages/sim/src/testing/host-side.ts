/**
 * The host's side of a random machine: exit tasks and device threads want the same two spinlocks, and a device charges whoever runs on a vCPU, as a TLB
 * flush does, also in the middle of what that one does with a lock held.
 *
 *     vCPU n   exit n --ring--> device m on host CPU m       locks: spin, rw
 *                 \___________ lock ___________/
 */
import { assert } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { Cause } from '../causes.ts'
import type { Cpu } from '../cpu.ts'
import type { Engine } from '../engine.ts'
import type { Point } from '../point.ts'
import { RwLock } from '../rw-lock.ts'
import { SpinLock } from '../spin-lock.ts'
import { PRIORITY_HIGH, PRIORITY_NORMAL } from '../task.ts'
import type { Task } from '../task.ts'
import { WaitQueue } from '../wait-queue.ts'
import { AT } from './points.ts'

export class HostSide {
  private readonly engine: Engine
  private readonly vcpus: readonly Cpu[]
  private readonly spinLock: SpinLock
  private readonly rwLock: RwLock
  private readonly rung: WaitQueue
  private holder: Task | null = null
  private writer: Task | null = null
  private readers = 0

  constructor(engine: Engine, vcpus: readonly Cpu[]) {
    this.engine = engine
    this.vcpus = vcpus
    this.spinLock = new SpinLock(engine, 'host spin')
    this.rwLock = new RwLock(engine, 'host rw')
    this.rung = new WaitQueue(engine, 'rung')
    engine.addResettable({ reset: () => this.reset() })
  }

  /** A device thread on each of the CPUs; most go before everybody else there. */
  addDevices(cpus: readonly Cpu[]): void {
    const kinds = this.engine.stream('kinds of devices')
    cpus.forEach((cpu, i) => {
      const priority = kinds.chance(3, 4) ? PRIORITY_HIGH : PRIORITY_NORMAL
      this.engine.addTask(`device ${i}`, cpu, (task) => this.deviceBody(task), { priority, wakeNs: kinds.below(2) * 700 })
    })
  }

  /** What an exit task does in its vCPU's time: sometimes rings, sometimes wants a lock. */
  *serve(task: Task, random: Prng): Generator<Point, void, void> {
    if (random.chance(1, 2)) this.rung.wakeAll()
    if (random.chance(1, 2)) yield* this.section(task, random)
  }

  private *deviceBody(task: Task): Generator<Point, void, void> {
    const random = this.engine.stream(task.name)
    for (;;) {
      this.rung.wait(task)
      yield AT.WAIT
      for (let n = random.below(3); n >= 0; n--) {
        task.charge(random.below(3000), Cause.DEVICE)
        if (random.chance(1, 2)) yield AT.RUN
        yield* this.section(task, random)
        this.flush()
      }
    }
  }

  private *section(task: Task, random: Prng): Generator<Point, void, void> {
    const what = random.below(3)
    if (what === 0) yield* this.exclusive(task, random)
    else if (what === 1) yield* this.write(task, random)
    else yield* this.read(task, random)
  }

  private *exclusive(task: Task, random: Prng): Generator<Point, void, void> {
    if (this.spinLock.acquire(task)) yield AT.LOCK
    assert(this.holder === null, 'M1: two holders of a lock of the host')
    this.holder = task
    yield* this.inside(task, random)
    this.holder = null
    this.spinLock.release(task)
  }

  private *write(task: Task, random: Prng): Generator<Point, void, void> {
    if (this.rwLock.acquireWrite(task)) yield AT.LOCK
    assert(this.writer === null && this.readers === 0, 'M1: a writer of the host is not alone')
    this.writer = task
    yield* this.inside(task, random)
    this.writer = null
    this.rwLock.releaseWrite(task)
  }

  private *read(task: Task, random: Prng): Generator<Point, void, void> {
    if (this.rwLock.acquireRead(task)) yield AT.LOCK
    assert(this.writer === null, 'M1: a reader of the host beside a writer')
    this.readers++
    yield* this.inside(task, random)
    this.readers--
    this.rwLock.releaseRead(task)
  }

  /** Often nothing is charged: only a flush by somebody else makes such a section last. */
  private *inside(task: Task, random: Prng): Generator<Point, void, void> {
    if (random.chance(1, 2)) task.charge(random.below(2000), Cause.DEVICE)
    yield random.chance(1, 2) ? AT.RUN : AT.COMPUTE
  }

  private flush(): void {
    for (const { current } of this.vcpus) current?.charge(300, Cause.TLB_FLUSH)
  }

  private reset(): void {
    this.holder = this.writer = null
    this.readers = 0
  }
}
