/**
 * The driver's side of virtio-mmio. Each method is the register accesses that Linux's drivers/virtio/virtio_mmio.c makes, a selector always directly
 * before what it selects (rule 101). Nothing that the device answers makes it loop without end.
 */
import { assert } from '@hintlab/kit'
import type { FeatureSet } from '@hintlab/protocol'
import type { QueuePlace } from '../ring/queue-options.ts'
import type { DriverBus } from './driver-bus.ts'
import { Mmio, MMIO_MAGIC, MMIO_VERSION } from './mmio-registers.ts'
import type { RegisterAccess } from './mmio-registers.ts'

/** Reads of a register that says "in progress" before the driver gives up. The device has no work to do that takes longer. */
export const PROGRESS_READS_MAX = 1000

const INVERSE_2_32 = 2 ** -32

export class MmioDriver implements DriverBus {
  /** 0 also for what is no virtio-mmio device of version 2, which a driver ignores (rule 94): `problem` says why. */
  readonly deviceId: number
  /** Why there is no device, as a sentence; `null` when there is one, or when the slot says itself that it is empty. */
  readonly problem: string | null
  private readonly access: RegisterAccess
  private readonly base: number

  /** Looks at the identity registers of the slot at address `base`, and writes nothing. */
  constructor(access: RegisterAccess, base = 0) {
    this.access = access
    this.base = base
    this.problem = this.foreign()
    this.deviceId = this.problem === null ? this.read(Mmio.DEVICE_ID) : 0
  }

  status(): number {
    return this.read(Mmio.STATUS) & 0xff
  }

  setStatus(value: number): void {
    this.write(Mmio.STATUS, value)
  }

  deviceFeatures(): FeatureSet {
    this.write(Mmio.DEVICE_FEATURES_SEL, 1)
    const high = this.read(Mmio.DEVICE_FEATURES)
    this.write(Mmio.DEVICE_FEATURES_SEL, 0)
    return { low: this.read(Mmio.DEVICE_FEATURES), high }
  }

  setDriverFeatures(features: FeatureSet): void {
    this.write(Mmio.DRIVER_FEATURES_SEL, 1)
    this.write(Mmio.DRIVER_FEATURES, features.high)
    this.write(Mmio.DRIVER_FEATURES_SEL, 0)
    this.write(Mmio.DRIVER_FEATURES, features.low)
  }

  configGeneration(): number {
    return this.read(Mmio.CONFIG_GENERATION)
  }

  readConfig(offset: number, bytes: 1 | 2 | 4): number {
    return this.access.read(this.base + Mmio.CONFIG + offset, bytes)
  }

  writeConfig(offset: number, bytes: 1 | 2 | 4, value: number): void {
    this.access.write(this.base + Mmio.CONFIG + offset, bytes, value)
  }

  queueSizeMax(queue: number): number {
    this.write(Mmio.QUEUE_SEL, queue)
    return this.read(Mmio.QUEUE_SIZE_MAX)
  }

  setUpQueue(queue: number, place: QueuePlace): void {
    assert(place.size > 0, 'a queue has entries')
    this.write(Mmio.QUEUE_SEL, queue)
    this.write(Mmio.QUEUE_SIZE, place.size)
    this.writeAddress(Mmio.QUEUE_DESC_LOW, place.descGpa)
    this.writeAddress(Mmio.QUEUE_DRIVER_LOW, place.availGpa)
    this.writeAddress(Mmio.QUEUE_DEVICE_LOW, place.usedGpa)
    this.write(Mmio.QUEUE_READY, 1)
  }

  queueEnabled(queue: number): boolean {
    this.write(Mmio.QUEUE_SEL, queue)
    return (this.read(Mmio.QUEUE_READY) & 1) === 1
  }

  resetQueue(queue: number): boolean {
    this.write(Mmio.QUEUE_SEL, queue)
    this.write(Mmio.QUEUE_RESET, 1)
    for (let reads = 0; reads < PROGRESS_READS_MAX; reads++) {
      if (this.read(Mmio.QUEUE_RESET) === 0) return this.read(Mmio.QUEUE_READY) === 0
    }
    return false
  }

  /** Rule 99: stops a queue without VIRTIO_F_RING_RESET, as Linux's vm_del_vq; true when the device shows that it has. */
  disableQueue(queue: number): boolean {
    this.write(Mmio.QUEUE_SEL, queue)
    this.write(Mmio.QUEUE_READY, 0)
    return this.read(Mmio.QUEUE_READY) === 0
  }

  notify(queue: number): void {
    this.write(Mmio.QUEUE_NOTIFY, queue)
  }

  takeInterrupt(): number {
    const status = this.read(Mmio.INTERRUPT_STATUS)
    if (status !== 0) this.write(Mmio.INTERRUPT_ACK, status)
    return status
  }

  private foreign(): string | null {
    if (this.read(Mmio.MAGIC) !== MMIO_MAGIC) return 'no virtio-mmio device at this address'
    return this.read(Mmio.VERSION) === MMIO_VERSION ? null : 'the virtio-mmio device is not of version 2'
  }

  private writeAddress(low: Mmio, gpa: number): void {
    this.write(low, gpa >>> 0)
    this.access.write(this.base + low + 4, 4, Math.floor(gpa * INVERSE_2_32))
  }

  private read(register: Mmio): number {
    return this.access.read(this.base + register, 4)
  }

  private write(register: Mmio, value: number): void {
    this.access.write(this.base + register, 4, value)
  }
}
