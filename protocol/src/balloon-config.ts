/**
 * The balloon's configuration space, byte by byte. Every field is a little-endian word of 32 bits.
 *
 *    0         4        8                        12
 *    num_pages actual   free_page_hint_cmd_id    poison_val
 *    device    driver   device, FREE_PAGE_HINT   driver, PAGE_POISON       <- who writes it, and what it exists with
 */
import { Feature, hasFeature } from './features.ts'
import type { FeatureSet } from './features.ts'

/** Offsets of the fields. */
export const ConfigField = { NUM_PAGES: 0, ACTUAL: 4, COMMAND_ID: 8, POISON: 12 } as const
export type ConfigField = (typeof ConfigField)[keyof typeof ConfigField]

/** Bytes of a field. */
export const CONFIG_FIELD_BYTES = 4

/** Bytes of the space of a device that offers these: up to the last field that exists (virtio_balloon_config_size of QEMU). */
export function balloonConfigBytes(offered: FeatureSet): number {
  if (hasFeature(offered, Feature.PAGE_POISON)) return ConfigField.POISON + CONFIG_FIELD_BYTES
  return (hasFeature(offered, Feature.FREE_PAGE_HINT) ? ConfigField.COMMAND_ID : ConfigField.ACTUAL) + CONFIG_FIELD_BYTES
}
