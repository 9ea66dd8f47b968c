/** The asynchronous buffer in a whole machine: what is sent when, where its pages are meanwhile, and what it costs the vCPU that frees. */
import { MS, SECOND } from '@hintlab/kit'
import { NONE, singleZoneLayout } from '@hintlab/guest'
import { checkMachine } from '@hintlab/lab'
import type { Interface } from '@hintlab/lab'
import {
  allocate, BUFFER, BUFFER_BLOCKS, makeMachine, QUEUE_SLEEPS, release, renderRequest, settle, sleepUntil, tapRequests,
} from '@hintlab/lab/testing'
import type { MachineFixture, MachineFixtureOptions } from '@hintlab/lab/testing'
import { PageOwner } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { describe, expect, test } from 'vitest'

const counters = ({ machine }: MachineFixture) => machine.policy!.records

/** A guest without per-CPU lists and watermarks; buffers of a few entries that are only sent when they are full. */
function smallGuest(pages: number, buffer: Record<string, unknown>, options: MachineFixtureOptions = {}): MachineFixture {
  const layout = singleZoneLayout(pages)
  return makeMachine({
    interface: BUFFER,
    ...options,
    settings: { 'async-buffer': { sweep: false, 'flush-ms': 0, ...buffer } },
    tiny: { layout, driverPfn: layout.pages },
  })
}

/** Frees every second page, so that none merges: one entry each. Returns how long the longest free took, ns. */
function* freeEverySecond({ engine, machine }: MachineFixture, task: Task, cpu: number, count: number): Generator<Point, number, void> {
  const pages: number[] = []
  for (let i = 0; i < 2 * count; i++) pages.push(yield* allocate(machine, task, cpu, 0))
  let longest = 0
  for (let i = 0; i < count; i++) {
    yield* settle()
    const before = engine.now
    yield* release(machine, task, cpu, pages[2 * i])
    yield* settle()
    longest = Math.max(longest, engine.now - before)
  }
  return longest
}

const check = ({ engine, machine }: MachineFixture): void => {
  engine.check()
  checkMachine(machine)
  expect(machine.ghost.violations).toEqual([])
}

describe('a full buffer', () => {
  test.each([256, 512])('of %i entries is one request; the pages are set aside until the interrupt, and the vCPU goes on', (entries) => {
    const fixture = smallGuest(8192, { entries, order: 0 }, { costs: { deviceEntry: 0.1 * MS } })
    const { engine, machine } = fixture
    const requests = tapRequests(engine, machine.device)
    let stall = 0
    fixture.script(0, function* (task) {
      stall = yield* freeEverySecond(fixture, task, 0, entries)
    })
    engine.run(5 * MS)
    expect(requests.map(({ pfns }) => pfns.length)).toEqual([entries])
    const owners = requests[0].pfns.map((p) => machine.ghost.ownerOf(p))
    expect(new Set(owners)).toEqual(new Set([PageOwner.IN_FLIGHT]))
    expect(machine.policy!.pagesAway).toBe(entries)
    // The host needs 0.1 ms an entry; the free that sent them needs what building the request costs.
    expect(stall).toBeLessThan(0.1 * MS)
    engine.run(100 * MS)
    expect(machine.policy!.pagesAway).toBe(0)
    expect(new Set(requests[0].pfns.map((p) => machine.ghost.ownerOf(p)))).toEqual(new Set([PageOwner.FREE]))
    expect(requests[0].pfns.every((p) => machine.kernel.mm.lists.isReported(p))).toBe(true)
    check(fixture)
  })

  test('costs the freeing vCPU the whole service where its call blocks, and little where it goes on', () => {
    const rows: string[] = []
    const faces: [string, Interface][] = [['blocking hypercall', BUFFER_BLOCKS], ['virtqueue, goes on', BUFFER]]
    for (const [name, face] of faces) {
      const fixture = smallGuest(8192, { entries: 256, order: 0 }, { interface: face })
      let stall = 0
      fixture.script(0, function* (task) {
        stall = yield* freeEverySecond(fixture, task, 0, 256)
      })
      fixture.engine.run(SECOND)
      check(fixture)
      const { tasks, cpus } = fixture.engine
      const paid = (cpuName: string): string => {
        const cpu = cpus.find((c) => c.name === cpuName)!
        const sum = (cause: number): number => tasks.reduce((ns, t) => ns + t.accountOn(cpu)[cause], 0)
        return `${cpuName}: ${sum(Cause.DISCARD) + sum(Cause.DEVICE)} service, ${sum(Cause.INTERRUPT)} interrupt`
      }
      rows.push(`${name}: longest free ${stall} ns; ${paid('vcpu0')}; ${paid('host0')}`)
    }
    expect(rows.join('\n')).toMatchInlineSnapshot(`
      "blocking hypercall: longest free 106064 ns; vcpu0: 89660 service, 0 interrupt; host0: 0 service, 0 interrupt
      virtqueue, goes on: longest free 11374 ns; vcpu0: 0 service, 6600 interrupt; host0: 90060 service, 0 interrupt"
    `)
  })

  test('leaves out what was allocated again meanwhile', () => {
    const fixture = smallGuest(64 * 1024, { entries: 4, order: 10 })
    const { engine, machine } = fixture
    const requests = tapRequests(engine, machine.device)
    fixture.script(0, function* (task) {
      const blocks: number[] = []
      for (let i = 0; i < 5; i++) blocks.push(yield* allocate(machine, task, 0, 10))
      // The block freed last is allocated first: its entry is stale, and so is the third, until the block is freed again.
      for (let i = 0; i < 3; i++) yield* release(machine, task, 0, blocks[i])
      expect(yield* allocate(machine, task, 0, 10)).toBe(blocks[2])
      yield* release(machine, task, 0, blocks[3])
    })
    engine.run(SECOND)
    expect(requests.map(({ pfns }) => pfns.map((p) => p / 1024))).toEqual([[0, 1, 3]])
    expect(counters(fixture).counter('stale')).toBe(1)
    check(fixture)
  })
})

describe('out of memory', () => {
  /** Eight blocks are all there is. Seven are freed and in flight when `wanted` blocks are asked for. */
  function askFor(wanted: number, deviceNs: number): { got: number; fixture: MachineFixture } {
    const fixture = smallGuest(8 * 1024, { entries: 7, order: 10 }, { costs: { deviceEntry: deviceNs } })
    const { engine, machine } = fixture
    let got = 0
    fixture.script(0, function* (task) {
      const blocks: number[] = []
      for (let i = 0; i < 8; i++) blocks.push(yield* allocate(machine, task, 0, 10))
      for (let i = 1; i < 8; i++) yield* release(machine, task, 0, blocks[i])
      for (let i = 0; i < wanted; i++) if ((yield* allocate(machine, task, 0, 10)) !== NONE) got++
    })
    engine.run(10 * SECOND)
    check(fixture)
    return { got, fixture }
  }

  test('waits for the reports in flight, and succeeds after the interrupt', () => {
    const { got, fixture } = askFor(7, 10 * MS)
    expect(got).toBe(7)
    // The last free block was not taken out: the zone's minimum stays. Six were in flight.
    expect(counters(fixture).counter('awayMax')).toBe(6 * 1024)
    expect(counters(fixture).counter('refused')).toBe(1)
    expect([counters(fixture).counter('oomWaits'), fixture.machine.kernel.counter('oom')]).toEqual([1, 0])
  })

  test('fails when nothing is in flight', () => {
    const { got, fixture } = askFor(9, 10 * MS)
    expect(got).toBe(7)
    expect([counters(fixture).counter('oomWaits'), fixture.machine.kernel.counter('oom')]).toEqual([1, 2])
  })

  test('tries again when pages came back after the attempt that failed, and before the wait', () => {
    const { fixture } = askFor(0, 0)
    const policy = fixture.machine.policy!
    const task = fixture.engine.tasks[0]
    expect([policy.pagesAway, policy.returns]).toEqual([0, 1])
    expect(policy.waitForReports(task, 0).next()).toEqual({ done: true, value: true })
    expect(policy.waitForReports(task, 1).next()).toEqual({ done: true, value: false })
  })
})

describe('when the one request is in flight', () => {
  test.each([
    { whenFull: 'drop', counted: 'batches 1, hintedBlocks 32, dropped 96, spilled 0, waited 0', stallMs: 0 },
    // What is spilled goes out with the next full buffer, or with the flush, which is off here.
    { whenFull: 'spill', counted: 'batches 1, hintedBlocks 32, dropped 0, spilled 65, waited 0', stallMs: 0 },
    { whenFull: 'wait', counted: 'batches 4, hintedBlocks 128, dropped 0, spilled 0, waited 3', stallMs: 3 },
  ])('$whenFull', ({ whenFull, counted, stallMs }) => {
    const buffer = { entries: 32, order: 0, slots: 1, 'when-full': whenFull }
    const fixture = smallGuest(8192, buffer, { costs: { deviceEntry: 0.1 * MS } })
    let stall = 0
    fixture.script(0, function* (task) {
      stall = yield* freeEverySecond(fixture, task, 0, 128)
    })
    fixture.engine.run(SECOND)
    check(fixture)
    const names = ['batches', 'hintedBlocks', 'dropped', 'spilled', 'waited'] as const
    expect(names.map((name) => `${name} ${counters(fixture).counter(name)}`).join(', ')).toBe(counted)
    expect(Math.floor(stall / MS)).toBe(stallMs)
    expect(fixture.machine.policy!.pagesAway).toBe(0)
  })

  test('a waiting vCPU goes on when the record it waits for turns out to be empty', () => {
    // The zone's minimum is so high that nothing may be taken out: each full buffer holds the one record for a while, and sends nothing.
    const buffer = { entries: 1, order: 10, slots: 1, 'when-full': 'wait' }
    const fixture = smallGuest(16 * 1024, buffer, { guest: { vcpus: 2 }, costs: { hintEntry: 1 * MS } })
    const { engine, machine } = fixture
    const freed: string[] = []
    for (const cpu of [0, 1]) {
      fixture.script(cpu, function* (task) {
        const pfn = yield* allocate(machine, task, cpu, 10)
        yield* sleepUntil(task, 10 * MS)
        yield* release(machine, task, cpu, pfn)
        freed.push(`vcpu${cpu} ${((engine.now - 10 * MS) / MS).toFixed(1)} ms`)
      })
    }
    engine.run(5 * MS)
    machine.kernel.mm.setMinFreeKbytes(64 * 1024)
    engine.run(SECOND)
    expect(['waited', 'refused', 'batches'].map((name) => counters(fixture).counter(name as 'waited'))).toEqual([1, 2, 0])
    expect(freed.join(', ')).toMatchInlineSnapshot(`"vcpu0 3.0 ms, vcpu1 4.0 ms"`)
    check(fixture)
  })
})

describe('the worker', () => {
  test('sends what is free at the start, and marks it', () => {
    const fixture = smallGuest(300 * 1024, { entries: 256, order: 9, sweep: true })
    const { engine, machine } = fixture
    const requests = tapRequests(engine, machine.device)
    engine.run(SECOND)
    expect(requests.map(renderRequest).join('\n')).toMatchInlineSnapshot(`
      "0.000 s report: 256 of order 10
      0.000 s report: 43 of order 10"
    `)
    const { lists } = machine.kernel.mm
    const reported = Array.from({ length: 300 }, (_, i) => lists.isReported(i * 1024)).filter(Boolean).length
    // One block stays behind: taking it would leave nothing above the zone's minimum.
    expect([reported, counters(fixture).counter('refused')]).toMatchInlineSnapshot(`
      [
        299,
        1,
      ]
    `)
    check(fixture)
  })

  test('sends a buffer that is not full when its first entry has waited for the flush time', () => {
    const fixture = smallGuest(16 * 1024, { entries: 256, order: 10, 'flush-ms': 2000 })
    const { engine, machine } = fixture
    const requests = tapRequests(engine, machine.device)
    fixture.script(0, function* (task) {
      const blocks: number[] = []
      for (let i = 0; i < 5; i++) blocks.push(yield* allocate(machine, task, 0, 10))
      for (const [i, ms] of [1000, 1500, 2999, 3001, 9000].entries()) {
        yield* sleepUntil(task, ms * MS)
        yield* release(machine, task, 0, blocks[i])
      }
    })
    engine.run(20 * SECOND)
    expect(requests.map(renderRequest).join('\n')).toMatchInlineSnapshot(`
      "3.000 s report: 3 of order 10
      5.001 s report: 1 of order 10
      11.000 s report: 1 of order 10"
    `)
    check(fixture)
  })

  test('keeps the flush timer that is set while it waits for the host', () => {
    // The worker sends the buffer of vCPU 1 at 2 s and sleeps until 3 s; vCPU 0, which it has passed, frees at 2.5 s.
    const face: Interface = { policy: 'async-buffer', axes: QUEUE_SLEEPS }
    const buffer = { entries: 256, order: 10, 'flush-ms': 1000 }
    const fixture = smallGuest(16 * 1024, buffer, { interface: face, guest: { vcpus: 2 }, costs: { deviceEntry: SECOND } })
    const { engine, machine } = fixture
    const requests = tapRequests(engine, machine.device)
    const freeAt = (cpu: number, at: number): void => {
      fixture.script(cpu, function* (task) {
        const pfn = yield* allocate(machine, task, cpu, 10)
        yield* sleepUntil(task, at)
        yield* release(machine, task, cpu, pfn)
      })
    }
    freeAt(1, 1 * SECOND)
    freeAt(0, 2.5 * SECOND)
    engine.run(20 * SECOND)
    expect(requests.map(renderRequest).join('\n')).toMatchInlineSnapshot(`
      "2.000 s report: 1 of order 10
      3.500 s report: 1 of order 10"
    `)
    check(fixture)
  })
})
