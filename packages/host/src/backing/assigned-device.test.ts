import { gfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeVm, touch } from '../testing/make-vm.ts'
import type { VmFixture, VmFixtureOptions } from '../testing/make-vm.ts'
import { NaiveIommu } from '../testing/naive-backing.ts'
import { ASSIGNED_MODES, AssignedDevice, IOMMU_FAULT } from './assigned-device.ts'
import type { AssignedMode } from './assigned-device.ts'

const PAGES = 1024

function start(mode: AssignedMode, options: VmFixtureOptions = {}): { fixture: VmFixture; device: AssignedDevice } {
  // What an unsafe device makes lost is gone for good: frames for a few times the guest.
  const fixture = makeVm({ pages: PAGES, frames: 16 * PAGES, vcpus: 1, ...options })
  return { fixture, device: new AssignedDevice(fixture.engine.cols, fixture.vm, fixture.frames, { pages: PAGES, mode }) }
}

/** Pages that the guest got with a touch: those of the SPTE that maps it now. */
function touchOne(fixture: VmFixture, page: number): number[] {
  const { vm, engine } = fixture
  fixture.guest(0, function* (task) {
    yield* touch(vm, task, 0, page)
  })
  engine.run(engine.now + 1e9)
  vm.ept.walk(gfn(page))
  const size = vm.ept.level === 1 ? 1 : 512
  return Array.from({ length: size }, (_, i) => page - (page % size) + i)
}

const operation = fc.record({ discard: fc.boolean(), page: fc.nat(PAGES - 1), order: fc.constantFrom(0, 0, 1, 3, 8, 9, 9, 10) })
const memory = fc.constantFrom(
  { thp: 'always' }, { thp: 'never' }, { backing: 'hugetlb-2m', discard: 'remove' }, { backing: 'shmem', thp: 'always' }, { discard: 'free' },
) as fc.Arbitrary<VmFixtureOptions>

test.each(ASSIGNED_MODES)('%s: device and guest have the same frames, after any touches and discards', (mode) => {
  let stale = 0
  fc.assert(fc.property(memory, fc.array(operation, { maxLength: 12 }), (options, operations) => {
    const { fixture, device } = start(mode, options)
    const naive = new NaiveIommu(PAGES, mode === 'unpin')
    const resident = fixture.vm.residentPages
    for (const { discard, page, order } of operations) {
      const first = page - (page % 2 ** order)
      if (!discard) naive.touched(touchOne(fixture, page))
      else {
        const done = fixture.vm.counter('refusedBacking') + fixture.vm.counter('refusedPartial')
        const partly = options.backing === 'hugetlb-2m' && order < 9
        fixture.discardAt(fixture.engine.now, first, 2 ** order)
        fixture.engine.run(fixture.engine.now + 1e9)
        const refused = fixture.vm.counter('refusedBacking') + fixture.vm.counter('refusedPartial') > done
        if (!refused && !partly) naive.discarded(first, 2 ** order)
      }
      for (let p = 0; p < PAGES; p++) {
        const hfn = device.translate(gfn(p))
        if ((hfn !== IOMMU_FAULT) !== naive.has(p)) expect({ p, hfn }).toEqual({ p, hfn: naive.has(p) ? 'mapped' : 'not mapped' })
        if (hfn !== IOMMU_FAULT && fixture.vm.frameOf(gfn(p)) !== hfn) stale++
      }
      fixture.vm.check()
    }
    if (device.keeps) expect(fixture.vm.residentPages).toBe(resident)
    fixture.frames.check()
  }), { seed: 10, numRuns: 15 })
  expect(stale > 0).toBe(mode === 'unsafe')
})

test('a part of a huge page that is let go leaves the rest of it pinned', () => {
  const { fixture, device } = start('unpin')
  fixture.discardAt(0, 5, 1)
  fixture.engine.run(1e9)
  const at = (page: number): string => {
    const hfn = device.translate(gfn(page))
    return hfn === IOMMU_FAULT ? 'IOMMU fault' : fixture.frames.isPinned(hfn) ? 'pinned' : 'not pinned'
  }
  expect([at(4), at(5), at(6)]).toEqual(['pinned', 'IOMMU fault', 'pinned'])
  expect([fixture.vm.counter('splits'), fixture.frames.free]).toEqual([1, 15 * PAGES + 1])
})

test('a device that keeps memory is not told of discards, and says so when it is', () => {
  const { device, fixture } = start('ignore')
  expect(() => device.discarding(gfn(0), 1)).toThrow('asked first')
  fixture.discardAt(0, 0, 512)
  fixture.engine.run(1e9)
  expect([fixture.vm.counter('refusedPinned'), fixture.discarded]).toEqual([512, []])
})
