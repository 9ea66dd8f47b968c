/**
 * A `VirtioDevice` behind a vhost-user session. The session has no status field: a driver begins with SET_FEATURES, which resets what was before it, and is
 * in service once a ring runs.
 *
 *   VhostUserSession --VhostUserDevice--> VirtioBackEnd --> VirtioDevice --DeviceModel--> balloon
 *                    <-----link----------               <-- InterruptSink
 */
import { Feature, hasFeature } from '@hintlab/protocol'
import type { ConfigSpace, FeatureSet, GuestMemory } from '@hintlab/protocol'
import { InterruptStatus } from '@hintlab/transport'
import type { InterruptSink, VirtioDevice } from '@hintlab/transport'
import type { VhostUserDevice, VhostUserLink, VringPlace } from './device.ts'

/** Offset of the flags in a descriptor of a packed ring, and the bit that a device sets in odd laps. */
const PACKED_FLAGS = 14
const PACKED_F_USED = 0x8000
const DESC_BYTES = 16

export class VirtioBackEnd implements VhostUserDevice, InterruptSink {
  readonly config: ConfigSpace
  readonly queues: number
  private readonly device: VirtioDevice
  private readonly memory: GuestMemory
  private link: VhostUserLink | null = null

  /** Takes the device's interrupts. `memory` is the device's. */
  constructor(device: VirtioDevice, memory: GuestMemory) {
    this.device = device
    this.memory = memory
    this.queues = device.queues.count
    // Through the device, which has a tap and refuses what comes too early.
    this.config = {
      length: device.model.config.length,
      get generation() {
        return device.configGeneration
      },
      read: (offset, into) => device.readConfigBytes(offset, into),
      write: (offset, from) => device.writeConfigBytes(offset, from),
    }
    device.interrupts = this
  }

  get offered(): FeatureSet {
    return this.device.model.offered
  }

  queueSizeMax(queue: number): number {
    return this.device.queues.sizeMax(queue)
  }

  setFeatures(features: FeatureSet): boolean {
    this.device.reset()
    return this.device.acceptFeatures(features)
  }

  memoryReplaced(): void {
    // Rings get their windows when they start.
  }

  startQueue(queue: number, place: VringPlace): boolean {
    return this.device.startQueue(queue, place, this.startIndex(place))
  }

  stopQueue(queue: number): number {
    const next = this.device.stopQueue(queue)
    // Nothing is in flight beyond it, so both halves of a packed base are the same.
    return this.isPacked() ? (next | (next << 16)) >>> 0 : next
  }

  kicked(queue: number): void {
    this.device.notify(queue)
  }

  reset(): void {
    this.device.reset()
  }

  connected(link: VhostUserLink): void {
    this.link = link
  }

  disconnected(): void {
    this.link = null
    this.device.reset()
  }

  queueInterrupt(queue: number): void {
    this.device.acknowledge(InterruptStatus.QUEUE)
    this.link?.interrupt(queue)
  }

  configInterrupt(): void {
    this.device.acknowledge(InterruptStatus.CONFIG)
    this.link?.configChanged()
  }

  private isPacked(): boolean {
    return hasFeature(this.device.negotiated, Feature.RING_PACKED)
  }

  /** Split: 16 bits. Packed: where the device's own side is, so that what was taken and not answered is taken again. */
  private startIndex({ base, descGpa }: VringPlace): number | undefined {
    if (!this.isPacked()) return base & 0xffff
    if (base !== 0) return base >>> 16
    // The begin of an odd lap, or UML, which says 0 of every new ring: in an odd lap the first descriptor was used before.
    const first = this.memory.window(descGpa, DESC_BYTES)
    return first !== null && (first.load16(PACKED_FLAGS) & PACKED_F_USED) !== 0 ? 0 : undefined
  }
}
