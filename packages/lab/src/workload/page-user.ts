/**
 * How a task of the guest uses pages: allocate, touch, free, each through the guest kernel and the host's translation, with the ghost looking on and every
 * stall measured. All workloads share it: a replayed trace and the phases of a scenario cost the same for the same thing.
 *
 *     take -> touch (page by page, a fault where the host has none) -> verify, give
 *
 * Each of the three comes as a plain fast half and a generator for the rest, so that the usual event of a long trace costs no nested generator, and as a
 * generator that does both.
 */
import { assert, framesIn, gfn as asGfn } from '@hintlab/kit'
import { FreeResult, NONE } from '@hintlab/guest'
import type { Migratetype, ZoneKind } from '@hintlab/guest'
import { FAULT } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import { Histogram, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Ghost } from '../ghost.ts'
import type { Machine } from '../machine.ts'

const AT_FAULT = point(Kind.TRAP, 'workload: touch a page')

/** What an allocation asks for; `flags` are AllocFlag. */
export interface Request {
  readonly order: number
  readonly type: Migratetype
  readonly zone: ZoneKind
  readonly flags: number
}

export class PageUser {
  readonly allocStall = new Histogram()
  readonly freeStall = new Histogram()
  /** First touch of all pages of a block. */
  readonly touchStall = new Histogram()
  failedAllocs = 0
  hostFailures = 0
  private readonly machine: Machine
  private readonly ghost: Ghost | null
  private readonly engine: Engine

  constructor(machine: Machine) {
    this.machine = machine
    this.ghost = machine.options.run.ghost ? machine.ghost : null
    this.engine = machine.engine
  }

  /** A block from this CPU's list, or NONE: then `takeSlow`. */
  takeFast(task: Task, cpu: number, order: number, type: Migratetype, zone: ZoneKind): number {
    const before = this.engine.localNow(task)
    const pfn = this.machine.kernel.allocFast(task, cpu, order, type, zone)
    if (pfn !== NONE) this.allocStall.add(this.engine.localNow(task) - before)
    return pfn
  }

  /** What `takeFast` could not serve; NONE when the guest is out of memory. */
  *takeSlow(task: Task, cpu: number, { order, type, zone, flags }: Request): Generator<Point, number, void> {
    const before = this.engine.localNow(task)
    const pfn = yield* this.machine.kernel.allocSlow(task, cpu, order, type, zone, flags)
    this.allocStall.add(this.engine.localNow(task) - before)
    if (pfn === NONE) this.failedAllocs++
    return pfn
  }

  *take(task: Task, cpu: number, request: Request): Generator<Point, number, void> {
    const pfn = this.takeFast(task, cpu, request.order, request.type, request.zone)
    return pfn === NONE ? yield* this.takeSlow(task, cpu, request) : pfn
  }

  /** What a page fault of a guest with huge pages gets; NONE when it falls back, which is no failure. */
  *takeHuge(task: Task, cpu: number): Generator<Point, number, void> {
    const { thp } = this.machine.kernel
    assert(thp !== null, 'only a guest with huge pages is asked for them')
    const before = this.engine.localNow(task)
    const pfn = yield* thp.alloc(task, cpu, { madvised: false })
    this.allocStall.add(this.engine.localNow(task) - before)
    return pfn
  }

  /** Writes the pages from `first` to `end` until the host has none for one of them; returns that page, which needs `fault`, or `end`. */
  touchFast(cpu: number, first: number, end: number): number {
    for (let p = first; p < end; p++) {
      const hfn = this.machine.vm.translate(cpu, asGfn(p), true)
      if (hfn === FAULT) return p
      if (this.ghost !== null) this.ghost.write(p, hfn, cpu)
    }
    return end
  }

  /** Writes every page of a block. */
  *touch(task: Task, cpu: number, pfn: number, order: number): Generator<Point, void, void> {
    const before = this.engine.localNow(task)
    const end = pfn + framesIn(order)
    for (let p = this.touchFast(cpu, pfn, end); p < end; p = this.touchFast(cpu, p + 1, end)) yield* this.fault(task, cpu, p)
    this.touchStall.add(this.engine.localNow(task) - before)
  }

  /** Reads a block back and puts it on this CPU's list. Anything but DONE: `giveSlow` with the result. */
  giveFast(task: Task, cpu: number, pfn: number, order: number): FreeResult {
    this.verify(pfn, order)
    const before = this.engine.localNow(task)
    const result = this.machine.kernel.freeFast(task, cpu, pfn)
    if (result === FreeResult.DONE) this.freeStall.add(this.engine.localNow(task) - before)
    return result
  }

  /** The rest of a free. `before` is when it began, so that its stall is that of the whole free. */
  *giveSlow(task: Task, cpu: number, pfn: number, result: FreeResult, before: number): Generator<Point, void, void> {
    yield* this.machine.kernel.freeSlow(task, cpu, pfn, result)
    this.freeStall.add(this.engine.localNow(task) - before)
  }

  *give(task: Task, cpu: number, pfn: number, order: number): Generator<Point, void, void> {
    const before = this.engine.localNow(task)
    const result = this.giveFast(task, cpu, pfn, order)
    if (result !== FreeResult.DONE) yield* this.giveSlow(task, cpu, pfn, result, before)
  }

  /** Reads back a block through the host's present mapping: V1. */
  verify(pfn: number, order: number): void {
    if (this.ghost === null) return
    const { vm } = this.machine
    const end = pfn + framesIn(order)
    for (let p = pfn; p < end; p++) {
      const hfn = vm.frameOf(asGfn(p))
      this.ghost.verify(p, hfn, hfn === FAULT && vm.paging !== null ? vm.swapSlotOf(asGfn(p)) : FAULT)
    }
  }

  /** The first touch of a page that the host does not back: exits until the write goes through. */
  *fault(task: Task, cpu: number, pfn: number): Generator<Point, void, void> {
    for (;;) {
      task.trap(ExitReason.EPT_VIOLATION, pfn)
      yield AT_FAULT
      if (task.trapResult < 0) {
        this.hostFailures++
        return
      }
      const hfn = this.machine.vm.translate(cpu, asGfn(pfn), true)
      if (hfn === FAULT) continue
      this.ghost?.write(pfn, hfn, cpu)
      return
    }
  }
}
