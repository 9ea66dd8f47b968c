/**
 * The expensive truth: recomputes from page states and lists everything that the allocator keeps in counters, and asserts that they agree.
 *
 *   C1  Blocks tile the guest: every page is offline, the head of a block, or inside exactly one.
 *   C2  Every list is sound (kit's B1, B2), and holds exactly the FREE and PCP blocks that the tiling has.
 *   C3  NR_FREE_PAGES and the per-CPU counts are the sums of their lists.
 *   C4  Free buddies have merged, below a pageblock always, above it while no pageblock was ever of a type that forbids it.
 *   C5  Reported is set on free blocks only.
 */
import { assert, BODY } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { Migratetype, MIGRATETYPES } from './migratetype.ts'
import { isReportedByte, OFFLINE_BYTE, orderOfByte, ownerOfByte } from './page-state.ts'
import type { PageAllocator } from './page-allocator.ts'
import { PCP_LISTS } from './pcp.ts'
import { ZoneField } from './zones.ts'
import type { ZoneBuddy } from './zone-buddy.ts'

export function checkAllocator(allocator: PageAllocator): void {
  for (const buddy of allocator.buddies) {
    const tiled = tile(buddy)
    const listed = sumLists(buddy)
    assert(buddy.zone.fields[ZoneField.FREE] === listed.counted, 'C3: NR_FREE_PAGES is the sum of the free lists')
    assert(tiled[PageOwner.FREE] === listed.all, 'C2: every free block is on a list')
    assert(tiled[PageOwner.PCP] === sumPerCpu(allocator, buddy), 'C2: every per-CPU page is on a list')
    let online = 0
    for (let owner = PageOwner.FREE; owner < tiled.length; owner++) online += tiled[owner]
    assert(online === 0 || online === buddy.zone.fields[ZoneField.MANAGED], 'C1: no page is lost')
  }
}

/** Walks the zone block by block; returns pages by owner. */
function tile(buddy: ZoneBuddy): Float64Array {
  const { core, zone } = buddy
  const pages = new Float64Array(Object.keys(PageOwner).length)
  for (let pfn = zone.start; pfn < zone.end;) {
    const byte = core.state[pfn]
    assert(byte !== BODY, 'C1: a block begins where the one before ended')
    const owner = ownerOfByte(byte)
    const order = orderOfByte(byte)
    assert(owner !== PageOwner.OFFLINE || byte === OFFLINE_BYTE, 'C1: an offline page is a page of its own')
    assert(order <= core.maxOrder && (pfn & ((1 << order) - 1)) === 0, 'C1: a block is aligned to its size')
    for (let p = pfn + 1; p < pfn + (1 << order); p++) assert(core.state[p] === BODY, 'C1: blocks do not overlap')
    assert(owner === PageOwner.FREE || !isReportedByte(byte), 'C5: only free blocks are Reported')
    if (owner === PageOwner.FREE) checkMerged(buddy, pfn, order)
    pages[owner] += 1 << order
    pfn += 1 << order
  }
  return pages
}

function checkMerged(buddy: ZoneBuddy, pfn: number, order: number): void {
  const { core, zone, pageblocks } = buddy
  if (order === core.maxOrder) return
  if (order >= pageblocks.order && zone.fields[ZoneField.EVER_UNMERGEABLE] !== 0) return
  assert(!core.isFreeHead(pfn ^ (1 << order), order), 'C4: free buddies are merged')
}

/** Pages on the zone's free lists: all, and those that count as free. */
function sumLists(buddy: ZoneBuddy): { all: number; counted: number } {
  let all = 0
  let counted = 0
  for (let migratetype = 0; migratetype < MIGRATETYPES; migratetype++) {
    for (let order = 0; order <= buddy.core.maxOrder; order++) {
      const pages = buddy.core.checkList(buddy.lists.listOf(buddy.zone, migratetype, order))
      all += pages
      if (migratetype !== Migratetype.ISOLATE) counted += pages
    }
  }
  return { all, counted }
}

function sumPerCpu({ core, cpus, pcp }: PageAllocator, { zone }: ZoneBuddy): number {
  if (!pcp.inUse) return 0
  let all = 0
  for (let cpu = 0; cpu < cpus; cpu++) {
    let pages = 0
    for (let index = 0; index < PCP_LISTS; index++) {
      const list = pcp.listOf(cpu, zone, index)
      pages += core.checkList(list)
      for (let p = core.first(list); p >= 0; p = core.after(p)) {
        assert(ownerOfByte(core.state[p]) === PageOwner.PCP, 'C2: a per-CPU list holds per-CPU pages')
      }
    }
    assert(pcp.countOf(cpu, zone) === pages, 'C3: the per-CPU count is the sum of its lists')
    all += pages
  }
  return all
}
