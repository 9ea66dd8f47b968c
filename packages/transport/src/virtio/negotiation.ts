/**
 * The device's side of status and features (virtio 1.2, sections 2.1, 2.2, 3.1). What the driver has written is taken bit by bit; a bit that may not
 * stand yet is left out and counted.
 *
 *   0 --> ACKNOWLEDGE --> DRIVER --> FEATURES_OK --> DRIVER_OK          FAILED and NEEDS_RESET: nothing but a reset leads on
 *                                    only if the features are acceptable
 *
 *   G1  DRIVER_OK stands only with FEATURES_OK, FEATURES_OK only with ACKNOWLEDGE and DRIVER
 *   G2  with FEATURES_OK the accepted features are offered, have VERSION_1, and do not change until a reset (rules 84, 85, 91)
 *   G3  the driver cannot set DEVICE_NEEDS_RESET nor clear any bit except by writing 0 (rule 81)
 */
import { assert } from '@hintlab/kit'
import type { Columns, Counters, Footprint } from '@hintlab/kit'
import { Feature, hasFeature } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import type { DeviceModel } from './device-model.ts'
import { DeviceStatus } from './driver-bus.ts'
import type { VirtioCounter } from './virtio-counters.ts'

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET, FAILED } = DeviceStatus
const KNOWN = ACKNOWLEDGE | DRIVER | DRIVER_OK | FEATURES_OK | NEEDS_RESET | FAILED

/** Elements of the `negotiation` column. */
const STATUS = 0
const ACCEPTED_LOW = 1
const ACCEPTED_HIGH = 2
const STATE_WORDS = 3

export class Negotiation {
  private readonly model: DeviceModel
  private readonly counters: Counters<VirtioCounter>
  private readonly state: Uint32Array
  private readonly footprint: Footprint
  private readonly object: number

  constructor(cols: Columns, label: string, object: number, model: DeviceModel, counters: Counters<VirtioCounter>) {
    assert(hasFeature(model.offered, Feature.VERSION_1), 'a device offers VERSION_1')
    this.model = model
    this.counters = counters
    this.state = cols.u32(`${label}.negotiation`, STATE_WORDS, object)
    this.footprint = cols.footprint
    this.object = object
  }

  get status(): number {
    this.footprint.read(this.object)
    return this.state[STATUS]
  }

  /** What the driver has written; agreed only while FEATURES_OK stands. */
  get accepted(): FeatureSet {
    this.footprint.read(this.object)
    return { low: this.state[ACCEPTED_LOW], high: this.state[ACCEPTED_HIGH] }
  }

  has(bits: number): boolean {
    return (this.status & bits) === bits
  }

  /** The driver writes one word of its features: 0 for bits 0 to 31, 1 for 32 to 63; there are no others. False when it comes too late. */
  writeFeatures(word: number, value: number): boolean {
    this.footprint.write(this.object)
    if (this.has(FEATURES_OK)) {
      this.counters.add('featuresLate')
      return false
    }
    if (word === 0) this.state[ACCEPTED_LOW] = value
    else if (word === 1) this.state[ACCEPTED_HIGH] = value
    return true
  }

  /** The driver writes the status, not 0. Returns the bits that stand since. */
  write(value: number): number {
    this.footprint.write(this.object)
    const { counters, state } = this
    const before = state[STATUS]
    if ((before & ~value & ~NEEDS_RESET) !== 0) counters.add('statusCleared')
    if ((value & ~KNOWN) !== 0) counters.add('statusUnknown')
    const asked = value & ~before
    let status = before | (asked & (ACKNOWLEDGE | FAILED))
    if ((asked & DRIVER) !== 0) status = this.step(status, DRIVER, ACKNOWLEDGE)
    if ((asked & FEATURES_OK) !== 0) status = this.grant(status)
    if ((asked & DRIVER_OK) !== 0) status = this.step(status, DRIVER_OK, FEATURES_OK)
    state[STATUS] = status
    return status & ~before
  }

  /** The device cannot go on (2.1.2). */
  needReset(): void {
    this.footprint.write(this.object)
    this.state[STATUS] |= NEEDS_RESET
  }

  reset(): void {
    this.footprint.write(this.object)
    this.state.fill(0)
  }

  check(): void {
    const status = this.state[STATUS]
    assert((status & ~KNOWN) === 0, 'only known bits stand')
    assert((status & DRIVER_OK) === 0 || (status & FEATURES_OK) !== 0, 'DRIVER_OK stands with FEATURES_OK')
    const before = ACKNOWLEDGE | DRIVER
    assert((status & FEATURES_OK) === 0 || (status & before) === before, 'FEATURES_OK stands with ACKNOWLEDGE and DRIVER')
    assert((status & FEATURES_OK) === 0 || this.offers(this.accepted), 'what was agreed on is offered and has VERSION_1')
  }

  /** `status` with `bit` when all of `needed` stands and the device is in order. */
  private step(status: number, bit: number, needed: number): number {
    if ((status & needed) === needed && (status & (FAILED | NEEDS_RESET)) === 0) return status | bit
    this.counters.add('statusOrder')
    return status
  }

  private grant(status: number): number {
    const granted = this.step(status, FEATURES_OK, ACKNOWLEDGE | DRIVER)
    if (granted === status) return status
    const { accepted } = this
    if (this.offers(accepted) && this.model.accepts(accepted)) return granted
    this.counters.add('featuresRefused')
    return status
  }

  private offers({ low, high }: FeatureSet): boolean {
    const { offered } = this.model
    return (low & ~offered.low) === 0 && (high & ~offered.high) === 0 && hasFeature({ low, high }, Feature.VERSION_1)
  }
}
