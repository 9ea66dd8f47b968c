import { Migratetype, ZoneKind } from '@hintlab/guest'
import { ASSIGNED_MODES, BACKINGS, DISCARDS, granuleOf } from '@hintlab/host'
import { Columns, GIB, MIB } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import { expect, test } from 'vitest'
import type { Interface } from '../machine.ts'
import { buildMachine } from '../machine.ts'
import { parseRunOptions } from '../options.ts'
import type { RunResult } from '../result.ts'
import { runPhases } from '../run.ts'
import { phaseSchema } from '../workload/phase-schema.ts'
import { makeMachine, REPORTING } from '../testing/machine-fixture.ts'

const mib = (bytes: number): number => Math.round(bytes / MIB)

interface Trial {
  readonly host: Record<string, unknown>
  readonly memory?: number
  readonly face?: Interface
  readonly run?: readonly Record<string, unknown>[]
}

/** A guest of 64 MiB that uses 40 MiB, gives them back, and then is idle for long enough to hint them. */
function trial({ host, memory = 64 * MIB, face = REPORTING, run = [{ do: 'burst', size: '40 MiB' }] }: Trial): RunResult {
  const options = parseRunOptions({
    start: 'fresh', guest: { memory, vcpus: 1 }, reporting: { order: 9, capacity: 1 }, host, workload: { 'settle-s': 30 },
  })
  return runPhases({ name: 'backing', options, interface: face, phases: [phaseSchema.parse({ seconds: 1, run })] })
}

test('the whole machine runs on each backing, gives back what the backing lets it, and says why not', () => {
  const cell = (backing: string, discard: string): string => {
    const { memory, discards, waste, violations } = trial({ host: { backing, discard } })
    expect(violations).toBe(0)
    const why = Object.entries(discards).filter(([, pages]) => pages > 0).map(([name, pages]) => `${name} ${mib(pages * 4096)}`)
    return [`${discard} ${mib(memory.residentEnd)}`, ...why, waste.ignoredEntries > 0 ? `${waste.ignoredEntries} hints ignored` : ''].filter(Boolean).join(' ')
  }
  const rows = BACKINGS.filter((backing) => granuleOf(backing) <= 512).map((backing) => {
    return `${backing}: ${DISCARDS.map((discard) => cell(backing, discard)).join('; ')}`
  })
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "anon: dontneed 2; free 40 lazy 38; remove 40 refusedBacking 60 16 hints ignored
    anon-64k: dontneed 2; free 40 lazy 38; remove 40 refusedBacking 60 16 hints ignored
    shmem: dontneed 40 kept 38; free 40 refusedBacking 60 16 hints ignored; remove 2
    hugetlb-2m: dontneed 40 kept 38; free 40 refusedBacking 60 16 hints ignored; remove 2
    hugetlb-2m-private: dontneed 2; free 40 refusedBacking 60 16 hints ignored; remove 40 refusedBacking 60 16 hints ignored"
  `)
})

test('memory in pages of 1 GiB: one fault and one SPTE for each, hints of 2 MiB come to nothing', () => {
  const host = { backing: 'hugetlb-1g', discard: 'remove' }
  const { discards, waste, memory, violations } = trial({ host, memory: GIB })
  expect([waste.refaults1g, waste.refaults2m, waste.refaults4k, mib(memory.residentEnd), discards.zeroed > 0, violations]).toEqual([1, 0, 0, 1024, true, 0])
  const run = parseRunOptions({ start: 'aged', guest: { memory: 5 * GIB, vcpus: 1 }, host })
  const { vm } = buildMachine(new Measure(new Columns(), makeCosts(), 1), { interface: null, run }, () => '')
  expect([vm.ept.giga, vm.ept.large, vm.ept.small, vm.ept.tables]).toEqual([5, 0, 0, 2])
})

test('an assigned device: what comes back, what the ghost sees, and what the device meets', () => {
  const run = [{ do: 'burst', size: '40 MiB', times: 2, 'hold-ms': 4000, 'pause-ms': 6000 }]
  const rows = (['none', ...ASSIGNED_MODES] as const).map((mode) => {
    const options = parseRunOptions({
      start: 'fresh', guest: { memory: 64 * MIB, vcpus: 1 }, reporting: { order: 9, capacity: 1 }, workload: { 'settle-s': 10 },
      host: { memory: 256 * MIB, thp: 'never', 'assigned-device': mode },
    })
    const result = runPhases({ name: mode, options, interface: REPORTING, phases: [phaseSchema.parse({ seconds: 20, run })] })
    const { memory, discards, dma, waste, violations, violationTexts } = result
    return [
      `${mode}: resident ${mib(memory.residentStart)} to ${mib(memory.residentEnd)} MiB, returned ${mib(memory.returned)} MiB`,
      `${waste.ignoredEntries} hints ignored, ${mib(discards.refusedPinned * 4096)} MiB pinned`,
      dma === undefined ? 'no device' : `${dma.transfers} transfers, ${dma.faults} faults, ${dma.stale} stale`,
      [`${violations} violations`, ...new Set(violationTexts.map(({ rule }) => rule))].join(' '),
    ].join('; ')
  })
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "none: resident 0 to 2 MiB, returned 76 MiB; 0 hints ignored, 0 MiB pinned; no device; 0 violations
    inhibit: resident 64 to 64 MiB, returned 0 MiB; 0 hints ignored, 0 MiB pinned; 802 transfers, 0 faults, 0 stale; 0 violations
    ignore: resident 64 to 64 MiB, returned 0 MiB; 23 hints ignored, 82 MiB pinned; 802 transfers, 0 faults, 0 stale; 0 violations
    unpin: resident 64 to 4 MiB, returned 76 MiB; 0 hints ignored, 0 MiB pinned; 803 transfers, 0 faults, 0 stale; 0 violations
    unsafe: resident 64 to 4 MiB, returned 76 MiB; 0 hints ignored, 0 MiB pinned; 803 transfers, 0 faults, 148 stale; 148 violations V6"
  `)
})

test('a device that is the first to use a page: pinned memory is there, unpinned is not, and what is discarded all the same is not the guest\'s', () => {
  const rows = ASSIGNED_MODES.map((mode) => {
    const fixture = makeMachine({
      interface: REPORTING, settings: { reporting: { order: 9, capacity: 1 }, host: { memory: 256 * MIB, 'assigned-device': mode, 'dma-per-second': 1000 } },
    })
    const { machine, engine } = fixture
    engine.run(20e9)
    const before = machine.dma!.counter('transfers')
    fixture.script(0, function* (task) {
      // Posted to the device as they come from the allocator.
      for (let i = 0; i < 20; i++) yield* machine.kernel.allocSlow(task, 0, 9, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    })
    engine.run(21e9)
    const [transfers, faults, stale] = [machine.dma!.counter('transfers') - before, machine.dma!.counter('faults'), machine.dma!.counter('stale')]
    machine.vm.check()
    return `${mode}: ${transfers} transfers, ${faults} faults, ${stale} stale, ${machine.ghost.violationCount} violations`
  })
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "inhibit: 1000 transfers, 0 faults, 0 stale, 0 violations
    ignore: 1000 transfers, 0 faults, 0 stale, 0 violations
    unpin: 1000 transfers, 1000 faults, 0 stale, 0 violations
    unsafe: 1000 transfers, 0 faults, 1000 stale, 1000 violations"
  `)
})

test('a device needs all memory of its guest, and the same run gives the same events', () => {
  const host = { memory: 32 * MIB * 2, 'assigned-device': 'ignore' }
  expect(() => parseRunOptions({ start: 'fresh', guest: { memory: 128 * MIB }, host })).toThrow(
    'host.memory: found 67108864; accepted is at least guest.memory (134217728), which host.assigned-device=ignore pins',
  )
  const again = (): string => trial({ host: { 'assigned-device': 'unpin' } }).eventHash
  expect(again()).toBe(again())
})
