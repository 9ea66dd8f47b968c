/**
 * Who owns a guest page. A page is in exactly one of these states, and changes it only through a move that names both.
 *
 *               alloc                      isolate             submit
 *   ALLOCATED <--------> PCP <--> FREE <-----------> ISOLATED ---------> IN_FLIGHT
 *       |      free       drain                 ^                            |
 *       v                                       |        complete            |
 *   BALLOON, PINNED                             +----------------------------+
 *
 * `OFFLINE` is a hole in the physical address map. Reported is not an owner: it is a flag of a free block.
 */
export const PageOwner = {
  OFFLINE: 0,
  /** In the buddy allocator's free lists. */
  FREE: 1,
  /** On a per-CPU page list: free, and invisible to the buddy allocator. */
  PCP: 2,
  /** In use by the guest: its contents matter. */
  ALLOCATED: 3,
  /** Taken off the free lists so that it can be hinted. */
  ISOLATED: 4,
  /** Named in a request that was submitted and not yet completed. */
  IN_FLIGHT: 5,
  /** Inflated into the balloon. */
  BALLOON: 6,
  /** Holds rings or request buffers; has bytes, is never hinted. */
  PINNED: 7,
} as const
export type PageOwner = (typeof PageOwner)[keyof typeof PageOwner]

export const PAGE_OWNER_NAMES = ['offline', 'free', 'per-CPU list', 'allocated', 'isolated', 'in flight', 'ballooned', 'pinned'] as const

/** Told of every change of ownership, before anything else can observe it. The lab's ghost is one; a test's recorder is another. */
export interface PageObserver {
  /** The `2 ** order` pages from `pfn` went from one owner to another. Split and merge of free blocks are not moves. */
  moved(pfn: number, order: number, from: PageOwner, to: PageOwner): void
  /** The guest has copied what page `from` holds to page `to`, and will use `to` from now on. Both are ALLOCATED. */
  migrated?(from: number, to: number): void
}
