/**
 * A guest that has been up for a while, made in one pass instead of by running for hours: every page was touched once, so the host backs all of it; part of
 * memory stays in use; part of the rest is sprinkled with a few pages in use; the free lists are in no particular order.
 *
 *     pageblock:  used  |  used here and there (1 to 8 pages)  |  free
 *
 * What is in use was given out by a kernel with watermarks: programs want zone Normal most, and of a lower zone they get what is above its low watermark and
 * lowmem_reserve (mm/page_alloc.c __zone_watermark_ok). So zone DMA, whose reserve is about all of it, has no program's page.
 *
 *   G1  A zone has at least low + reserve pages free after aging, or what it had free before.
 *
 * Seeded: the same seed gives the same guest.
 */
import { framesIn, gfn as asGfn, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { AllocFlag, Migratetype, NONE, splitPage, ZoneField, ZoneKind } from '@hintlab/guest'
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
  const room = roomOfZones(kernel)
  const blocks = takeAllBlocks(kernel)
  shuffle(blocks, random)
  for (const pfn of blocks) {
    if (chance(used)) {
      if (takeRoom(kernel, room, pfn, PAGEBLOCK_PAGES)) writeRange(vm, ghost, pfn, PAGEBLOCK_PAGES)
      else kernel.mm.freeSlow(pfn)
    } else if (chance(fragmented)) {
      const kept = drawKept(random, pfn)
      if (takeRoom(kernel, room, pfn, kept.size)) fragment({ kernel, vm, ghost, movable }, kept, pfn)
      else kernel.mm.freeSlow(pfn)
    } else kernel.mm.freeSlow(pfn)
  }
}

/** By zone: the pages that programs can get, above the low watermark and what requests for zone Normal must leave. */
function roomOfZones({ mm }: GuestKernel): number[] {
  return mm.zones.map(({ fields }) => fields[ZoneField.FREE] - fields[ZoneField.LOW] - fields[ZoneField.RESERVE + ZoneKind.NORMAL])
}

/** Takes pages of a zone's room; false when it has fewer. */
function takeRoom({ mm }: GuestKernel, room: number[], pfn: number, pages: number): boolean {
  const zone = mm.zoneOf(pfn)
  const left = (room[zone] ?? 0) - pages
  if (left < 0) return false
  room[zone] = left
  return true
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

/** The few pages of a pageblock that stay in use, at random places. */
function drawKept(random: Prng, first: number): Set<number> {
  const kept = new Set<number>()
  for (let i = 1 + random.below(KEPT_PER_BLOCK); i > 0; i--) kept.add(first + random.below(PAGEBLOCK_PAGES))
  return kept
}

/**
 * Frees a block but for these pages, in ascending order, in pieces as large as they leave. The free lists are then as if every page had been freed by
 * itself: a piece joins its list when its last page is freed, and until then nothing else changes.
 */
function fragment(guest: Guest, kept: ReadonlySet<number>, first: number, order: number = PAGEBLOCK_ORDER): void {
  const { kernel, vm, ghost, movable } = guest
  const end = first + framesIn(order)
  let inside = 0
  for (const pfn of kept) if (pfn >= first && pfn < end) inside++
  if (inside === 0) return kernel.mm.freeSlow(first)
  if (order === 0) {
    writeRange(vm, ghost, first, 1)
    return movable?.keep(first)
  }
  splitPage(kernel.mm, first, order, order - 1)
  fragment(guest, kept, first, order - 1)
  fragment(guest, kept, first + framesIn(order - 1), order - 1)
}

/** Writes pages of one pageblock. */
function writeRange(vm: Vm, ghost: Ghost, first: number, count: number): void {
  for (let pfn = first, run = 0; pfn < first + count; pfn += run) {
    run = vm.framesInRow(asGfn(pfn), first + count - pfn)
    ghost.writeRange(pfn, vm.frameOf(asGfn(pfn)), run, 0)
  }
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

