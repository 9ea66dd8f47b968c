import { Cause } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { singleZoneLayout, ZoneKind } from '../mm/layout.ts'
import { NONE } from '../mm/page-allocator.ts'
import { splitPage } from '../mm/split-page.ts'
import { AllocFlag } from '../mm/watermarks.ts'
import { Compaction } from '../compaction/compaction.ts'
import { makeKernel } from '../testing/make-kernel.ts'
import { flagsOf, GuestThp, THP_DEFRAG } from './thp.ts'
import type { ThpDefrag } from './thp.ts'

test('a huge page is cleared by the fault, and the fault falls back when there is none', () => {
  const { engine, kernel, run } = makeKernel({ layout: singleZoneLayout(1024), minFreeKbytes: 0 })
  const thp = new GuestThp(engine, kernel, 'madvise')
  run(function* (task) {
    const pages = []
    for (let i = 0; i < 3; i++) pages.push(yield* thp.alloc(task, 0, { madvised: false }))
    expect(pages.map((pfn) => pfn === NONE)).toEqual([false, false, true])
    expect(task.account[Cause.ALLOC]).toBeGreaterThan(2 * engine.costs.zero2m)
  })
  expect([thp.counter('faultAlloc'), thp.counter('faultFallback')]).toEqual([2, 1])
})

test('the five settings, for a program that asked for huge pages and one that did not', () => {
  const { NO_RECLAIM, NO_KSWAPD } = AllocFlag
  const text = (flags: number): string => `${(flags & NO_RECLAIM) === 0 ? 'direct' : '-'} ${(flags & NO_KSWAPD) === 0 ? 'wakes' : '-'}`
  expect(Object.fromEntries(THP_DEFRAG.map((defrag) => [defrag, [true, false].map((madvised) => text(flagsOf(defrag, madvised)))]))).toMatchInlineSnapshot(`
    {
      "always": [
        "direct -",
        "direct -",
      ],
      "defer": [
        "- wakes",
        "- wakes",
      ],
      "defer+madvise": [
        "direct -",
        "- wakes",
      ],
      "madvise": [
        "direct -",
        "- -",
      ],
      "never": [
        "- -",
        "- -",
      ],
    }
  `)
})

/** Memory whose every pageblock has one movable page in it: a huge page needs compaction. */
function scatteredGuest(defrag: ThpDefrag) {
  const made = makeKernel({ layout: singleZoneLayout(8192), minFreeKbytes: 0, perCpuLists: false })
  const { mm, engine, kernel } = made
  const pages: number[] = []
  const holder = mm.mappings.add({ mayMove: () => true, migrated: (i, _, to) => { pages[i] = to }, pageAt: (i) => pages[i] })
  for (let n = 0; n < 16; n++) {
    const pfn = mm.allocSlow(0, 9, 1, ZoneKind.NORMAL, 0)
    splitPage(mm, pfn, 9, 0)
    mm.mappings.set(pfn + 7, holder, pages.push(pfn + 7) - 1)
    for (let p = pfn; p < pfn + 512; p++) if (p !== pfn + 7) mm.freeSlow(p)
  }
  const compaction = new Compaction(engine, kernel, made.vcpus[0], 0, { proactive: false })
  kernel.compaction = compaction
  return { ...made, compaction, thp: new GuestThp(engine, kernel, defrag) }
}

test('direct compaction makes the huge page now, defer makes the next one, never makes none', () => {
  const story = (defrag: ThpDefrag): string => {
    const { engine, run, thp, compaction, kernel } = scatteredGuest(defrag)
    const results: boolean[] = []
    for (let i = 0; i < 2; i++) {
      run(function* (task) {
        results.push((yield* thp.alloc(task, 0, { madvised: false })) !== NONE)
      }, 1)
      engine.run(engine.now + 1e9)
    }
    kernel.check()
    const pages = results.map((got) => (got ? 'huge' : 'small')).join(', then ')
    return `${pages}; kcompactd woken ${compaction.counter('daemonWakes')}, stalls ${compaction.counter('stalls')}`
  }
  expect(Object.fromEntries(THP_DEFRAG.map((defrag) => [defrag, story(defrag)]))).toMatchInlineSnapshot(`
    {
      "always": "huge, then huge; kcompactd woken 0, stalls 2",
      "defer": "small, then huge; kcompactd woken 1, stalls 0",
      "defer+madvise": "small, then huge; kcompactd woken 1, stalls 0",
      "madvise": "small, then small; kcompactd woken 0, stalls 0",
      "never": "small, then small; kcompactd woken 0, stalls 0",
    }
  `)
})
