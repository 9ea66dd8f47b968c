/** Reads of more than one configuration field that belong together (rule 87). */
import type { DriverBus } from './driver-bus.ts'

/** Attempts before the driver gives up: a device whose generation never stands still is broken. */
export const CONFIG_READS_MAX = 100

/**
 * What `read` returns when the configuration did not change while it ran (the loop of Linux's virtio_cread_bytes), or `null` when it always did.
 * `read` may run several times and should do nothing but `bus.readConfig`.
 */
export function readConfigStable<T>(bus: DriverBus, read: (bus: DriverBus) => T): T | null {
  let generation = bus.configGeneration()
  for (let attempt = 0; attempt < CONFIG_READS_MAX; attempt++) {
    const value = read(bus)
    const after = bus.configGeneration()
    if (after === generation) return value
    generation = after
  }
  return null
}
