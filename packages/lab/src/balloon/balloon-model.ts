/**
 * The balloon behind a virtio device: queues by number on one side, sources of requests by role on the other. One class for registers and vhost-user; what it
 * offers and where it deviates is a personality.
 *
 *     VirtioDevice --queueStarted(number, ring)--> role by numbering --attach--> NativePort --> BalloonDevice
 *                  <--interruptQueue, configChanged--
 *
 *   M1  A ring is attached to the port of its role, and to none when its number means nothing to this device.
 */
import type { Columns } from '@hintlab/kit'
import { BalloonDevice } from '@hintlab/host'
import type { BalloonDeviceOptions, Vm } from '@hintlab/host'
import { commonFeatures, NO_QUEUE, queueExists, QueueRole, queueRole, QUEUE_ROLE_NAMES } from '@hintlab/protocol'
import type { ConfigSpace, FeatureSet, GuestMemory, StatsBatch } from '@hintlab/protocol'
import type { Engine, Task } from '@hintlab/sim'
import { BALLOON_DEVICE_ID, makeHintPort, makeStatsPort } from '@hintlab/transport'
import type { DeviceModel, DeviceRing, HintRole, NativePort, QueueTap, VirtioDevice } from '@hintlab/transport'
import type { DevicePersonality } from './personalities.ts'

const ROLES = Object.values(QueueRole)
const HINT_ROLES: readonly HintRole[] = [QueueRole.INFLATE, QueueRole.DEFLATE, QueueRole.FREE_PAGE, QueueRole.REPORTING]

/** Numbers of PFNs or ranges that are served at once; longer requests come in parts. */
const ENTRIES_MAX = 1024
const STATS_MAX = 64

export interface BalloonModelOptions {
  readonly label?: string
  readonly personality: DevicePersonality
  /** What this one offers of what the personality can; all of it by default. */
  readonly offers?: FeatureSet
  /** Between two questions for statistics, ns; 0: only when asked. */
  readonly statsIntervalNs?: number
  /** Who is told what happens on the queue of this number, which starts now. */
  readonly tapOf?: (queue: number) => QueueTap | null
  readonly device?: Pick<BalloonDeviceOptions, 'ignoreBelowOrder' | 'inhibited' | 'served' | 'named' | 'keepsHints' | 'joins'> & {
    readonly doneAtStop?: boolean
  }
}

export class BalloonModel implements DeviceModel {
  readonly deviceId = BALLOON_DEVICE_ID
  readonly offered: FeatureSet
  readonly device: BalloonDevice
  readonly config: ConfigSpace
  private readonly personality: DevicePersonality
  private readonly hintPorts: ReadonlyMap<QueueRole, NativePort>
  private readonly statsPort: NativePort<StatsBatch>
  /** Started queues whose rings wait for the others (`allQueuesNeeded`), by number. */
  private readonly waiting = new Map<number, DeviceRing>()
  private readonly cols: Columns
  private readonly tapOf: (queue: number) => QueueTap | null
  private readonly object: number
  /** Number of the queue that has a role now, by role; NO_QUEUE while none has. */
  private readonly numbers: Int32Array
  /** What was negotiated, and until then what is offered. */
  private readonly words: Uint32Array
  private virtio: VirtioDevice | null = null

  constructor(engine: Engine, vm: Vm, memory: GuestMemory, options: BalloonModelOptions) {
    const { personality, label = 'balloon', statsIntervalNs = 0, device = {} } = options
    const { doneAtStop = false, ...rest } = device
    this.personality = personality
    this.offered = options.offers === undefined ? personality.offered : commonFeatures(options.offers, personality.offered)
    this.cols = engine.cols
    this.tapOf = options.tapOf ?? (() => null)
    this.object = engine.cols.objects(`${label} queues`)
    this.numbers = engine.cols.i32(`${label}.queueNumbers`, ROLES.length, this.object).fill(NO_QUEUE)
    this.words = engine.cols.u32(`${label}.features`, 2, this.object)
    this.features = this.offered
    const port = (role: QueueRole) => ({
      label: `${label} ${QUEUE_ROLE_NAMES[role]}`, role, usedLength: personality.usedLength, misaligned: personality.misaligned ?? 'cut',
      interrupt: () => this.virtio?.interruptQueue(this.numbers[role]),
    })
    this.hintPorts = new Map(HINT_ROLES.map((role) => [role, makeHintPort(engine, memory, { ...port(role), role })]))
    this.statsPort = makeStatsPort(engine, memory, { ...port(QueueRole.STATS), entriesMax: STATS_MAX })
    this.device = new BalloonDevice(engine, vm, { hints: [...this.hintPorts.values()], stats: this.statsPort }, {
      label, offered: this.offered, entriesMax: ENTRIES_MAX, ...rest,
      config: personality.config,
      configSurvivesReset: personality.configSurvivesReset ?? false,
      stats: { intervalNs: statsIntervalNs, knownTags: personality.knownTags, unknownTags: personality.unknownTags ?? 'skipped' },
      runs: { idMin: personality.hintIdMin ?? 2, doneAtStop },
    })
    this.config = this.device.config
    this.device.onDrained = () => this.lookAtRings()
  }

  /** The transport's device, which is built around this one. */
  bind(virtio: VirtioDevice): void {
    this.virtio = virtio
    this.device.onConfigChanged = () => virtio.configChanged()
  }

  /** Numbers of queues go from 0 to below this. */
  get queues(): number {
    return ROLES.length
  }

  queueSizeMax(queue: number): number {
    const role = this.roleOf(queue)
    return role === NO_QUEUE ? 0 : this.personality.queueSizes[role]
  }

  accepts(): boolean {
    return true
  }

  negotiated(features: FeatureSet): void {
    this.features = features
    this.device.negotiated(features)
  }

  queueStarted(queue: number, ring: DeviceRing): void {
    this.waiting.set(queue, ring)
    if (this.personality.allQueuesNeeded && !this.allStarted()) return
    this.device.started()
    for (const [number, held] of this.waiting) this.attach(number, held)
    this.waiting.clear()
  }

  queueStopped(queue: number): void {
    if (this.waiting.delete(queue)) return
    const role = this.roleOf(queue)
    if (role === NO_QUEUE || this.numbers[role] !== queue) return
    this.cols.footprint.write(this.object)
    this.numbers[role] = NO_QUEUE
    this.portOf(role).detach()
    this.portOf(role).native.tap = null
    if (role === QueueRole.STATS) this.device.stats.detached()
  }

  notified(queue: number): void {
    const role = this.roleOf(queue)
    if (role === NO_QUEUE || this.numbers[role] !== queue) return
    this.portOf(role).rung(0)
    if (role === QueueRole.STATS) this.device.stats.wake()
    else this.device.wake()
  }

  reset(): void {
    this.features = this.offered
    this.device.reset()
  }

  /** Bodies of the device's two threads: requests, and statistics. */
  *requestThread(task: Task): Generator<number, void, void> {
    yield* this.device.threadBody(task)
  }

  *statsThread(task: Task): Generator<number, void, void> {
    yield* this.device.stats.threadBody(task)
  }

  private get features(): FeatureSet {
    this.cols.footprint.read(this.object)
    return { low: this.words[0], high: this.words[1] }
  }

  private set features({ low, high }: FeatureSet) {
    this.cols.footprint.write(this.object)
    this.words[0] = low
    this.words[1] = high
  }

  /** What the device serves on a queue: by what was negotiated, or by what it offers when it never looks at the driver's answer. */
  private roleOf(queue: number): QueueRole | typeof NO_QUEUE {
    const counts = this.personality.checksAccepted ?? true ? this.features : this.offered
    return queueRole(queue, this.personality.numbering, this.offered, counts)
  }

  private allStarted(): boolean {
    const offered = ROLES.filter((role) => queueExists(role, this.offered)).length
    return this.waiting.size + this.numbers.filter((number) => number !== NO_QUEUE).length === offered
  }

  private attach(queue: number, ring: DeviceRing): void {
    const role = this.roleOf(queue)
    if (role === NO_QUEUE) return
    this.cols.footprint.write(this.object)
    this.numbers[role] = queue
    this.portOf(role).native.tap = this.tapOf(queue)
    this.portOf(role).attach(ring)
    if (role === QueueRole.STATS) this.device.stats.wake()
    else this.device.wake()
  }

  private portOf(role: QueueRole): NativePort | NativePort<StatsBatch> {
    return role === QueueRole.STATS ? this.statsPort : this.hintPorts.get(role)!
  }

  private lookAtRings(): void {
    for (const number of this.numbers) if (number !== NO_QUEUE) this.virtio?.lookAtRing(number)
  }
}
