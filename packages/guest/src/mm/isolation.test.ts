import { PageOwner } from '@hintlab/protocol'
import { describe, expect, it } from 'vitest'
import { makeAllocator, renderFreeLists, smallBlocksLayout } from '../testing/index.ts'
import { NEVER } from './free-events.ts'
import { isolateFreePage, isolatePageblock, putbackIsolated, unisolatePageblock } from './isolation.ts'
import { singleZoneLayout, ZoneKind } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { NONE } from './page-allocator.ts'
import { Gfp } from './watermarks.ts'
import { ZoneField } from './zones.ts'

const { MOVABLE, UNMOVABLE, ISOLATE } = Migratetype

describe('isolation of a free block', () => {
  it('takes the block away and puts it back at the tail, Reported if it did not merge', () => {
    const test = makeAllocator(singleZoneLayout(4096), { perCpuLists: false })
    const buddy = test.mm.buddies[0]
    expect(isolateFreePage(buddy, 0)).toBe(true)
    expect(test.mm.pages.ownerOf(512)).toBe(PageOwner.ISOLATED)
    expect(test.mm.freePages()).toBe(3072)
    expect(putbackIsolated(buddy, 0, 10, MOVABLE)).toBe(true)
    test.mm.lists.setReported(0)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`"movable 10: 1024 2048 3072 0R"`)
    test.mm.check()
  })

  it('says when a block merged on its way back: then it must not be Reported', () => {
    const test = makeAllocator(singleZoneLayout(16), { perCpuLists: false })
    const { mm } = test
    const alloc = (): number => mm.allocSlow(0, 1, MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
    const [a, b] = [alloc(), alloc()]
    mm.freeSlow(a)
    expect(isolateFreePage(mm.buddies[0], a)).toBe(true)
    mm.freeSlow(b)
    expect(putbackIsolated(mm.buddies[0], a, 1, MOVABLE)).toBe(false)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`"movable 4: 0"`)
  })

  it('refuses when the zone would not stay above min', () => {
    const { mm } = makeAllocator(singleZoneLayout(3072), { perCpuLists: false, minFreeKbytes: 4 * 1000 })
    const buddy = mm.buddies[0]
    expect(isolateFreePage(buddy, 0)).toBe(true)
    // 2048 free and min 1000: the second block still leaves 1024. The third would leave nothing.
    expect(isolateFreePage(buddy, 1024)).toBe(true)
    expect(isolateFreePage(buddy, 2048)).toBe(false)
    expect(mm.pages.ownerOf(2048)).toBe(PageOwner.FREE)
    mm.check()
  })

  it('makes the pageblocks of a large block MOVABLE, but leaves the block where it was listed', () => {
    const test = makeAllocator(smallBlocksLayout(32, 4, 3), { perCpuLists: false })
    const { mm } = test
    const pfn = mm.allocSlow(0, 0, UNMOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
    expect(mm.pageblocks.typeOf(pfn)).toBe(UNMOVABLE)
    const half = mm.lists.first(mm.zones[0], UNMOVABLE, 2)
    expect(isolateFreePage(mm.buddies[0], half)).toBe(true)
    expect(mm.pageblocks.typeOf(half)).toBe(MOVABLE)
    putbackIsolated(mm.buddies[0], half, 2, UNMOVABLE)
    // Listed as unmovable in a pageblock that is movable now: as a real guest's free lists show it after reports.
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`
      "unmovable 0: 1
      unmovable 1: 2
      unmovable 2: 4
      unmovable 3: 8
      movable 4: 16"
    `)
    mm.check()
  })

  it('clears Reported when the block is split, and when it merges', () => {
    const test = makeAllocator(singleZoneLayout(8), { perCpuLists: false })
    const { mm } = test
    mm.lists.setReported(0)
    const pfn = mm.allocSlow(0, 0, MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
    mm.lists.setReported(4)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`
      "movable 0: 1
      movable 1: 2
      movable 2: 4R"
    `)
    mm.freeSlow(pfn)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`"movable 3: 0"`)
  })
})

describe('isolation of a pageblock', () => {
  it('hides its free pages, keeps later frees in it, and gives all back', () => {
    const test = makeAllocator(smallBlocksLayout(32, 4, 3))
    const { mm } = test
    const buddy = mm.buddies[0]
    const pages = Array.from({ length: 3 }, () => mm.allocSlow(0, 0, MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL))
    mm.drainAll(0)
    expect(isolatePageblock(buddy, 3)).toBe(true)
    expect(isolatePageblock(buddy, 3)).toBe(false)
    expect([mm.pageblocks.typeOf(0), mm.freePages(), buddy.zone.fields[ZoneField.ISOLATED_BLOCKS]]).toEqual([ISOLATE, 24, 1])
    for (const pfn of pages) {
      expect(mm.freeFast(0, pfn)).toBe(2)
      mm.freeSlow(pfn)
    }
    mm.check()
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`
      "movable 3: 8
      movable 4: 16
      isolate 3: 0"
    `)
    unisolatePageblock(buddy, 0, MOVABLE)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`"movable 4: 16 0"`)
    mm.check()
  })

  it('refuses a pageblock with a page that cannot be moved', () => {
    const { mm } = makeAllocator(smallBlocksLayout(32, 4, 3))
    const pfn = mm.allocSlow(0, 0, UNMOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
    expect(pfn).not.toBe(NONE)
    expect(isolatePageblock(mm.buddies[0], pfn)).toBe(false)
  })
})

describe('notes for hint policies', () => {
  it('tell of each inserted block of the order asked for, before and after merging, and count what did not fit', () => {
    const { mm } = makeAllocator(singleZoneLayout(32), { perCpuLists: false, captureCapacity: 2 })
    const { events } = mm.buddies[0]
    const pages = Array.from({ length: 8 }, () => mm.allocSlow(0, 2, MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL))
    events.setNotifyOrder(3)
    events.setCaptureOrder(2)
    mm.freeSlow(pages[0])
    expect(events.takeNotified()).toBe(false)
    mm.freeSlow(pages[1])
    mm.freeSlow(pages[4])
    expect([events.takeNotified(), events.takeNotified()]).toEqual([true, false])
    expect([events.captured, events.overflow]).toEqual([2, 1])
    expect([0, 1].map((i) => [events.pfnAt(i), events.orderAt(i), events.freedOrderAt(i)])).toEqual([[0, 2, 2], [0, 3, 2]])
    events.discard(2)
    mm.freeSlow(pages[5])
    expect([events.captured, events.pfnAt(0), events.orderAt(0)]).toEqual([1, 16, 3])
    events.discard(1)
    events.setCaptureOrder(NEVER)
    mm.freeSlow(pages[7])
    expect(events.captured).toBe(0)
  })

  it('are not left by boot, nor by putting an isolated block back', () => {
    const { mm } = makeAllocator(singleZoneLayout(4096), { perCpuLists: false })
    const buddy = mm.buddies[0]
    buddy.events.setNotifyOrder(0)
    expect(isolateFreePage(buddy, 0)).toBe(true)
    putbackIsolated(buddy, 0, 10, MOVABLE)
    expect(buddy.events.takeNotified()).toBe(false)
  })
})
