/**
 * The statistics of a guest, by tag (VIRTIO_BALLOON_S_*). The specification names 0 to 9; Linux sends 10 to 15 since 6.12. A reader tolerates others, in
 * any order (rule 25).
 */
export const StatTag = {
  SWAP_IN: 0,
  SWAP_OUT: 1,
  MAJOR_FAULTS: 2,
  MINOR_FAULTS: 3,
  FREE: 4,
  TOTAL: 5,
  AVAILABLE: 6,
  CACHES: 7,
  HUGETLB_ALLOCATIONS: 8,
  HUGETLB_FAILURES: 9,
  OOM_KILLS: 10,
  ALLOC_STALLS: 11,
  ASYNC_SCANNED: 12,
  DIRECT_SCANNED: 13,
  ASYNC_RECLAIMED: 14,
  DIRECT_RECLAIMED: 15,
} as const
export type StatTag = (typeof StatTag)[keyof typeof StatTag]

/** As QEMU and Linux call them, by tag. */
export const STAT_TAG_NAMES = [
  'swap-in', 'swap-out', 'major-faults', 'minor-faults', 'free-memory', 'total-memory', 'available-memory', 'disk-caches', 'hugetlb-allocations',
  'hugetlb-failures', 'oom-kills', 'alloc-stalls', 'async-scans', 'direct-scans', 'async-reclaims', 'direct-reclaims',
] as const

/** Tags that are known: 0 to STAT_TAGS - 1. */
export const STAT_TAGS = STAT_TAG_NAMES.length

/** Tags of the specification, which Linux before 6.12 sends at most. */
export const SPEC_STAT_TAGS = 10
