/** Free page reporting as Linux does it, in a whole machine: when passes run, and what a pass sends (mm/page_reporting.c). */
import { MIB, SECOND } from '@hintlab/kit'
import { singleZoneLayout, ZoneKind } from '@hintlab/guest'
import type { Layout } from '@hintlab/guest'
import { allocate, makeMachine, release, renderRequest, REPORTING, sleepUntil, tapRequests } from '@hintlab/lab/testing'
import type { MachineFixture, TappedRequest } from '@hintlab/lab/testing'
import { describe, expect, test } from 'vitest'

const MEMORY = 256 * MIB
const BLOCK = 1024
const seconds = (n: number): number => Math.round(n * SECOND)
const render = (requests: readonly TappedRequest[]): string => requests.map(renderRequest).join('\n')
const passes = ({ machine }: MachineFixture): number => machine.policy!.records.counter('passes')

/** Allocates blocks of an order at the start, and frees them one after the other at the given times. */
function freeAt(fixture: MachineFixture, order: number, times: readonly number[]): void {
  const { machine } = fixture
  fixture.script(0, function* (task) {
    const blocks: number[] = []
    for (let i = 0; i < times.length; i++) blocks.push(yield* allocate(machine, task, 0, order))
    for (const [i, time] of times.entries()) {
      yield* sleepUntil(task, seconds(time))
      yield* release(machine, task, 0, blocks[i])
    }
  })
}

describe('when a pass runs', () => {
  test('2 s after registration, and then 2 s after the first free block, whatever is freed in between', () => {
    const fixture = makeMachine({ interface: REPORTING, guest: { memory: MEMORY } })
    const requests = tapRequests(fixture.engine, fixture.machine.device)
    freeAt(fixture, 10, [20.5, 21, 22.4, 30])
    fixture.engine.run(seconds(60))
    expect(render(requests)).toMatchInlineSnapshot(`
      "2.000 s report: 31 of order 10, 1 of order 9
      2.000 s report: 24 of order 10
      22.500 s report: 3 of order 10
      32.000 s report: 1 of order 10"
    `)
    expect(passes(fixture)).toBe(3)
  })

  test('not for a block below the reporting order, and not for what a pass itself puts back', () => {
    const fixture = makeMachine({ interface: REPORTING, guest: { memory: MEMORY } })
    freeAt(fixture, 8, [20])
    fixture.engine.run(seconds(19))
    expect(passes(fixture)).toBe(1)
    // The block merges with the halves that its allocation had left: that is an insertion of the order, and is reported.
    fixture.engine.run(seconds(60))
    expect(passes(fixture)).toBe(2)

    const split = makeMachine({ interface: REPORTING, guest: { memory: MEMORY } })
    split.script(0, function* (task) {
      const kept = yield* allocate(split.machine, task, 0, 8)
      const freed = yield* allocate(split.machine, task, 0, 8)
      expect(freed ^ kept).toBe(2 ** 8)
      yield* sleepUntil(task, seconds(20))
      yield* release(split.machine, task, 0, freed)
    })
    split.engine.run(seconds(60))
    expect(passes(split)).toBe(1)
  })

  test('again 2 s after the pass in which a block was freed', () => {
    // A device that takes 0.1 s an entry: the pass lasts from 2 s to 8 s. What is freed at 3 s is still in it, what is freed at 7 s is not.
    const fixture = makeMachine({ interface: REPORTING, guest: { memory: MEMORY, vcpus: 2 }, costs: { deviceEntry: seconds(0.1) } })
    const requests = tapRequests(fixture.engine, fixture.machine.device)
    freeAt(fixture, 10, [3, 7])
    fixture.engine.run(seconds(60))
    expect(render(requests)).toMatchInlineSnapshot(`
      "2.000 s report: 31 of order 10, 1 of order 9
      5.200 s report: 27 of order 10
      9.900 s report: 1 of order 10"
    `)
    expect(passes(fixture)).toBe(2)
  })

  test('a pass that changes nothing is not followed by another', () => {
    const fixture = makeMachine({ interface: REPORTING, guest: { memory: MEMORY } })
    fixture.engine.run(seconds(600))
    expect(passes(fixture)).toBe(1)
  })
})

/** Two zones of whole order-10 blocks. */
function twoZones(lower: number, upper: number): Layout {
  const split = lower * BLOCK
  const pages = split + upper * BLOCK
  return {
    pages,
    ram: [{ start: 0, end: split }, { start: split, end: pages }],
    zones: [{ kind: ZoneKind.DMA32, start: 0, end: split }, { kind: ZoneKind.NORMAL, start: split, end: pages }],
    maxOrder: 10,
    pageblockOrder: 9,
  }
}

describe('what a pass sends', () => {
  test('zone by zone, 32 blocks a report, the rest of a zone as a shorter one, and no more than the budget', () => {
    const layout = twoZones(70, 40)
    const fixture = makeMachine({ interface: REPORTING, tiny: { layout, driverPfn: layout.pages } })
    const requests = tapRequests(fixture.engine, fixture.machine.device)
    fixture.engine.run(seconds(20))
    const text = requests.map((r) => `${renderRequest(r)}, zone ${r.pfns.every((p) => p < 70 * BLOCK) ? 'DMA32' : 'Normal'}`).join('\n')
    expect(text).toMatchInlineSnapshot(`
      "2.000 s report: 32 of order 10, zone DMA32
      2.000 s report: 32 of order 10, zone DMA32
      2.000 s report: 32 of order 10, zone Normal
      2.000 s report: 8 of order 10, zone Normal
      4.000 s report: 6 of order 10, zone DMA32"
    `)
    expect(requests.every(({ pfns }) => new Set(pfns.map((p) => p < 70 * BLOCK)).size === 1)).toBe(true)
  })

  test('the descriptors in reverse: the scatterlist is filled from its end', () => {
    const layout = singleZoneLayout(40 * BLOCK)
    const fixture = makeMachine({ interface: REPORTING, tiny: { layout, driverPfn: layout.pages } })
    const requests = tapRequests(fixture.engine, fixture.machine.device)
    fixture.engine.run(seconds(3))
    // After boot a free list is ascending.
    const blocks = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => (to - 1 - i) * BLOCK)
    expect(requests.map(({ pfns }) => pfns)).toEqual([blocks(0, 32), blocks(32, 40)])
  })

  test.each([
    { usable: 16400, reports: 0 },
    { usable: 16401, reports: 1 },
  ])('nothing of a zone at or below low + (32 << order): $usable free pages over a mark of 16400', ({ usable, reports }) => {
    const fixture = makeMachine({ interface: REPORTING, tiny: { layout: singleZoneLayout(usable), driverPfn: 32768 } })
    const { zones } = fixture.machine.kernel.mm
    const requests = tapRequests(fixture.engine, fixture.machine.device)
    fixture.engine.run(seconds(10))
    expect(zones).toHaveLength(1)
    expect(requests).toHaveLength(reports)
    expect(passes(fixture)).toBe(1)
  })

  test('a host that refuses ends the pass: the blocks go back unmarked, and no other zone is tried', () => {
    const layout = twoZones(70, 40)
    const fixture = makeMachine({ interface: REPORTING, tiny: { layout, driverPfn: layout.pages }, settings: { host: { inhibited: true } } })
    const { machine } = fixture
    const requests = tapRequests(fixture.engine, machine.device)
    fixture.engine.run(seconds(20))
    expect(render(requests)).toMatchInlineSnapshot(`"2.000 s report: 32 of order 10"`)
    const { mm } = machine.kernel
    expect(Array.from({ length: 110 }, (_, i) => mm.lists.isReported(i * BLOCK)).some(Boolean)).toBe(false)
    expect([machine.policy!.pagesAway, machine.policy!.records.counter('failed')]).toEqual([0, 1])
    machine.kernel.check()
  })
})
