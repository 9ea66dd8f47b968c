/**
 * What stands behind a vhost-user connection: a device that knows features, configuration and rings, and nothing of messages, descriptors or sockets.
 *
 *   front-end --messages--> VhostUserSession --VhostUserDevice--> device model
 *             <--call fd--                   <--VhostUserLink---
 */
import type { ConfigSpace, FeatureSet } from '@hintlab/protocol'

/** Where a ring lies and where it goes on. */
export interface VringPlace {
  readonly size: number
  readonly descGpa: number
  readonly availGpa: number
  readonly usedGpa: number
  /** As in SET_VRING_BASE: split, the index of the next available entry; packed, 32 bits with offsets and wrap counters of both sides. */
  readonly base: number
}

export interface VhostUserDevice {
  /** Of the device and its rings; the session adds its own bit. */
  readonly offered: FeatureSet
  /** Queues that exist with all features. */
  readonly queues: number
  readonly config: ConfigSpace
  /** Most entries of a queue; 0 when there is no such queue. */
  queueSizeMax(queue: number): number
  /** The driver's choice, a part of `offered`; no ring runs. False when the device does not work with it. */
  setFeatures(features: FeatureSet): boolean
  /** The memory has another table; no ring runs, and every window of the table before is void. */
  memoryReplaced(): void
  /** The ring may be used from now on. False when no ring can lie there: nothing has started then. */
  startQueue(queue: number, place: VringPlace): boolean
  /**
   * The ring must not be touched any more. Returns the base at which it goes on: buffers that were taken and not answered are to be taken again, so it is
   * that of the first of them.
   */
  stopQueue(queue: number): number
  /** The driver has notified a running queue, or may have done so before it ran. */
  kicked(queue: number): void
  /** Back to before the driver; no ring runs. */
  reset(): void
  /** A front-end is there, until `disconnected`. */
  connected(link: VhostUserLink): void
  disconnected(): void
}

/** The way back to the guest. */
export interface VhostUserLink {
  /** Interrupts the driver for used buffers of the queue. */
  interrupt(queue: number): void
  /** Tells the driver that the configuration has changed; kept until a ring is enabled, because QEMU ends when it hears of it earlier. */
  configChanged(): void
}
