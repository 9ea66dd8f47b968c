/** The device status field: who wrote what, and where the driver is on its way to DRIVER_OK. */
import type { SeenOf } from '../seen.ts'

export const StatusBit = { ACKNOWLEDGE: 1, DRIVER: 2, DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 64, FAILED: 128 } as const

export class StatusState {
  /** There is a status field, and a driver that writes it. Behind vhost-user a device may tell of NEEDS_RESET where no driver sees a status. */
  present = false
  /** What the driver wrote last. */
  written = 0
  /** What it read last; -1 since the last write. */
  readBack = -1
  /** What it read after it wrote FEATURES_OK; -1 before. */
  afterFeatures = -1
  /** 0 was written, and not yet read back. */
  resetting = false
  /** 0 was read back, and the driver has not begun again. */
  quiet = false
  /** The device said NEEDS_RESET after DRIVER_OK and has not announced it: the sequence, or -1. */
  unannounced = -1
  private needsReset = false

  has(bit: number): boolean {
    return (this.written & bit) !== 0
  }

  access({ write, value, sequence }: SeenOf<'status'>): void {
    if (write) this.present = true
    if (write) this.write(value)
    else this.read(value, sequence)
  }

  private write(value: number): void {
    this.resetting = value === 0
    this.quiet = false
    this.written = value
    this.readBack = -1
    if (value === 0) {
      this.afterFeatures = -1
      this.unannounced = -1
      this.needsReset = false
    }
  }

  private read(value: number, sequence: number): void {
    if ((value & StatusBit.NEEDS_RESET) !== 0 && !this.needsReset) {
      this.needsReset = true
      if (this.has(StatusBit.DRIVER_OK)) this.unannounced = sequence
    }
    this.readBack = value
    if (this.has(StatusBit.FEATURES_OK) && !this.has(StatusBit.DRIVER_OK)) this.afterFeatures = value
    if (value === 0 && this.resetting) {
      this.resetting = false
      this.quiet = true
    }
  }
}
