/**
 * What a virtio driver needs of its transport (virtio-mmio, PCI, a model): status, features, configuration, queues, notification. Every call is done when
 * it returns: registers are plain accesses in the model, and synchronous ones over qtest.
 *
 *   driver --DriverBus--> registers --> VirtioDevice --DeviceModel--> balloon
 */
import type { FeatureSet } from '@hintlab/protocol'
import type { QueuePlace } from '../ring/queue-options.ts'

/** Bits of the device status field (virtio 1.x, 2.1). */
export const DeviceStatus = { ACKNOWLEDGE: 1, DRIVER: 2, DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 64, FAILED: 128 } as const

/** Bits of the interrupt status. */
export const InterruptStatus = { QUEUE: 1, CONFIG: 2 } as const

/** Device ID of the traditional balloon (virtio 1.x, 5.5). */
export const BALLOON_DEVICE_ID = 5

export interface DriverBus {
  /** 0: there is no device here, and the driver stops without a word. */
  readonly deviceId: number
  status(): number
  /** 0 asks for a reset, which is done when `status` reads 0. */
  setStatus(value: number): void
  deviceFeatures(): FeatureSet
  setDriverFeatures(features: FeatureSet): void
  configGeneration(): number
  /** One field; `bytes` as wide as the field is. */
  readConfig(offset: number, bytes: 1 | 2 | 4): number
  writeConfig(offset: number, bytes: 1 | 2 | 4, value: number): void
  /** Most entries of a queue; 0 when there is no such queue. */
  queueSizeMax(queue: number): number
  /** Tells where the queue lies and enables it. */
  setUpQueue(queue: number, place: QueuePlace): void
  /** VIRTIO_F_RING_RESET: stops one queue and forgets its state; false when the device does not finish it. */
  resetQueue(queue: number): boolean
  /** The available-buffer notification. */
  notify(queue: number): void
  /** Reads the interrupt status and acknowledges what it read. */
  takeInterrupt(): number
}
