/**
 * The virtio feature bits that hintlab knows, in one table. Names are those of the specification without their prefix. A set of features is
 * two words, bits 0 to 31 and 32 to 63 (`FeatureBits` in config.proto).
 *
 *   bits  0 to 23   belong to the device type: here the balloon
 *   bits 24 to 41   belong to the rings and to negotiation
 */
import { assert } from '@hintlab/kit'

/** Feature bits by name: `VIRTIO_BALLOON_F_*`, `VIRTIO_F_*` and `VIRTIO_RING_F_*`. */
export const Feature = {
  /** The driver waits for the deflate request before it uses a page again. */
  MUST_TELL_HOST: 0,
  /** Statistics queue. */
  STATS_VQ: 1,
  /** The guest deflates when it is out of memory. */
  DEFLATE_ON_OOM: 2,
  /** Queue for hints during migration; `free_page_hint_cmd_id` exists. */
  FREE_PAGE_HINT: 3,
  /** `poison_val` exists. */
  PAGE_POISON: 4,
  /** Queue for free page reporting. */
  PAGE_REPORTING: 5,
  /** A descriptor may point to a table of descriptors. */
  INDIRECT_DESC: 28,
  /** Kicks and interrupts are suppressed by index (`used_event`, `avail_event`) instead of by flag. */
  EVENT_IDX: 29,
  /** The device follows virtio 1.x. */
  VERSION_1: 32,
  /** Packed ring layout. */
  RING_PACKED: 34,
  /** Buffers are used in the order in which they were made available. */
  IN_ORDER: 35,
  /** A queue can be reset alone. */
  RING_RESET: 40,
} as const
export type Feature = (typeof Feature)[keyof typeof Feature]

/** A set of features. */
export interface FeatureSet {
  /** Bits 0 to 31. */
  readonly low: number
  /** Bits 32 to 63. */
  readonly high: number
}

/** The set of the given bits (0 to 63). */
export function featureSet(...bits: readonly number[]): FeatureSet {
  let low = 0
  let high = 0
  for (const bit of bits) {
    assert(Number.isInteger(bit) && bit >= 0 && bit < 64, 'a feature bit is 0 to 63')
    if (bit < 32) low |= 1 << bit
    else high |= 1 << (bit - 32)
  }
  return { low: low >>> 0, high: high >>> 0 }
}

export const hasFeature = (set: FeatureSet, bit: number): boolean => (((bit < 32 ? set.low : set.high) >>> (bit & 31)) & 1) === 1

/** What both sides know: the outcome of negotiation. */
export const commonFeatures = (a: FeatureSet, b: FeatureSet): FeatureSet => ({ low: (a.low & b.low) >>> 0, high: (a.high & b.high) >>> 0 })

/** The names of a set in the order of bits; a bit outside the table prints as its number. */
export function featureNames(set: FeatureSet): string[] {
  const names: string[] = []
  for (let bit = 0; bit < 64; bit++) if (hasFeature(set, bit)) names.push(NAMES.get(bit) ?? `bit ${bit}`)
  return names
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(Feature).map(([name, bit]) => [bit, name]))
