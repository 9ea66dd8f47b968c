/**
 * A guest that has been up for a while, made in one pass instead of by running for hours: every page was touched once, so the host backs all of it; part of
 * memory stays in use; part of the rest is sprinkled with a few pages in use; the free lists are in no particular order.
 *
 *     pageblock:  used  |  used here and there (1 to 8 pages)  |  free
 *
 * Seeded: the same seed gives the same guest.
 */
import { gfn as asGfn, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { AllocFlag, Migratetype, NONE, splitPage, ZoneKind } from '@hintlab/guest'
import type { GuestKernel } from '@hintlab/guest'
import type { Vm } from '@hintlab/host'
import type { Ghost } from './ghost.ts'
import type { AgedPages } from './guest-memory/aged-pages.ts'
import type { RunOptions } from './options.ts'

/** Pages in use of a pageblock that is otherwise free, at most. */
export const KEPT_PER_BLOCK = 8
const SHARE_UNIT = 1_000_000

/** Ages a freshly booted guest; the pages that stay in use are written, so that losing one is noticed. Those on their own may move where there is `movable`. */
export function age(kernel: GuestKernel, vm: Vm, ghost: Ghost, random: Prng, run: RunOptions, movable: AgedPages | null = null): void {
  const { used, fragmented, huge } = run.aged
  const chance = (share: number): boolean => random.chance(Math.round(share * SHARE_UNIT), SHARE_UNIT)
  backAll(kernel, vm, () => chance(huge))
  const blocks = takeAllBlocks(kernel)
  shuffle(blocks, random)
  for (const pfn of blocks) {
    if (chance(used)) writeRange(vm, ghost, pfn, PAGEBLOCK_PAGES)
    else if (chance(fragmented)) fragment({ kernel, vm, ghost, movable }, random, pfn)
    else kernel.mm.freeSlow(pfn)
  }
}

/** Every 2 MiB range of RAM, whole or in small pages. */
function backAll(kernel: GuestKernel, vm: Vm, isHuge: () => boolean): void {
  for (const { start, end } of kernel.mm.layout.ram) {
    for (let pfn = start; pfn < end; pfn += PAGEBLOCK_PAGES) vm.prefault(asGfn(pfn), isHuge())
  }
}

/** Allocates every whole free pageblock; what is smaller stays free. */
function takeAllBlocks({ mm }: GuestKernel): number[] {
  const blocks: number[] = []
  const take = (): number => mm.allocSlow(0, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL, AllocFlag.NO_WATERMARKS)
  for (let pfn = take(); pfn !== NONE; pfn = take()) blocks.push(pfn)
  return blocks
}

interface Guest {
  readonly kernel: GuestKernel
  readonly vm: Vm
  readonly ghost: Ghost
  readonly movable: AgedPages | null
}

/** Frees a pageblock but for a few pages at random places. */
function fragment({ kernel, vm, ghost, movable }: Guest, random: Prng, first: number): void {
  splitPage(kernel.mm, first, PAGEBLOCK_ORDER, 0)
  const kept = new Set<number>()
  for (let i = 1 + random.below(KEPT_PER_BLOCK); i > 0; i--) kept.add(first + random.below(PAGEBLOCK_PAGES))
  for (let pfn = first; pfn < first + PAGEBLOCK_PAGES; pfn++) {
    if (kept.has(pfn)) {
      writeRange(vm, ghost, pfn, 1)
      movable?.keep(pfn)
    } else kernel.mm.freeSlow(pfn)
  }
}

function writeRange(vm: Vm, ghost: Ghost, first: number, count: number): void {
  for (let pfn = first; pfn < first + count; pfn++) ghost.write(pfn, vm.frameOf(asGfn(pfn)), 0)
}

/** Fisher and Yates. */
function shuffle(items: number[], random: Prng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const swap = items[i]
    items[i] = items[j]!
    items[j] = swap
  }
}

