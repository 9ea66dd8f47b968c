/**
 * The register model of virtio-mmio version 2 in front of a `VirtioDevice`. It holds what belongs to the registers only, the selectors; everything else
 * is the device's.
 *
 *   read, write (offset, width) --> MmioDevice --> VirtioDevice --> DeviceModel
 *                    line(level) <--
 *
 * Accesses that make no sense (width, alignment, unknown offset, wrong direction) read as 0 or are ignored, as in QEMU, and are counted. Only the
 * modern layout exists here; a driver of the legacy one finds version 2 and must leave the device alone.
 */
import type { Columns, Footprint } from '@hintlab/kit'
import { InterruptLine } from './interrupt-line.ts'
import { Mmio, MMIO_BYTES, MMIO_MAGIC, MMIO_VERSION } from './mmio-registers.ts'
import type { RegisterAccess, Width } from './mmio-registers.ts'
import { QueueWord } from './queue-table.ts'
import type { VirtioDevice } from './virtio-device.ts'

/** Elements of the `selectors` column. */
const DEVICE_FEATURES_SEL = 0
const DRIVER_FEATURES_SEL = 1
const QUEUE_SEL = 2
const STATE_WORDS = 3

/** What QEMU says; drivers do not look at it. */
const VENDOR_ID = 0x554d_4551
const ALL_ONES = 0xffff_ffff

const WORD_OF_REGISTER: ReadonlyMap<number, QueueWord> = new Map<number, QueueWord>([
  [Mmio.QUEUE_SIZE, QueueWord.SIZE],
  [Mmio.QUEUE_DESC_LOW, QueueWord.DESC_LOW], [Mmio.QUEUE_DESC_HIGH, QueueWord.DESC_HIGH],
  [Mmio.QUEUE_DRIVER_LOW, QueueWord.AVAIL_LOW], [Mmio.QUEUE_DRIVER_HIGH, QueueWord.AVAIL_HIGH],
  [Mmio.QUEUE_DEVICE_LOW, QueueWord.USED_LOW], [Mmio.QUEUE_DEVICE_HIGH, QueueWord.USED_HIGH],
])

export interface MmioDeviceOptions {
  readonly label?: string
  /** Called when the level of the interrupt line changes: high while any interrupt is not acknowledged. */
  readonly line?: (level: boolean) => void
}

export class MmioDevice implements RegisterAccess {
  readonly device: VirtioDevice
  private readonly interrupts: InterruptLine
  private readonly state: Uint32Array
  private readonly footprint: Footprint
  private readonly object: number

  /** Becomes the device's interrupt sink. */
  constructor(cols: Columns, device: VirtioDevice, options: MmioDeviceOptions = {}) {
    const { label = 'mmio', line = null } = options
    this.device = device
    this.footprint = cols.footprint
    this.object = cols.objects(label)
    this.state = cols.u32(`${label}.selectors`, STATE_WORDS, this.object)
    this.interrupts = new InterruptLine(cols, device, { label, object: this.object, line })
  }

  /** `offset` counts from the device's first register. */
  read(offset: number, width: Width): number {
    this.footprint.read(this.object)
    if (!valid(offset, width)) return this.bad()
    if (offset >= Mmio.CONFIG) return this.device.readConfig(offset - Mmio.CONFIG, width)
    return this.readRegister(offset)
  }

  write(offset: number, width: Width, value: number): void {
    this.footprint.write(this.object)
    if (!valid(offset, width)) this.bad()
    else if (offset >= Mmio.CONFIG) this.device.writeConfig(offset - Mmio.CONFIG, width, value)
    else this.writeRegister(offset, value >>> 0)
    this.interrupts.update()
  }

  private readRegister(offset: number): number {
    const { device, state } = this
    const queue = state[QUEUE_SEL]
    switch (offset) {
      case Mmio.MAGIC: return MMIO_MAGIC
      case Mmio.VERSION: return MMIO_VERSION
      case Mmio.DEVICE_ID: return device.model.deviceId
      case Mmio.VENDOR_ID: return VENDOR_ID
      case Mmio.DEVICE_FEATURES: return device.readFeatures(state[DEVICE_FEATURES_SEL])
      case Mmio.QUEUE_SIZE_MAX: return device.queues.sizeMax(queue)
      case Mmio.QUEUE_READY: return device.queues.isEnabled(queue) ? 1 : 0
      case Mmio.INTERRUPT_STATUS: return device.interruptStatus
      case Mmio.STATUS: return device.readStatus()
      // A reset of a queue is done before the write that asks for it returns.
      case Mmio.QUEUE_RESET: return 0
      case Mmio.CONFIG_GENERATION: return device.configGeneration
      // There is no shared memory region, whichever is selected.
      case Mmio.SHM_LEN_LOW: case Mmio.SHM_LEN_HIGH: case Mmio.SHM_BASE_LOW: case Mmio.SHM_BASE_HIGH: return ALL_ONES
      default: return this.bad()
    }
  }

  private writeRegister(offset: number, value: number): void {
    const { device, state } = this
    const queue = state[QUEUE_SEL]
    const word = WORD_OF_REGISTER.get(offset)
    if (word !== undefined) {
      device.setQueueWord(queue, word, value)
      return
    }
    switch (offset) {
      case Mmio.DEVICE_FEATURES_SEL: state[DEVICE_FEATURES_SEL] = value; break
      case Mmio.DRIVER_FEATURES_SEL: state[DRIVER_FEATURES_SEL] = value; break
      case Mmio.DRIVER_FEATURES: device.writeFeatures(state[DRIVER_FEATURES_SEL], value); break
      case Mmio.QUEUE_SEL: state[QUEUE_SEL] = value; break
      case Mmio.QUEUE_READY: this.setReady(queue, value); break
      // The upper half would be the driver's position with NOTIFICATION_DATA, which is not offered.
      case Mmio.QUEUE_NOTIFY: device.notify(value & 0xffff); break
      case Mmio.INTERRUPT_ACK: device.acknowledge(value); break
      case Mmio.STATUS: this.setStatus(value); break
      case Mmio.SHM_SEL: break
      case Mmio.QUEUE_RESET: if (value === 1) device.resetQueue(queue); break
      default: this.bad()
    }
  }

  /** A reset also takes the selectors back, as in QEMU. */
  private setStatus(value: number): void {
    this.device.writeStatus(value & 0xff)
    if ((value & 0xff) === 0) this.state.fill(0)
  }

  private setReady(queue: number, value: number): void {
    if (value === 1) this.device.enableQueue(queue)
    else if (value === 0) this.device.disableQueue(queue)
    else this.bad()
  }

  private bad(): 0 {
    this.device.counters.add('badAccess')
    return 0
  }
}

/** Registers are words; the configuration is accessed in the width of its fields, aligned. */
function valid(offset: number, width: Width): boolean {
  if (offset < 0 || offset + width > MMIO_BYTES || offset % width !== 0) return false
  return offset >= Mmio.CONFIG ? width === 1 || width === 2 || width === 4 : width === 4
}
