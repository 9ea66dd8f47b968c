/** Why a device end cannot use its ring any more, until it is reset. */
export const RingFault = {
  NONE: 0,
  /** Split: the driver's index is further ahead than the queue is long. */
  INDEX_AHEAD: 1,
  /** A head or buffer id that is not below the queue size. */
  HEAD_RANGE: 2,
  /** A head or buffer id made available again before it was used. */
  HEAD_IN_FLIGHT: 3,
  /** Packed: a list of more descriptors than the driver can own, so that it would end in one that the device has not used yet. */
  LIST_LENGTH: 4,
  /** Packed: the first descriptor of a list was made available before the others. */
  LIST_TORN: 5,
} as const
export type RingFault = (typeof RingFault)[keyof typeof RingFault]
