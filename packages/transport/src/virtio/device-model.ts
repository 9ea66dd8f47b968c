/**
 * What stands behind a device's transport: one device type. `VirtioDevice` (status, negotiation, queues) calls it, and it never sees a register or a
 * vhost-user message.
 */
import type { ConfigSpace, FeatureSet } from '@hintlab/protocol'
import type { DeviceRing } from '../ring/ring.ts'

export interface DeviceModel {
  readonly deviceId: number
  readonly offered: FeatureSet
  readonly config: ConfigSpace
  /** Most entries of a queue; 0 when there is no such queue with the features `negotiated` (before FEATURES_OK: offered). */
  queueSizeMax(queue: number): number
  /** Whether the device works with these: false clears FEATURES_OK (rules 2, 85). Bits that were not offered never come here. */
  accepts(features: FeatureSet): boolean
  /** FEATURES_OK stands. */
  negotiated(features: FeatureSet): void
  /** The queue is enabled and the driver may have used it already. */
  queueStarted(queue: number, ring: DeviceRing): void
  /** The ring is gone: disabled, reset, or the whole device reset. */
  queueStopped(queue: number): void
  /** The driver has notified this queue, or something stands for it (a resume). Spurious calls happen. */
  notified(queue: number): void
  /** A reset of the device, after its queues were stopped. */
  reset(): void
}
