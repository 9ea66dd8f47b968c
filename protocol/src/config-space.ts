/**
 * A device's configuration space, as the transports reach it: bytes, little-endian. The device behind it gives the fields their meaning. The driver
 * guards reads of more than one field by the generation (rule 87): the device changes it with every change that could be torn.
 */
export interface ConfigSpace {
  /** Bytes that exist with the features offered. */
  readonly length: number
  /** 32 bits, wraps. */
  readonly generation: number
  /** Copies bytes from `offset` on; those beyond the end are 0. */
  read(offset: number, into: Uint8Array): void
  /** The driver writes. What it may not write is ignored and counted. */
  write(offset: number, from: Uint8Array): void
}
