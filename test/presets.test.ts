/** The historical interfaces in whole machines: how many messages and exits a GiB takes, and what each is known for. */
import { GIB, MIB, MS, SECOND } from '@hintlab/kit'
import { NONE } from '@hintlab/guest'
import { bundledTracePath, checkMachine, parseRunOptions, planReplay, policyPart, PRESETS, readTrace, runReplay } from '@hintlab/lab'
import type { Interface } from '@hintlab/lab'
import { access, allocate, makeMachine, release, settle, sleepUntil, tapRequests } from '@hintlab/lab/testing'
import type { MachineFixture, MachineFixtureOptions, TappedRequest } from '@hintlab/lab/testing'
import { Cause } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { describe, expect, it, test } from 'vitest'

const preset = (name: string): Interface => PRESETS.find((row) => row.name === name)!.interface

const check = ({ engine, machine }: MachineFixture): void => {
  engine.check()
  checkMachine(machine)
  expect(machine.ghost.violations).toEqual([])
}

/** Allocates blocks, and frees every second of them, so that none merges. */
function* freeEverySecond({ machine }: MachineFixture, task: Task, order: number, count: number): Generator<Point, void, void> {
  const blocks: number[] = []
  for (let i = 0; i < 2 * count; i++) blocks.push(yield* allocate(machine, task, 0, order))
  expect(blocks).not.toContain(NONE)
  yield* settle()
  for (let i = 0; i < count; i++) {
    yield* release(machine, task, 0, blocks[2 * i])
    yield* settle()
  }
}

interface Run extends MachineFixture {
  requests: readonly TappedRequest[]
}

function run(name: string, order: number, count: number, seconds: number, options: MachineFixtureOptions = {}): Run {
  const fixture = makeMachine({ interface: preset(name), guest: { memory: 2304 * MIB }, ...options })
  const requests = tapRequests(fixture.engine, fixture.machine.device)
  fixture.script(0, (task) => freeEverySecond(fixture, task, order, count))
  fixture.engine.run(seconds * SECOND)
  check(fixture)
  return { ...fixture, requests }
}

describe('a preset', () => {
  test.each(PRESETS)('$name has settings that the options accept', ({ interface: face }) => {
    const { group } = policyPart(face!.policy)
    expect(() => parseRunOptions({ [group!]: { ...face!.settings } })).not.toThrow()
    expect(policyPart(face!.policy).refuses(face!.axes)).toBeNull()
  })
})

describe('messages for one GiB', () => {
  const BLOCKS = GIB / (2 * MIB)
  test.each([
    // One call for each block: 3072 of them for the 6 GiB that the RFC gives as its example.
    { name: 'hypercall-thp', messages: BLOCKS },
    { name: 'hypercall-thp, polls', messages: BLOCKS },
    { name: 'zone-bitmap', messages: BLOCKS / 16 },
    { name: 'page-reporting', messages: BLOCKS / 32 },
    { name: 'async-buffer 256', messages: BLOCKS / 256 },
    { name: 'async-buffer 512', messages: BLOCKS / 512 },
    // An exit when 511 pages of 4 KiB are in the log.
    { name: 'essa-log', messages: Math.floor(GIB / 4096 / 511) },
    // 512 blocks do not fill an array of 1000.
    { name: 'percpu-array', messages: 0 },
  ])('freed in blocks of 2 MiB: $name, $messages', ({ name, messages }) => {
    // The script leaves some blocks of 4 MiB, which are not what is counted here.
    const settings = { 'async-buffer': { sweep: false } }
    expect(run(name, 9, BLOCKS, 40, { settings }).requests.filter(({ orders }) => orders.some((order) => order <= 9))).toHaveLength(messages)
  })

  it('freed in pages of 4 KiB: the array of 1000 is one message', () => {
    const fixture = run('percpu-array', 0, 4096, 5)
    const { machine } = fixture
    expect(machine.transport!.port.counter('submitted')).toBe(4)
    expect(machine.policy!.records.counter('hintedBlocks')).toBe(4000)
  })
})

/** CPU time of all tasks on the CPUs whose name begins so. */
function spent({ engine }: MachineFixture, cpu: string, cause: Cause): number {
  const cpus = engine.cpus.filter(({ name }) => name.startsWith(cpu))
  return engine.tasks.reduce((sum, task) => sum + cpus.reduce((ns, c) => ns + task.accountOn(c)[cause], 0), 0)
}

describe('hypercall-thp', () => {
  const blocks = 64
  /** All of it backed by the host, so that there is something to discard. */
  const touched = (name: string): MachineFixture => {
    return run(name, 9, blocks, 5, { settings: { start: 'aged', aged: { used: 0, fragmented: 0, huge: 1 } }, guest: { memory: 512 * MIB } })
  }

  it('hides its time from the guest when the call returns, and shows it there when the guest polls', () => {
    const [returns, polls] = [touched('hypercall-thp'), touched('hypercall-thp, polls')]
    const each = returns.engine.costs.zap2m + returns.engine.costs.madvise
    // The vCPU is in the host: the guest's own clocks see none of it.
    expect(spent(returns, 'vcpu', Cause.POLL)).toBe(0)
    expect(spent(returns, 'vcpu', Cause.DISCARD)).toBe(blocks * each)
    // The vCPU is in the guest, and spins for as long.
    expect(spent(polls, 'vcpu', Cause.DISCARD)).toBe(0)
    expect(spent(polls, 'host', Cause.DISCARD)).toBe(blocks * each)
    expect(spent(polls, 'vcpu', Cause.POLL)).toBeGreaterThan(blocks * each)
  })

  it('hints what merging forms in the merge path, and does not in the free path', () => {
    const rows = ['hypercall-thp, free path', 'hypercall-thp'].map((name) => {
      const fixture = makeMachine({ interface: preset(name), guest: { memory: 256 * MIB } })
      const { engine, machine } = fixture
      fixture.script(0, function* (task) {
        const pages: number[] = []
        for (let i = 0; i < 8192; i++) pages.push(yield* allocate(machine, task, 0, 0))
        for (const pfn of pages) yield* release(machine, task, 0, pfn)
      })
      engine.run(SECOND)
      check(fixture)
      return machine.transport!.port.counter('submitted')
    })
    expect(rows[0]).toBe(0)
    // 16 blocks of 2 MiB, and at both ends pages of others, or pages that are still on the per-CPU list.
    expect(rows[1]).toBe(14)
  })
})

describe('essa-log', () => {
  it('leaves alone what was allocated again, and gives back the rest, without an exit per free', () => {
    const fixture = makeMachine({
      interface: preset('essa-log'), settings: { start: 'aged', aged: { used: 0, fragmented: 0, huge: 0 }, host: { thp: 'never' } },
    })
    const { engine, machine } = fixture
    const resident = machine.vm.residentPages
    fixture.script(0, function* (task) {
      const pages: number[] = []
      for (let i = 0; i < 500; i++) pages.push(yield* allocate(machine, task, 0, 0))
      for (const pfn of pages) yield* release(machine, task, 0, pfn)
      expect(machine.transport!.port.counter('kicks')).toBe(0)
      // Most come from the per-CPU list, and are in the log as unused: they are stable now, and the log does not know.
      const again: number[] = []
      for (let i = 0; i < 100; i++) again.push(yield* allocate(machine, task, 0, 0))
      for (const pfn of again) yield* access(machine, task, 0, pfn, true)
      for (let i = 0; i < 11; i++) yield* release(machine, task, 0, again.pop()!)
      for (const pfn of again) yield* access(machine, task, 0, pfn, false)
    })
    engine.run(SECOND)
    check(fixture)
    expect(machine.transport!.port.counter('kicks')).toBe(1)
    const { device } = machine
    expect([device!.counter('stale'), device!.counter('discardedPages')]).toEqual([89, 422])
    // The entries of the eleven that were freed twice name the same pages.
    expect(resident - machine.vm.residentPages).toBe(411)
  })
})

describe('balloon', () => {
  const grown = (settings: Record<string, unknown>): MachineFixture => makeMachine({
    interface: preset('balloon'), guest: { memory: 256 * MIB }, settings: { start: 'aged', balloon: { reserve: 32 * MIB, ...settings } },
  })

  it('inflates by 256 pages a message to what the statistics say is free beyond the reserve', () => {
    const fixture = grown({})
    fixture.engine.run(4 * SECOND)
    check(fixture)
    const { balloon, transport, kernel } = fixture.machine
    // A message more for the last pages of each of the four looks.
    expect(transport!.port.counter('submitted') - Math.ceil(balloon!.actual / 256)).toBeLessThanOrEqual(4)
    expect(Math.abs(kernel.mm.freePages() * 4096 - 32 * MIB)).toBeLessThan(2 * MIB)
  })

  it('gives pages back when the guest is out of memory, and then at its manager\'s word', () => {
    const fixture = grown({})
    const { engine, machine } = fixture
    fixture.script(0, function* (task) {
      yield* sleepUntil(task, 4 * SECOND)
      for (let i = 0; i < 16 * 1024; i++) expect(yield* allocate(machine, task, 0, 0)).not.toBe(NONE)
    })
    engine.run(3 * SECOND + 999 * MS)
    const before = machine.balloon!.actual
    engine.run(10 * SECOND)
    check(fixture)
    expect(machine.balloon!.oomPages).toBeGreaterThan(0)
    expect(before - machine.balloon!.actual).toBeGreaterThan(8 * 1024)
  })
})

describe('free-page-hint', () => {
  const migrated = (name: string): MachineFixture => {
    const fixture = makeMachine({
      interface: preset(name), guest: { memory: 256 * MIB },
      settings: { start: 'aged', aged: { used: 0.25, fragmented: 0 }, 'free-page-hint': { 'start-ms': 1 } },
    })
    const { engine, machine } = fixture
    fixture.script(0, function* (task) {
      // Writes all the time, some of it into blocks that were just hinted or come back.
      for (let round = 0; round < 200; round++) {
        const pages: number[] = []
        for (let i = 0; i < 64; i++) pages.push(yield* allocate(machine, task, 0, 0))
        for (const pfn of pages) if (pfn !== NONE) yield* access(machine, task, 0, pfn, true)
        yield* sleepUntil(task, (2 + round) * MS)
        for (const pfn of pages) if (pfn !== NONE) yield* release(machine, task, 0, pfn)
      }
    })
    engine.run(10 * SECOND)
    check(fixture)
    expect(machine.policy!.pagesAway).toBe(0)
    return fixture
  }

  it('saves the migration what is free, and the guest arrives with what it wrote', () => {
    const [without, early, done] = ['migration without hints', 'free-page-hint', 'free-page-hint, until DONE'].map(migrated)
    const sent = ({ machine }: MachineFixture): number => machine.precopy!.counter('sent')
    expect(without.machine.precopy!.counter('hinted')).toBe(0)
    for (const { machine } of [early, done]) {
      expect(machine.precopy!.counter('migrations')).toBe(1)
      expect(machine.precopy!.counter('hinted')).toBeGreaterThan(0.4 * 256 * MIB / 4096)
    }
    expect(sent(early)).toBeLessThan(0.6 * sent(without))
    // A quarter of the guest is in use.
    expect(sent(early)).toBeGreaterThan(0.25 * 256 * MIB / 4096)
  })
})

describe('the memory of a request', () => {
  /** Frees four blocks of 4 MiB while every other page is in use, and the guest keeps more than that for those who may take the last. */
  function short(source: string): MachineFixture {
    const fixture = makeMachine({
      interface: preset('async-buffer 256'), guest: { memory: 64 * MIB },
      settings: { hinting: { 'request-memory': source }, 'async-buffer': { sweep: false, 'flush-ms': 10 } },
    })
    const { engine, machine } = fixture
    fixture.script(0, function* (task) {
      const blocks: number[] = []
      for (let i = 0; i < 4; i++) blocks.push(yield* allocate(machine, task, 0, 10))
      while ((yield* allocate(machine, task, 0, 0)) !== NONE) yield* settle()
      machine.kernel.mm.setMinFreeKbytes(source === 'allocated' ? 32 * 1024 : 1024)
      for (const pfn of blocks) yield* release(machine, task, 0, pfn)
    })
    engine.run(SECOND)
    check(fixture)
    return fixture
  }

  it.each(['preallocated', 'per-cpu'])('is there when it was %s', (source) => {
    const { records } = short(source).machine.policy!
    expect([records.counter('dropped'), records.counter('batches')]).toEqual([0, 1])
  })

  it('is not there when it has to be allocated and memory is short: the hints are lost', () => {
    const { records } = short('allocated').machine.policy!
    expect(records.counter('dropped')).toBeGreaterThan(0)
    expect(records.counter('batches')).toBe(0)
  })

  it('is allocated and freed for each request when there is some', () => {
    const settings = { hinting: { 'request-memory': 'allocated' } }
    for (const name of ['percpu-array', 'zone-bitmap', 'page-reporting', 'async-buffer 256']) {
      const { machine } = run(name, name === 'percpu-array' ? 0 : 9, name === 'percpu-array' ? 2048 : 512, 40, { settings })
      expect(machine.policy!.records.counter('batches'), name).toBeGreaterThan(0)
      // What an array takes no notice of while it is scanned is lost in any case.
      expect(machine.policy!.records.counter('dropped'), name).toBeLessThan(10)
    }
  })
})

describe('defragmentation before hinting', () => {
  it('needs a guest with compaction', () => {
    expect(() => parseRunOptions({ hinting: { defragment: true } })).toThrow('hinting.defragment: found true; accepted is false')
  })
})

describe('on the bundled trace', () => {
  // The balloon, page by page, takes ten times as long as the others: its runs are those above.
  const rows = PRESETS.filter(({ interface: face }) => face!.policy !== 'balloon' && face!.policy !== 'page-reporting')
  it('loses no data, and each returns what it can', async () => {
    const trace = await readTrace(bundledTracePath())
    const options = parseRunOptions({ workload: { 'settle-s': 2 } })
    const plan = planReplay(trace.events, options.guest.vcpus)
    const returned = rows.map(({ name, interface: face }) => {
      const { violations, memory } = runReplay({ name, options, interface: face, plan })
      return `${name}: ${violations} violations, ${Math.round(memory.returned / MIB)} MiB returned`
    })
    expect(returned.join('\n')).toMatchInlineSnapshot(`
      "essa-log: 0 violations, 1358 MiB returned
      free-page-hint: 0 violations, 0 MiB returned
      free-page-hint, until DONE: 0 violations, 0 MiB returned
      migration without hints: 0 violations, 0 MiB returned
      hypercall-thp, free path: 0 violations, 0 MiB returned
      hypercall-thp: 0 violations, 302 MiB returned
      hypercall-thp, polls: 0 violations, 302 MiB returned
      percpu-array: 0 violations, 640 MiB returned
      async-buffer 256: 0 violations, 3272 MiB returned
      async-buffer 512: 0 violations, 3272 MiB returned
      zone-bitmap: 0 violations, 256 MiB returned"
    `)
  })
})
