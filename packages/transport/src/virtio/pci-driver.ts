/**
 * The driver's side of virtio over PCI, modern layout, with the interrupt line instead of MSI-X (Linux's drivers/virtio/virtio_pci_modern.c). A queue
 * whose notification address lies outside the notification area does not exist for it.
 */
import { assert } from '@hintlab/kit'
import type { FeatureSet } from '@hintlab/protocol'
import type { QueuePlace } from '../ring/queue-options.ts'
import type { DriverBus } from './driver-bus.ts'
import { PROGRESS_READS_MAX } from './mmio-driver.ts'
import type { Width } from './mmio-registers.ts'
import { placeBars } from './pci-bars.ts'
import { findStructures } from './pci-capabilities.ts'
import type { Structures } from './pci-capabilities.ts'
import { Common, COMMON_BYTES_MIN, NO_VECTOR, Pci, PCI_DEVICE_MODERN, PCI_DEVICE_TRANSITIONAL, PCI_VENDOR_VIRTIO } from './pci-layout.ts'
import type { AddressWindow, PciAccess } from './pci-layout.ts'

const INVERSE_2_32 = 2 ** -32
const NOTIFY_BYTES = 2

/** The type of a virtio device, or 0: of a transitional function the subsystem says it. */
function deviceType(access: PciAccess): number {
  if (access.configRead(Pci.VENDOR, 2) !== PCI_VENDOR_VIRTIO) return 0
  const device = access.configRead(Pci.DEVICE, 2)
  if (device >= PCI_DEVICE_MODERN) return device <= PCI_DEVICE_MODERN + 0x3f ? device - PCI_DEVICE_MODERN : 0
  return device >= PCI_DEVICE_TRANSITIONAL ? access.configRead(Pci.SUBSYSTEM, 2) : 0
}

export class PciDriver implements DriverBus {
  /** 0 for what is no modern virtio function: `problem` says why. */
  readonly deviceId: number
  readonly problem: string | null
  private readonly access: PciAccess
  private readonly structures: Structures | null
  /** Of the queues that were set up. */
  private readonly notifyAddresses: Map<number, number> = new Map()

  /** Reads the identity of the function; only when it is virtio's, places its BARs in `window` and enables it. */
  constructor(access: PciAccess, window: AddressWindow) {
    this.access = access
    const type = deviceType(access)
    const found = type === 0 ? 'no virtio function' : findStructures(access, placeBars(access, window))
    const structures = typeof found === 'string' ? null : found
    const short = structures !== null && structures.common.length < COMMON_BYTES_MIN
    this.structures = short ? null : structures
    this.problem = short ? 'the common configuration is too short' : typeof found === 'string' ? found : null
    this.deviceId = this.structures === null ? 0 : type
  }

  status(): number {
    return this.read(Common.DEVICE_STATUS, 1)
  }

  setStatus(value: number): void {
    this.write(Common.DEVICE_STATUS, 1, value)
  }

  deviceFeatures(): FeatureSet {
    this.write(Common.DEVICE_FEATURE_SELECT, 4, 0)
    const low = this.read(Common.DEVICE_FEATURE, 4)
    this.write(Common.DEVICE_FEATURE_SELECT, 4, 1)
    return { low, high: this.read(Common.DEVICE_FEATURE, 4) }
  }

  setDriverFeatures(features: FeatureSet): void {
    this.write(Common.DRIVER_FEATURE_SELECT, 4, 0)
    this.write(Common.DRIVER_FEATURE, 4, features.low)
    this.write(Common.DRIVER_FEATURE_SELECT, 4, 1)
    this.write(Common.DRIVER_FEATURE, 4, features.high)
  }

  configGeneration(): number {
    return this.read(Common.CONFIG_GENERATION, 1)
  }

  readConfig(offset: number, bytes: 1 | 2 | 4): number {
    const { device } = this.present
    return offset + bytes <= device.length ? this.access.memRead(device.address + offset, bytes) : 0
  }

  writeConfig(offset: number, bytes: 1 | 2 | 4, value: number): void {
    const { device } = this.present
    if (offset + bytes <= device.length) this.access.memWrite(device.address + offset, bytes, value)
  }

  queueSizeMax(queue: number): number {
    if (queue >= this.read(Common.NUM_QUEUES, 2)) return 0
    this.write(Common.QUEUE_SELECT, 2, queue)
    return this.notifyAddress() === 0 ? 0 : this.read(Common.QUEUE_SIZE, 2)
  }

  setUpQueue(queue: number, place: QueuePlace): void {
    this.write(Common.QUEUE_SELECT, 2, queue)
    this.write(Common.QUEUE_VECTOR, 2, NO_VECTOR)
    this.write(Common.QUEUE_SIZE, 2, place.size)
    this.writeAddress(Common.QUEUE_DESC, place.descGpa)
    this.writeAddress(Common.QUEUE_DRIVER, place.availGpa)
    this.writeAddress(Common.QUEUE_DEVICE, place.usedGpa)
    this.notifyAddresses.set(queue, this.notifyAddress())
    this.write(Common.QUEUE_ENABLE, 2, 1)
  }

  queueEnabled(queue: number): boolean {
    this.write(Common.QUEUE_SELECT, 2, queue)
    return this.read(Common.QUEUE_ENABLE, 2) === 1
  }

  resetQueue(queue: number): boolean {
    if (this.present.common.length < Common.QUEUE_RESET + 2) return false
    this.write(Common.QUEUE_SELECT, 2, queue)
    this.write(Common.QUEUE_RESET, 2, 1)
    for (let reads = 0; reads < PROGRESS_READS_MAX; reads++) {
      if (this.read(Common.QUEUE_RESET, 2) === 0) return this.read(Common.QUEUE_ENABLE, 2) === 0
    }
    return false
  }

  notify(queue: number): void {
    const address = this.notifyAddresses.get(queue)
    assert(address !== undefined, 'a queue is set up before it is notified')
    this.access.memWrite(address, NOTIFY_BYTES, queue)
  }

  /** Reading the register acknowledges. */
  takeInterrupt(): number {
    return this.access.memRead(this.present.isr.address, 1)
  }

  /** A bus whose `deviceId` is 0 is not used. */
  private get present(): Structures {
    assert(this.structures !== null, 'a driver talks to a device that exists')
    return this.structures
  }

  /** Of the selected queue; 0 when it lies outside the area. */
  private notifyAddress(): number {
    const { notify, notifyMultiplier } = this.present
    const offset = this.read(Common.QUEUE_NOTIFY_OFF, 2) * notifyMultiplier
    return offset + NOTIFY_BYTES <= notify.length ? notify.address + offset : 0
  }

  private writeAddress(offset: number, gpa: number): void {
    this.write(offset, 4, gpa >>> 0)
    this.write(offset + 4, 4, Math.floor(gpa * INVERSE_2_32))
  }

  private read(offset: number, width: Width): number {
    return this.access.memRead(this.present.common.address + offset, width)
  }

  private write(offset: number, width: Width, value: number): void {
    this.access.memWrite(this.present.common.address + offset, width, value)
  }
}
