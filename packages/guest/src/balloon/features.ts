/**
 * Which of the offered features a driver takes (virtballoon_validate, virtio_dev_probe). It never takes what was not offered, ignores what it does not know
 * (rule 84), and gives up reporting where the host could break its poison (safeguard F5).
 *
 *   kernel fills free pages with   device offers PAGE_POISON     device does not
 *   nothing                        PAGE_POISON dropped           -
 *   zeroes or the poison pattern   taken, poison_val written     PAGE_REPORTING dropped
 */
import { commonFeatures, Feature, featureSet, hasFeature } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'

/** What the kernel does with pages that become free: nothing, init_on_free=1, or page_poison=1. */
export type Poisoning = 'none' | 'init-on-free' | 'page-poison'

/** Byte that page_poison=1 fills with (PAGE_POISON of include/linux/poison.h). */
const POISON_BYTE = 0xaa

/** Every feature of the balloon that Linux knows, and what virtio itself needs. */
export const BALLOON_FEATURES = featureSet(
  Feature.MUST_TELL_HOST, Feature.STATS_VQ, Feature.DEFLATE_ON_OOM, Feature.FREE_PAGE_HINT, Feature.PAGE_POISON, Feature.PAGE_REPORTING,
  Feature.VERSION_1,
)

/** The features to accept of those offered. `knows` is the driver's table, ring features included. */
export function acceptFeatures(offered: FeatureSet, knows: FeatureSet, poisoning: Poisoning): FeatureSet {
  const common = commonFeatures(offered, knows)
  if (poisoning === 'none') return without(common, Feature.PAGE_POISON)
  return hasFeature(common, Feature.PAGE_POISON) ? common : without(common, Feature.PAGE_REPORTING)
}

/** What goes to `poison_val`: four bytes of what free pages hold. */
export const poisonValue = (poisoning: Poisoning): number => (poisoning === 'page-poison' ? Math.imul(POISON_BYTE, 0x01010101) >>> 0 : 0)

export function without(set: FeatureSet, ...bits: readonly number[]): FeatureSet {
  const drop = featureSet(...bits)
  return { low: (set.low & ~drop.low) >>> 0, high: (set.high & ~drop.high) >>> 0 }
}
