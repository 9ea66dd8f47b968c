/** hinting.defragment: every worker that has the setting compacts the guest before it hints, and so hints what lay scattered before. */
import { MIB, PAGEBLOCK_PAGES, SECOND } from '@hintlab/kit'
import { NONE } from '@hintlab/guest'
import { Cause } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { PRESETS } from '../interfaces.ts'
import { checkMachine } from '../machine.ts'
import { allocate, release, settle, sleepUntil } from '../testing/guest-script.ts'
import { makeMachine } from '../testing/machine-fixture.ts'
import { parseScenario } from '../scenario/scenario.ts'
import { readScenarioFile } from '../scenario/scenario-file.ts'
import { runPhases } from '../run.ts'
import { tapRequests } from '../testing/request-tap.ts'

const WORKERS = ['percpu-array', 'async-buffer 256', 'async-buffer 512', 'zone-bitmap', 'page-reporting']

/** A guest of 64 pageblocks, most of which hold a few pages in use; its program frees blocks and pages, so that each worker has something to begin with. */
function hintIn(name: string, defragment: boolean) {
  const made = makeMachine({
    interface: PRESETS.find((row) => row.name === name)!.interface,
    settings: { start: 'aged', aged: { used: 0, fragmented: 0.6, huge: 1 }, hinting: { defragment }, 'percpu-array': { entries: 200 }, 'zone-bitmap': { threshold: 4 } },
    guest: { memory: 128 * MIB, compaction: 'direct' },
  })
  const { engine, machine } = made
  const requests = tapRequests(engine, machine.device)
  made.script(0, function* (task) {
    const blocks: number[] = []
    for (let i = 0; i < 2000; i++) blocks.push(yield* allocate(machine, task, 0, 0))
    for (let i = 0; i < 5; i++) blocks.push(yield* allocate(machine, task, 0, 10))
    expect(blocks).not.toContain(NONE)
    yield* settle()
    // Every second one first, so that they do not merge, and an array of single pages fills.
    for (const odd of [0, 1]) for (let i = odd; i < blocks.length; i += 2) yield* release(machine, task, 0, blocks[i])
    yield* sleepUntil(task, SECOND)
    yield* machine.kernel.drainAllCpus(task)
    // Everybody begins once more, with all of it free.
    const again: number[] = []
    for (let i = 0; i < 800; i++) again.push(yield* allocate(machine, task, 0, 0))
    for (let i = 0; i < 8; i++) again.push(yield* allocate(machine, task, 0, 9))
    for (const odd of [0, 1]) for (let i = odd; i < again.length; i += 2) yield* release(machine, task, 0, again[i])
  })
  engine.run(10 * SECOND)
  engine.check()
  checkMachine(machine)
  expect(machine.ghost.violations).toEqual([])
  return { engine, machine, requests }
}

/** Whole pageblocks that hints covered. */
function wholeBlocks({ requests, machine }: ReturnType<typeof hintIn>): number {
  const hinted = new Uint8Array(machine.kernel.mm.layout.pages)
  for (const { pfns, orders } of requests) pfns.forEach((pfn, i) => hinted.fill(1, pfn, pfn + 2 ** orders[i]))
  let blocks = 0
  for (let pfn = 0; pfn < hinted.length; pfn += PAGEBLOCK_PAGES) if (!hinted.subarray(pfn, pfn + PAGEBLOCK_PAGES).includes(0)) blocks++
  return blocks
}

const hintNs = ({ engine }: ReturnType<typeof hintIn>): number => engine.tasks.reduce((sum, task) => sum + task.accountOn(task.cpu)[Cause.HINT], 0)

test('every worker', () => {
  const rows = WORKERS.map((name) => {
    const runs = [false, true].map((defragment) => hintIn(name, defragment))
    const [plain, compacted] = runs.map(wholeBlocks)
    const [before, after] = runs.map(({ machine }) => machine.vm.residentPages)
    expect([compacted > plain + 20, after < before], name).toEqual([true, true])
    // The time of compaction is the interface's, not the allocator's.
    const [cheap, dear] = runs.map(hintNs)
    expect(dear, name).toBeGreaterThan(cheap + 50 * runs[0].engine.costs.migratePage)
    return `${name}: ${plain} whole pageblocks hinted, ${compacted} with compaction`
  })
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "percpu-array: 0 whole pageblocks hinted, 27 with compaction
    async-buffer 256: 26 whole pageblocks hinted, 61 with compaction
    async-buffer 512: 26 whole pageblocks hinted, 61 with compaction
    zone-bitmap: 18 whole pageblocks hinted, 54 with compaction
    page-reporting: 22 whole pageblocks hinted, 52 with compaction"
  `)
})

test('a scenario says so in two settings', () => {
  const results = ['false', 'true'].map((defragment) => {
    const settings = ['guest.compaction=direct', `hinting.defragment=${defragment}`, 'workload.phases.0.seconds=0.5', 'workload.settle-s=4']
    const { name, options, interface: face, phases } = parseScenario(readScenarioFile('fragmentation'), settings)
    return runPhases({ name, options, interface: face, phases: phases! })
  })
  const [without, compacted] = results
  expect(results.map(({ violations, oom }) => [violations, oom])).toEqual([[0, 0], [0, 0]])
  expect(compacted.guestMemory.compaction!.migrated).toBeGreaterThan(100 + without.guestMemory.compaction!.migrated)
  expect(compacted.memory.residentEnd).toBeLessThan(without.memory.residentEnd - 10 * MIB)
  expect(compacted.cost.vcpuHintingNs).toBeGreaterThan(without.cost.vcpuHintingNs)
})
