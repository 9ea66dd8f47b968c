/**
 * Where things lie in a virtio PCI function of the modern kind (virtio 1.2, section 4.1). Capabilities of the vendor type in configuration space say in
 * which BAR each structure is:
 *
 *   config space  header | BARs | capability -> capability -> ...        capability:  +0 9 | +1 next | +2 len | +3 type | +4 bar | +8 offset | +12 length
 *   BAR           common | isr | device | notify                                      +16 multiplier (notify only)
 */
import type { Width } from './mmio-registers.ts'

/** Bytes of configuration space that are looked at. */
export const PCI_CONFIG_BYTES = 256
export const PCI_BARS = 6

/** Offsets of the header. */
export const Pci = {
  VENDOR: 0x00, DEVICE: 0x02, COMMAND: 0x04, STATUS: 0x06, REVISION: 0x08, HEADER_TYPE: 0x0e, BAR0: 0x10, SUBSYSTEM: 0x2e, CAPABILITIES: 0x34,
  INTERRUPT_PIN: 0x3d,
} as const

export const PCI_VENDOR_VIRTIO = 0x1af4
/** The device ID of a modern function is this plus the device type. Below, down to 0x1000, are transitional ones. */
export const PCI_DEVICE_MODERN = 0x1040
export const PCI_DEVICE_TRANSITIONAL = 0x1000

export const COMMAND_IO = 1
export const COMMAND_MEMORY = 2
export const COMMAND_BUS_MASTER = 4
export const STATUS_CAPABILITIES = 0x10

/** Low bits of a BAR. */
export const BAR_IO = 1
export const BAR_TYPE = 6
export const BAR_64 = 4
export const BAR_FLAGS = 15

export const CAP_VENDOR = 9
export const Cap = { NEXT: 1, TYPE: 3, BAR: 4, OFFSET: 8, LENGTH: 12, MULTIPLIER: 16 } as const

/** Types of structures. */
export const Structure = { COMMON: 1, NOTIFY: 2, ISR: 3, DEVICE: 4 } as const
export type Structure = (typeof Structure)[keyof typeof Structure]

/** Offsets in the common configuration; the 64-bit addresses are written as two words. */
export const Common = {
  DEVICE_FEATURE_SELECT: 0x00, DEVICE_FEATURE: 0x04, DRIVER_FEATURE_SELECT: 0x08, DRIVER_FEATURE: 0x0c, CONFIG_VECTOR: 0x10, NUM_QUEUES: 0x12,
  DEVICE_STATUS: 0x14, CONFIG_GENERATION: 0x15, QUEUE_SELECT: 0x16, QUEUE_SIZE: 0x18, QUEUE_VECTOR: 0x1a, QUEUE_ENABLE: 0x1c,
  QUEUE_NOTIFY_OFF: 0x1e, QUEUE_DESC: 0x20, QUEUE_DRIVER: 0x28, QUEUE_DEVICE: 0x30, QUEUE_NOTIFY_DATA: 0x38, QUEUE_RESET: 0x3a,
} as const

/** The common configuration up to the addresses of a queue, which every device has, and with what came after. */
export const COMMON_BYTES_MIN = 0x38
export const COMMON_BYTES = 0x3c
export const NO_VECTOR = 0xffff

/** A PCI function as a driver reaches it: its own configuration space, and the memory space of the machine. Values are unsigned. */
export interface PciAccess {
  configRead(offset: number, width: Width): number
  configWrite(offset: number, width: Width, value: number): void
  memRead(address: number, width: Width): number
  memWrite(address: number, width: Width, value: number): void
}

/** Addresses that nobody else uses, for BARs. */
export interface AddressWindow {
  readonly base: number
  readonly size: number
}
