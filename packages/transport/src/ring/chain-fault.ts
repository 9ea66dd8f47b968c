/** What is wrong with a chain that a driver made available. The numbers index the device's counters. */
export const ChainFault = {
  NONE: 0,
  /** More descriptors than the queue has: the chain runs in a circle. */
  LOOP: 1,
  /** `next` names no descriptor. */
  NEXT_RANGE: 2,
  /** A device-readable buffer behind a device-writable one. */
  ORDER: 3,
  /** A buffer of no bytes (QEMU's virtqueue_map_desc refuses it as well). */
  ZERO_LENGTH: 4,
  /** More than 2^32 bytes in total. */
  TOO_LONG: 5,
  /** An indirect table that was not negotiated. */
  INDIRECT: 6,
  /** A buffer or table that reaches beyond 2^52, where no guest memory can be. */
  ADDRESS: 7,
  /** An indirect table in a descriptor that has a successor; in a packed ring also one that has a predecessor. */
  INDIRECT_NEXT: 8,
  /** An indirect table inside an indirect table. */
  NESTED: 9,
  /** An indirect table of no descriptors, of a part of one, or of more than the queue has. */
  TABLE_LENGTH: 10,
  /** An indirect table outside guest memory. */
  TABLE_OUTSIDE: 11,
} as const
export type ChainFault = (typeof ChainFault)[keyof typeof ChainFault]

export const CHAIN_FAULT_NAMES = [
  'none', 'loop', 'next out of range', 'readable after writable', 'zero length', 'longer than 4 GiB', 'indirect not negotiated', 'address',
  'indirect and next', 'nested table', 'table length', 'table outside memory',
] as const
