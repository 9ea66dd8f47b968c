/**
 * A recorded driver against the device of this repository: the driver's bytes go into the rings as they were, and what the device makes of them is compared
 * with what the recorded device did.
 *
 *   wire.jsonl  message --> features, queues, configuration of the device
 *               pop ------> descriptors, buffers, available ring in memory; kick
 *               used -----> the same element at the same place of the used ring?
 *               call -----> an interrupt, or none where the driver wanted none?
 *
 * Statistics are asked for when the recorded device asked. A hint run is begun when it was, but under the device's own id: hints count as stale there, and
 * are answered all the same.
 */
import { Columns, MS, PAGE_SIZE } from '@hintlab/kit'
import { QueueRole, RequestKind } from '@hintlab/protocol'
import type { FeatureSet, TapEvent } from '@hintlab/protocol'
import { makeCosts, Measure, PRIORITY_HIGH } from '@hintlab/sim'
import { InterruptStatus, VirtioDevice } from '@hintlab/transport'
import type { QueuePlace } from '@hintlab/transport'
import { BalloonModel } from '../balloon/balloon-model.ts'
import { DEVICES } from '../balloon/personalities.ts'
import { QueueChange } from '../lint/seen.ts'
import { unpacked } from './read-conversation.ts'
import { RecordedOwner } from './recorded-owner.ts'
import { recordedVm } from './recorded-vm.ts'
import { ReplayMemory } from './replay-memory.ts'
import { VhostUserMeaning } from './vhost-user-meaning.ts'
import { messagesOf, parseLines } from './wire-jsonl.ts'
import type { WireLine } from './wire-jsonl.ts'

/** As the recorded back-end numbered queues: all were there, so that every way of counting agrees. */
const PERSONALITY = { ...DEVICES.hintlab, numbering: 'dense-negotiated' } as const
/** Enough for the device to serve whatever is in its rings. */
const STEP_NS = 100 * MS
/** VHOST_USER_F_PROTOCOL_FEATURES is no feature of the device. */
const VIRTIO_BITS = ~(1 << 30)

export interface DriverReplay {
  readonly chains: number
  /** Used elements that the recorded device wrote, and those that this one wrote at the same place with the same id and length. */
  readonly used: number
  readonly usedAlike: number
  readonly calls: number
  /** Interrupts sent or left out as recorded. */
  readonly callsAlike: number
  /** Pages that the driver reported, as recorded and as the device took them. */
  readonly pagesReported: number
  readonly pagesTaken: number
  /** The first differences, as sentences. */
  readonly differences: readonly string[]
}

const DIFFERENCES_MAX = 10

/** Replays a wire.jsonl, plain or gzip. An InputError names what is wrong with the file. */
export function replayDriver(file: string): DriverReplay {
  return new Replayed(parseLines(file, Buffer.from(unpacked(file)).toString('utf8'))).run()
}

class Replayed {
  private readonly lines: readonly WireLine[]
  /** What each line of a message means. */
  private readonly meanings = new Map<WireLine, TapEvent[]>()
  private readonly engine: Measure
  private readonly model: BalloonModel
  private readonly virtio: VirtioDevice
  private readonly bytes: ReplayMemory
  private readonly places = new Map<number, QueuePlace>()
  private readonly differences: string[] = []
  private readonly result = { chains: 0, used: 0, usedAlike: 0, calls: 0, callsAlike: 0, pagesReported: 0, pagesTaken: 0 }
  private interrupts = 0
  private readonly owner: RecordedOwner

  constructor(lines: readonly WireLine[]) {
    this.lines = lines
    const meaning = new VhostUserMeaning()
    for (const line of lines) if (line.ev === 'msg') this.meanings.set(line, messagesOf(line, meaning))
    const cols = new Columns()
    this.engine = new Measure(cols, makeCosts(), 1)
    this.bytes = new ReplayMemory(cols, lines, [...this.meanings.values()].flat().flatMap((event) => (isPlaced(event) ? [placeOf(event)] : [])))
    const host = this.engine.addCpu('device')
    this.model = new BalloonModel(this.engine, recordedVm(this.engine, meaning.regions), this.bytes.memory, {
      personality: PERSONALITY,
      device: { served: (kind, _, pages) => (this.result.pagesTaken += kind === RequestKind.REPORT ? pages : 0) },
    })
    this.owner = new RecordedOwner(this.model.device)
    this.virtio = new VirtioDevice(cols, { model: this.model, memory: this.bytes.memory, queues: this.model.queues, waitDriverOk: false })
    this.model.bind(this.virtio)
    this.virtio.interrupts = {
      queueInterrupt: () => {
        this.virtio.acknowledge(InterruptStatus.QUEUE)
        this.interrupts++
      },
      configInterrupt: () => this.virtio.acknowledge(InterruptStatus.CONFIG),
    }
    this.engine.addTask('requests', host, (task) => this.model.requestThread(task), { priority: PRIORITY_HIGH })
    this.engine.addTask('statistics', host, (task) => this.model.statsThread(task), { priority: PRIORITY_HIGH })
  }

  run(): DriverReplay {
    for (const line of this.lines) this.step(line)
    return { ...this.result, differences: this.differences }
  }

  private step(line: WireLine): void {
    switch (line.ev) {
      case 'msg':
        for (const event of this.meanings.get(line) ?? []) this.message(event)
        return
      case 'kick': return this.virtio.notify(line.q ?? 0)
      case 'pop': return this.chain(line)
      case 'used': return this.used(line)
      case 'call': return this.called(line)
    }
  }

  private message(event: TapEvent): void {
    const { accepted, queueState, configAccess, config } = event
    if (isSet(accepted)) this.accept({ low: accepted.features?.low ?? 0, high: accepted.features?.high ?? 0 })
    if (isPlaced(event)) this.places.set(event.queueSetup?.queue ?? 0, placeOf(event))
    if (isSet(queueState)) this.switchQueue(queueState.queue ?? 0, queueState.change === QueueChange.ENABLED)
    if (isSet(configAccess) && configAccess.write === true) this.virtio.writeConfigBytes(configAccess.offset ?? 0, configAccess.data ?? new Uint8Array(0))
    if (isSet(config)) this.owner.wants(config.numPages ?? 0, config.freePageHintCmdId ?? 0)
    this.settle()
  }

  private accept({ low, high }: FeatureSet): void {
    this.virtio.reset()
    this.owner.reset()
    if (!this.virtio.acceptFeatures({ low: (low & VIRTIO_BITS) >>> 0, high })) this.differs('the device does not take the recorded features')
  }

  private switchQueue(queue: number, on: boolean): void {
    const place = this.places.get(queue)
    if (!on) this.virtio.stopQueue(queue)
    else if (place !== undefined && !this.virtio.startQueue(queue, place)) this.differs(`queue ${queue} does not start`)
  }

  private chain(line: WireLine): void {
    const { q = 0, desc = [] } = line
    const place = this.places.get(q)
    if (place === undefined) return
    this.result.chains++
    if (q === QueueRole.REPORTING) this.result.pagesReported += desc.reduce((sum, { len }) => sum + len / PAGE_SIZE, 0)
    this.bytes.makeAvailable(line, place)
    this.interrupts = 0
    this.virtio.notify(q)
    this.settle()
  }

  private used({ q = 0, seq, id = 0, len = 0, used_pos: position = 0 }: WireLine): void {
    const place = this.places.get(q)
    if (place === undefined) return
    if (q === QueueRole.STATS) {
      this.interrupts = 0
      this.model.device.stats.ask()
      this.settle()
    }
    const ours = this.bytes.usedElement(position, place)
    this.result.used++
    if (ours !== null && ours.id === id && ours.len === len) this.result.usedAlike++
    else this.differs(`step ${seq}: used element ${position} of queue ${q} is ${ours === null ? 'missing' : `${ours.id}/${ours.len}`}, recorded ${id}/${len}`)
  }

  private called({ q = 0, seq, sent = false }: WireLine): void {
    this.result.calls++
    if (this.interrupts > 0 === sent) this.result.callsAlike++
    else this.differs(`step ${seq}: queue ${q} ${sent ? 'does not interrupt' : 'interrupts'}, unlike the recorded device`)
  }

  private settle(): void {
    this.engine.run(this.engine.now + STEP_NS)
  }

  private differs(text: string): void {
    if (this.differences.length < DIFFERENCES_MAX) this.differences.push(text)
  }
}

const isSet = <T>(field: T | null | undefined): field is T => field !== null && field !== undefined

const isPlaced = ({ queueSetup }: TapEvent): boolean => isSet(queueSetup)

function placeOf({ queueSetup: setup }: TapEvent): QueuePlace {
  return { size: setup?.size ?? 0, descGpa: setup?.descGpa ?? 0, availGpa: setup?.availGpa ?? 0, usedGpa: setup?.usedGpa ?? 0 }
}
