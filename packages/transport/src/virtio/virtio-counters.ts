/** What a device's transport counts of a driver that does not keep to the specification. None of it is an error of ours, and none stops the device. */
export const VIRTIO_COUNTERS = [
  /** Status: a bit cleared without a reset (rule 81); one set before those that it needs (rule 80); one that does not exist here. */
  'statusCleared', 'statusOrder', 'statusUnknown',
  /** FEATURES_OK was not granted (rules 85, 91); features written after it stood. */
  'featuresRefused', 'featuresLate',
  /** Of a queue that the device does not have; written while the queue was enabled (rule 99); enabled before FEATURES_OK. */
  'queueMissing', 'queueLocked', 'queueEarly',
  /** A place where no queue can lie: refused, and the device needs a reset. */
  'queueRefused',
  /** A queue reset without VIRTIO_F_RING_RESET. */
  'resetRefused',
  /** Notified before DRIVER_OK: kept until then (Linux's balloon does it). Notified while nobody may serve it: ignored. */
  'notifiedEarly', 'notifiedIdle',
  /** Configuration written before FEATURES_OK: ignored. */
  'configEarly',
  /** Rings that the driver made unreadable: the device needs a reset. */
  'ringsBroken',
  /** Register accesses of a wrong width or alignment, to nothing, or against the register's direction: read as 0, not written. */
  'badAccess',
] as const
export type VirtioCounter = (typeof VIRTIO_COUNTERS)[number]
