/**
 * The device's side of the configuration space. The driver's writes are taken byte by byte: what it may not write is ignored and counted, so that a strange
 * width or offset is no special case.
 *
 *     num_pages   actual      free_page_hint_cmd_id   poison_val
 *     read only   writable    read only               writable before DRIVER_OK
 */
import type { Columns } from '@hintlab/kit'
import { Counters } from '@hintlab/kit'
import { balloonConfigBytes, CONFIG_FIELD_BYTES, ConfigField, Feature, hasFeature } from '@hintlab/protocol'
import type { ConfigSpace, FeatureSet } from '@hintlab/protocol'

/** Where devices in the field differ. */
export interface ConfigTraits {
  /** `all`: the driver's writes land wherever they go, its own target included. */
  readonly writable: 'spec' | 'all'
  /** `poison_val` can be changed while the driver is in service (rule 6 unenforced). */
  readonly poisonAnyTime: boolean
}

export const STRICT_CONFIG: ConfigTraits = { writable: 'spec', poisonAnyTime: false }

export const CONFIG_COUNTERS = ['reads', 'writes', 'refusedBytes'] as const
export type ConfigCounter = (typeof CONFIG_COUNTERS)[number]

// Elements of the state column.
const GENERATION = 0
const IN_SERVICE = 1

export class BalloonConfig implements ConfigSpace {
  readonly length: number
  private readonly cols: Columns
  private readonly object: number
  private readonly bytes: Uint8Array
  private readonly state: Uint32Array
  private readonly counts: Counters<ConfigCounter>
  private readonly traits: ConfigTraits
  private readonly poison: boolean

  constructor(cols: Columns, label: string, offered: FeatureSet, traits: ConfigTraits = STRICT_CONFIG) {
    this.cols = cols
    this.traits = traits
    this.length = balloonConfigBytes(offered)
    this.poison = hasFeature(offered, Feature.PAGE_POISON)
    this.object = cols.objects(`${label} config`)
    this.bytes = cols.u8(`${label}.config`, ConfigField.POISON + CONFIG_FIELD_BYTES, this.object)
    this.state = cols.u32(`${label}.configState`, 2, this.object)
    this.counts = new Counters(cols, `${label}.configCounts`, this.object, CONFIG_COUNTERS)
  }

  counter(name: ConfigCounter): number {
    return this.counts.get(name)
  }

  get generation(): number {
    this.cols.footprint.read(this.object)
    return this.state[GENERATION]
  }

  /** A field as the device has it. */
  get(field: ConfigField): number {
    this.cols.footprint.read(this.object)
    const { bytes } = this
    return (bytes[field] | (bytes[field + 1] << 8) | (bytes[field + 2] << 16) | (bytes[field + 3] << 24)) >>> 0
  }

  /** The device changes a field: a new generation. The caller notifies the driver. */
  set(field: ConfigField, value: number): void {
    this.cols.footprint.write(this.object)
    for (let i = 0; i < CONFIG_FIELD_BYTES; i++) this.bytes[field + i] = value >>> (8 * i)
    this.state[GENERATION]++
  }

  /** DRIVER_OK stands, or fell. */
  set inService(on: boolean) {
    this.cols.footprint.write(this.object)
    this.state[IN_SERVICE] = on ? 1 : 0
  }

  read(offset: number, into: Uint8Array): void {
    this.counts.add('reads')
    for (let i = 0; i < into.length; i++) into[i] = offset + i < this.length ? this.bytes[offset + i] : 0
  }

  write(offset: number, from: Uint8Array): void {
    this.counts.add('writes')
    for (let i = 0; i < from.length; i++) {
      if (this.accepts(offset + i)) this.bytes[offset + i] = from[i]
      else this.counts.add('refusedBytes')
    }
  }

  private accepts(at: number): boolean {
    if (at < 0 || at >= this.length) return false
    if (this.traits.writable === 'all') return true
    if (at >= ConfigField.ACTUAL && at < ConfigField.COMMAND_ID) return true
    return at >= ConfigField.POISON && this.poison && (this.state[IN_SERVICE] === 0 || this.traits.poisonAnyTime)
  }
}
