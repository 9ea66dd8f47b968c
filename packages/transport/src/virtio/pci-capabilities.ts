/** The walk over a function's capabilities, to where its virtio structures lie in memory. */
import type { Bar } from './pci-bars.ts'
import { Cap, CAP_VENDOR, Pci, PCI_CONFIG_BYTES, STATUS_CAPABILITIES, Structure } from './pci-layout.ts'
import type { PciAccess } from './pci-layout.ts'

/** Capabilities that fit into configuration space: the list of a sane device is shorter, and that of a mad one is cut here. */
const CAPABILITIES_MAX = (PCI_CONFIG_BYTES - 0x40) / 4

export interface Region {
  readonly address: number
  readonly length: number
}

export interface Structures {
  readonly common: Region
  readonly isr: Region
  readonly notify: Region
  /** Bytes between the notification addresses of two consecutive `queue_notify_off`. */
  readonly notifyMultiplier: number
  /** Empty when the device has no configuration. */
  readonly device: Region
}

const NOWHERE: Region = { address: 0, length: 0 }

/**
 * The structures of a function whose BARs were placed, or a sentence that says what is missing. Of each type the first counts that lies inside a placed
 * BAR: a device lists them in the order of its preference.
 */
export function findStructures(access: PciAccess, bars: readonly Bar[]): Structures | string {
  const found = new Map<number, Region>()
  let notifyMultiplier = 0
  for (const at of vendorCapabilities(access)) {
    const type = access.configRead(at + Cap.TYPE, 1)
    const region = regionOf(access, at, bars)
    if (region === null || found.has(type)) continue
    found.set(type, region)
    if (type === Structure.NOTIFY) notifyMultiplier = access.configRead(at + Cap.MULTIPLIER, 4)
  }
  const common = found.get(Structure.COMMON)
  const isr = found.get(Structure.ISR)
  const notify = found.get(Structure.NOTIFY)
  if (common === undefined) return 'the function has no common configuration in memory'
  if (isr === undefined) return 'the function has no interrupt status in memory'
  if (notify === undefined) return 'the function has no notification area in memory'
  return { common, isr, notify, notifyMultiplier, device: found.get(Structure.DEVICE) ?? NOWHERE }
}

function vendorCapabilities(access: PciAccess): number[] {
  if ((access.configRead(Pci.STATUS, 2) & STATUS_CAPABILITIES) === 0) return []
  const found: number[] = []
  let at = access.configRead(Pci.CAPABILITIES, 1) & ~3
  for (let count = 0; count < CAPABILITIES_MAX && at >= 0x40; count++) {
    if (access.configRead(at, 1) === CAP_VENDOR && at + Cap.MULTIPLIER <= PCI_CONFIG_BYTES) found.push(at)
    at = access.configRead(at + Cap.NEXT, 1) & ~3
  }
  return found
}

function regionOf(access: PciAccess, at: number, bars: readonly Bar[]): Region | null {
  const bar = bars[access.configRead(at + Cap.BAR, 1)]
  const offset = access.configRead(at + Cap.OFFSET, 4)
  const length = access.configRead(at + Cap.LENGTH, 4)
  if (bar === undefined || length === 0 || offset + length > bar.size) return null
  return { address: bar.base + offset, length }
}
