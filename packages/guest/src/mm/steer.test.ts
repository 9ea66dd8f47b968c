/** Placement that a recording dictates: the named page moves, and every list, counter and flag stays sound. */
import { Columns } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderFreeLists } from '../testing/make-allocator.ts'
import { OwnerRecorder } from '../testing/owner-recorder.ts'
import { singleZoneLayout } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { PageAllocator } from './page-allocator.ts'
import { Steer } from './steer.ts'

const { MOVABLE, UNMOVABLE } = Migratetype
const PAGES = 64

/** An allocator of 64 pages with these free blocks: [pfn, order, Reported]. */
function steered(free: readonly (readonly [number, number, boolean])[]) {
  const cols = new Columns()
  const mm = new PageAllocator(cols, singleZoneLayout(PAGES), { cpus: 2, minFreeKbytes: 0 })
  const steer = new Steer(cols, mm)
  for (const [pfn, order, reported] of free) steer.loadFree(pfn, order, MOVABLE, reported)
  steer.loadUsed()
  mm.check()
  const render = (): string => renderFreeLists({ mm, cols, owners: new OwnerRecorder(PAGES) })
  return { mm, steer, render }
}

describe('a dictated placement', () => {
  test('the initial lists are in the order they are loaded, with their flags', () => {
    const { render } = steered([[48, 4, true], [0, 4, false], [40, 3, false]])
    expect(render()).toMatchInlineSnapshot(`
      "movable 3: 40
      movable 4: 48R 0"
    `)
  })

  test('a page from the middle of a block: what is left is split around it, and is no longer Reported', () => {
    const { mm, steer, render } = steered([[0, 4, true]])
    steer.take(1, 6, 0, MOVABLE, { toPcp: true })
    expect(render()).toMatchInlineSnapshot(`
      "movable 0: 7
      movable 1: 4
      movable 2: 0
      movable 3: 8"
    `)
    expect([mm.pages.ownerOf(6), mm.pcp.countOf(1, mm.zones[0])]).toEqual([PageOwner.PCP, 1])
    expect([steer.counter('takes'), steer.counter('takesAlike')]).toEqual([1, 0])
    mm.check()
  })

  test('the way round: taken, allocated, freed, drained, merged', () => {
    const { mm, steer, render } = steered([[0, 4, false]])
    steer.take(0, 0, 1, MOVABLE, { toPcp: true })
    steer.alloc(0, 0, 1, MOVABLE)
    expect(mm.pages.ownerOf(1)).toBe(PageOwner.ALLOCATED)
    steer.free(1, 0, 1, { toPcp: true })
    steer.drain(0, 1, MOVABLE)
    expect(render()).toBe('movable 4: 0')
    expect(['takesAlike', 'popsAlike', 'drainsAlike', 'stray'].map((name) => steer.counter(name as 'stray'))).toEqual([1, 1, 1, 0])
    mm.check()
  })

  test('a free that passed the per-CPU lists by', () => {
    const { mm, steer, render } = steered([[2, 1, false]])
    steer.free(0, 0, 1, { toPcp: false })
    expect(render()).toBe('movable 2: 0')
    mm.check()
  })

  test('a type without blocks takes the pageblock of another, as the allocator does', () => {
    const { mm, steer, render } = steered([[0, 4, false]])
    steer.take(0, 0, 0, UNMOVABLE, { toPcp: true })
    expect([steer.counter('steals'), steer.counter('takesAlike')]).toEqual([1, 1])
    expect(render()).toMatchInlineSnapshot(`
      "unmovable 0: 1
      unmovable 1: 2
      unmovable 2: 4
      unmovable 3: 8"
    `)
    mm.check()
  })

  test('any events on any pages leave a sound allocator, with each page where the last event put it', () => {
    const event = fc.record({
      kind: fc.constantFrom('take', 'alloc', 'free', 'direct', 'drain'),
      order: fc.integer({ min: 0, max: 3 }),
      at: fc.nat(PAGES - 1),
      cpu: fc.nat(1),
      type: fc.constantFrom(UNMOVABLE, MOVABLE),
    })
    const owners = { take: PageOwner.PCP, alloc: PageOwner.ALLOCATED, free: PageOwner.PCP, direct: PageOwner.FREE, drain: PageOwner.FREE }
    fc.assert(fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const { mm, steer } = steered([[0, 4, true], [16, 3, false], [32, 5, true]])
      for (const { kind, order, at, cpu, type } of events) {
        const pfn = at & ~((1 << order) - 1)
        if (kind === 'take') steer.take(cpu, pfn, order, type, { toPcp: true })
        else if (kind === 'alloc') steer.alloc(cpu, pfn, order, type)
        else if (kind === 'drain') steer.drain(pfn, order, type)
        else steer.free(cpu, pfn, order, { toPcp: kind === 'free' })
        expect(mm.pages.ownerOf(pfn)).toBe(owners[kind as 'take'])
        mm.check()
      }
    }), { numRuns: 60 })
  })
})
