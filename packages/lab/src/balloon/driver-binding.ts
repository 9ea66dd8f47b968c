/**
 * Binds the guest's balloon driver to a bus: finds the device, negotiates, places the queues, and serves the interrupt. The bus may be a register model or a
 * real device; the driver above never knows.
 *
 *   init()      initDriver --> queues placed, rings attached to the ports --> DRIVER_OK --> the parts go to work
 *   interrupt   one line for everything: CONFIG wakes workers, QUEUE is looked for in every queue
 *   remove()    parts stop and give everything back --> reset --> rings detached, what was in flight fails
 *
 *   D1  Ports live as long as the guest; rings as long as one negotiation. A queue has the same memory in every negotiation, and its ring again when it comes
 *       back the same way.
 */
import { alignUp, assert, Columns, log2Floor } from '@hintlab/kit'
import { BALLOON_PFNS, BalloonDriver } from '@hintlab/guest'
import type { BalloonDriverOptions, GuestKernel, PageReportingOptions } from '@hintlab/guest'
import { Feature, hasFeature, NO_QUEUE, QUEUE_ROLE_NAMES, queueExists, queueIndex, QueueRole } from '@hintlab/protocol'
import type { FeatureSet, GuestMemory, HintClient, StatsBatch } from '@hintlab/protocol'
import { Kind, point, TaskKind } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import {
  BALLOON_DEVICE_ID, GuestPort, initDriver, InterruptStatus, makeDriverRing, nativeBufferBytes, nativeBuffersMax, NativeHintDriver, NativeStatsDriver,
  placeQueue, queueBytes, resetDevice, ringOptions,
} from '@hintlab/transport'
import type { Axes, DriverBus, DriverMemory, DriverRing, InitResult } from '@hintlab/transport'
import type { DriverPersonality } from './personalities.ts'

const AT_IRQ = point(Kind.RETURN, 'balloon driver: interrupt handled')

/** The interface of Linux's driver. Hints are sent without waiting for them. */
const SLEEPS: Axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' }
const GOES_ON: Axes = { ...SLEEPS, submitter: 'goes-on' }

export interface DriverBindingOptions {
  readonly personality: DriverPersonality
  readonly reporting: PageReportingOptions
  /** As BalloonDriver has it. */
  readonly fill?: NonNullable<BalloonDriverOptions['fill']>
  /** Largest ring that is used, whatever the device allows. */
  readonly queueSizeMax?: number
  /** Where rings register their columns; by default each has columns of its own. */
  readonly ringColumns?: Columns
}

type AnyPort = GuestPort | GuestPort<StatsBatch>

/** No memory was carved for a queue's rings yet. */
const NO_AREA = -1

/** The driver's half of one queue. */
interface DriverQueue {
  readonly port: AnyPort
  readonly wire: NativeHintDriver | NativeStatsDriver
  /** Its number on the device, NO_QUEUE while it is not in service. */
  index: number
  /** Memory for the largest ring of this queue, carved when it is first placed; whatever a device negotiates has room there. */
  areaGpa: number
  /** The ring made last, and how. */
  shape: string
  made: DriverRing | null
}

export class DriverBinding {
  readonly driver: BalloonDriver
  readonly bus: DriverBus
  /** By role. */
  readonly queues: readonly DriverQueue[]
  /** To be raised when the device's interrupt line rises. */
  readonly irq: Task
  private readonly engine: Engine
  private readonly memory: GuestMemory
  private readonly driverMemory: DriverMemory
  private readonly options: DriverBindingOptions
  private readonly queueSizeMax: number

  constructor(
    engine: Engine, kernel: GuestKernel, memory: GuestMemory, driverMemory: DriverMemory, bus: DriverBus, vcpus: readonly Cpu[],
    options: DriverBindingOptions,
  ) {
    this.engine = engine
    this.memory = memory
    this.driverMemory = driverMemory
    this.bus = bus
    this.options = options
    this.queueSizeMax = options.queueSizeMax ?? 128
    this.queues = Object.values(QueueRole).map((role) => this.makeQueue(role))
    const ports = this.queues.map(({ port }) => port) as [GuestPort, GuestPort, GuestPort<StatsBatch>, GuestPort, GuestPort]
    const [inflate, deflate, stats, freePage, reporting] = ports
    const { personality } = options
    const driver = new BalloonDriver(engine, kernel, { inflate, deflate, stats, freePage, reporting }, vcpus, {
      traits: personality,
      reporting: options.reporting,
      ...(options.fill && { fill: options.fill }),
    })
    this.driver = driver
    const clients: (HintClient<Task> | null)[] = [driver.balloon, driver.balloon, driver.stats, driver.hints, driver.reporting]
    this.queues.forEach(({ port }, role) => port.setClient(clients[role]!))
    this.irq = engine.addTask('irq balloon', vcpus[0], (task) => this.interruptBody(task), { kind: TaskKind.IRQ })
  }

  /** Takes the device into service, or says why not. The machine must be at rest: nothing of the guest runs meanwhile. */
  init(): InitResult {
    const { personality } = this.options
    let offered: FeatureSet = { low: 0, high: 0 }
    const result = initDriver(this.bus, {
      deviceId: BALLOON_DEVICE_ID,
      wanted: personality.knows,
      refine: (_accepted, all) => {
        offered = all
        return this.driver.accept(all)
      },
      setUp: (bus, negotiated) => {
        if (!this.placeQueues(offered, negotiated)) return false
        this.driver.prepare(bus, negotiated)
        return true
      },
    })
    if (result.ok) this.driver.start(this.bus, result.features)
    else this.detach()
    return result
  }

  /** Gives the device up: everything is deflated and reset. `init` may follow. */
  *remove(task: Task): Generator<Point, void, void> {
    yield* this.driver.remove(task)
    resetDevice(this.bus)
    this.detach()
  }

  /** A kick of the queue for `role`: the write to the notification register. */
  notify(role: QueueRole): void {
    const { index } = this.queues[role]
    if (index !== NO_QUEUE) this.bus.notify(index)
  }

  check(): void {
    this.driver.check()
    for (const { port } of this.queues) port.check()
  }

  private makeQueue(role: QueueRole): DriverQueue {
    const { engine, memory } = this
    const label = QUEUE_ROLE_NAMES[role]
    const slots = role === QueueRole.FREE_PAGE ? this.queueSizeMax : 1
    const entriesMax = entriesOf(role, this.options)
    const bytes = slots * nativeBufferBytes(role, entriesMax)
    const buffersGpa = bytes === 0 ? 0 : this.driverMemory.carve(alignUp(bytes, 16))
    const shape = { role, label: `${label} driver`, target: role, queueSize: this.queueSizeMax, slots, entriesMax, buffersGpa }
    const axes = role === QueueRole.FREE_PAGE ? GOES_ON : SLEEPS
    if (role === QueueRole.STATS) {
      const wire = new NativeStatsDriver(engine.cols, memory, { ...shape, role })
      return { port: new GuestPort<StatsBatch>(engine, wire, { label, axes }), wire, index: NO_QUEUE, areaGpa: NO_AREA, shape: '', made: null }
    }
    const wire = new NativeHintDriver(engine.cols, memory, { ...shape, role })
    return { port: new GuestPort(engine, wire, { label, axes }), wire, index: NO_QUEUE, areaGpa: NO_AREA, shape: '', made: null }
  }

  /** find_vqs; false when the device has not the queues that this driver expects, or too small ones. */
  private placeQueues(offered: FeatureSet, negotiated: FeatureSet): boolean {
    for (const role of Object.values(QueueRole)) {
      if (!queueExists(role, negotiated)) continue
      const index = queueIndex(role, this.options.personality.numbering, offered, negotiated)
      const size = ringSize(Math.min(this.bus.queueSizeMax(index), this.queueSizeMax), negotiated)
      if (size < leastSize(role, this.options)) return false
      this.setUpQueue(role, index, size, negotiated)
    }
    return true
  }

  private setUpQueue(role: QueueRole, index: number, size: number, negotiated: FeatureSet): void {
    const queue = this.queues[role]
    const packed = hasFeature(negotiated, Feature.RING_PACKED)
    const indirect = hasFeature(negotiated, Feature.INDIRECT_DESC)
    const shape = { size, packed, tableBuffers: indirect ? nativeBuffersMax(role, entriesOf(role, this.options)) : 0 }
    if (queue.areaGpa === NO_AREA) queue.areaGpa = this.driverMemory.carve(alignUp(this.areaBytes(role), 16))
    const place = placeQueue(queue.areaGpa, shape)
    const key = JSON.stringify([shape, negotiated])
    if (queue.made !== null && queue.shape === key) queue.made.reset()
    else {
      const made = { ...ringOptions(place, negotiated), label: `${QUEUE_ROLE_NAMES[role]} ring` }
      queue.made = makeDriverRing(this.options.ringColumns ?? makeColumns(), this.memory, made)
    }
    queue.shape = key
    assert(queue.wire.ring === null, 'a queue is set up once')
    queue.wire.attach(queue.made)
    queue.index = index
    this.bus.setUpQueue(index, place)
  }

  /** What the largest ring of a queue takes, of either kind and with tables. */
  private areaBytes(role: QueueRole): number {
    const shape = { size: this.queueSizeMax, tableBuffers: nativeBuffersMax(role, entriesOf(role, this.options)) }
    return Math.max(queueBytes(shape), queueBytes({ ...shape, packed: true }))
  }

  /** The device is reset, or never came to work: requests in flight fail, and the queues are gone. */
  private detach(): void {
    for (const queue of this.queues) {
      queue.index = NO_QUEUE
      if (queue.wire.ring !== null) queue.wire.detach()
      queue.port.abandon()
    }
  }

  /** vm_interrupt: acknowledges, then looks at everything that the line stands for. */
  private *interruptBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      const status = this.bus.takeInterrupt()
      if ((status & InterruptStatus.CONFIG) !== 0) this.driver.configChanged()
      if ((status & InterruptStatus.QUEUE) !== 0) {
        for (const { port, index } of this.queues) if (index !== NO_QUEUE) yield* port.handleInterrupt(task)
      }
      yield AT_IRQ
    }
  }
}

/** Rings have columns of their own: they come and go with negotiations, and nobody saves them. */
const makeColumns = (): Columns => new Columns()

function entriesOf(role: QueueRole, { personality, reporting }: DriverBindingOptions): number {
  switch (role) {
    case QueueRole.INFLATE:
    case QueueRole.DEFLATE: return BALLOON_PFNS
    case QueueRole.STATS: return personality.statTags
    case QueueRole.FREE_PAGE: return 1
    case QueueRole.REPORTING: return reporting.capacity
  }
}

/** The largest ring of at most `most` entries. The device says `most`: it can be anything, and a split ring needs a power of two. */
const ringSize = (most: number, negotiated: FeatureSet): number =>
  most === 0 || hasFeature(negotiated, Feature.RING_PACKED) ? most : 2 ** log2Floor(most)

/** Entries that a queue must have: a report in direct descriptors (virtballoon_probe: -ENOSPC), a hint and the STOP behind it. */
function leastSize(role: QueueRole, options: DriverBindingOptions): number {
  if (role === QueueRole.REPORTING) return options.reporting.capacity
  return role === QueueRole.FREE_PAGE ? 2 : 1
}
