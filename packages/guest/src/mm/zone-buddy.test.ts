import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeAllocator, NaiveBuddy, renderFreeLists, smallBlocksLayout } from '../testing/index.ts'
import type { TestAllocator } from '../testing/index.ts'
import { singleZoneLayout, ZoneKind } from './layout.ts'
import type { Layout } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { NONE } from './page-allocator.ts'
import { Gfp } from './watermarks.ts'

type Request = { alloc: true; order: number; type: number } | { alloc: false; index: number }

/** The allocator without per-CPU lists beside its twin; every list compared after every request. */
class Pair {
  readonly real: TestAllocator
  readonly naive: NaiveBuddy
  private readonly layout: Layout

  constructor(layout: Layout) {
    this.layout = layout
    this.real = makeAllocator(layout, { perCpuLists: false })
    this.naive = new NaiveBuddy(layout.pages, layout.maxOrder, layout.pageblockOrder)
  }

  run(request: Request): void {
    const { mm } = this.real
    if (request.alloc) {
      // Straight to the last pass, so that NOFRAGMENT and the low watermark, which the twin does not have, stay out of it.
      const pfn = mm.allocAttempt(6, 0, request.order, request.type as Migratetype, ZoneKind.NORMAL, Gfp.KERNEL)
      if (pfn !== this.naive.alloc(request.order, request.type)) expect.fail(`${pfn} is not what the twin allocates`)
    } else if (this.naive.used.length > 0) {
      const index = request.index % this.naive.used.length
      mm.freeSlow(this.naive.used[index].pfn)
      this.naive.release(index)
    }
  }

  /** One comparison of everything observable, as text. */
  compare(): void {
    const { mm } = this.real
    const real = []
    const naive = []
    let free = 0
    for (let type = 0; type < 3; type++) {
      for (let order = 0; order <= this.layout.maxOrder; order++) {
        const pfns = []
        for (let p = mm.lists.first(mm.zones[0], type, order); p >= 0; p = mm.lists.after(p)) pfns.push(p)
        const expected = this.naive.list(type, order)
        real.push(`type ${type} order ${order} count ${mm.lists.nrFree(mm.zones[0], type, order)}: ${pfns.join(' ')}`)
        naive.push(`type ${type} order ${order} count ${expected.length}: ${expected.join(' ')}`)
        free += expected.length * 2 ** order
      }
    }
    const types = this.naive.blockTypes.map((_, block) => mm.pageblocks.typeOf(block << this.layout.pageblockOrder))
    real.push(`free ${mm.freePages()}`, types.join(' '))
    naive.push(`free ${free}`, this.naive.blockTypes.join(' '))
    expect(real.join('\n')).toBe(naive.join('\n'))
    mm.check()
  }
}

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ alloc: fc.constant(true as const), order: fc.constantFrom(0, 0, 0, 1, 2, 3, 4), type: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ alloc: fc.constant(false as const), index: fc.nat() }) },
)

describe('ZoneBuddy', () => {
  it('does what its naive twin does, fallback and pageblock types included', () => {
    fc.assert(fc.property(fc.array(request, { minLength: 20, maxLength: 90 }), (requests) => {
      const pair = new Pair(smallBlocksLayout(64, 4, 3))
      for (const r of requests) {
        pair.run(r)
        pair.compare()
      }
    }), { numRuns: 40, seed: 3 })
  })

  it('does what its naive twin does on every sequence of five requests on four pages', () => {
    const choices: Request[] = [
      ...[0, 1, 2].map((order) => ({ alloc: true as const, order, type: order === 1 ? 0 : 1 })),
      { alloc: false, index: 0 },
      { alloc: false, index: 1 },
    ]
    // Comparing at the end of each sequence is enough: every shorter sequence is the beginning of one and compared on its own.
    for (let length = 1; length <= 5; length++) {
      for (let sequence = 0; sequence < choices.length ** length; sequence++) {
        const pair = new Pair(singleZoneLayout(4))
        for (let rest = sequence, i = 0; i < length; i++, rest = Math.floor(rest / choices.length)) pair.run(choices[rest % choices.length])
        pair.compare()
      }
    }
  })

  it('splits with the upper halves at the head of their lists, and frees towards a merge at the tail', () => {
    const test = makeAllocator(singleZoneLayout(16), { perCpuLists: false })
    const alloc = (): number => test.mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
    const pages = [alloc(), alloc(), alloc()]
    expect(pages).toEqual([0, 1, 2])
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`
      "movable 0: 3
      movable 2: 4
      movable 3: 8"
    `)
    test.mm.freeSlow(0)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`
      "movable 0: 0 3
      movable 2: 4
      movable 3: 8"
    `)
    test.mm.freeSlow(2)
    expect(renderFreeLists(test)).toMatchInlineSnapshot(`
      "movable 0: 0
      movable 1: 2
      movable 2: 4
      movable 3: 8"
    `)
  })

  it('asserts on a double free, on a free inside a block, and on a page it never gave out', () => {
    const { mm } = makeAllocator(singleZoneLayout(16), { perCpuLists: false })
    const pfn = mm.allocSlow(0, 1, Migratetype.MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
    expect(() => { mm.freeSlow(pfn + 1) }).toThrow('first page')
    mm.freeSlow(pfn)
    expect(() => { mm.freeSlow(pfn) }).toThrow()
    expect(mm.allocSlow(0, 5, Migratetype.MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)).toBe(NONE)
    mm.check()
  })
})
