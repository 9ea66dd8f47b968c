/** A booted guest kernel on a measuring engine with one vCPU and a fake port: everything that a hint policy needs, and no host. */
import { Columns } from '@hintlab/kit'
import type { HintClient } from '@hintlab/protocol'
import { Kind, makeCosts, Measure, point } from '@hintlab/sim'
import type { Cpu, Point, Task } from '@hintlab/sim'
import type { HintPolicy } from '../hint-policy.ts'
import { GuestKernel } from '../kernel.ts'
import { singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { FreeResult, NONE, PageAllocator } from '../mm/page-allocator.ts'
import { FakePort } from './fake-port.ts'
import type { FakePortOptions } from './fake-port.ts'

const AT_LATER = point(Kind.SLEEP, 'test guest: later')

export interface GuestFixture {
  readonly engine: Measure
  readonly kernel: GuestKernel
  readonly port: FakePort
  readonly vcpu: Cpu
  /** Runs a task on the vCPU, from time `at` on. */
  task(at: number, body: (task: Task) => Generator<Point, void, void>): Task
  /** Makes it the policy of the kernel and the client of the port. */
  install(policy: HintPolicy & HintClient<Task>): void
  /** Runs to `time` and compares every counter with its slow truth. */
  run(time: number): void
}

/** `pages` pages of one zone, without watermarks and per-CPU lists. */
export function makeGuest(pages = 4096, port: FakePortOptions = {}): GuestFixture {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const vcpu = engine.addCpu('vcpu0', { halts: true })
  const mm = new PageAllocator(engine.cols, singleZoneLayout(pages), { cpus: 1, minFreeKbytes: 0, perCpuLists: false, captureCapacity: 1024 })
  mm.freeAll()
  const kernel = new GuestKernel(engine, mm)
  const fake = new FakePort(engine, port)
  return {
    engine, kernel, vcpu, port: fake,
    task: (at, body) => engine.addTask('test', vcpu, (task) => later(task, at, body)),
    install: (policy) => {
      kernel.policy = policy
      fake.client = policy
    },
    run: (time) => {
      engine.run(time)
      engine.check()
      kernel.check()
    },
  }
}

function* later(task: Task, at: number, body: (task: Task) => Generator<Point, void, void>): Generator<Point, void, void> {
  task.wakeAt = at
  yield AT_LATER
  yield* body(task)
}

/** Allocates a block; its first page, or NONE. */
export function* allocate({ kernel }: GuestFixture, task: Task, order: number): Generator<Point, number, void> {
  const pfn = kernel.allocFast(task, 0, order, Migratetype.MOVABLE, ZoneKind.NORMAL)
  return pfn === NONE ? yield* kernel.allocSlow(task, 0, order, Migratetype.MOVABLE, ZoneKind.NORMAL, 0) : pfn
}

/** Frees a block, with all that the kernel and its policy do then. */
export function* release({ kernel }: GuestFixture, task: Task, pfn: number): Generator<Point, void, void> {
  const result = kernel.freeFast(task, 0, pfn)
  if (result !== FreeResult.DONE) yield* kernel.freeSlow(task, 0, pfn, result)
}
