/** The ghost, which goes by words, blocks and regions, against a twin that goes page by page. */
import { Columns } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ghost } from './ghost.ts'

/** Two blocks of the largest order, and pages behind them that fill no word. */
const PAGES = 2050
const REGION = 512

/** What was written where, and who owns it: pages lie in frames of the same number. */
class NaiveGhost {
  readonly owner = Array.from({ length: PAGES }, (): number => PageOwner.OFFLINE)
  readonly written = Array.from({ length: PAGES }, () => 0)
  readonly content = Array.from({ length: PAGES }, () => 0)
  violations = 0
  private tag = 0

  moved(pfn: number, order: number, from: number, to: number): void {
    for (let p = pfn; p < pfn + 2 ** order; p++) {
      if (this.owner[p] !== from) this.violations++
      this.owner[p] = to
      if (to === PageOwner.ALLOCATED) this.written[p] = 0
    }
  }

  write(first: number, count: number): void {
    for (let p = first; p < first + count; p++) this.written[p] = this.content[p] = ++this.tag
  }

  read(pfn: number): void {
    if (this.written[pfn] !== 0 && this.content[pfn] !== this.written[pfn]) this.violations++
  }
}

type Step =
  | { readonly kind: 'move'; readonly at: number; readonly order: number; readonly from: PageOwner; readonly to: PageOwner }
  | { readonly kind: 'write' | 'zero'; readonly at: number; readonly count: number }
  | { readonly kind: 'migrate'; readonly at: number; readonly to: number }

const owner = fc.constantFrom(PageOwner.OFFLINE, PageOwner.FREE, PageOwner.ALLOCATED, PageOwner.ALLOCATED)
// The first few pages of each region, so that steps meet.
const at = fc.tuple(fc.nat(4), fc.nat(15)).map(([region, page]) => Math.min(PAGES - 1, region * REGION + page))
const order = fc.constantFrom(0, 1, 2, 3, 4, 9, 10)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('move' as const), at, order, from: owner, to: owner }),
  fc.record({ kind: fc.constantFrom('write' as const, 'zero' as const), at, count: fc.constantFrom(1, 2, 5, REGION) }),
  fc.record({ kind: fc.constant('migrate' as const), at, to: at }),
)

function play(ghost: Ghost, naive: NaiveGhost, next: Step): void {
  if (next.kind === 'move') {
    const pfn = next.at - (next.at % 2 ** next.order)
    if (pfn + 2 ** next.order > PAGES) return
    ghost.moved(pfn, next.order, next.from, next.to)
    return naive.moved(pfn, next.order, next.from, next.to)
  }
  if (next.kind === 'migrate') {
    ghost.migrated(next.at, next.to)
    naive.written[next.to] = naive.written[next.at]
    return
  }
  // Within one region, as a page of the host.
  const count = Math.min(next.count, REGION - (next.at % REGION), PAGES - next.at)
  if (next.kind === 'write') {
    if (count === 1) ghost.write(next.at, next.at, 0)
    else ghost.writeRange(next.at, next.at, count, 0)
    return naive.write(next.at, count)
  }
  ghost.zeroed(next.at, count)
  naive.content.fill(0, next.at, next.at + count)
}

test('owners, violations and what was written are those of a ghost that looks at each page', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const ghost = new Ghost(new Columns(), 1, PAGES, PAGES, () => 0, () => '')
    const naive = new NaiveGhost()
    for (const next of steps) {
      play(ghost, naive, next)
      expect(ghost.violationCount).toBe(naive.violations)
    }
    for (let p = 0; p < PAGES; p++) {
      ghost.read(p, p)
      naive.read(p)
      if (ghost.ownerOf(p) !== naive.owner[p]) expect(`page ${p}: ${ghost.ownerOf(p)}`).toBe(`page ${p}: ${naive.owner[p]}`)
    }
    expect(ghost.violationCount).toBe(naive.violations)
  }), { numRuns: 150 })
})

test('a block that is moved from an owner it has only in part: each page that has another is named', () => {
  const ghost = new Ghost(new Columns(), 1, 16, 16, () => 0, () => 'boot')
  ghost.moved(0, 3, PageOwner.OFFLINE, PageOwner.FREE)
  ghost.moved(5, 0, PageOwner.FREE, PageOwner.PCP)
  ghost.moved(0, 3, PageOwner.FREE, PageOwner.ALLOCATED)
  expect(ghost.violations).toMatchInlineSnapshot(`
    [
      {
        "at": "boot",
        "rule": "V3",
        "text": "page p0x5 belongs to per-CPU list, and is moved as if free",
      },
    ]
  `)
})

test('T1: what came into a region by migration, or stayed in it beside a page that was given out again, is forgotten with its block', () => {
  const ghost = new Ghost(new Columns(), 1, 2048, 2048, () => 0, () => '')
  const giveOut = (pfn: number, order: number): void => {
    ghost.moved(pfn, order, PageOwner.ALLOCATED, PageOwner.FREE)
    ghost.moved(pfn, order, PageOwner.FREE, PageOwner.ALLOCATED)
  }
  for (const pfn of [0, 1024]) ghost.moved(pfn, 10, PageOwner.OFFLINE, PageOwner.ALLOCATED)
  ghost.write(0, 0, 0)
  ghost.migrated(0, 512)
  giveOut(512, 9)
  ghost.read(512, 512)
  ghost.writeRange(1024, 1024, 2, 0)
  giveOut(1024, 0)
  giveOut(1025, 0)
  ghost.zeroed(1025, 1)
  ghost.read(1025, 1025)
  expect(ghost.violationCount).toBe(0)
})
