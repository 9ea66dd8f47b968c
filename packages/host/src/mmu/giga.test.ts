import { gfn, vpn } from '@hintlab/kit'
import type { Point, Task } from '@hintlab/sim'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeVm, touch } from '../testing/make-vm.ts'
import type { VmFixture, VmFixtureOptions } from '../testing/make-vm.ts'
import { FAULT } from '../vm.ts'
import { GIGA_PAGES as G } from './level.ts'
import { SPTE_LARGE } from './spte.ts'

const giga = (options: VmFixtureOptions = {}): VmFixture => {
  return makeVm({ backing: 'hugetlb-1g', discard: 'remove', pages: 2 * G, frames: 2 * G, vcpus: 1, ...options })
}

function* touchAll(fixture: VmFixture, task: Task, pages: readonly number[]): Generator<Point, void, void> {
  for (const page of pages) yield* touch(fixture.vm, task, 0, page)
}

const run = (fixture: VmFixture, pages: readonly number[]): void => {
  fixture.guest(0, (task) => touchAll(fixture, task, pages))
  fixture.engine.run(fixture.engine.now + 60e9)
}

const leaves = ({ vm: { ept } }: VmFixture): string => `${ept.small} of 4K, ${ept.large} of 2M, ${ept.giga} of 1G, ${ept.tables} tables`
const faults = ({ vm }: VmFixture): string => {
  return (['faults4k', 'faults2m', 'faults1g', 'faultsResident'] as const).map((name) => `${name} ${vm.counter(name)}`).join(', ')
}

test('a page of 1 GiB is faulted in once, by one SPTE in the PDPT', () => {
  const fixture = giga()
  run(fixture, [5, 512, G - 1, G + 7])
  expect([leaves(fixture), faults(fixture)]).toEqual(['0 of 4K, 0 of 2M, 2 of 1G, 2 tables', 'faults4k 0, faults2m 0, faults1g 2, faultsResident 0'])
  expect(fixture.vm.translate(0, gfn(G + 99), true)).toBe(fixture.vm.frameOf(gfn(G + 99)))
  fixture.vm.check()
})

test('a slot in another place of its GiB is mapped by 2 MiB, and by 4 KiB where even those do not line up', () => {
  const shifted = giga({ pages: 3 * G, slots: [{ gfn: 512, vpn: 0, pages: G }], frames: 2 * G })
  run(shifted, [512, 1024, 512 + G - 1])
  expect([leaves(shifted), faults(shifted)]).toEqual(['0 of 4K, 3 of 2M, 0 of 1G, 4 tables', 'faults4k 0, faults2m 0, faults1g 1, faultsResident 2'])
  const odd = giga({ pages: 3 * G, slots: [{ gfn: 1, vpn: 0, pages: G }], frames: 2 * G })
  run(odd, [1, 2])
  expect(leaves(odd)).toBe('2 of 4K, 0 of 2M, 0 of 1G, 4 tables')
})

test('while writes are logged, faults map 4 KiB; afterwards the large SPTE takes the place of the small ones and they are flushed', () => {
  const fixture = giga()
  const { vm } = fixture
  vm.logsWrites = true
  run(fixture, [5, 6])
  expect([leaves(fixture), faults(fixture)]).toEqual(['2 of 4K, 0 of 2M, 0 of 1G, 4 tables', 'faults4k 0, faults2m 0, faults1g 1, faultsResident 1'])
  vm.logsWrites = false
  run(fixture, [5])
  expect(leaves(fixture)).toBe('2 of 4K, 0 of 2M, 0 of 1G, 4 tables')
  const flushes = vm.counter('flushes')
  run(fixture, [1000])
  expect([leaves(fixture), vm.counter('flushes') - flushes]).toEqual(['0 of 4K, 0 of 2M, 1 of 1G, 2 tables', 1])
  // A small one left in the TLB would have no SPTE, by which a later zap knows that there is something to flush.
  expect(vm.tlbs[0].lookup(gfn(6)) & SPTE_LARGE).not.toBe(0)
  vm.check()
})

test('a hole in a part of the page zeroes it and leaves the SPTE; a hole of all of it takes both', () => {
  const fixture = giga()
  const { vm } = fixture
  run(fixture, [5])
  fixture.discardAt(61e9, 512, 512)
  fixture.engine.run(120e9)
  expect([vm.counter('zeroed'), vm.counter('flushes'), leaves(fixture)]).toEqual([512, 0, '0 of 4K, 0 of 2M, 1 of 1G, 2 tables'])
  fixture.discardAt(121e9, 0, G)
  fixture.engine.run(180e9)
  expect([vm.residentPages, fixture.pool!.free, vm.counter('flushes'), leaves(fixture)]).toEqual([0, 2, 1, '0 of 4K, 0 of 2M, 0 of 1G, 2 tables'])
  vm.check()
})

test('an invalidation of a part zaps the whole SPTE, and the next touch maps it again without a new page', () => {
  const fixture = giga()
  const { vm } = fixture
  run(fixture, [5])
  const frame = vm.frameOf(gfn(5))
  fixture.engine.addTask('host', fixture.host, function* (task) {
    expect(yield* vm.invalidate(task, gfn(512), 1)).toBe(true)
    yield* vm.endInvalidation(task)
  })
  fixture.engine.run(120e9)
  expect(leaves(fixture)).toBe('0 of 4K, 0 of 2M, 0 of 1G, 2 tables')
  run(fixture, [6])
  expect([leaves(fixture), faults(fixture), vm.frameOf(gfn(5))]).toEqual([
    '0 of 4K, 0 of 2M, 1 of 1G, 2 tables', 'faults4k 0, faults2m 0, faults1g 1, faultsResident 1', frame,
  ])
  expect(vm.ept.clearAccessed(gfn(0), 512)).toBe(1)
  expect(vm.mm.resolve(vpn(5))).toBeGreaterThanOrEqual(0)
})

const PLACES = [0, 5, 511, 512, G - 1, G, G + 700]
const operation = fc.record({
  kind: fc.constantFrom('touch', 'touch', 'touch', 'touch', 'log', 'log', 'hole', 'invalidate'),
  at: fc.constantFrom(...PLACES),
  pages: fc.constantFrom(1, 512, G),
})

test('any touches, holes, invalidations and dirty logging: whatever a TLB or the EPT says is the frame that the host has', () => {
  let shrunk = 0
  let grown = 0
  fc.assert(fc.property(fc.array(operation, { minLength: 8, maxLength: 16 }), (operations) => {
    const fixture = giga()
    const { vm, engine } = fixture
    let logs = false
    for (const { kind, at, pages } of operations) {
      const first = at - (at % pages)
      const before = vm.ept.small
      if (kind === 'touch') run(fixture, [at])
      if (kind === 'touch' && vm.ept.small < before) grown++
      if (kind === 'touch' && vm.ept.small > before) shrunk++
      if (kind === 'hole') fixture.discardAt(engine.now, first, pages)
      if (kind === 'log') vm.logsWrites = logs = !logs
      if (kind === 'invalidate') {
        engine.addTask('host', fixture.host, function* (task) {
          yield* vm.invalidate(task, gfn(first), pages)
          yield* vm.endInvalidation(task)
        })
      }
      engine.run(engine.now + 60e9)
      for (const page of PLACES) {
        const frame = vm.translate(0, gfn(page), true)
        if (frame !== FAULT) expect({ page, frame }).toEqual({ page, frame: vm.frameOf(gfn(page)) })
      }
      vm.ept.check()
      vm.tlbs[0].check()
    }
    vm.check()
  }), { seed: 11, numRuns: 40 })
  expect([shrunk > 0, grown > 0]).toEqual([true, true])
})
