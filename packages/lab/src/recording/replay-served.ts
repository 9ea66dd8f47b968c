/**
 * The device of this repository against the recorded driver of a real guest (`serve --record`, wire.jsonl): the driver's bytes go into the rings as they were,
 * and what the device gives back is compared with what the recorded device gave back, queue by queue.
 *
 *   features, queues, configuration --> device      chain --> ring, kick --> device --used, interrupt--> the same as recorded?
 *
 * Times are not compared: a real guest's clock is not ours, and a device that is asked answers at once here. Statistics are asked for when the recorded device
 * asked. The first difference ends the replay. Where the recording lacks the words of the rings (wire.jsonl), interrupts are not compared.
 */
import { Columns, MS } from '@hintlab/kit'
import { DEVICE_COUNTERS } from '@hintlab/host'
import { Feature, hasFeature, NO_QUEUE, QueueRole, queueRole } from '@hintlab/protocol'
import type { FeatureSet, TapEvent } from '@hintlab/protocol'
import { makeCosts, Measure, PRIORITY_HIGH } from '@hintlab/sim'
import { InterruptStatus, QueueTap, VirtioDevice } from '@hintlab/transport'
import type { QueuePlace } from '@hintlab/transport'
import { BalloonModel } from '../balloon/balloon-model.ts'
import { DEVICES } from '../balloon/personalities.ts'
import type { DeviceName, DevicePersonality } from '../balloon/personalities.ts'
import { Diverged, divergenceOf } from '../conversation/divergence.ts'
import type { ReplayDivergence, ReplayResult } from '../conversation/divergence.ts'
import { eventText, kindOf } from '../conversation/event-text.ts'
import { QueueChange } from '../lint/seen.ts'
import { DriverRing } from './driver-ring.ts'
import type { Conversation } from './read-conversation.ts'
import { RecordedOwner } from './recorded-owner.ts'
import { recordedVm } from './recorded-vm.ts'
import { DEVICE_TABLE_BUFFERS, memoryOf, tablesGpa } from './served-memory.ts'
import { ServedQueue } from './served-queue.ts'

/** Enough for the device to serve whatever is in its rings. */
const STEP_NS = 100 * MS
/** VHOST_USER_F_PROTOCOL_FEATURES is no feature of the device. */
const VIRTIO_BITS = ~(1 << 30)

/** Gives the recorded driver's bytes to our device, until the first difference or the end. */
export function replayServed(conversation: Conversation, progress?: (done: number, all: number) => void): ReplayResult {
  return new Served(conversation).run(progress)
}

class Served {
  private readonly events: readonly TapEvent[]
  private readonly engine: Measure
  private readonly model: BalloonModel
  private readonly virtio: VirtioDevice
  private readonly memory: ReturnType<typeof memoryOf>
  private readonly personality: DevicePersonality
  private readonly places = new Map<number, QueuePlace>()
  private readonly queues = new Map<number, ServedQueue>()
  private features: FeatureSet = { low: 0, high: 0 }
  private readonly counts = { chains: 0, accepted: 0, pages: 0 }
  private alike = 0
  private readonly owner: RecordedOwner
  /** Whether interrupts are compared: only the words of the ring say whether the driver wanted one. */
  private readonly interrupts: boolean

  constructor({ header, events }: Conversation) {
    this.events = events
    this.interrupts = events.some(({ used, words }) => used && words)
    const cols = new Columns()
    this.engine = new Measure(cols, makeCosts(), 1)
    this.memory = memoryOf(cols, header, events)
    const own = DEVICES[header.device as DeviceName] ?? DEVICES.hintlab
    const numbering = (header.numbering ?? '') === '' ? own.numbering : (header.numbering as DevicePersonality['numbering'])
    this.personality = { ...own, numbering }
    const host = this.engine.addCpu('device')
    this.model = new BalloonModel(this.engine, recordedVm(this.engine, this.memory.regions), this.memory.arena, {
      personality: this.personality,
      tapOf: (queue) => new QueueTap({ event: (event) => this.does(event) }, this.memory.arena, { queue }),
      device: { served: (_, blocks, pages) => { this.counts.accepted += blocks; this.counts.pages += pages } },
    })
    this.owner = new RecordedOwner(this.model.device)
    this.virtio = new VirtioDevice(cols, { model: this.model, memory: this.memory.arena, queues: this.model.queues, waitDriverOk: false })
    this.model.bind(this.virtio)
    this.virtio.interrupts = {
      queueInterrupt: () => this.virtio.acknowledge(InterruptStatus.QUEUE),
      configInterrupt: () => this.virtio.acknowledge(InterruptStatus.CONFIG),
    }
    this.engine.addTask('requests', host, (task) => this.model.requestThread(task), { priority: PRIORITY_HIGH })
    this.engine.addTask('statistics', host, (task) => this.model.statsThread(task), { priority: PRIORITY_HIGH })
    for (const event of events) if (this.isDid(event)) this.queue(queueOf(event)).recorded(event)
  }

  run(progress?: (done: number, all: number) => void): ReplayResult {
    let divergence: ReplayDivergence | null = null
    try {
      for (const [i, event] of this.events.entries()) {
        this.step(event)
        if (i % 1024 === 0) progress?.(i, this.events.length)
      }
    } catch (error) {
      if (!(error instanceof Diverged)) throw error
      divergence = divergenceOf(error, this.engine.now, this.state)
    }
    const events = [...this.queues.values()].reduce((sum, { count }) => sum + count, 0)
    return { side: 'host', events, alike: this.alike, divergence }
  }

  /** What a device does with a queue. That it announces a change of its configuration is its owner's doing. */
  private isDid({ used, interrupt }: TapEvent): boolean {
    return Boolean(used) || (this.interrupts && Boolean(interrupt) && interrupt?.config !== true)
  }

  private get state(): ReplayDivergence['state'] {
    const device = Object.fromEntries(DEVICE_COUNTERS.map((name) => [name, this.model.device.hints.counter(name)]))
    const queues = Object.fromEntries([...this.queues].map(([number, { state }]) => [`queue ${number}`, state]))
    return { device, 'recorded guest': { ...this.counts }, ...queues }
  }

  private queue(number: number): ServedQueue {
    let queue = this.queues.get(number)
    if (queue === undefined) this.queues.set(number, (queue = new ServedQueue()))
    return queue
  }

  private step(event: TapEvent): void {
    const { accepted, queueSetup, queueState, configAccess, config, chain } = event
    if (accepted) this.accept({ low: accepted.features?.low ?? 0, high: accepted.features?.high ?? 0 }, event)
    else if (queueSetup) this.places.set(queueSetup.queue ?? 0, placeOf(queueSetup, hasFeature(this.features, Feature.RING_PACKED)))
    else if (queueState) this.switchQueue(queueState.queue ?? 0, queueState.change === QueueChange.ENABLED, event)
    else if (configAccess?.write === true) this.virtio.writeConfigBytes(configAccess.offset ?? 0, configAccess.data ?? new Uint8Array(0))
    else if (config) this.owner.wants(config.numPages ?? 0, config.freePageHintCmdId ?? 0)
    else if (chain) this.chain(event, chain.queue ?? 0)
    else if (this.isDid(event)) return this.compare(event, queueOf(event))
    else return
    this.settle()
  }

  private accept({ low, high }: FeatureSet, event: TapEvent): void {
    this.virtio.reset()
    this.owner.reset()
    this.features = { low: (low & VIRTIO_BITS) >>> 0, high }
    if (!this.virtio.acceptFeatures(this.features)) throw new Diverged('the device does not take the recorded features', event, null)
  }

  private switchQueue(number: number, on: boolean, event: TapEvent): void {
    const place = this.places.get(number)
    if (!on) this.virtio.stopQueue(number)
    if (!on || place === undefined) return
    const tables = hasFeature(this.features, Feature.INDIRECT_DESC) ? { tables: { gpa: tablesGpa(this.memory, number), buffers: DEVICE_TABLE_BUFFERS } } : {}
    const heads = new Set(this.events.flatMap(({ chain }) => (chain && (chain.queue ?? 0) === number ? [chain.head ?? 0] : [])))
    this.queue(number).begins(new DriverRing(this.memory.arena, { place, heads, ...tables }))
    if (!this.virtio.startQueue(number, place)) throw new Diverged(`queue ${number} does not start`, event, null)
  }

  private chain(event: TapEvent, number: number): void {
    this.counts.chains++
    const fed = this.queue(number).ring?.feed(event.chain ?? {}, event.payload) ?? false
    if (!fed) throw new Diverged('the recorded driver makes a chain available for which this device has no place', event, null)
    this.virtio.notify(number)
  }

  /** The device gives a chain back, or interrupts. Before it looks whether the driver wants that, the ring has the words that the recorded device found. */
  private does(event: TapEvent): void {
    if (this.isDid(event)) this.queue(queueOf(event)).did(event)
  }

  private compare(event: TapEvent, number: number): void {
    const queue = this.queue(number)
    if (event.used && this.roleOf(number) === QueueRole.STATS && !queue.isAhead) {
      this.model.device.stats.ask()
      this.settle()
    }
    const mine = queue.next()
    if (mine === null || kindOf(mine) !== kindOf(event) || says(mine) !== says(event)) {
      throw new Diverged('the device does something else', event, mine === null ? null : eventText({ ...mine, sequence: event.sequence ?? 0 }))
    }
    this.alike++
  }

  private roleOf(number: number): QueueRole | typeof NO_QUEUE {
    return queueRole(number, this.personality.numbering, this.personality.offered, this.features)
  }

  private settle(): void {
    this.engine.run(this.engine.now + STEP_NS)
  }
}

const says = ({ used }: TapEvent): string => `${used?.head ?? 0}/${used?.len ?? 0}`

const queueOf = ({ used, interrupt }: TapEvent): number => used?.queue ?? interrupt?.queue ?? 0

const placeOf = ({ size, descGpa, availGpa, usedGpa }: NonNullable<TapEvent['queueSetup']>, packed: boolean): QueuePlace => ({
  size: size ?? 0, descGpa: descGpa ?? 0, availGpa: availGpa ?? 0, usedGpa: usedGpa ?? 0, packed,
})
