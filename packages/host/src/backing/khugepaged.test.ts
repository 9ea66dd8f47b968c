import { gfn, hfn, vpn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeVm, touch } from '../testing/make-vm.ts'
import type { VmFixture } from '../testing/make-vm.ts'
import { NaiveContents } from '../testing/naive-contents.ts'
import { Khugepaged } from './khugepaged.ts'

const SLOT = 512
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

/** A guest of `pages` in small pages, with khugepaged and with what each frame holds. */
function start(noneMax: number, pages = 2 * SLOT): VmFixture & { contents: NaiveContents; touchAll: (which: readonly number[]) => void } {
  const fixture = makeVm({ pages, frames: 2 * pages, vcpus: 1 })
  const contents = new NaiveContents()
  fixture.vm.zeroFrames = (hfn, count) => contents.zeroed(hfn, count)
  new Khugepaged(fixture.engine, fixture.frames, { cpu: fixture.host, contents, noneMax }).addVm(fixture.vm)
  const touchAll = (which: readonly number[]): void => {
    fixture.guest(0, function* (task) {
      for (const page of which) contents.write(yield* touch(fixture.vm, task, 0, page), 1000 + page)
    })
    fixture.engine.run(fixture.engine.now + 1e9)
  }
  return { ...fixture, contents, touchAll }
}

/** Leaves `kept` of every slot of 2 MiB, split. */
function shrink(fixture: VmFixture, slot: number, kept: readonly number[]): void {
  const { engine, vm } = fixture
  for (const page of range(0, SLOT)) if (!kept.includes(page)) fixture.discardAt(engine.now, slot * SLOT + page, 1)
  engine.run(engine.now + 1e9)
  vm.check()
}

const PASS = 11e9

test.each([511, 256, 0])('max_ptes_none %i: a slot becomes huge exactly when one page is in use, and no more than that are missing; nothing that was written changes', (noneMax) => {
  const size = fc.constantFrom(1, 2, 255, 256, 257, 511, 512)
  fc.assert(fc.property(size, fc.boolean(), (count, young) => {
    const fixture = start(noneMax)
    const { vm, contents } = fixture
    const kept = range(0, SLOT).filter((page) => (page * 7) % SLOT < count)
    fixture.touchAll(range(0, 2 * SLOT))
    shrink(fixture, 0, kept)
    // Reclaim has come by: nothing is young until the guest uses a page.
    vm.ept.clearAccessed(gfn(0), SLOT)
    vm.tlbs[0].flushAll()
    if (young) fixture.touchAll([kept[0]])
    const collapses = young && count < SLOT && SLOT - count <= noneMax
    fixture.engine.run(fixture.engine.now + PASS)
    expect([vm.counter('collapsed'), vm.residentPages]).toEqual([collapses ? SLOT : 0, SLOT + (collapses ? SLOT : count)])
    for (const page of kept) expect(contents.read(vm.frameOf(gfn(page)))).toBe(1000 + page)
    if (collapses) for (const page of range(0, SLOT)) if (!kept.includes(page)) expect(contents.read(vm.frameOf(gfn(page)))).toBe(0)
    vm.check()
    fixture.frames.check()
  }), { seed: 9, numRuns: 8 })
})

test('a pinned page, and a host without a free huge page, keep a slot in small pages', () => {
  const pinned = start(511)
  pinned.touchAll(range(0, SLOT))
  shrink(pinned, 0, [1, 2])
  expect(pinned.vm.mm.resolve(vpn(0))).toBeLessThan(0)
  pinned.frames.pin(hfn(pinned.vm.frameOf(gfn(1))))
  pinned.touchAll([2])
  pinned.engine.run(pinned.engine.now + PASS)
  expect([pinned.vm.counter('collapsed'), pinned.vm.residentPages]).toEqual([0, 2])

  const full = start(511)
  full.touchAll(range(0, SLOT))
  shrink(full, 0, [1, 2])
  while (full.frames.allocHuge() >= 0) { /* another program takes them */ }
  full.touchAll([2])
  full.engine.run(full.engine.now + PASS)
  expect([full.vm.counter('collapsed'), full.vm.residentPages]).toEqual([0, 2])
  full.vm.check()
})
