/**
 * A device against a hostile driver, case by case.
 *
 *   honest start --> the case's actions --> the device comes to rest --> oracle --> reset
 *
 *   Z1  no exception, and bounded work (guarded-memory.ts, device-world.ts)
 *   Z2  at rest nothing is in flight on any ring but a buffer of statistics; a ring in order has nothing left to take
 *   Z3  what was discarded lies in the memslots and was named by the driver
 *   Z4  `check` of device, rings and VM holds
 *   Z5  after a reset an honest driver is served: the start of the next case, or of `finish`
 */
import { Feature, hasFeature, QueueRole } from '@hintlab/protocol'
import { DeviceStatus } from '@hintlab/transport'
import type { DeviceRing } from '@hintlab/transport'
import { DEVICES } from '../balloon/personalities.ts'
import type { DeviceName } from '../balloon/personalities.ts'
import { CaseReader } from './case-reader.ts'
import { act, readHead } from './device-actions.ts'
import type { DeviceCase } from './device-actions.ts'
import { DeviceCounts, DEVICE_COUNT_NAMES } from './device-counts.ts'
import { ARENA_A, DeviceWorld, PAGES, QUEUES } from './device-world.ts'
import { demand } from './fuzz-target.ts'
import type { FuzzTarget } from './fuzz-target.ts'

/** The host's page tables are recomputed after so many cases, and at the end. */
const DEEP_CHECK_EVERY = 64
const ACTIONS_MAX = 64
const HONEST: DeviceCase = readHead(new CaseReader())

export class DeviceFuzz implements FuzzTarget {
  readonly names = DEVICE_COUNT_NAMES
  private readonly worlds = new Map<DeviceName, DeviceWorld>()
  private readonly reader = new CaseReader()
  private readonly tally = new DeviceCounts()
  private readonly spoil: (world: DeviceWorld) => void
  private cases = 0

  /** `spoil` makes a device wrong, for tests of the oracle. */
  constructor(spoil: (world: DeviceWorld) => void = () => {}) {
    this.spoil = spoil
  }

  get counts(): Float64Array {
    return this.tally.sums
  }

  get malformed(): number {
    return this.tally.malformed
  }

  get chains(): number {
    return this.tally.chains
  }

  run(bytes: Uint8Array): void {
    const { reader } = this
    reader.begin(bytes)
    const head = readHead(reader)
    const world = this.worldOf(head.personality)
    world.begin()
    this.honestly(world, head, this.cases * 7)
    for (let actions = 0; actions < ACTIONS_MAX && !reader.ended; actions++) act(world, reader, head)
    this.rest(world)
    this.judge(world)
    if (++this.cases % DEEP_CHECK_EVERY === 0) world.vm.check()
    this.tally.take(world)
  }

  finish(): void {
    for (const [personality, world] of this.worlds) {
      world.begin()
      this.honestly(world, { ...HONEST, personality }, 1)
      world.vm.check()
      world.engine.check()
    }
  }

  private worldOf(name: DeviceName): DeviceWorld {
    let world = this.worlds.get(name)
    if (world === undefined) {
      world = new DeviceWorld(name)
      this.worlds.set(name, world)
      this.spoil(world)
    }
    return world
  }

  /** Z5. */
  private honestly(world: DeviceWorld, head: DeviceCase, page: number): void {
    world.start(head)
    world.inflate(page % PAGES)
  }

  /** Every queue is notified once more, so that nothing waits for a kick that a spoilt event word has swallowed. */
  private rest(world: DeviceWorld): void {
    world.settle()
    for (let queue = 0; queue < QUEUES; queue++) world.bus.notify(queue)
    world.settle()
  }

  private judge(world: DeviceWorld): void {
    const { virtio, model, tidy } = world
    virtio.check()
    const stuck = (virtio.status & (DeviceStatus.NEEDS_RESET | DeviceStatus.FAILED)) !== 0
    for (let queue = 0; queue < QUEUES; queue++) {
      const ring = virtio.queues.ring(queue)
      if (ring === null || !virtio.queues.isStarted(queue)) continue
      const isStats = world.roleOf(queue) === QueueRole.STATS
      const held = isStats && model.device.stats.holds ? 1 : 0
      const gone = isStats && DEVICES[world.name].unknownTags === 'fails'
      demand(gone ? ring.inFlight >= held : ring.inFlight === held, () => `Z2: queue ${queue} holds ${ring.inFlight} chains at rest, and may hold ${held}`)
      demand(!ring.needsReset || stuck, () => `Z2: ring ${queue} is corrupt and the driver was not told`)
      if (!stuck && !gone && tidy) this.nothingLeft(world, queue, ring, held)
    }
  }

  /** By the words in memory: behind what the device has taken there is nothing that it could take. */
  private nothingLeft({ virtio, words, ports }: DeviceWorld, queue: number, ring: DeviceRing, held: number): void {
    if (!ports.some((port) => port.ring === ring)) return // the driver declined its feature, or another queue is still missing
    const { descGpa, availGpa } = virtio.queues.place(queue)
    const next = ring.nextIndex
    if (!hasFeature(virtio.negotiated, Feature.RING_PACKED)) {
      const index = words.load16(availGpa + 2 - ARENA_A)
      demand(index === ((next + held) & 0xffff), () => `Z2: queue ${queue}: avail index ${index}, used index ${next}, held ${held}`)
    } else if (held === 0) {
      const flags = words.load16(descGpa + 16 * (next & 0x7fff) + 14 - ARENA_A)
      const available = (next & 0x8000) !== 0 ? 0x80 : 0x8000
      demand((flags & 0x8080) !== available, () => `Z2: queue ${queue} has a list at ${next & 0x7fff} that was not taken`)
    }
  }
}
