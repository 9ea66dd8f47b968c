/**
 * A program's anonymous memory as the kernel's own tasks see it: a vma with its page table (include/linux/mm_types.h). Only whole ranges of 2 MiB count, as a
 * huge page backs nothing else.
 *
 *     range 0           range 1           range 2
 *     | small pages,    | one huge page   | small pages ...
 *     | gaps            |                 |
 */
export interface AnonArea {
  readonly ranges: number
  /** Whether the range is in use, has no huge page yet, and is not on its way out (munmap holds mmap_lock). */
  mayCollapse(range: number): boolean
  /** The small page at place 0 to 511 of such a range, or -1. */
  pageAt(range: number, index: number): number
  /** Puts the huge page from `head` on in the place of the range's small pages, which are the caller's afterwards. */
  collapse(range: number, head: number): void
}
