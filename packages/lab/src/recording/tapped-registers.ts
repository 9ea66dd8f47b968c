/**
 * Registers of virtio-mmio with a listener: every access is an event, as the driver makes it. Stands between a driver and whatever has the registers, the
 * model or a real machine.
 *
 *   MmioDriver --> TappedRegisters --> MmioDevice | qtest
 *                        +--> tap
 */
import type { Tap } from '@hintlab/protocol'
import type { RegisterAccess, Width } from '@hintlab/transport'

export class TappedRegisters implements RegisterAccess {
  private readonly registers: RegisterAccess
  private readonly tap: Tap
  private readonly base: number

  /** `base` is the address of the device's first register. */
  constructor(registers: RegisterAccess, tap: Tap, base = 0) {
    this.registers = registers
    this.tap = tap
    this.base = base
  }

  read(address: number, width: Width): number {
    const value = this.registers.read(address, width)
    this.tap.event({ register: { write: false, offset: address - this.base, value, width } })
    return value
  }

  /** Told before it is done: what the device does at once comes after it. */
  write(address: number, width: Width, value: number): void {
    this.tap.event({ register: { write: true, offset: address - this.base, value: value >>> 0, width } })
    this.registers.write(address, width, value)
  }
}
