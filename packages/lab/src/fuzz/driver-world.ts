/**
 * A small guest with the whole balloon driver on a device that lies. A tenant allocates and frees beside it, so that there is something to report and
 * memory can run out.
 *
 *   tenant --> guest kernel -- BalloonDriver -- DriverBinding -- MmioDriver --> EvilDevice
 *                 |                                                 irq <--------- line
 *             Ghost and a count of pages by owner                   given pages --> Ghost (V2)
 */
import { Columns, framesIn, gfn, PAGE_SIZE, pagesIn, vpn } from '@hintlab/kit'
import { ALL_SAFEGUARDS, GuestKernel, Migratetype, NONE, PAGE_REPORTING_DEFAULTS, PageAllocator, singleZoneLayout, ZoneKind } from '@hintlab/guest'
import { addExitTask, HostFrames, HostMm, Vm } from '@hintlab/host'
import { ArenaMemory, ConfigField, PageOwner, QueueRole } from '@hintlab/protocol'
import { Kind, makeCosts, Measure, point, WaitQueue } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { DriverMemory, InterruptStatus, MmioDriver } from '@hintlab/transport'
import type { InitResult } from '@hintlab/transport'
import { DriverBinding } from '../balloon/driver-binding.ts'
import { DRIVERS } from '../balloon/personalities.ts'
import { Ghost } from '../ghost.ts'
import { EVIL_QUEUES, EvilDevice } from './evil-device.ts'
import { demand } from './fuzz-target.ts'

const PAGES = 1024
const DRIVER_ORDER = 6
const REPORTING_ORDER = 2
const MS = 1_000_000
/** Steps of the engine that one case may cause. */
const DISPATCHES_MAX = 1_000_000
/** Time in which a right device and the driver come to an agreement, in steps of 50 ms: longer than several pauses of a balloon that is out of puff. */
const AGREE_STEPS = 100

const AT_TENANT = point(Kind.WAIT, 'fuzz tenant: nothing to do')
const AT_REMOVED = point(Kind.WAIT, 'fuzz: driver removed')

export class DriverWorld {
  readonly engine = new Measure(new Columns(), makeCosts(), 1)
  readonly kernel: GuestKernel
  readonly ghost: Ghost
  readonly binding: DriverBinding
  readonly evil: EvilDevice
  readonly memory: ArenaMemory
  readonly driverGpa: number
  /** The driver is in service, as far as it knows. */
  bound = false
  private readonly owners = new Float64Array(16)
  private readonly ownersAtRest: Float64Array
  private readonly tenantPages: number[] = []
  private readonly tenantWork: WaitQueue
  private tenantTarget = 0
  private removing = false
  private removed = false
  private readonly removal: WaitQueue
  private dispatchLimit = Infinity

  constructor() {
    const { engine } = this
    const { cols } = engine
    const vcpu = engine.addCpu('vcpu0', { halts: true })
    const layout = singleZoneLayout(PAGES)
    this.ghost = new Ghost(cols, 1, layout.pages, 1, () => engine.now, () => `${engine.now} ns`)
    const mm = new PageAllocator(cols, layout, { cpus: 1 })
    mm.observer = { moved: (pfn, order, from, to) => this.moved(pfn, order, from, to) }
    mm.freeAll()
    this.kernel = new GuestKernel(engine, mm)
    this.memory = new ArenaMemory(cols)
    const first = mm.allocSlow(0, DRIVER_ORDER, Migratetype.UNMOVABLE, ZoneKind.NORMAL, 0)
    mm.pages.move(first, DRIVER_ORDER, PageOwner.ALLOCATED, PageOwner.PINNED)
    this.driverGpa = first * PAGE_SIZE
    this.memory.addRegion(this.driverGpa, framesIn(DRIVER_ORDER) * PAGE_SIZE)
    const driverMemory = new DriverMemory(this.driverGpa, framesIn(DRIVER_ORDER) * PAGE_SIZE)
    this.evil = new EvilDevice(this.memory, () => engine.raise(this.binding.irq), (pfn, pages) => this.given(pfn, pages))
    this.binding = new DriverBinding(engine, this.kernel, this.memory, driverMemory, new MmioDriver(this.evil), [vcpu], {
      personality: DRIVERS.hintlab,
      queueSizeMax: 64,
      reporting: { ...PAGE_REPORTING_DEFAULTS, delayNs: MS, order: REPORTING_ORDER, safeguards: ALL_SAFEGUARDS },
    })
    const vm = new Vm(engine, new HostMm(cols, new HostFrames(cols, pagesIn(2 * MS)), { firstVpn: vpn(0), pages: 512 }), { vcpus: [], witness: this.ghost })
    vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages: 512 })
    addExitTask(engine, vcpu, vm, Object.values(QueueRole).map((role) => ({ written: () => this.binding.notify(role) })))
    this.tenantWork = new WaitQueue(engine, 'fuzz tenant')
    this.removal = new WaitQueue(engine, 'fuzz removal')
    engine.addTask('fuzz tenant', vcpu, (task) => this.tenantBody(task))
    engine.addTask('fuzz rmmod', vcpu, (task) => this.removeBody(task))
    this.work(MS)
    this.ownersAtRest = this.owners.slice()
  }

  begin(): void {
    this.evil.begin()
    this.dispatchLimit = this.engine.dispatches + DISPATCHES_MAX
  }

  init(): InitResult {
    const result = this.binding.init()
    this.bound = result.ok
    return result
  }

  work(ns: number): void {
    const { engine } = this
    const end = engine.now + ns
    while (engine.nextEventTime <= end) {
      engine.run(Math.min(end, engine.nextEventTime + MS))
      demand(engine.dispatches <= this.dispatchLimit, () => `more than ${DISPATCHES_MAX} steps`)
    }
    engine.run(end)
  }

  /** What the tenant shall hold, in pages. */
  setTenant(pages: number): void {
    this.tenantTarget = pages
    this.tenantWork.wakeAll()
  }

  /**
   * The end of a bad device: it is reset behind the driver's back, what was in flight fails, and from now on it is right. The driver then goes, gives
   * everything back, and could be started again.
   */
  recover(): void {
    const { evil, binding } = this
    evil.repent()
    evil.setConfig(ConfigField.NUM_PAGES, 0)
    evil.setConfig(ConfigField.COMMAND_ID, 1)
    this.setTenant(0)
    if (this.bound) {
      for (const { port } of binding.queues) port.abandon()
      this.removing = true
      this.removed = false
      this.removal.wakeAll()
      this.until(() => this.removed, 'the driver cannot be removed')
      this.bound = false
    }
    this.until(() => this.tenantPages.length === 0, 'the tenant cannot free its memory')
    this.work(10 * MS)
  }

  /** Lets a right device and the driver work until something holds. */
  until(holds: () => boolean, what: string): void {
    for (let step = 0; step < AGREE_STEPS && !holds(); step++) {
      for (let queue = 0; queue < EVIL_QUEUES; queue++) this.evil.serve(queue)
      this.evil.interrupt(InterruptStatus.QUEUE | InterruptStatus.CONFIG)
      this.work(step < 10 ? MS : 50 * MS)
    }
    demand(holds(), () => what)
  }

  /** Every page is where it was before there was a driver. */
  checkAtRest(): void {
    this.check()
    for (const owner of [PageOwner.ALLOCATED, PageOwner.BALLOON, PageOwner.ISOLATED, PageOwner.IN_FLIGHT]) {
      demand(this.owners[owner] === this.ownersAtRest[owner], () => `${this.owners[owner] - this.ownersAtRest[owner]} pages stay with owner ${owner}`)
    }
  }

  check(): void {
    this.binding.check()
    this.kernel.check()
    demand(this.ghost.violationCount === 0, () => `${this.ghost.violations[0].rule}: ${this.ghost.violations[0].text}`)
  }

  private moved(pfn: number, order: number, from: PageOwner, to: PageOwner): void {
    this.owners[from] -= 2 ** order
    this.owners[to] += 2 ** order
    this.ghost.moved(pfn, order, from, to)
  }

  private given(pfn: number, pages: number): void {
    demand(pfn >= 0 && Number.isInteger(pfn) && pfn + pages <= PAGES, () => `the driver gives away ${pages} pages at ${pfn}, which it does not have`)
    this.ghost.discarding(pfn, pages)
  }

  private *tenantBody(task: Task): Generator<Point, void, void> {
    const { kernel, tenantPages } = this
    for (;;) {
      while (tenantPages.length !== this.tenantTarget) {
        if (tenantPages.length > this.tenantTarget) {
          const pfn = tenantPages.pop()!
          const result = kernel.freeFast(task, 0, pfn)
          if (result !== 0) yield* kernel.freeSlow(task, 0, pfn, result)
          continue
        }
        let pfn = kernel.allocFast(task, 0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
        if (pfn === NONE) pfn = yield* kernel.allocSlow(task, 0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
        if (pfn !== NONE) tenantPages.push(pfn)
        // Out of memory; what it shall hold may have become less meanwhile.
        else if (tenantPages.length < this.tenantTarget) break
      }
      this.tenantWork.wait(task)
      yield AT_TENANT
    }
  }

  private *removeBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      if (this.removing) {
        this.removing = false
        yield* this.binding.remove(task)
        this.removed = true
      }
      this.removal.wait(task)
      yield AT_REMOVED
    }
  }
}
