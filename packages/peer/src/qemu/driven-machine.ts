/**
 * The guest package at work on a real QEMU device: its allocator owns the machine's RAM file, its balloon driver speaks to QEMU's registers, and its tasks
 * run in virtual time on an engine of our own, because QEMU answers every notification before it returns.
 *
 *   engine, one vCPU                                        QEMU
 *     tenant, balloon, reporting, stats ... --kick--> exit task --notify--> registers --> device --> RAM file
 *     irq handler <------raise------ interrupt line of the controller <-------------------'
 *
 *   pfn 0 | firmware's | guest allocator: [ driver's rings and buffers ] ............................ | end of RAM
 *
 * What QEMU does in its own time (statistics timer, hint thread, commands of the operator) is waited for in real time, by `until`.
 */
import { assert, Columns, MAX_ORDER, MIB, MS, PAGE_SIZE, PAGEBLOCK_ORDER } from '@hintlab/kit'
import { ALL_SAFEGUARDS, GuestKernel, Migratetype, NONE, PAGE_REPORTING_DEFAULTS, PageAllocator, ZoneKind } from '@hintlab/guest'
import type { Layout, PageReportingOptions } from '@hintlab/guest'
import { DriverBinding } from '@hintlab/lab'
import type { DriverPersonality } from '@hintlab/lab'
import { PageOwner } from '@hintlab/protocol'
import type { QueueRole } from '@hintlab/protocol'
import { Cause, Kind, makeCosts, Measure, point, TaskKind, WaitQueue } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { DriverMemory } from '@hintlab/transport'
import type { InitResult } from '@hintlab/transport'
import { PageContents } from './page-contents.ts'
import { BALLOON_IRQ, IRQ_CONTROLLER } from './registers.ts'
import { Tenant } from './tenant.ts'
import type { QemuVm } from './vm.ts'

const AT_EXIT = point(Kind.RUN, 'drive: exit to QEMU')
const AT_BOUND = point(Kind.WAIT, 'drive: the driver stays')
const AT_ENTRY = point(Kind.RETURN, 'drive: back from QEMU')

/** Memory below is the firmware's and holds its ROM: a device does not discard there. */
const FIRST_PFN = MIB / PAGE_SIZE
/** Order of the block that the driver pins: 2 MiB are enough for the rings of a few negotiations. */
const DRIVER_ORDER = PAGEBLOCK_ORDER

/** Steps of virtual time while QEMU is waited for, and real time between two looks. */
const STEP_NS = MS
const LOOK_MS = 1
/** Virtual time that is enough to deflate everything. */
const WORK_NS = 100 * MS
/** Interrupts in a row that one run serves; a line that is never lowered is a fault of the device. */
const INTERRUPTS_MAX = 1000

export interface DrivenOptions {
  readonly personality: DriverPersonality
  readonly reporting?: Partial<PageReportingOptions>
  readonly seed?: number
}

export class DrivenMachine {
  readonly vm: QemuVm
  readonly engine: Measure
  readonly kernel: GuestKernel
  readonly binding: DriverBinding
  readonly contents: PageContents
  readonly tenant: Tenant
  /** Why the machine cannot go on, or null. */
  private stuck: string | null = null
  private readonly unbind: WaitQueue
  /** 0: bound, or never was; 1: the driver is to go; 2: it has gone. */
  private unbinding = 0
  private readonly irqLine: number

  constructor(vm: QemuVm, { personality, reporting = {}, seed = 1 }: DrivenOptions) {
    this.vm = vm
    const cols = new Columns()
    this.engine = new Measure(cols, makeCosts(), seed)
    const vcpu = this.engine.addCpu('vcpu0', { halts: true })
    const mm = new PageAllocator(cols, layoutOf(vm.ram.bytes), { cpus: 1 })
    this.contents = new PageContents(vm.ram, FIRST_PFN)
    this.contents.writeAll()
    mm.observer = this.contents
    mm.freeAll()
    this.kernel = new GuestKernel(this.engine, mm)
    this.binding = new DriverBinding(this.engine, this.kernel, vm.memory, this.pinDriverMemory(mm), vm.bus(), [vcpu], {
      personality,
      reporting: { ...PAGE_REPORTING_DEFAULTS, safeguards: ALL_SAFEGUARDS, ...reporting },
    })
    this.tenant = new Tenant(this.engine, this.kernel, vcpu, this.contents)
    this.engine.addTask('exit to QEMU', vcpu, (task) => this.exitBody(task), { kind: TaskKind.EXIT })
    this.unbind = new WaitQueue(this.engine, 'unbind')
    this.engine.addTask('unbind', vcpu, (task) => this.unbindBody(task))
    this.irqLine = BALLOON_IRQ[vm.options.machine]
    vm.qtest.interceptIrqs(IRQ_CONTROLLER)
    this.run(0)
  }

  /** Why the machine cannot go on, or null. */
  get fault(): string | null {
    return this.vm.fault ?? this.stuck
  }

  /** Takes the device into service. */
  init(): InitResult {
    const result = this.binding.init()
    this.run(0)
    return result
  }

  /** Gives the device up, resets it, and says whether it could. `init` may follow. */
  remove(): boolean {
    this.unbinding = 1
    this.unbind.wakeAll()
    this.run(WORK_NS)
    const gone = this.unbinding === 2
    this.unbinding = 0
    return gone
  }

  /** Lets so much virtual time pass, a little more when QEMU interrupts at its end, and serves what QEMU has to say. */
  run(ns: number): void {
    let end = this.engine.now + ns
    for (let served = 0; served < INTERRUPTS_MAX; served++) {
      this.takeInterrupts()
      this.engine.run(end)
      if (!this.takeInterrupts()) return
      end += STEP_NS
    }
    this.stuck = 'the interrupt line stays up'
  }

  /** Runs on, in steps, until `done`; false when it is not within `limitMs` of real time, or QEMU has ended. */
  async until(done: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs
    for (;;) {
      this.run(STEP_NS)
      if (await done()) return true
      if (this.fault !== null || performance.now() > deadline) return false
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_MS)
      })
    }
  }

  /** Compares every counter of the guest with its slow truth. */
  check(): void {
    this.engine.check()
    this.kernel.check()
    this.binding.check()
  }

  /** Raises the handler while the line is up; true when it is. */
  private takeInterrupts(): boolean {
    this.vm.qtest.poll()
    const high = this.vm.qtest.irqHigh(this.irqLine)
    if (high) this.engine.raise(this.binding.irq)
    return high
  }

  /** From the guest's own allocator, as a driver does. */
  private pinDriverMemory(mm: PageAllocator): DriverMemory {
    const first = mm.allocSlow(0, DRIVER_ORDER, Migratetype.UNMOVABLE, ZoneKind.NORMAL, 0)
    assert(first !== NONE, 'a booted guest has memory for its drivers')
    mm.pages.move(first, DRIVER_ORDER, PageOwner.ALLOCATED, PageOwner.PINNED)
    this.contents.pin(first, 2 ** DRIVER_ORDER)
    return new DriverMemory(first * PAGE_SIZE, 2 ** DRIVER_ORDER * PAGE_SIZE)
  }

  private *unbindBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      while (this.unbinding !== 1) {
        this.unbind.wait(task)
        yield AT_BOUND
      }
      yield* this.binding.remove(task)
      this.unbinding = 2
    }
  }

  /** The host's side of the vCPU: a kick is a write to the notification register, and QEMU has served the queue when it returns. */
  private *exitBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      const guest = task.trappedBy
      assert(guest !== null, 'an exit has a guest task behind it')
      task.charge(this.engine.costs.exitUser, Cause.EXIT)
      yield AT_EXIT
      this.binding.notify(guest.trapTarget as QueueRole)
      this.takeInterrupts()
      yield AT_ENTRY
    }
  }
}

/** One zone that begins with the firmware's hole. */
function layoutOf(bytes: number): Layout {
  const pages = bytes / PAGE_SIZE
  return {
    pages,
    ram: [{ start: FIRST_PFN, end: pages }],
    zones: [{ kind: ZoneKind.NORMAL, start: 0, end: pages }],
    maxOrder: MAX_ORDER,
    pageblockOrder: PAGEBLOCK_ORDER,
  }
}
