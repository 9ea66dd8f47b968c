/** What each end counted about a peer that does not keep to the rules. Named views of the counter columns; nothing here allocates. */
import { CHAIN_FAULT_NAMES, ChainFault } from './chain-fault.ts'

export const DRIVER_COUNTERS = 3
export const BOGUS_ID = 0
export const DUPLICATE = 1
export const BAD_LENGTH = 2

/** Used entries that the driver end did not believe. */
export class DriverCounters {
  private readonly column: Uint32Array

  constructor(column: Uint32Array) {
    this.column = column
  }

  /** The id names no chain that was ever made available. */
  get bogusId(): number {
    return this.column[BOGUS_ID]
  }

  /** The id names a chain that was returned already. */
  get duplicate(): number {
    return this.column[DUPLICATE]
  }

  /** The length exceeds the bytes that the device was allowed to write. */
  get badLength(): number {
    return this.column[BAD_LENGTH]
  }
}

export const DEVICE_COUNTERS = CHAIN_FAULT_NAMES.length

/** Chains that the device end could not read, by fault. Each was popped, and is answered like any other. */
export class DeviceCounters {
  private readonly column: Uint32Array

  constructor(column: Uint32Array) {
    this.column = column
  }

  /** Malformed chains of every kind. */
  get malformed(): number {
    let sum = 0
    for (let fault = 1; fault < DEVICE_COUNTERS; fault++) sum += this.column[fault]
    return sum
  }

  malformedBy(fault: ChainFault): number {
    return fault === ChainFault.NONE ? 0 : this.column[fault]
  }
}
