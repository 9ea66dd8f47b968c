/** The registers of virtio-mmio as the accesses to them show them. */
import type { SeenOf } from '../seen.ts'

export const Register = {
  MAGIC: 0x000, VERSION: 0x004, DEVICE_ID: 0x008, VENDOR_ID: 0x00c, DEVICE_FEATURES: 0x010, DEVICE_FEATURES_SEL: 0x014, DRIVER_FEATURES: 0x020,
  DRIVER_FEATURES_SEL: 0x024, QUEUE_SEL: 0x030, QUEUE_NUM_MAX: 0x034, QUEUE_NUM: 0x038, QUEUE_READY: 0x044, QUEUE_NOTIFY: 0x050,
  INTERRUPT_STATUS: 0x060, INTERRUPT_ACK: 0x064, STATUS: 0x070, QUEUE_DESC_LOW: 0x080, QUEUE_DEVICE_HIGH: 0x0a4, QUEUE_RESET: 0x0c0,
  CONFIG_GENERATION: 0x0fc, CONFIG: 0x100,
} as const

export const MAGIC = 0x7472_6976

export class MmioState {
  present = false
  /** The last value read of a register, by its offset. */
  readonly read = new Map<number, number>()
  /** Registers written since the last reset. */
  readonly written = new Set<number>()
  queueSel = 0
  /** QueueReady as the driver wrote it, by queue. */
  readonly ready = new Map<number, boolean>()
  readonly sizeMax = new Map<number, number>()
  /** Interrupt bits that were read and not acknowledged. */
  pending = 0
  /** An interrupt was sent and the status not read since: its sequence, or -1. */
  unreadInterrupt = -1
  /** The status was read since the last acknowledgement. */
  statusRead = false
  /** 0 was written to Status and read back since: nothing was set up after that. */
  reset = false
  private resetAsked = false
  /** A reset of the queue selected is asked for. */
  queueReset = false
  /** It is finished, and the queue not ready again. */
  queueResetDone = false
  /** Configuration words under the present generation, by offset. */
  readonly config = new Map<number, number>()

  /** The driver has read that this is no device for it. */
  get foreign(): string | null {
    const magic = this.read.get(Register.MAGIC)
    const version = this.read.get(Register.VERSION)
    if (magic !== undefined && magic !== MAGIC) return `the magic is 0x${magic.toString(16)}`
    if (version !== undefined && version !== 2 && version !== 1) return `the version is ${version}`
    return this.read.get(Register.DEVICE_ID) === 0 ? 'the device id is 0' : null
  }

  access(access: SeenOf<'register'>): void {
    this.present = true
    if (access.write) this.write(access)
    else this.readBack(access)
  }

  private write({ offset, value }: SeenOf<'register'>): void {
    if (offset >= Register.CONFIG) {
      this.config.clear()
      return
    }
    this.written.add(offset)
    if (offset === Register.STATUS) {
      this.resetAsked = value === 0
      this.reset = false
      if (value === 0) this.written.clear()
      if (value === 0) this.ready.clear()
    } else if (offset === Register.QUEUE_SEL) {
      this.queueSel = value
      this.queueReset = false
      this.queueResetDone = false
    } else if (offset === Register.QUEUE_READY) {
      this.ready.set(this.queueSel, value === 1)
      this.reset = false
      this.queueResetDone = false
    } else if (offset === Register.QUEUE_RESET) {
      this.queueReset = value === 1
    } else if (offset === Register.INTERRUPT_ACK) {
      this.pending &= ~value
      this.statusRead = false
    }
  }

  private readBack({ offset, value }: SeenOf<'register'>): void {
    if (offset >= Register.CONFIG) {
      this.config.set(offset, value)
      return
    }
    if (offset === Register.CONFIG_GENERATION && value !== this.read.get(offset)) this.config.clear()
    this.read.set(offset, value)
    if (offset === Register.STATUS && value === 0 && this.resetAsked) {
      this.reset = true
      this.resetAsked = false
      this.pending = 0
      this.ready.clear()
    } else if (offset === Register.QUEUE_NUM_MAX) {
      this.sizeMax.set(this.queueSel, value)
    } else if (offset === Register.INTERRUPT_STATUS) {
      this.pending = value
      this.unreadInterrupt = -1
      this.statusRead = true
    } else if (offset === Register.QUEUE_RESET && value === 0 && this.queueReset) {
      this.queueReset = false
      this.queueResetDone = true
      this.ready.set(this.queueSel, false)
    }
  }
}
