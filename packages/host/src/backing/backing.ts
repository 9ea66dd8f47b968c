/**
 * What a guest's memory is made of on the host, and what becomes of a discard of it: the rules of mm/madvise.c, mm/shmem.c and mm/hugetlb.c (Linux 6.x) as one
 * function. What the model does with the answer is in mm/host-mm.ts; docs/backing.md shows the outcomes.
 *
 *     anonymous                          private: madvise owns the pages
 *     shmem, hugetlb (memfd, shared)     the file owns the pages, a mapping only borrows them: only a hole in the file frees
 *     hugetlb private                    the mapping owns whole pages of its pool
 */

import { GIGA_PAGES } from '../mmu/level.ts'

/** `anon-64k` is anonymous memory of a host with pages of 64 KiB (arm64). */
export const BACKINGS = ['anon', 'anon-64k', 'shmem', 'hugetlb-2m', 'hugetlb-1g', 'hugetlb-2m-private', 'hugetlb-1g-private'] as const
export type Backing = (typeof BACKINGS)[number]

/** MADV_DONTNEED, MADV_FREE, and MADV_REMOVE or a hole punched with fallocate. */
export const DISCARDS = ['dontneed', 'free', 'remove'] as const
export type Discard = (typeof DISCARDS)[number]

const GRANULES = {
  'anon': 1, 'anon-64k': 16, 'shmem': 1, 'hugetlb-2m': 512, 'hugetlb-1g': GIGA_PAGES, 'hugetlb-2m-private': 512, 'hugetlb-1g-private': GIGA_PAGES,
} as const satisfies Record<Backing, number>

/** Pages of 4 KiB that the host can only take and give together. */
export const granuleOf = (backing: Backing): number => GRANULES[backing]
export const isHugetlb = (backing: Backing): boolean => granuleOf(backing) >= 512

/** What happens to the pages of a range. */
export const Fate = {
  /** Unmapped and freed: to the host, or to the pool of huge pages. */
  FREE: 0,
  /** Marked: the host takes them when it is short, unless they are touched before. */
  LAZY: 1,
  /** Unmapped only: the file keeps them, contents and all. */
  UNMAP: 2,
  /** Memory of this kind knows no such call: it fails, and nothing happens. */
  REFUSE: 3,
  /** The call would do, but the range is no whole pages of the host: it fails, or the VMM does not make it. */
  PARTIAL: 4,
} as const
export type Fate = (typeof Fate)[keyof typeof Fate]

export interface DiscardPlan {
  readonly fate: Fate
  /** The whole granules of the range that meet that fate. */
  readonly first: number
  readonly count: number
  /** The rest of the range reads as zeroes afterwards, in memory that is kept (hugetlbfs_zero_partial_page). */
  readonly zeroesRest: boolean
}

const nothing = (fate: Fate, first: number): DiscardPlan => ({ fate, first, count: 0, zeroesRest: false })

/** What a discard of the pages [first, first + count) does. */
export function planDiscard(backing: Backing, operation: Discard, first: number, count: number): DiscardPlan {
  const granule = granuleOf(backing)
  const isFile = backing === 'shmem' || backing === 'hugetlb-2m' || backing === 'hugetlb-1g'
  const isAnonymous = backing === 'anon' || backing === 'anon-64k'
  const wholeFirst = Math.ceil(first / granule) * granule
  const whole = Math.max(0, Math.floor((first + count) / granule) * granule - wholeFirst)
  if (operation === 'remove') {
    // madvise_remove: only a shared mapping of a file has holes.
    return isFile ? { fate: Fate.FREE, first: wholeFirst, count: whole, zeroesRest: whole < count } : nothing(Fate.REFUSE, first)
  }
  // madvise_free_single_vma: only anonymous memory, and not huge pages of a pool.
  if (operation === 'free' && !isAnonymous) return nothing(Fate.REFUSE, first)
  // A start inside a page of the mapping is EINVAL, and an end inside one is rounded down for hugetlb (madvise_dontneed_free_valid_vma). With 64 KiB pages the
  // kernel would round the end up, and take pages that nobody named: the VMM must not ask, so that the rule is one.
  if (wholeFirst !== first || whole === 0 || (isAnonymous && whole !== count)) return nothing(Fate.PARTIAL, first)
  if (operation === 'free') return { fate: Fate.LAZY, first, count: whole, zeroesRest: false }
  return { fate: isFile ? Fate.UNMAP : Fate.FREE, first, count: whole, zeroesRest: false }
}
