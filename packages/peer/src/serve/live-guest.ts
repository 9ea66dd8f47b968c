/**
 * One device for a vhost-user server, whatever guests come to it: it owns what outlives a guest (the target, the totals) and a world that does not. Everything
 * that arrives is stamped with the monotonic clock, given to the model, and the model run until it is idle; what that costs is booked and not waited for.
 *
 *   kick at t:  engine.run(t) -> VirtioDevice.notify -> engine.run(t) -> holes, used buffers, interrupts
 *
 *   L1  A range is given back before the request that named it is answered (`RealDiscard.flush`).
 *   L2  A world is made for a memory table; what the driver had agreed to, and the size of its balloon, go over into it.
 */
import { commonFeatures, ConfigField } from '@hintlab/protocol'
import type { ConfigSpace, FeatureSet, RequestKind } from '@hintlab/protocol'
import type { ForeignMemory } from '../foreign-memory.ts'
import type { VhostUserDevice, VhostUserLink, VringPlace } from '../vhost-user/device.ts'
import { BalloonPages } from './balloon-pages.ts'
import { makeWorld } from './guest-world.ts'
import type { GuestWorld, WorldOptions } from './guest-world.ts'
import type { RealDiscard } from './real-discard.ts'

/** What happened to the guest as a whole. */
export interface GuestObserver {
  connected(): void
  /** The driver has said what it takes. */
  driver(features: FeatureSet): void
  memory(bytes: number, regions: number): void
  queue(queue: number, running: boolean): void
  disconnected(): void
}

export interface LiveGuestOptions extends Omit<WorldOptions, 'served' | 'named'> {
  /** A request, or a part of one, is done: blocks and pages that it named, and blocks that were refused. */
  readonly served: (kind: RequestKind, blocks: number, pages: number, rejected: number) => void
  readonly observer: GuestObserver
  /** Nanoseconds of a clock that never goes back. */
  readonly clock: () => number
}

export class LiveGuest implements VhostUserDevice {
  readonly offered: FeatureSet
  readonly queues: number
  readonly config: ConfigSpace
  world: GuestWorld
  /** In the balloon of the driver that is there now. */
  readonly pages = new BalloonPages()
  private readonly memory: ForeignMemory
  private readonly discard: RealDiscard
  private readonly options: LiveGuestOptions
  private table = ''
  private features: FeatureSet | null = null
  private link: VhostUserLink | null = null
  private target = 0
  /** Named by the present request: also those that are left as they are. */
  private blocks = 0
  private blockPages = 0

  constructor(memory: ForeignMemory, discard: RealDiscard, options: LiveGuestOptions) {
    this.memory = memory
    this.discard = discard
    this.options = options
    discard.onDiscard = (first, count) => this.world.touches.discarded(first, count)
    this.world = this.makeWorld()
    this.offered = this.world.backEnd.offered
    this.queues = this.world.backEnd.queues
    const present = (): ConfigSpace => this.world.backEnd.config
    this.config = {
      length: present().length,
      get generation() {
        return present().generation
      },
      read: (offset, into) => present().read(offset, into),
      write: (offset, from) => this.inTime(() => present().write(offset, from)),
    }
  }

  /** The owner's wish, in pages; kept for the guests to come. */
  setTarget(pages: number): void {
    this.target = pages
    this.inTime(() => this.world.model.device.setTarget(pages))
  }

  /** Does something with the device at the present time, and runs the model until it is idle. */
  inTime<T>(action: () => T): T {
    const now = this.options.clock()
    this.world.engine.run(now)
    const result = action()
    this.world.engine.run(now)
    return result
  }

  /** Lets the model's own timers fire; how long until the next one, ns. */
  tick(): number {
    this.inTime(() => {})
    return this.world.engine.nextEventTime - this.options.clock()
  }

  /** Looks at what the guest has touched. */
  sample(): void {
    this.inTime(() => this.world.touches.sample())
  }

  queueSizeMax(queue: number): number {
    return this.world.backEnd.queueSizeMax(queue)
  }

  setFeatures(features: FeatureSet): boolean {
    const taken = this.inTime(() => this.world.backEnd.setFeatures(features))
    this.pages.clear()
    this.features = taken ? features : null
    if (taken) this.options.observer.driver(commonFeatures(features, this.offered))
    return taken
  }

  /** L2. The same addresses in another mapping are no news to the model. */
  memoryReplaced(): void {
    const { regions } = this.memory
    const table = regions.map(({ gpa, length }) => `${gpa} ${length}`).join()
    if (table === this.table) return
    this.table = table
    if (regions.length === 0) return
    this.renew()
    this.options.observer.memory(regions.reduce((sum, { length }) => sum + length, 0), regions.length)
  }

  startQueue(queue: number, place: VringPlace): boolean {
    this.world.places.set(queue, place)
    const started = this.inTime(() => this.world.backEnd.startQueue(queue, place))
    if (started) this.options.observer.queue(queue, true)
    return started
  }

  stopQueue(queue: number): number {
    this.options.observer.queue(queue, false)
    return this.inTime(() => this.world.backEnd.stopQueue(queue))
  }

  kicked(queue: number): void {
    this.inTime(() => this.world.backEnd.kicked(queue))
  }

  reset(): void {
    this.pages.clear()
    this.inTime(() => this.world.backEnd.reset())
  }

  connected(link: VhostUserLink): void {
    this.link = link
    this.world.backEnd.connected(link)
    this.options.observer.connected()
  }

  /** Told while everything is still as the guest left it. The next one has nothing to do with this one. */
  disconnected(): void {
    this.options.observer.disconnected()
    this.inTime(() => this.world.backEnd.disconnected())
    this.pages.clear()
    this.link = null
    this.features = null
    this.table = ''
  }

  private makeWorld(): GuestWorld {
    const { discard, options } = this
    return makeWorld(this.memory, discard, {
      ...options,
      named: (kind, first, order) => {
        this.blocks++
        this.blockPages += 2 ** order
        this.pages.named(kind, first, order)
      },
      served: (kind, _blocks, _pages, rejected) => {
        discard.flush()
        options.served(kind, this.blocks, this.blockPages, rejected)
        this.blocks = this.blockPages = 0
      },
    })
  }

  private renew(): void {
    const field = new Uint8Array(4)
    this.world.backEnd.config.read(ConfigField.ACTUAL, field)
    this.world = this.makeWorld()
    const { backEnd, model } = this.world
    this.inTime(() => {
      model.device.setTarget(this.target)
      if (this.link !== null) backEnd.connected(this.link)
      if (this.features !== null) backEnd.setFeatures(this.features)
      backEnd.config.write(ConfigField.ACTUAL, field)
    })
  }
}
