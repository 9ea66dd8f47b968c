/**
 * A modern virtio PCI function in front of a `VirtioDevice`, as much of it as a driver needs: type 0 header, one 64-bit memory BAR with the four
 * structures, one empty 32-bit BAR before it, the interrupt line. No MSI-X, no I/O space, no access window in configuration space.
 *
 *   BAR 4:  common 0x0000 | isr 0x1000 | device 0x2000 | notify 0x3000, 4 bytes for each queue
 *
 * An access that makes no sense reads as 0, or is ignored, and is counted.
 */
import type { Columns, Footprint } from '@hintlab/kit'
import { InterruptLine } from './interrupt-line.ts'
import type { Width } from './mmio-registers.ts'
import {
  BAR_64, Cap, CAP_VENDOR, Common, COMMON_BYTES, COMMAND_BUS_MASTER, COMMAND_MEMORY, NO_VECTOR, Pci, PCI_CONFIG_BYTES, PCI_DEVICE_MODERN,
  PCI_VENDOR_VIRTIO, STATUS_CAPABILITIES, Structure,
} from './pci-layout.ts'
import type { PciAccess } from './pci-layout.ts'
import { QueueWord } from './queue-table.ts'
import type { VirtioDevice } from './virtio-device.ts'

const STRUCTURES_BAR = 4
const EMPTY_BAR = 1
const EMPTY_BAR_BYTES = 0x1000
const STRUCTURE_BYTES = 0x1000
const BAR_BYTES = 4 * STRUCTURE_BYTES
const NOTIFY_MULTIPLIER = 4

/** Elements of the `state` column. */
const DEVICE_FEATURE_SELECT = 0
const DRIVER_FEATURE_SELECT = 1
const QUEUE_SELECT = 2
const STATE_WORDS = 3

/** Width of each field of the common configuration, by offset; the addresses are words. */
const WIDTHS: ReadonlyMap<number, Width> = new Map<number, Width>([
  [Common.DEVICE_FEATURE_SELECT, 4], [Common.DEVICE_FEATURE, 4], [Common.DRIVER_FEATURE_SELECT, 4], [Common.DRIVER_FEATURE, 4],
  [Common.CONFIG_VECTOR, 2], [Common.NUM_QUEUES, 2], [Common.DEVICE_STATUS, 1], [Common.CONFIG_GENERATION, 1], [Common.QUEUE_SELECT, 2],
  [Common.QUEUE_SIZE, 2], [Common.QUEUE_VECTOR, 2], [Common.QUEUE_ENABLE, 2], [Common.QUEUE_NOTIFY_OFF, 2], [Common.QUEUE_DESC, 4],
  [Common.QUEUE_DESC + 4, 4], [Common.QUEUE_DRIVER, 4], [Common.QUEUE_DRIVER + 4, 4], [Common.QUEUE_DEVICE, 4], [Common.QUEUE_DEVICE + 4, 4],
  [Common.QUEUE_NOTIFY_DATA, 2], [Common.QUEUE_RESET, 2],
])

const WORD_OF_FIELD: ReadonlyMap<number, QueueWord> = new Map<number, QueueWord>([
  [Common.QUEUE_SIZE, QueueWord.SIZE],
  [Common.QUEUE_DESC, QueueWord.DESC_LOW], [Common.QUEUE_DESC + 4, QueueWord.DESC_HIGH],
  [Common.QUEUE_DRIVER, QueueWord.AVAIL_LOW], [Common.QUEUE_DRIVER + 4, QueueWord.AVAIL_HIGH],
  [Common.QUEUE_DEVICE, QueueWord.USED_LOW], [Common.QUEUE_DEVICE + 4, QueueWord.USED_HIGH],
])

export interface PciDeviceOptions {
  readonly label?: string
  /** Called when the level of the interrupt line changes. */
  readonly line?: (level: boolean) => void
}

export class PciDevice implements PciAccess {
  readonly device: VirtioDevice
  private readonly interrupts: InterruptLine
  private readonly config: Uint8Array
  private readonly view: DataView
  private readonly state: Uint32Array
  private readonly footprint: Footprint
  private readonly object: number

  /** Becomes the device's interrupt sink. */
  constructor(cols: Columns, device: VirtioDevice, options: PciDeviceOptions = {}) {
    const { label = 'pci', line = null } = options
    this.device = device
    this.footprint = cols.footprint
    this.object = cols.objects(label)
    this.config = cols.u8(`${label}.config`, PCI_CONFIG_BYTES, this.object)
    this.view = new DataView(this.config.buffer)
    this.state = cols.u32(`${label}.state`, STATE_WORDS, this.object)
    this.writeHeader()
    this.interrupts = new InterruptLine(cols, device, { label, object: this.object, line })
  }

  configRead(offset: number, width: Width): number {
    this.footprint.read(this.object)
    if (!aligned(offset, width) || offset + width > PCI_CONFIG_BYTES) return this.bad()
    if (width === 1) return this.config[offset]
    return width === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true)
  }

  /** The command register and the BARs can be written, the rest is fixed. */
  configWrite(offset: number, width: Width, value: number): void {
    this.footprint.write(this.object)
    if (offset === Pci.COMMAND && width >= 2) this.view.setUint16(offset, value & (COMMAND_MEMORY | COMMAND_BUS_MASTER), true)
    else if (width === 4 && offset === Pci.BAR0 + 4 * EMPTY_BAR) this.view.setUint32(offset, value & -EMPTY_BAR_BYTES, true)
    else if (width === 4 && offset === Pci.BAR0 + 4 * STRUCTURES_BAR) this.view.setUint32(offset, (value & -BAR_BYTES) | BAR_64, true)
    else if (width === 4 && offset === Pci.BAR0 + 4 * STRUCTURES_BAR + 4) this.view.setUint32(offset, value, true)
    else if (width !== 4 || offset < Pci.BAR0 || offset >= Pci.BAR0 + 24) this.bad()
  }

  memRead(address: number, width: Width): number {
    const offset = this.offsetOf(address, width)
    const at = offset % STRUCTURE_BYTES
    switch (Math.floor(offset / STRUCTURE_BYTES)) {
      case 0: return WIDTHS.get(at) === width ? this.readCommon(at) : this.bad()
      case 1: return at === 0 && width === 1 ? this.takeInterrupts() : this.bad()
      case 2: return this.device.readConfig(at, width)
      // The notification area is for writing.
      default: return this.bad()
    }
  }

  memWrite(address: number, width: Width, value: number): void {
    this.footprint.write(this.object)
    const offset = this.offsetOf(address, width)
    const at = offset % STRUCTURE_BYTES
    switch (Math.floor(offset / STRUCTURE_BYTES)) {
      case 0: if (WIDTHS.get(at) === width) this.writeCommon(at, value >>> 0)
        else this.bad()
        break
      case 2: this.device.writeConfig(at, width, value); break
      case 3: if (width === 2 && at % NOTIFY_MULTIPLIER === 0) this.device.notify(at / NOTIFY_MULTIPLIER)
        else this.bad()
        break
      default: this.bad()
    }
    this.interrupts.update()
  }

  private readCommon(field: number): number {
    const { device, state } = this
    const queue = state[QUEUE_SELECT]
    switch (field) {
      case Common.DEVICE_FEATURE_SELECT: return state[DEVICE_FEATURE_SELECT]
      case Common.DEVICE_FEATURE: return device.readFeatures(state[DEVICE_FEATURE_SELECT])
      case Common.DRIVER_FEATURE_SELECT: return state[DRIVER_FEATURE_SELECT]
      case Common.DRIVER_FEATURE: return device.acceptedWord(state[DRIVER_FEATURE_SELECT])
      case Common.CONFIG_VECTOR: case Common.QUEUE_VECTOR: return NO_VECTOR
      case Common.NUM_QUEUES: return device.queues.count
      case Common.DEVICE_STATUS: return device.readStatus()
      case Common.CONFIG_GENERATION: return device.configGeneration & 0xff
      case Common.QUEUE_SELECT: return queue
      case Common.QUEUE_SIZE: return device.queues.place(queue).size
      case Common.QUEUE_ENABLE: return device.queues.isEnabled(queue) ? 1 : 0
      case Common.QUEUE_NOTIFY_OFF: case Common.QUEUE_NOTIFY_DATA: return queue
      case Common.QUEUE_RESET: return 0
      default: return device.queues.word(queue, WORD_OF_FIELD.get(field)!)
    }
  }

  private writeCommon(field: number, value: number): void {
    const { device, state } = this
    const queue = state[QUEUE_SELECT]
    const word = WORD_OF_FIELD.get(field)
    if (word !== undefined) {
      device.setQueueWord(queue, word, value)
      return
    }
    switch (field) {
      case Common.DEVICE_FEATURE_SELECT: state[DEVICE_FEATURE_SELECT] = value; break
      case Common.DRIVER_FEATURE_SELECT: state[DRIVER_FEATURE_SELECT] = value; break
      case Common.DRIVER_FEATURE: device.writeFeatures(state[DRIVER_FEATURE_SELECT], value); break
      // There are no vectors to choose from.
      case Common.CONFIG_VECTOR: case Common.QUEUE_VECTOR: break
      case Common.DEVICE_STATUS: this.setStatus(value); break
      case Common.QUEUE_SELECT: state[QUEUE_SELECT] = value; break
      // Only a reset disables a queue here.
      case Common.QUEUE_ENABLE: if (value === 1) device.enableQueue(queue)
        else this.bad()
        break
      case Common.QUEUE_RESET: if (value === 1) device.resetQueue(queue); break
      default: this.bad()
    }
  }

  private setStatus(value: number): void {
    this.device.writeStatus(value & 0xff)
    if ((value & 0xff) === 0) this.state.fill(0)
  }

  private takeInterrupts(): number {
    const status = this.device.interruptStatus
    this.device.acknowledge(status)
    this.interrupts.update()
    return status
  }

  /** Of an access to the BAR with the structures; behind its end when it is none, or not aligned, or memory is not decoded. */
  private offsetOf(address: number, width: Width): number {
    this.footprint.read(this.object)
    const at = Pci.BAR0 + 4 * STRUCTURES_BAR
    const base = ((this.view.getUint32(at, true) & -BAR_BYTES) >>> 0) + this.view.getUint32(at + 4, true) * 0x1_0000_0000
    const decodes = (this.view.getUint16(Pci.COMMAND, true) & COMMAND_MEMORY) !== 0
    const inside = address >= base && address + width <= base + BAR_BYTES
    return decodes && inside && aligned(address - base, width) ? address - base : BAR_BYTES
  }

  private writeHeader(): void {
    const { config, view } = this
    view.setUint16(Pci.VENDOR, PCI_VENDOR_VIRTIO, true)
    view.setUint16(Pci.DEVICE, PCI_DEVICE_MODERN + this.device.model.deviceId, true)
    view.setUint16(Pci.STATUS, STATUS_CAPABILITIES, true)
    config[Pci.REVISION] = 1
    config[Pci.INTERRUPT_PIN] = 1
    view.setUint32(Pci.BAR0 + 4 * STRUCTURES_BAR, BAR_64, true)
    let at = 0x40
    config[Pci.CAPABILITIES] = at
    at = this.writeCapability(at, Structure.COMMON, 0, COMMON_BYTES)
    at = this.writeCapability(at, Structure.ISR, STRUCTURE_BYTES, 1)
    at = this.writeCapability(at, Structure.DEVICE, 2 * STRUCTURE_BYTES, STRUCTURE_BYTES)
    this.writeCapability(at, Structure.NOTIFY, 3 * STRUCTURE_BYTES, NOTIFY_MULTIPLIER * this.device.queues.count)
    view.setUint32(at + Cap.MULTIPLIER, NOTIFY_MULTIPLIER, true)
    config[at + Cap.NEXT] = 0
  }

  /** Returns where the next one goes. */
  private writeCapability(at: number, type: number, offset: number, length: number): number {
    const bytes = type === Structure.NOTIFY ? Cap.MULTIPLIER + 4 : Cap.MULTIPLIER
    const { config, view } = this
    config.set([CAP_VENDOR, at + bytes, bytes, type, STRUCTURES_BAR], at)
    view.setUint32(at + Cap.OFFSET, offset, true)
    view.setUint32(at + Cap.LENGTH, length, true)
    return at + bytes
  }

  private bad(): 0 {
    this.device.counters.add('badAccess')
    return 0
  }
}

const aligned = (offset: number, width: Width): boolean => offset >= 0 && offset % width === 0
