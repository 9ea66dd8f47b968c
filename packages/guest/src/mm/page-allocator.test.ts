import * as fc from 'fast-check'
import { Columns, PAGEBLOCK_ORDER } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { describe, expect, it } from 'vitest'
import { makeAllocator, smallBlocksLayout } from '../testing/index.ts'
import type { TestAllocator } from '../testing/index.ts'
import { unreserveHighatomic } from './highatomic.ts'
import { isolateFreePage, isolatePageblock, putbackIsolated, unisolatePageblock } from './isolation.ts'
import { singleZoneLayout, x86Layout, ZoneKind } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { FreeResult, NONE, PageAllocator } from './page-allocator.ts'
import { batchSize, highSize } from './pcp.ts'
import { AllocFlag, Gfp } from './watermarks.ts'
import { ZoneField } from './zones.ts'

const MIB = 2 ** 20

const { MOVABLE } = Migratetype

function alloc(mm: PageAllocator, cpu: number, order: number, migratetype: Migratetype = MOVABLE, flags: number = Gfp.KERNEL): number {
  const pfn = mm.allocFast(cpu, order, migratetype, ZoneKind.NORMAL)
  return pfn !== NONE ? pfn : mm.allocSlow(cpu, order, migratetype, ZoneKind.NORMAL, flags)
}

function free(mm: PageAllocator, cpu: number, pfn: number): FreeResult {
  const result = mm.freeFast(cpu, pfn)
  if (result === FreeResult.SLOW) mm.freeSlow(pfn)
  if (result === FreeResult.DRAIN) mm.drainPcp(cpu, mm.zoneOf(pfn))
  return result
}

/** Everything that happens to an allocator, drawn at random, on two CPUs; after each step `check`, and the recorder against the states. */
class Machine {
  readonly test: TestAllocator
  readonly mm: PageAllocator
  readonly used: number[] = []
  readonly away: number[] = []

  constructor(test: TestAllocator) {
    this.test = test
    this.mm = test.mm
  }

  step(op: number, cpu: number, order: number, a: number): void {
    const { mm } = this
    const buddy = mm.buddies[0]
    if (op <= 4) {
      const pfn = alloc(mm, cpu, order, (a % 3) as Migratetype, op === 4 ? Gfp.ATOMIC : Gfp.KERNEL)
      if (pfn !== NONE) this.used.push(pfn)
    } else if (op <= 7 && this.used.length > 0) free(mm, cpu, this.used.splice(a % this.used.length, 1)[0])
    else if (op === 8) mm.drainAll(cpu)
    else if (op === 9) this.isolate(a)
    else if (op === 10 && this.away.length > 0) {
      const [pfn] = this.away.splice(a % this.away.length, 1)
      if (putbackIsolated(buddy, pfn, mm.pages.orderOf(pfn), mm.pageblocks.typeOf(pfn))) mm.lists.setReported(pfn)
    } else if (op === 11) unreserveHighatomic(buddy, Migratetype.MOVABLE, { lastToo: a % 2 === 0 })
    else if (op === 12) {
      const pfn = a % mm.layout.pages
      if (mm.pageblocks.typeOf(pfn) === Migratetype.ISOLATE) unisolatePageblock(buddy, pfn, Migratetype.MOVABLE)
      else if (mm.pageblocks.typeOf(pfn) !== Migratetype.HIGHATOMIC) isolatePageblock(buddy, pfn)
    }
  }

  compare(): void {
    this.mm.check()
    for (let p = 0; p < this.mm.layout.pages; p++) if (this.test.owners.owners[p] !== this.mm.pages.ownerOf(p)) expect.fail(`owner of ${p}`)
    expect(this.test.owners.count(PageOwner.ALLOCATED)).toBe(this.used.reduce((sum, p) => sum + 2 ** this.mm.pages.orderOf(p), 0))
  }

  private isolate(a: number): void {
    const head = this.mm.pages.headOf(a % this.mm.layout.pages)
    if (this.mm.pages.ownerOf(head) !== PageOwner.FREE) return
    if (isolateFreePage(this.mm.buddies[0], head)) this.away.push(head)
  }
}

const step = fc.tuple(fc.nat(12), fc.nat(1), fc.constantFrom(0, 0, 0, 1, 2, 3, 4), fc.nat(1000))
const steps = fc.array(step, { minLength: 10, maxLength: 80 })

function makeMachine(): Machine {
  const machine = new Machine(makeAllocator(smallBlocksLayout(64, 4, 3), { cpus: 2, captureCapacity: 4 }))
  for (let cpu = 0; cpu < 2; cpu++) machine.mm.pcp.setLimits(cpu, machine.mm.zones[0], 2, 8)
  machine.mm.buddies[0].events.setCaptureOrder(2)
  return machine
}

describe('PageAllocator', () => {
  it('keeps every counter, list and owner right whatever happens', () => {
    fc.assert(fc.property(steps, (list) => {
      const machine = makeMachine()
      for (const step of list) {
        machine.step(...step)
        machine.compare()
      }
      expect(machine.mm.buddies[0].events.captured).toBeLessThanOrEqual(4)
    }), { numRuns: 80, seed: 4 })
  })

  it('declares in the footprint every element that a step changes', () => {
    fc.assert(fc.property(steps, (list) => {
      const machine = makeMachine()
      const { cols } = machine.test
      cols.footprint.recording = true
      for (const step of list) {
        cols.remember()
        cols.footprint.begin()
        machine.step(...step)
        expect(cols.changedOutside()).toEqual([])
      }
    }), { numRuns: 30, seed: 5 })
  })

  it('returns to its sealed state', () => {
    const machine = makeMachine()
    machine.test.cols.seal()
    const hash = machine.test.cols.hash()
    for (let i = 0; i < 40; i++) machine.step(i % 8, i % 2, i % 3, i * 7)
    expect(machine.test.cols.hash()).not.toBe(hash)
    machine.test.cols.reset()
    expect(machine.test.cols.hash()).toBe(hash)
    machine.mm.check()
  })

  it('lets two CPUs use their own lists without touching a common object', () => {
    const { mm, cols } = makeAllocator(singleZoneLayout(4096), { cpus: 2 })
    const pages = [alloc(mm, 0, 0), alloc(mm, 1, 0)]
    cols.footprint.recording = true
    cols.footprint.begin()
    free(mm, 0, pages[0])
    cols.remember()
    cols.footprint.begin()
    free(mm, 1, pages[1])
    alloc(mm, 1, 0)
    expect(cols.changedOutside()).toEqual([])
    expect(cols.footprint.wrote(mm.zones[0].object)).toBe(false)
    expect(cols.footprint.wrote(mm.core.pageObject + pages[0])).toBe(false)
  })

  it('hands out adjacent pages when fresh: a balloon that pops each batch of 256 sees descending neighbours', () => {
    const { mm } = makeAllocator(x86Layout(256 * MIB), { cpus: 2 })
    const told: number[] = []
    for (let batch = 0; batch < 100; batch++) {
      const stack = Array.from({ length: 256 }, () => alloc(mm, 0, 0))
      told.push(...stack.reverse())
    }
    const adjacent = told.filter((pfn, i) => i > 0 && pfn === told[i - 1] - 1).length
    // A real driver: 107,963 of 108,543 steps, 99.5 %.
    expect(adjacent / (told.length - 1)).toBeGreaterThan(0.99)
    expect(new Set(told).size).toBe(told.length)
  })

  it('needs at most 12 bytes per guest page', () => {
    const cols = new Columns()
    const layout = x86Layout(1024 * MIB)
    void new PageAllocator(cols, layout, { cpus: 4 })
    const bytes = [...cols.bytesByLabel().values()].reduce((a, b) => a + b, 0)
    expect(bytes / layout.pages).toBeLessThanOrEqual(12)
    expect(Math.round((10 * bytes) / layout.pages) / 10).toMatchInlineSnapshot(`10`)
  })
})

describe('zones', () => {
  it('falls from NORMAL to DMA32 to DMA as each reaches its watermark, and stops above min', () => {
    const { mm } = makeAllocator(x86Layout(5 * 2 ** 30), { minFreeKbytes: 65536 })
    const order: string[] = []
    for (let pfn = alloc(mm, 0, 10); pfn !== NONE; pfn = alloc(mm, 0, 10)) {
      const { name } = mm.zones[mm.zoneOf(pfn)]
      if (order.at(-1) !== name) order.push(name)
    }
    expect(order.join(' ')).toMatchInlineSnapshot(`"Normal DMA32 Normal DMA32"`)
    for (const zone of mm.zones) expect(zone.fields[ZoneField.FREE]).toBeGreaterThan(zone.fields[ZoneField.MIN])
    expect(mm.allocSlow(0, 10, Migratetype.MOVABLE, ZoneKind.NORMAL, AllocFlag.NO_WATERMARKS)).not.toBe(NONE)
  })

  it('takes a lower zone rather than breaking into a movable pageblock of NORMAL', () => {
    const { mm } = makeAllocator(x86Layout(4 * 2 ** 30), { perCpuLists: false })
    const pages: number[] = []
    for (let pfn = alloc(mm, 0, 8); mm.zoneOf(pfn) === 2; pfn = alloc(mm, 0, 8)) pages.push(pfn)
    while (mm.allocAttempt(6, 0, PAGEBLOCK_ORDER, Migratetype.MOVABLE, ZoneKind.NORMAL, AllocFlag.NO_WATERMARKS) !== NONE);
    // Every other block: NORMAL is well above low, and has no free block of a whole pageblock.
    for (let i = 0; i < 80; i += 2) mm.freeSlow(pages[i])
    expect(mm.zones[mm.zoneOf(alloc(mm, 0, 0))].name).toBe('Normal')
    const pfn = alloc(mm, 0, 0, Migratetype.UNMOVABLE)
    expect(mm.zones[mm.zoneOf(pfn)].name).toBe('DMA32')
    expect(mm.pageblocks.typeOf(pfn)).toBe(Migratetype.UNMOVABLE)
  })

  it('reserves a pageblock for an atomic request of more than a page, keeps it for the next, and gives it up under pressure', () => {
    const { mm } = makeAllocator(singleZoneLayout(4096), { perCpuLists: false })
    const buddy = mm.buddies[0]
    const atomic = (): number => mm.allocAttempt(6, 0, 2, Migratetype.UNMOVABLE, ZoneKind.NORMAL, Gfp.ATOMIC)
    const pfn = atomic()
    expect(mm.pageblocks.typeOf(pfn)).toBe(Migratetype.HIGHATOMIC)
    expect(buddy.zone.fields[ZoneField.HIGHATOMIC]).toBe(512)
    expect(mm.lists.smallestFrom(buddy.zone, Migratetype.HIGHATOMIC, 0)).toBe(2)
    expect(atomic()).toBe(pfn + 4)
    mm.check()
    expect(unreserveHighatomic(buddy, Migratetype.MOVABLE, { lastToo: false })).toBe(false)
    expect(unreserveHighatomic(buddy, Migratetype.MOVABLE, { lastToo: true })).toBe(true)
    expect(buddy.zone.fields[ZoneField.HIGHATOMIC]).toBe(0)
    expect(mm.lists.smallestFrom(buddy.zone, Migratetype.HIGHATOMIC, 0)).toBe(NONE)
    mm.check()
  })
})

describe('per-CPU lists', () => {
  it('are sized as a real guest sizes them', () => {
    // A 1 GiB guest with 2 CPUs, Linux 6.1: DMA32 has 245249 pages and low 13860, DMA has 3840 and 218.
    expect([batchSize(245249), highSize(13860, 2, 63)]).toEqual([63, 6930])
    expect([batchSize(3840), highSize(218, 2, 1)]).toEqual([1, 109])
  })

  it('serve order 0 to 3 and huge pages, newest first, and leave the zone alone', () => {
    const { mm } = makeAllocator(singleZoneLayout(65536), { minFreeKbytes: 16384 })
    for (const order of [0, 1, 2, 3, PAGEBLOCK_ORDER]) {
      const pages = [alloc(mm, 0, order), alloc(mm, 0, order)]
      const before = mm.freePages()
      for (const pfn of pages) expect(mm.freeFast(0, pfn)).toBe(FreeResult.DONE)
      expect(mm.allocFast(0, order, Migratetype.MOVABLE, ZoneKind.NORMAL)).toBe(pages[1])
      expect(mm.freePages()).toBe(before)
    }
    const large = alloc(mm, 0, 4)
    expect(mm.freeFast(0, large)).toBe(FreeResult.SLOW)
    mm.check()
  })

  it('drain twice as much each time when nothing is allocated in between', () => {
    const { mm } = makeAllocator(singleZoneLayout(2 ** 17), { cpus: 1, minFreeKbytes: 8192 })
    const zone = mm.zones[0]
    const pages = Array.from({ length: 12_000 }, () => alloc(mm, 0, 0))
    mm.drainAll(0)
    const drained: number[] = []
    for (const pfn of pages) if (mm.freeFast(0, pfn) === FreeResult.DRAIN) drained.push(mm.drainPcp(0, 0))
    expect([mm.pcp.batchOf(0, zone), mm.pcp.highOf(0, zone)]).toEqual([31, 2560])
    expect(drained.slice(0, 9).join(' ')).toMatchInlineSnapshot(`"31 62 124 248 496 992 1984 2529 2529"`)
    mm.check()
  })
})
