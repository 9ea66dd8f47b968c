/** Programs with page tables on a whole machine: faults for huge pages through the guest kernel, and khugepaged at work while they map and unmap. */
import { MIB, PAGEBLOCK_PAGES, SECOND } from '@hintlab/kit'
import { COPIED } from '@hintlab/guest'
import { PageOwner } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { guestMemoryOf } from '../guest-memory/memory-result.ts'
import { checkMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { makeMachine, REPORTING } from '../testing/machine-fixture.ts'
import { phasesSchema } from './phase-schema.ts'
import { PhaseWorkload } from './phase-workload.ts'

interface Setup {
  readonly guest?: Record<string, unknown>
  readonly khugepaged?: Record<string, unknown>
  readonly order?: number
  readonly seed?: number
  readonly prepare?: (machine: Machine) => void
}

/** Plays phases on a fresh guest with huge pages that reports every 100 ms; nothing is lost, and what is not kept comes back. */
function play(phases: z.input<typeof phasesSchema>, { guest = {}, khugepaged = {}, order = 0, seed = 1, prepare }: Setup = {}) {
  const { engine, machine } = makeMachine({
    settings: { seed, reporting: { 'delay-ms': 100, order }, khugepaged }, guest: { vcpus: 2, 'thp-defrag': 'madvise', ...guest }, interface: REPORTING,
  })
  const before = pagesInUse(machine)
  prepare?.(machine)
  const workload = new PhaseWorkload(machine, phasesSchema.parse(phases))
  for (let i = 0; workload.finishedAt === 0 && i < 1000; i++) engine.run(engine.now + SECOND)
  engine.run(workload.finishedAt + SECOND)
  workload.verifyLive()
  engine.check()
  checkMachine(machine)
  const kept = workload.phases.reduce((sum, phase) => sum + phase.keptPages, 0)
  return { phases: workload.phases, leaked: pagesInUse(machine) - before - kept, kept, hash: engine.eventHash, machine, ...guestMemoryOf(machine.kernel, null) }
}

function pagesInUse({ ghost, kernel }: Machine): number {
  let pages = 0
  for (let pfn = 0; pfn < kernel.mm.layout.pages; pfn++) if (ghost.ownerOf(pfn) === PageOwner.ALLOCATED) pages++
  return pages
}

const storm = { do: 'fault-storm', size: 8 * MIB, order: 9, 'work-ns': 1000 } as const

test('a fault storm takes its huge pages from the guest kernel, which clears them', () => {
  const [through, around] = ['madvise', 'off'].map((defrag) => play([{ seconds: 0.06, run: [storm] }], { guest: { 'thp-defrag': defrag } }))
  expect(through.thp).toEqual({ faultAlloc: through.phases[0].allocs, faultFallback: 0, khugepaged: null })
  expect(around.thp).toBe(null)
  // 512 us of work for a huge page, and 100 us to clear it.
  expect(around.phases[0].allocs / through.phases[0].allocs).toBeGreaterThan(1.15)
  expect(around.phases[0].allocs / through.phases[0].allocs).toBeLessThan(1.2)
  expect([through.leaked, through.machine.ghost.violationCount]).toEqual([0, 0])
})

test('where the guest has no huge page left, each fault falls back to 512 small ones, all of which come back', () => {
  const hog = { do: 'burst', size: 40 * MIB, order: 2, 'hold-ms': 900, keep: 0.9 } as const
  const { thp, leaked, phases, machine } = play([{ seconds: 1, run: [hog] }, { seconds: 0.05, run: [{ ...storm, size: 24 * MIB }] }])
  expect(thp!.faultFallback).toBeGreaterThan(0)
  expect(phases[1].touchedPages).toBeGreaterThan(PAGEBLOCK_PAGES * thp!.faultAlloc)
  expect([leaked, machine.ghost.violationCount]).toEqual([0, 0])
})

const OFTEN = { 'scan-sleep-ms': 100, 'pages-to-scan': 65536 }
const half = { do: 'burst', size: 16 * MIB, order: 0, access: 'every-nth', nth: 2, 'hold-ms': 1500 } as const

test('khugepaged fills what a program never touched, up to max-ptes-none', () => {
  const collapse = (none: number) => {
    const { thp, leaked, machine } = play([{ seconds: 2, run: [half] }], { guest: { khugepaged: true }, khugepaged: { ...OFTEN, 'max-ptes-none': none } })
    expect([leaked, machine.ghost.violationCount]).toEqual([0, 0])
    return thp!.khugepaged
  }
  expect(collapse(511)).toMatchObject({ collapsed: 8, pagesFreed: 8 * 256, pagesCleared: 8 * 256 })
  expect(collapse(255)).toMatchObject({ collapsed: 0, pagesFreed: 0 })
})

test('the small pages that it gives back lie between those of another program: hints of order 0 return them, hints of order 9 do not', () => {
  const programs = [{ do: 'burst', size: 16 * MIB, access: 'random', 'over-ms': 500, 'hold-ms': 9000 }, { do: 'burst', size: 8 * MIB, order: 2, 'over-ms': 500, 'hold-ms': 9000 }]
  const resident = [0, 9].map((order) => [false, true].map((khugepaged) => {
    const { engine, machine } = makeMachine({
      settings: { reporting: { 'delay-ms': 100, order }, khugepaged: { ...OFTEN, 'scan-sleep-ms': 2000 } }, guest: { vcpus: 2, 'thp-defrag': 'madvise', khugepaged }, interface: REPORTING,
    })
    const workload = new PhaseWorkload(machine, phasesSchema.parse([{ seconds: 10, run: programs }]))
    engine.run(5 * SECOND)
    expect([workload.finishedAt, machine.ghost.violations]).toEqual([0, []])
    return Math.round((machine.vm.residentPages * 4096) / MIB)
  }))
  expect(resident).toMatchInlineSnapshot(`
    [
      [
        26,
        24,
      ],
      [
        24,
        40,
      ],
    ]
  `)
})

test('a range that is collapsed and not copied is noticed', () => {
  const { machine } = play([{ seconds: 2, run: [{ ...half, access: 'sequential' }] }], {
    guest: { khugepaged: true }, khugepaged: OFTEN, prepare: ({ kernel }) => { kernel.access!.copy = () => COPIED },
  })
  expect(machine.ghost.violations[0].rule).toBe('V1')
})

const burst = fc.record({
  do: fc.constant('burst' as const), size: fc.integer({ min: 1, max: 12 }).map((n) => n * MIB + 4096 * 7), order: fc.constant(0),
  access: fc.constantFrom('sequential', 'random', 'every-nth'), 'over-ms': fc.constantFrom(0, 30), 'hold-ms': fc.constantFrom(0, 20), times: fc.constantFrom(1, 3),
  'work-ns': fc.constantFrom(200, 20_000), keep: fc.constantFrom(0, 0.5, 1), tasks: fc.integer({ min: 1, max: 2 }),
})
const faults = fc.record({ do: fc.constant('fault-storm' as const), size: fc.constantFrom(4 * MIB, 40 * MIB), order: fc.constantFrom(0, 9), 'work-ns': fc.constant(2000) })

test('whatever programs do while khugepaged works, no data is lost, all that is not kept comes back, and the same seed is the same run', () => {
  let collapsed = 0
  const phases = fc.array(fc.record({ seconds: fc.constantFrom(0.02, 0.06), run: fc.array(fc.oneof(burst, faults), { minLength: 1, maxLength: 2 }) }), { minLength: 1, maxLength: 2 })
  const settings = fc.record({ 'scan-sleep-ms': fc.constantFrom(1, 3), 'pages-to-scan': fc.constantFrom(512, 8192), 'max-ptes-none': fc.constantFrom(0, 300, 511) })
  fc.assert(fc.property(phases, settings, fc.boolean(), fc.nat(1000), (given, khugepaged, compacts, seed) => {
    const guest = { khugepaged: true, compaction: compacts ? 'direct' : 'off' }
    const setup = { guest, khugepaged: { ...khugepaged, 'alloc-sleep-ms': 5 }, seed }
    const once = play(given, setup)
    expect(once.machine.ghost.violations).toEqual([])
    expect(once.leaked).toBe(0)
    collapsed += once.thp!.khugepaged!.collapsed
    if (seed % 4 === 0) expect(play(given, setup).hash).toBe(once.hash)
  }), { numRuns: 5, seed: 3 })
  expect(collapsed).toBeGreaterThan(10)
})
