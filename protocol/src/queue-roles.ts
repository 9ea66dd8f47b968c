/**
 * The balloon device's queues by what they are for, and the number that each has. The specification gives fixed numbers; devices in the field number
 * only what exists, and do not agree on what "exists" means:
 *
 *   role         fixed   dense-offered                       dense-negotiated
 *   INFLATE      0       0                                   0
 *   DEFLATE      1       1                                   1
 *   STATS        2       next number if STATS_VQ is offered  next number if STATS_VQ was negotiated
 *   FREE_PAGE    3       ... FREE_PAGE_HINT                  ...
 *   REPORTING    4       ... PAGE_REPORTING                  ...
 *
 * They differ as soon as a driver declines a feature that was offered and has a queue (rule 48 of the conformance list).
 */
import { Feature, hasFeature } from './features.ts'
import type { FeatureSet } from './features.ts'

export const QueueRole = { INFLATE: 0, DEFLATE: 1, STATS: 2, FREE_PAGE: 3, REPORTING: 4 } as const
export type QueueRole = (typeof QueueRole)[keyof typeof QueueRole]

/** In the order of roles; as /sys and QEMU's traces call them. */
export const QUEUE_ROLE_NAMES = ['inflate', 'deflate', 'stats', 'free_page_vq', 'reporting_vq'] as const

export const NUMBERINGS = ['fixed', 'dense-offered', 'dense-negotiated'] as const
export type Numbering = (typeof NUMBERINGS)[number]

const ROLES = Object.values(QueueRole)

/** No such queue. */
export const NO_QUEUE = -1

const FEATURE_OF_ROLE: readonly (Feature | null)[] = [null, null, Feature.STATS_VQ, Feature.FREE_PAGE_HINT, Feature.PAGE_REPORTING]

/** Whether these features give the device a queue for `role`. */
export function queueExists(role: QueueRole, features: FeatureSet): boolean {
  const bit = FEATURE_OF_ROLE[role]
  return bit === null || hasFeature(features, bit)
}

/** The number of the queue for `role`, or NO_QUEUE when its feature was not negotiated. */
export function queueIndex(role: QueueRole, numbering: Numbering, offered: FeatureSet, negotiated: FeatureSet): number {
  if (!queueExists(role, negotiated)) return NO_QUEUE
  if (numbering === 'fixed') return role
  const counted = numbering === 'dense-offered' ? offered : negotiated
  let index = 0
  for (let before = 0; before < role; before++) if (queueExists(before as QueueRole, counted)) index++
  return index
}

/** What the queue `index` is for, or NO_QUEUE when no negotiated role has that number. */
export function queueRole(index: number, numbering: Numbering, offered: FeatureSet, negotiated: FeatureSet): QueueRole | typeof NO_QUEUE {
  for (const role of ROLES) if (queueIndex(role, numbering, offered, negotiated) === index) return role
  return NO_QUEUE
}
