/**
 * The device end of virtio below its device type: status, features, configuration, queues, interrupts. One object for every transport: registers
 * (`MmioDevice`, `PciDevice`) drive it through the status field, a vhost-user session, which has none, through `acceptFeatures` and `startQueue`.
 *
 *   registers   writeStatus, enableQueue ... --+                       +--> DeviceModel (balloon, echo)
 *                                              +--> VirtioDevice ------+
 *   vhost-user  acceptFeatures, startQueue ----+         |             +--- publish, configChanged
 *                                                 InterruptSink
 *
 *   E1  the model serves no queue and no interrupt is sent before DRIVER_OK (rule 82; the safeguard `waitDriverOk`), nor after a reset
 *   E2  a reset stops every queue before it returns: status 0 means that it is done (rule 86)
 *   E3  a ring that makes no sense, or a place where none can lie, sets DEVICE_NEEDS_RESET, and the driver hears of it if DRIVER_OK stands (rule 83)
 *
 * The driver is hostile: whatever it does in whatever order is a counter and a value. Only calls of the model itself are asserted.
 */
import { assert, Counters } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { Feature, hasFeature, messages } from '@hintlab/protocol'
import type { FeatureSet, Tap } from '@hintlab/protocol'
import type { QueuePlace } from '../ring/queue-options.ts'
import type { DeviceModel } from './device-model.ts'
import { DeviceStatus, InterruptStatus } from './driver-bus.ts'
import { Negotiation } from './negotiation.ts'
import { QueueTable } from './queue-table.ts'
import type { QueueTableOptions, QueueWord } from './queue-table.ts'
import { VIRTIO_COUNTERS } from './virtio-counters.ts'
import type { VirtioCounter } from './virtio-counters.ts'

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET, FAILED } = DeviceStatus
const { Change } = messages.QueueState

/** Elements of the `state` column. */
const INTERRUPTS = 0
/** The features were shown since the last reset: the tap is told once. */
const SHOWN = 1
const STATE_WORDS = 2

/** Where a device's interrupts go. What has happened stands in `interruptStatus` already. */
export interface InterruptSink {
  /** The used buffer notification of a queue. */
  queueInterrupt(queue: number): void
  /** The configuration change notification. */
  configInterrupt(): void
}

export interface VirtioDeviceOptions extends QueueTableOptions {
  /** First part of the names of its columns and objects. */
  readonly label?: string
  readonly tap?: Tap | null
  /** E1. Off: a queue is served as soon as it is enabled. */
  readonly waitDriverOk?: boolean
}

export class VirtioDevice {
  readonly model: DeviceModel
  readonly counters: Counters<VirtioCounter>
  readonly queues: QueueTable
  /** Set by the transport in front; without one, interrupts only stand in `interruptStatus`. */
  interrupts: InterruptSink | null = null
  private readonly negotiation: Negotiation
  private readonly tap: Tap | null
  private readonly waitDriverOk: boolean
  private readonly footprint: Footprint
  private readonly object: number
  private readonly state: Uint32Array
  private readonly field = new Uint8Array(4)

  constructor(cols: Columns, options: VirtioDeviceOptions) {
    const { model, label = 'virtio', tap = null, waitDriverOk = true } = options
    this.model = model
    this.tap = tap
    this.waitDriverOk = waitDriverOk
    this.footprint = cols.footprint
    this.object = cols.objects(label)
    this.counters = new Counters(cols, `${label}.counters`, this.object, VIRTIO_COUNTERS)
    this.state = cols.u32(`${label}.state`, STATE_WORDS, this.object)
    this.negotiation = new Negotiation(cols, label, this.object, model, this.counters)
    this.queues = new QueueTable(cols, label, this.object, this.counters, options)
  }

  // Status and features.

  get status(): number {
    return this.negotiation.status
  }

  /** The features agreed on; none before FEATURES_OK. */
  get negotiated(): FeatureSet {
    return this.negotiation.has(FEATURES_OK) ? this.negotiation.accepted : { low: 0, high: 0 }
  }

  /** The driver reads the status. */
  readStatus(): number {
    const value = this.negotiation.status
    this.tap?.event({ status: { write: false, value } })
    return value
  }

  /** The driver writes the status; 0 resets the device. */
  writeStatus(value: number): void {
    const { negotiation, tap } = this
    if (tap !== null && (value & FEATURES_OK) !== 0 && !negotiation.has(FEATURES_OK)) tap.event({ accepted: { features: negotiation.accepted } })
    tap?.event({ status: { write: true, value } })
    if (value === 0) {
      this.reset()
      return
    }
    const fresh = negotiation.write(value)
    if ((fresh & FEATURES_OK) !== 0) this.model.negotiated(negotiation.accepted)
    if ((fresh & DRIVER_OK) !== 0) this.startEnabled()
  }

  /** The driver reads one word of what the device offers; there are two, and the others are 0. */
  readFeatures(word: number): number {
    const { offered } = this.model
    this.footprint.write(this.object)
    if (this.state[SHOWN] === 0) this.tap?.event({ offered: { features: offered } })
    this.state[SHOWN] = 1
    if (word === 0) return offered.low
    return word === 1 ? offered.high : 0
  }

  /** The driver writes one word of what it takes. */
  writeFeatures(word: number, value: number): void {
    if (this.negotiation.writeFeatures(word, value)) return
    const { low, high } = this.negotiation.accepted
    this.tap?.event({ accepted: { features: { low: word === 0 ? value : low, high: word === 1 ? value : high } } })
  }

  /** What the driver has written, as it can read it back over PCI. */
  acceptedWord(word: number): number {
    const { low, high } = this.negotiation.accepted
    if (word === 0) return low
    return word === 1 ? high : 0
  }

  /** Everything as it was at the start, except the model's own lasting state and the counters. */
  reset(): void {
    this.footprint.write(this.object)
    for (let queue = 0; queue < this.queues.count; queue++) {
      this.stop(queue)
      this.queues.forget(queue)
    }
    this.negotiation.reset()
    this.state.fill(0)
    this.model.reset()
  }

  // Configuration.

  get configGeneration(): number {
    return this.model.config.generation
  }

  /** The driver reads a field of at most four bytes; allowed at any time (rule 88). */
  readConfig(offset: number, bytes: number): number {
    const field = this.field.subarray(0, bytes)
    this.readConfigBytes(offset, field)
    let value = 0
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + field[i]
    return value
  }

  writeConfig(offset: number, bytes: number, value: number): void {
    for (let i = 0; i < bytes; i++) this.field[i] = value >>> (8 * i)
    this.writeConfigBytes(offset, this.field.subarray(0, bytes))
  }

  readConfigBytes(offset: number, into: Uint8Array): void {
    const { config } = this.model
    config.read(offset, into)
    this.tap?.event({ configAccess: { write: false, offset, data: into.slice(), generation: config.generation } })
  }

  /** The driver writes; not before FEATURES_OK (rule 80). */
  writeConfigBytes(offset: number, from: Uint8Array): void {
    const { config } = this.model
    this.tap?.event({ configAccess: { write: true, offset, data: from.slice(), generation: config.generation } })
    if (this.negotiation.has(FEATURES_OK)) config.write(offset, from)
    else this.counters.add('configEarly')
  }

  // Queues, as registers have them.

  setQueueWord(queue: number, word: QueueWord, value: number): void {
    this.queues.setWord(queue, word, value)
  }

  /** The driver enables a queue where its words say. */
  enableQueue(queue: number): void {
    if (this.queues.isEnabled(queue)) return
    if (this.queues.sizeMax(queue) === 0) this.counters.add('queueMissing')
    else if (this.canEnable()) this.enable(queue, this.queues.place(queue))
  }

  /** The driver stops a queue; what it said about it stays (QueueReady = 0 of virtio-mmio). */
  disableQueue(queue: number): void {
    this.stop(queue)
  }

  /** VIRTIO_F_RING_RESET: done when it returns (rule 89). */
  resetQueue(queue: number): void {
    if (queue >= this.queues.count || !hasFeature(this.negotiated, Feature.RING_RESET)) {
      this.counters.add('resetRefused')
      return
    }
    this.tellQueue(queue, Change.RESET_ASKED)
    this.stop(queue)
    this.queues.forget(queue)
    this.tellQueue(queue, Change.RESET_DONE)
  }

  /** The driver's available-buffer notification. */
  notify(queue: number): void {
    if (this.queues.isStarted(queue) && !this.isStuck()) {
      this.model.notified(queue)
      this.lookAtRing(queue)
    } else if (this.queues.isEnabled(queue) && !this.negotiation.has(DRIVER_OK)) {
      this.counters.add('notifiedEarly')
      this.queues.noteEarly(queue)
    } else {
      this.counters.add('notifiedIdle')
    }
  }

  // Queues, as a session without a status field has them.

  /** The front-end sets the features. False, and as before, when the device cannot work with them, or when queues run with others. */
  acceptFeatures(features: FeatureSet): boolean {
    const { negotiation } = this
    if (this.queues.anyEnabled()) {
      const { low, high } = negotiation.accepted
      if (low === features.low && high === features.high) return true
      this.counters.add('featuresLate')
      return false
    }
    this.tap?.event({ accepted: { features } })
    negotiation.reset()
    negotiation.writeFeatures(0, features.low)
    negotiation.writeFeatures(1, features.high)
    if ((negotiation.write(ACKNOWLEDGE | DRIVER | FEATURES_OK) & FEATURES_OK) === 0) return false
    this.model.negotiated(features)
    return true
  }

  /**
   * Enables and starts a queue; `startIndex` is what `stopQueue` returned, or where a new ring begins, in 16 bits: of vhost's base of a packed ring, which
   * has 32, either half. False when it cannot be.
   */
  startQueue(queue: number, place: QueuePlace, startIndex?: number): boolean {
    if (queue >= this.queues.count || this.queues.isEnabled(queue) || !this.canEnable()) return false
    this.negotiation.write(this.status | DRIVER_OK)
    return this.enable(queue, place, startIndex === undefined ? startIndex : startIndex & 0xffff)
  }

  /** Stops a queue: where the ring goes on (`DeviceRing.nextIndex`), or -1 when it was not enabled. What was answered is published. */
  stopQueue(queue: number): number {
    const ring = this.queues.ring(queue)
    if (ring === null) return -1
    if (this.queues.isStarted(queue)) this.publish(queue)
    const next = ring.nextIndex
    this.stop(queue)
    return next
  }

  // What the model says.

  /** The model has pushed chains of a started queue: shows them to the driver, with an interrupt if it wants one. */
  publish(queue: number): void {
    assert(this.queues.isStarted(queue), 'a model answers on queues that were started')
    const ring = this.queues.ring(queue)!
    ring.publish()
    if (ring.needsInterrupt()) this.interruptQueue(queue)
    this.lookAtRing(queue)
  }

  /** Sends the used buffer notification of a started queue, for a model that has published by itself. */
  interruptQueue(queue: number): void {
    assert(this.queues.isStarted(queue), 'only a started queue interrupts')
    this.footprint.write(this.object)
    this.state[INTERRUPTS] |= InterruptStatus.QUEUE
    this.interrupts?.queueInterrupt(queue)
  }

  /** The device has changed its configuration. A driver that is not there yet will read it anyway, and is not told. */
  configChanged(): void {
    if (!this.negotiation.has(DRIVER_OK)) return
    this.footprint.write(this.object)
    this.state[INTERRUPTS] |= InterruptStatus.CONFIG
    this.tap?.event({ interrupt: { config: true } })
    this.interrupts?.configInterrupt()
  }

  /** Looks whether the ring of a queue still makes sense; `publish` and `notify` do. For a model that pops at other times. */
  lookAtRing(queue: number): void {
    if (this.queues.ring(queue)?.needsReset !== true || this.negotiation.has(NEEDS_RESET)) return
    this.counters.add('ringsBroken')
    this.needReset()
  }

  /** DEVICE_NEEDS_RESET: the device cannot go on (E3). */
  needReset(): void {
    if (this.negotiation.has(NEEDS_RESET)) return
    this.negotiation.needReset()
    this.tap?.event({ status: { write: false, value: this.status } })
    this.configChanged()
  }

  // Interrupts.

  get interruptStatus(): number {
    this.footprint.read(this.object)
    return this.state[INTERRUPTS]
  }

  /** The driver acknowledges; bits that did not stand do not matter. */
  acknowledge(bits: number): void {
    this.footprint.write(this.object)
    this.state[INTERRUPTS] &= ~bits
  }

  check(): void {
    this.negotiation.check()
    this.queues.check()
    assert((this.state[INTERRUPTS] & ~(InterruptStatus.QUEUE | InterruptStatus.CONFIG)) === 0, 'only two interrupts exist')
    for (let queue = 0; queue < this.queues.count; queue++) {
      const mayRun = this.negotiation.has(this.waitDriverOk ? DRIVER_OK : FEATURES_OK)
      assert(mayRun || !this.queues.isStarted(queue), 'no queue is served before the driver is ready')
      assert(this.negotiation.has(FEATURES_OK) || !this.queues.isEnabled(queue), 'no queue is enabled before the features stand')
    }
  }

  /** FAILED or NEEDS_RESET: only a reset helps. */
  private isStuck(): boolean {
    return (this.status & (FAILED | NEEDS_RESET)) !== 0
  }

  private canEnable(): boolean {
    const can = this.negotiation.has(FEATURES_OK) && !this.isStuck()
    if (!can) this.counters.add('queueEarly')
    return can
  }

  private enable(queue: number, place: QueuePlace, startIndex?: number): boolean {
    const { size, descGpa, availGpa, usedGpa } = place
    this.tap?.event({ queueSetup: { queue, size, descGpa, availGpa, usedGpa } })
    if (!this.queues.enable(queue, place, this.negotiation.accepted, startIndex)) {
      this.needReset()
      return false
    }
    this.tellQueue(queue, Change.ENABLED)
    if (!this.waitDriverOk || this.negotiation.has(DRIVER_OK)) this.start(queue)
    return true
  }

  private startEnabled(): void {
    for (let queue = 0; queue < this.queues.count; queue++) {
      if (!this.queues.isEnabled(queue) || this.queues.isStarted(queue)) continue
      const early = this.queues.takeEarly(queue)
      this.start(queue)
      if (early) this.notify(queue)
    }
  }

  private start(queue: number): void {
    this.queues.start(queue)
    this.lookAtRing(queue)
  }

  private stop(queue: number): void {
    if (!this.queues.isEnabled(queue)) return
    this.queues.stop(queue)
    this.tellQueue(queue, Change.DISABLED)
  }

  private tellQueue(queue: number, change: messages.QueueState.Change): void {
    this.tap?.event({ queueState: { queue, change } })
  }
}

