import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BODY, BuddyCore, FREE_TAG, HEAD_MASK, MARK, ORDER_SHIFT, Place, TAG_MASK } from './buddy-core.ts'
import { Columns } from './columns.ts'
import { NaiveBlocks } from './testing/naive-blocks.ts'

const PAGES = 64
const MAX_ORDER = 4
const KINDS = 2
/** A tag of the test's own: the block is in use. */
const USED_TAG = 3
const PLACES = ['head', 'tail', 'likely'] as const

function makeCore(cols = new Columns()): BuddyCore {
  const core = new BuddyCore(cols, 'test', { pages: PAGES, maxOrder: MAX_ORDER, kinds: KINDS, groups: 2, extraLists: 1 })
  core.state.fill(BODY)
  return core
}

function pagesOn(core: BuddyCore, list: number): number[] {
  const pages = []
  for (let p = core.first(list); p >= 0; p = core.after(p)) pages.push(p)
  return pages
}

/** Core and twin driven by the same requests, in group 1 so that a wrong base shows. */
class Pair {
  readonly cols = new Columns()
  readonly core = makeCore(this.cols)
  readonly naive = new NaiveBlocks(KINDS, MAX_ORDER)
  readonly base = this.core.base(1)
  readonly used: { page: number; order: number }[] = []

  constructor() {
    for (let p = 0; p < PAGES; p += 2 ** MAX_ORDER) this.put(p, MAX_ORDER, MAX_ORDER, 0, 1)
  }

  take(kind: number, order: number): void {
    const page = this.core.takeSmallest(this.base, kind, order)
    expect(page).toBe(this.naive.take(kind, order))
    if (page < 0) return
    expect(this.core.state[page]).toBe(FREE_TAG | (order << ORDER_SHIFT))
    this.core.state[page] = USED_TAG | (order << ORDER_SHIFT)
    this.used.push({ page, order })
  }

  putUsed(index: number, limit: number, kind: number, place: number): void {
    const [block] = this.used.splice(index % this.used.length, 1)
    this.put(block.page, block.order, limit, kind, place)
  }

  check(): void {
    for (let kind = 0; kind < KINDS; kind++) {
      for (let order = 0; order <= MAX_ORDER; order++) {
        const list = this.core.listOf(this.base, kind, order)
        expect(pagesOn(this.core, list)).toEqual(this.naive.lists[kind][order])
        expect(this.core.checkList(list)).toBe(this.naive.lists[kind][order].length * 2 ** order)
      }
    }
  }

  private put(page: number, order: number, limit: number, kind: number, place: number): void {
    this.core.state[page] = FREE_TAG | (order << ORDER_SHIFT)
    const head = this.core.put(page, order, limit, this.base, kind, place as Place)
    this.naive.put(page, order, limit, kind, PLACES[place])
    expect(this.naive.isFree(head, this.core.mergedOrder)).toBe(true)
  }
}

const request = fc.oneof(
  fc.record({ op: fc.constant('take' as const), kind: fc.nat(KINDS - 1), order: fc.nat(MAX_ORDER) }),
  fc.record({ op: fc.constant('put' as const), index: fc.nat(), limit: fc.nat(MAX_ORDER), kind: fc.nat(KINDS - 1), place: fc.nat(2) }),
)

describe('BuddyCore', () => {
  it('takes and puts as its naive twin does, list for list and place for place', () => {
    fc.assert(fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
      const pair = new Pair()
      for (const r of requests) {
        if (r.op === 'take') pair.take(r.kind, r.order)
        else if (pair.used.length > 0) pair.putUsed(r.index, r.limit, r.kind, r.place)
        pair.check()
      }
    }), { numRuns: 60, seed: 1 })
  })

  it('declares in the footprint every element that it changes', () => {
    fc.assert(fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const pair = new Pair()
      pair.cols.footprint.recording = true
      for (const r of requests) {
        pair.cols.remember()
        pair.cols.footprint.begin()
        if (r.op === 'take') pair.take(r.kind, r.order)
        else if (pair.used.length > 0) pair.putUsed(r.index, r.limit, r.kind, r.place)
        expect(pair.cols.changedOutside()).toEqual([])
      }
    }), { numRuns: 30, seed: 2 })
  })

  it('turns a list so that a given page is first, and keeps its circular order', () => {
    const core = makeCore()
    const list = core.extraBase
    for (const p of [5, 6, 7, 8]) core.insertTail(list, p)
    core.rotateToFront(list, 7)
    expect(pagesOn(core, list)).toEqual([7, 8, 5, 6])
    core.rotateToFront(list, 7)
    core.remove(list, 8)
    expect([pagesOn(core, list), core.last(list), core.count[list]]).toEqual([[7, 5, 6], 6, 3])
  })

  it('clears MARK of a block that is taken and of a buddy that is joined', () => {
    const pair = new Pair()
    pair.core.state[0] |= MARK
    pair.take(0, 0)
    for (const page of [1, 2, 4, 8]) pair.core.state[page] |= MARK
    pair.putUsed(0, MAX_ORDER, 0, 0)
    expect(pair.core.state.every((byte) => (byte & MARK) === 0)).toBe(true)
  })

  it('notices a wrong count, a wrong link and a wrong kind', () => {
    const list = makeCore().listOf(makeCore().base(1), 0, MAX_ORDER)
    const breaks = [
      (core: BuddyCore): void => { core.count[list]++ },
      (core: BuddyCore): void => { core.links[1] = 16 },
      (core: BuddyCore): void => { core.kind[0] = 1 },
      (core: BuddyCore): void => { core.state[0] = USED_TAG },
    ]
    for (const harm of breaks) {
      const { core } = new Pair()
      core.checkList(list)
      harm(core)
      expect(() => core.checkList(list)).toThrow()
    }
  })

  it('keeps the fields of the state byte apart', () => {
    for (let order = 0; order <= 14; order++) {
      for (let tag = 0; tag <= TAG_MASK; tag++) {
        const head = tag | (order << ORDER_SHIFT)
        expect([head & TAG_MASK, (head & HEAD_MASK) >> ORDER_SHIFT, (head | MARK) & HEAD_MASK]).toEqual([tag, order, head])
        expect(head).not.toBe(BODY)
      }
    }
  })
})
