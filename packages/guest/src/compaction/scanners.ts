/**
 * The two scanners of compaction, plain functions under their caller's locks (mm/compaction.c of Linux 6.1).
 *
 *     zone start                                                        zone end
 *     | migrate scanner ->  movable pages ......... free pages  <- free scanner |
 *
 * The first collects pages in use that can be moved, a pageblock at a time from the bottom; the second takes free pages from the top to move them to. They are
 * done when they meet. Only single pages are moved, and only pageblocks of movable pages take them in.
 */
import { assert } from '@hintlab/kit'
import type { Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { isolateFreePage } from '../mm/isolation.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { isBodyByte, orderOfByte, ownerOfByte } from '../mm/page-state.ts'
import type { PageAllocator } from '../mm/page-allocator.ts'
import { splitPage } from '../mm/split-page.ts'
import type { Zone } from '../mm/zones.ts'

/** COMPACT_CLUSTER_MAX: pages that are moved at once. */
export const CLUSTER_MAX = 32
/** A block taken by the free scanner is smaller than a pageblock, so this many targets at most lie ready. */
const TARGETS_MAX = CLUSTER_MAX + 2 ** 9

/** One compaction of one zone (struct compact_control). */
export interface Control {
  readonly zone: Zone
  /** The order that is wanted; -1 for all that can be had. */
  readonly order: number
  readonly migratetype: Migratetype
  /** Whether pageblocks of other types are emptied too (MIGRATE_SYNC_LIGHT and above). */
  readonly sync: boolean
  /** Whether balloon pages can be moved. */
  readonly balloon: boolean
  /** Next page the migrate scanner looks at, and first page of the pageblock the free scanner is in. */
  migratePfn: number
  freePfn: number
  readonly sources: Int32Array
  sourceCount: number
  readonly targets: Int32Array
  targetCount: number
  /** The zone has no page to spare, or the scanners met while there were none. */
  outOfTargets: boolean
  /** Pages and blocks looked at since the last charge. */
  scanned: number
}

export function makeControl(zone: Zone, shape: Pick<Control, 'order' | 'migratetype' | 'sync' | 'balloon' | 'migratePfn' | 'freePfn'>): Control {
  const pages = { sources: new Int32Array(CLUSTER_MAX), sourceCount: 0, targets: new Int32Array(TARGETS_MAX), targetCount: 0 }
  return { zone, ...shape, ...pages, outOfTargets: false, scanned: 0 }
}

const blockOf = ({ pageblocks }: PageAllocator, pfn: number): number => pfn & -(1 << pageblocks.order)

/** compact_scanners_met. */
export const scannersMet = (mm: PageAllocator, { migratePfn, freePfn }: Control): boolean => freePfn <= blockOf(mm, migratePfn)

/** isolate_migratepages: looks at the rest of one pageblock, and leaves what can be moved of it in `sources`. */
export function isolateMigratepages(mm: PageAllocator, footprint: Footprint, control: Control): void {
  const end = blockOf(mm, control.migratePfn) + (1 << mm.pageblocks.order)
  control.sourceCount = 0
  control.scanned++
  // Direct compaction leaves blocks of other types alone at first: emptying them would be slow, or in vain (suitable_migration_source).
  const wanted = control.sync || mm.pageblocks.typeOf(control.migratePfn) === Migratetype.MOVABLE
  let pfn = wanted ? control.migratePfn : end
  while (pfn < end && control.sourceCount < CLUSTER_MAX) {
    footprint.read(mm.core.pageObject + pfn)
    const byte = mm.core.state[pfn]
    control.scanned++
    if (isMovable(mm, control, pfn, byte)) control.sources[control.sourceCount++] = pfn
    pfn += isBodyByte(byte) ? 1 : 1 << orderOfByte(byte)
  }
  control.migratePfn = Math.min(pfn, end)
}

function isMovable(mm: PageAllocator, control: Control, pfn: number, byte: number): boolean {
  if (isBodyByte(byte) || orderOfByte(byte) !== 0) return false
  if (ownerOfByte(byte) === PageOwner.BALLOON) return control.balloon
  return ownerOfByte(byte) === PageOwner.ALLOCATED && mm.mappings.movable(pfn)
}

/** isolate_freepages: takes free blocks until there is a target for every source, the scanners meet, or the zone is at its watermark. The zone lock is held. */
export function isolateFreepages(mm: PageAllocator, control: Control): void {
  const size = 1 << mm.pageblocks.order
  while (control.targetCount < control.sourceCount && !scannersMet(mm, control)) {
    control.scanned++
    if (isSuitableTarget(mm, control.freePfn) && !isolateBlock(mm, control)) break
    if (control.targetCount < control.sourceCount) control.freePfn -= size
  }
  control.outOfTargets = control.targetCount === 0
}

/** suitable_migration_target: a block of movable pages that is not free as a whole. */
function isSuitableTarget({ pageblocks, pages, core }: PageAllocator, pfn: number): boolean {
  if (pageblocks.typeOf(pfn) !== Migratetype.MOVABLE) return false
  const byte = core.state[pages.headOf(pfn)]
  return ownerOfByte(byte) !== PageOwner.FREE || orderOfByte(byte) < pageblocks.order
}

/** isolate_freepages_block; false when the zone has no page to spare. */
function isolateBlock(mm: PageAllocator, control: Control): boolean {
  const buddy = mm.buddies[control.zone.index]
  const end = control.freePfn + (1 << mm.pageblocks.order)
  for (let pfn = control.freePfn; pfn < end && control.targetCount < control.sourceCount; ) {
    const byte = mm.core.state[pfn]
    const step = isBodyByte(byte) ? 1 : 1 << orderOfByte(byte)
    control.scanned++
    if (!isBodyByte(byte) && ownerOfByte(byte) === PageOwner.FREE) {
      if (!isolateFreePage(buddy, pfn)) return false
      takeTarget(mm, control, pfn, orderOfByte(byte))
    }
    pfn += step
  }
  return true
}

function takeTarget(mm: PageAllocator, control: Control, pfn: number, order: number): void {
  mm.pages.move(pfn, order, PageOwner.ISOLATED, PageOwner.ALLOCATED)
  mm.core.kind[pfn] = Migratetype.MOVABLE
  splitPage(mm, pfn, order, 0)
  assert(control.targetCount + 2 ** order <= control.targets.length, 'a block of free pages fits the targets')
  for (let p = pfn; p < pfn + 2 ** order; p++) control.targets[control.targetCount++] = p
}
