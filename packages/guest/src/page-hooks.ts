/**
 * The places where an architecture sees single blocks on their way (arch_alloc_page and arch_free_page, called by prep_new_page and free_pages_prepare of
 * mm/page_alloc.c): before the per-CPU lists, before any merge. The kernel calls what is there; a policy implements what it needs.
 *
 *   free:  holds? --yes--> freeHeld ... kernel.freeNow        alloc: taken, allocated
 *            | no
 *          listed, freed
 *
 *   H1  `freed` and `allocated` run in the step that changes the block's owner: nobody sees one without the other. Linux calls arch_free_page right before
 *       that step; between the two nothing else can happen to the block.
 */
import type { Point, Task } from '@hintlab/sim'

export interface PageHooks {
  /** Whether the hook wants this block while it still belongs to nobody else: it is then freed by `freeHeld`. */
  holds?(pfn: number, order: number): boolean
  /** Frees a block that it held, with `GuestKernel.freeNow` in the end. */
  freeHeld?(task: Task, cpu: number, pfn: number, order: number): Generator<Point, void, void>
  /** A block of `2 ** order` pages is on its list now. Plain: a zone lock may be held. */
  freed?(task: Task, cpu: number, pfn: number, order: number): void
  /** A block was taken for an allocation. */
  allocated?(task: Task, pfn: number, order: number): void
}
