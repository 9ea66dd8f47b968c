/** Phases on a whole machine of 64 MiB: what they did is exactly what the scenario says, and everything comes back. */
import { MIB, SECOND } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { makeMachine, REPORTING } from '../testing/machine-fixture.ts'
import { phasesSchema } from './phase-schema.ts'
import type { z } from 'zod'
import { PhaseWorkload } from './phase-workload.ts'

const GUEST_PAGES = (64 * MIB) / 4096

type PhasesInput = z.input<typeof phasesSchema>

/** Plays phases on a fresh guest with two vCPUs that reports every 100 ms; checks what must hold whatever they are. */
function play(input: PhasesInput, seed = 1) {
  const { engine, machine } = makeMachine({ settings: { seed, reporting: { 'delay-ms': 100, order: 6 } }, guest: { vcpus: 2 }, interface: REPORTING })
  const before = pagesInUse(machine)
  const workload = new PhaseWorkload(machine, phasesSchema.parse(input))
  for (let i = 0; workload.finishedAt === 0 && i < 1000; i++) engine.run(engine.now + SECOND)
  expect(workload.finishedAt).toBeGreaterThan(0)
  engine.run(workload.finishedAt + SECOND)
  const live = workload.verifyLive()
  engine.check()
  checkMachine(machine)
  expect(machine.ghost.violations).toEqual([])
  const kept = workload.phases.reduce((sum, phase) => sum + phase.keptPages, 0)
  expect(pagesInUse(machine)).toBe(before + kept)
  return { phases: workload.phases, live, workload, hash: engine.eventHash, machine }
}

/** Pages that the ghost saw allocated and not freed. */
function pagesInUse({ ghost }: Machine): number {
  let pages = 0
  for (let pfn = 0; pfn < GUEST_PAGES; pfn++) if (ghost.ownerOf(pfn) === PageOwner.ALLOCATED) pages++
  return pages
}

const first = (input: PhasesInput) => play(input).phases[0]

test('a burst allocates its size, over its time, as often as it says', () => {
  const phase = first([{ seconds: 2, run: [{ do: 'burst', size: 8 * MIB, order: 3, 'over-ms': 100, 'hold-ms': 50, times: 3 }] }])
  expect(phase).toMatchObject({ allocs: 3 * 256, frees: 3 * 256, touchedPages: 3 * 2048, loops: 3, keptPages: 0, beginNs: 0, endNs: 2 * SECOND })
  const { workload } = play([{ seconds: 1, run: [{ do: 'burst', size: MIB, 'over-ms': 400, tasks: 2 }] }])
  expect(workload.phases[0]).toMatchObject({ allocs: 512, loops: 2 })
  expect(workload.finishedAt).toBe(SECOND)
})

test('what a phase keeps stays in the guest, readable to the end', () => {
  const { phases, live } = play([
    { seconds: 1, run: [{ do: 'burst', size: 4 * MIB, order: 1, keep: 0.25 }] },
    { seconds: 1, run: [{ do: 'churn', size: 2 * MIB, 'per-second': 5000, orders: [0], keep: 0.5 }] },
  ])
  expect(phases[0]).toMatchObject({ allocs: 512, frees: 384, keptPages: 256 })
  expect(phases[1].keptPages).toBe(phases[1].allocs - phases[1].frees)
  expect(live).toBe(128 + phases[1].keptPages)
})

test('memhog and fault storm go on until the phase is over, or for their loops', () => {
  expect(first([{ seconds: 5, run: [{ do: 'memhog', size: 4 * MIB, 'pause-ms': 10, loops: 7 }] }])).toMatchObject({ allocs: 7168, frees: 7168, loops: 7 })
  const paced = first([{ seconds: 1, run: [{ do: 'memhog', size: MIB, 'pause-ms': 100 }] }])
  expect(paced.loops).toBe(10)
  const storm = first([{ seconds: 1, run: [{ do: 'fault-storm', size: 2 * MIB, order: 9, 'work-ns': 1000 }] }])
  // 512 us of work a huge page, 3 us in the allocator, and a fault after each report.
  expect(storm.loops).toBeGreaterThan(1800)
  expect(storm.loops).toBeLessThan(1954)
})

test('access patterns: random touches all, every-nth leaves the blocks between alone', () => {
  const touched = (access: 'sequential' | 'random' | 'every-nth', nth = 2): number => {
    return first([{ seconds: 1, run: [{ do: 'burst', size: MIB, access, nth }] }]).touchedPages
  }
  expect([touched('sequential'), touched('random'), touched('every-nth'), touched('every-nth', 3), touched('every-nth', 1024)]).toEqual([256, 256, 128, 86, 1])
})

test('phases follow each other; a late one delays none of those after it', () => {
  const { phases } = play([
    { name: 'work', seconds: 0.01, run: [{ do: 'burst', size: MIB, 'work-ns': 1e6 }] },
    { seconds: 0.5, run: [{ do: 'burst', size: MIB }] },
    { seconds: 0.25 },
  ])
  expect(phases.map(({ name, beginNs, endNs }) => [name, beginNs, endNs])).toEqual([['work', 0, 1e7], ['phase 1', 1e7, 51e7], ['phase 2', 51e7, 76e7]])
  expect(phases[0].allocs).toBeLessThan(12)
  expect(phases[0].doneNs).toBeGreaterThanOrEqual(1e7)
  expect(phases[1].allocs).toBe(256)
})

test('a guest that is too small counts what failed, and gives back the rest', () => {
  const { phases, workload } = play([{ seconds: 0.2, run: [{ do: 'burst', size: 80 * MIB, order: 9 }] }])
  expect(workload.pages.failedAllocs).toBe(1)
  expect(phases[0].allocs).toBe(phases[0].frees)
  expect(phases[0].loops).toBe(0)
})

const order = fc.integer({ min: 0, max: 10 })
const common = { tasks: fc.integer({ min: 1, max: 3 }), 'work-ns': fc.integer({ min: 0, max: 2000 }) }
const stretch = { ...common, size: fc.integer({ min: 1, max: 512 }).map((n) => n * 4096), order, access: fc.constantFrom('sequential', 'random', 'every-nth' as const) }
const spec = fc.oneof(
  fc.record({ do: fc.constant('burst' as const), ...stretch, 'over-ms': fc.nat(30), times: fc.integer({ min: 1, max: 3 }), keep: fc.constantFrom(0, 0.3) }),
  fc.record({ do: fc.constant('memhog' as const), ...stretch, 'pause-ms': fc.nat(20) }),
  fc.record({ do: fc.constant('churn' as const), ...common, size: stretch.size, orders: fc.array(order, { minLength: 1, maxLength: 4 }), keep: fc.constantFrom(0, 0.3) }),
  fc.record({ do: fc.constant('fault-storm' as const), ...stretch, 'work-ns': fc.integer({ min: 500, max: 2000 }) }),
  fc.record({ do: fc.constant('idle' as const) }),
)
const phase = fc.record({ seconds: fc.integer({ min: 1, max: 60 }).map((n) => n / 1000), run: fc.array(spec, { maxLength: 3 }) })

test('whatever the phases are: no data is lost, what is not kept comes back, and the same seed is the same run', () => {
  fc.assert(fc.property(fc.array(phase, { minLength: 1, maxLength: 3 }), fc.nat(1000), (phases, seed) => {
    const once = play(phases, seed)
    for (const { allocs, frees, keptPages } of once.phases) expect(keptPages === 0 ? allocs - frees : allocs >= frees).toBe(keptPages === 0 ? 0 : true)
    expect(play(phases, seed).hash).toBe(once.hash)
  }), { numRuns: 8, seed: 4 })
})
