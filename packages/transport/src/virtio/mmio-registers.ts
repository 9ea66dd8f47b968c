/**
 * The registers of virtio-mmio, version 2 (virtio 1.2, section 4.2.2): byte offsets from the device's base. Each is 32 bits wide and aligned; from
 * CONFIG on lies the device's configuration space, which is read in the width of its fields. Version 1, the legacy layout with page frame numbers
 * instead of addresses, is not spoken here: a driver ignores such a device.
 *
 *   0x000 identity | 0x010 features | 0x030 queue | 0x050 notify | 0x060 interrupt | 0x070 status | 0x080 areas | 0x0fc generation | 0x100 config
 */

/** `Sel` registers choose which word or queue their neighbours speak of. */
export const Mmio = {
  MAGIC: 0x000,
  VERSION: 0x004,
  DEVICE_ID: 0x008,
  VENDOR_ID: 0x00c,
  DEVICE_FEATURES: 0x010,
  DEVICE_FEATURES_SEL: 0x014,
  DRIVER_FEATURES: 0x020,
  DRIVER_FEATURES_SEL: 0x024,
  QUEUE_SEL: 0x030,
  QUEUE_SIZE_MAX: 0x034,
  QUEUE_SIZE: 0x038,
  QUEUE_READY: 0x044,
  QUEUE_NOTIFY: 0x050,
  INTERRUPT_STATUS: 0x060,
  INTERRUPT_ACK: 0x064,
  STATUS: 0x070,
  QUEUE_DESC_LOW: 0x080,
  QUEUE_DESC_HIGH: 0x084,
  QUEUE_DRIVER_LOW: 0x090,
  QUEUE_DRIVER_HIGH: 0x094,
  QUEUE_DEVICE_LOW: 0x0a0,
  QUEUE_DEVICE_HIGH: 0x0a4,
  SHM_SEL: 0x0ac,
  SHM_LEN_LOW: 0x0b0,
  SHM_LEN_HIGH: 0x0b4,
  SHM_BASE_LOW: 0x0b8,
  SHM_BASE_HIGH: 0x0bc,
  QUEUE_RESET: 0x0c0,
  CONFIG_GENERATION: 0x0fc,
  CONFIG: 0x100,
} as const
export type Mmio = (typeof Mmio)[keyof typeof Mmio]

/** "virt", little-endian. */
export const MMIO_MAGIC = 0x7472_6976
export const MMIO_VERSION = 2
/** Bytes that one device takes in the address space (the stride of QEMU's microvm and of ours). */
export const MMIO_BYTES = 0x200

/** Access width in bytes. */
export type Width = 1 | 2 | 4

/** Device registers as a driver reaches them: the model itself, or a real machine over qtest. Values are unsigned. */
export interface RegisterAccess {
  read(address: number, width: Width): number
  write(address: number, width: Width, value: number): void
}
