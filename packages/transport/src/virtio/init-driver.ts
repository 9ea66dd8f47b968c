/**
 * How a driver takes a device into service (virtio 1.2, section 3.1.1; rule 80). The same for a device that is new, that was used by somebody else,
 * and that said DEVICE_NEEDS_RESET.
 *
 *   reset -> 0 read back -> ACKNOWLEDGE -> DRIVER -> offered & wanted -> FEATURES_OK -> read back -> `setUp` -> DRIVER_OK
 *                                              any failure: FAILED, and a reason as a value
 *
 *   N1  a bit that was not offered is never accepted; an offered bit that nobody here knows is not taken and disturbs nobody (rule 84)
 *   N2  a status bit is never cleared but by a reset (rule 81): each write adds to what the device shows
 *   N3  a device that answers anything at all makes this end: every wait is bounded
 */
import { commonFeatures, Feature, featureSet } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { DeviceStatus } from './driver-bus.ts'
import type { DriverBus } from './driver-bus.ts'

/** Reads of the status that may show something other than 0 after a reset. */
export const RESET_READS_MAX = 1000

/** Rule 91: both sides of this repository speak virtio 1.x only. */
const ALWAYS = featureSet(Feature.VERSION_1)

export interface DriverSetup {
  /** What the driver can use. VERSION_1 is always wanted and required. */
  readonly wanted: FeatureSet
  /** Without these it does not work. */
  readonly required?: FeatureSet
  /** The device type; any when absent. */
  readonly deviceId?: number
  /** Drops bits that do not make sense together, given what is offered (Linux's `validate`). What it adds is cut off again. */
  refine?(accepted: FeatureSet, offered: FeatureSet): FeatureSet
  /**
   * FEATURES_OK stands: places the queues (`bus.setUpQueue`), writes what the configuration must hold before DRIVER_OK, and sends no notification
   * yet. False when it cannot.
   */
  setUp(bus: DriverBus, negotiated: FeatureSet): boolean
}

/**
 * `absent`: no device, or not of this type; nothing was written. `reset`: its status does not become 0. `missing-feature`: it does not offer what is
 * required. `refused`: it cleared FEATURES_OK. `set-up`: `setUp` could not. `broken`: it asked for a reset before it was in service.
 */
export type InitFailure = 'absent' | 'reset' | 'missing-feature' | 'refused' | 'set-up' | 'broken'

export type InitResult =
  | { readonly ok: true; readonly features: FeatureSet; readonly offered: FeatureSet }
  | { readonly ok: false; readonly reason: InitFailure }

/** Resets the device and waits until it says so; false when it does not. */
export function resetDevice(bus: DriverBus): boolean {
  bus.setStatus(0)
  for (let reads = 0; reads < RESET_READS_MAX; reads++) if (bus.status() === 0) return true
  return false
}

export function initDriver(bus: DriverBus, setup: DriverSetup): InitResult {
  if (bus.deviceId === 0 || (setup.deviceId !== undefined && bus.deviceId !== setup.deviceId)) return { ok: false, reason: 'absent' }
  if (!resetDevice(bus)) return fail(bus, 0, 'reset')
  let status: number = DeviceStatus.ACKNOWLEDGE
  bus.setStatus(status)
  status |= DeviceStatus.DRIVER
  bus.setStatus(status)
  const offered = bus.deviceFeatures()
  const features = choose(offered, setup)
  if (!includes(features, ALWAYS) || !includes(features, setup.required ?? ALWAYS)) return fail(bus, status, 'missing-feature')
  bus.setDriverFeatures(features)
  status |= DeviceStatus.FEATURES_OK
  bus.setStatus(status)
  const answer = bus.status()
  if ((answer & DeviceStatus.NEEDS_RESET) !== 0) return fail(bus, status, 'broken')
  if ((answer & DeviceStatus.FEATURES_OK) === 0) return fail(bus, status & ~DeviceStatus.FEATURES_OK, 'refused')
  if (!setup.setUp(bus, features)) return fail(bus, status, 'set-up')
  if ((bus.status() & DeviceStatus.NEEDS_RESET) !== 0) return fail(bus, status, 'broken')
  bus.setStatus(status | DeviceStatus.DRIVER_OK)
  return { ok: true, features, offered }
}

function choose(offered: FeatureSet, setup: DriverSetup): FeatureSet {
  const { wanted } = setup
  const known = { low: (wanted.low | ALWAYS.low) >>> 0, high: (wanted.high | ALWAYS.high) >>> 0 }
  const accepted = commonFeatures(offered, known)
  return setup.refine === undefined ? accepted : commonFeatures(setup.refine(accepted, offered), accepted)
}

const includes = (set: FeatureSet, part: FeatureSet): boolean => (part.low & ~set.low) === 0 && (part.high & ~set.high) === 0

function fail(bus: DriverBus, status: number, reason: InitFailure): InitResult {
  bus.setStatus(status | DeviceStatus.FAILED)
  return { ok: false, reason }
}
