/** The guest's own memory management on a whole machine: page cache, reclaim, compaction and huge pages, with hinting, and with the ghost looking on. */
import { Columns, GIB, MIB, PAGE_SIZE, SECOND } from '@hintlab/kit'
import { FileResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import { buildMachine, checkMachine, parseRunOptions, randomSchedules, runPhases } from '@hintlab/lab'
import type { Machine, MachineOptions, Phase } from '@hintlab/lab'
import { BUFFER, makeMachine, QUEUE_SLEEPS, REPORTING } from '@hintlab/lab/testing'
import type { MachineFixture } from '@hintlab/lab/testing'
import { Explore, Kind, makeCosts, point } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { expect, test } from 'vitest'

const AGED = { start: 'aged', aged: { used: 0.1, fragmented: 1, huge: 0.9 } }

/** Runs one task to its end, and checks everything. */
function run({ engine, machine }: MachineFixture, body: (task: Task) => Generator<Point, void, void>): void {
  const script = { done: false }
  engine.addTask('script', machine.vcpus[0], function* (task) {
    yield* body(task)
    script.done = true
  })
  for (let s = 0; s < 600 && !script.done; s++) engine.run(engine.now + SECOND)
  expect(script.done).toBe(true)
  engine.run(engine.now + 10 * SECOND)
  engine.check()
  checkMachine(machine)
}

const policies = [['page reporting', REPORTING], ['asynchronous buffer', BUFFER]] as const

test.each(policies)('compaction loses nothing under %s, and gives the host huge pages to take', (_, face) => {
  const resident = ['off', 'direct'].map((compaction) => {
    const made = makeMachine({ interface: face, settings: AGED, guest: { memory: 128 * MIB, compaction } })
    run(made, function* (task) {
      if (compaction === 'direct') expect(yield* made.machine.kernel.compactNow(task, 0)).toBeGreaterThan(50)
    })
    expect(made.machine.ghost.violations).toEqual([])
    return made.machine.vm.residentPages * PAGE_SIZE
  })
  expect(resident[0]).toBeGreaterThan(120 * MIB)
  expect(resident[1]).toBeLessThan(50 * MIB)
})

test('a page that is moved and not copied is noticed', () => {
  const made = makeMachine({ settings: AGED, guest: { memory: 64 * MIB, 'page-cache': 0.2, compaction: 'direct' } })
  const { kernel, ghost } = made.machine
  ghost.copied = () => {}
  run(made, function* (task) {
    yield* kernel.compactNow(task, 0)
    const { cache } = kernel.reclaim!
    for (let file = 0; file < cache.filePages; file++) if (cache.pageAt(file) >= 0) kernel.access!.read(cache.pageAt(file))
  })
  expect(ghost.violationCount).toBeGreaterThan(0)
  expect(ghost.violations[0].rule).toBe('V1')
})

test('a page that compaction moves to memory the host has taken back faults there', () => {
  const settings = { ...AGED, reporting: { order: 0, 'delay-ms': 10 } }
  const made = makeMachine({ interface: REPORTING, settings, guest: { memory: 64 * MIB, compaction: 'direct' } })
  made.engine.run(5 * SECOND)
  const { kernel, vm } = made.machine
  const faults = vm.counter('faults4k') + vm.counter('faults2m')
  run(made, function* (task) {
    yield* kernel.compactNow(task, 0)
  })
  expect(vm.counter('faults4k') + vm.counter('faults2m') - faults).toBeGreaterThan(0)
  expect(made.machine.ghost.violations).toEqual([])
})

test('balloon pages are moved over a real port, the new one first', () => {
  const made = makeMachine({ balloon: QUEUE_SLEEPS, settings: { start: 'fresh' }, guest: { memory: 64 * MIB, compaction: 'direct' } })
  const { kernel, balloon } = made.machine
  const held: number[] = []
  for (let round = 1; round <= 6; round++) {
    for (let i = 0; i < 1000; i++) held.push(kernel.mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0))
    balloon!.setTarget(1000 * round)
    made.engine.run(made.engine.now + SECOND)
  }
  expect(balloon!.actual).toBe(6000)
  run(made, function* (task) {
    for (const pfn of held) yield* kernel.free(task, 0, pfn)
    yield* kernel.compactNow(task, 0)
  })
  expect(kernel.compaction!.counter('balloonPages')).toBeGreaterThan(0)
  expect(balloon!.actual).toBe(6000)
  expect(made.machine.ghost.violations).toEqual([])
})

const options = (guest: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  parseRunOptions({ ...AGED, aged: { used: 0.1, fragmented: 0.3, huge: 0.9 }, workload: { 'settle-s': 5 }, guest: { memory: 256 * MIB, ...guest }, ...more })

const hog: Phase = {
  name: '', seconds: 3,
  run: [{
    do: 'burst', size: 128 * MIB, order: 0, access: 'random', nth: 2, 'over-ms': 0, 'hold-ms': 500, 'pause-ms': 0, times: 1, keep: 0.1, tasks: 1,
    'work-ns': 200, mobility: 'movable',
  }],
}

test('memory that the page cache fills is there for a program that needs it, and files are read again later', () => {
  const run1 = () => runPhases({ name: 'cache', options: options({ 'page-cache': 2, compaction: 'proactive' }), interface: REPORTING, phases: [hog] })
  const result = run1()
  const { cache, zones } = result.guestMemory
  expect([result.violations, result.oom]).toEqual([0, 0])
  expect(cache!.kswapdReclaimed + cache!.directReclaimed).toBeGreaterThan((100 * MIB) / PAGE_SIZE)
  expect(zones.some(({ free, low }) => free > low)).toBe(true)
  expect(zones.map(({ name }) => name)).toEqual(['DMA', 'DMA32'])
  expect(run1()).toEqual(result)
})

test('a guest without these parts reports its zones and nothing else', () => {
  const { guestMemory } = runPhases({ name: 'plain', options: options({ memory: GIB }), interface: null, phases: [hog] })
  expect({ ...guestMemory, zones: guestMemory.zones.length }).toEqual({ zones: 2, cache: null, compaction: null, thp: null })
})

const AT_STEP = point(Kind.RUN, 'workload: between two accesses')

/** Eight pages in pageblocks of two: a vCPU that reads a file larger than memory, one that compacts, allocates and frees. */
function tinyGuest(lose: boolean): { engine: Explore; machine: Machine } {
  const engine = new Explore(new Columns(), makeCosts(), 1)
  const layout = { pages: 8, ram: [{ start: 0, end: 8 }], zones: [{ kind: ZoneKind.NORMAL, start: 0, end: 8 }], maxOrder: 2, pageblockOrder: 1 }
  const settings: MachineOptions = {
    run: parseRunOptions({ guest: { vcpus: 2, compaction: 'direct', 'page-cache': 6 * PAGE_SIZE }, files: { 'accesses-per-second': 0 }, start: 'fresh' }),
    interface: null, tiny: { layout, driverPfn: 9 },
  }
  const machine = buildMachine(engine, settings, () => `step ${engine.steps}`)
  if (lose) machine.ghost.copied = () => {}
  const { kernel } = machine
  const { io } = machine.files!
  engine.addTask('workload files', machine.vcpus[0], function* (task) {
    for (const file of [0, 1, 2, 0, 3, 4, 5, 1, 2, 0]) {
      expect(yield* io.read(task, 0, file)).not.toBe(FileResult.NO_MEMORY)
      yield AT_STEP
    }
  })
  engine.addTask('workload blocks', machine.vcpus[1], function* (task) {
    for (let i = 0; i < 2; i++) {
      const pfn = yield* kernel.allocSlow(task, 1, 1, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
      yield AT_STEP
      if (pfn !== NONE) yield* kernel.free(task, 1, pfn)
      yield* kernel.compactNow(task, 1)
    }
  })
  engine.cols.seal()
  return { engine, machine }
}

test('in every order of steps reclaim, compaction and readers keep what was read; what changes is declared', () => {
  expect(randomSchedules(tinyGuest(false), { schedules: 400, seed: 1 }).finding).toBeNull()
  expect(randomSchedules(tinyGuest(false), { schedules: 40, seed: 2, audit: true }).finding).toBeNull()
})

test('the same guest with a copy that is lost is found out', () => {
  expect(randomSchedules(tinyGuest(true), { schedules: 400, seed: 1 }).finding?.texts[0]).toContain('V1')
})
