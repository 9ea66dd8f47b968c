/** The Reported flag and the host's huge pages: which blocks page reporting leaves marked, where on their lists, and what the host keeps whole. */
import { MIB, MS, pagesIn, SECOND } from '@hintlab/kit'
import { ALL_SAFEGUARDS, Migratetype, singleZoneLayout, ZoneKind } from '@hintlab/guest'
import { checkMachine } from '@hintlab/lab'
import type { Machine, MachineSafeguards } from '@hintlab/lab'
import { allocate, BUFFER, makeMachine, release, REPORTING, sleepUntil } from '@hintlab/lab/testing'
import type { MachineFixture, MachineFixtureOptions } from '@hintlab/lab/testing'
import { PageOwner } from '@hintlab/protocol'
import { describe, expect, test } from 'vitest'

const BLOCK = 1024

/** The free lists of orders 9 and 10, head first: `10: 3r 7` is block 3, Reported, and then block 7, of 4 MiB each. */
function renderLists({ kernel }: Machine): string {
  const { mm } = kernel
  const lines: string[] = []
  for (const order of [9, 10]) {
    const list: string[] = []
    for (let p = mm.lists.first(mm.zones[0], Migratetype.MOVABLE, order); p >= 0; p = mm.lists.after(p)) {
      list.push(`${p / BLOCK}${mm.lists.isReported(p) ? 'r' : ''}`)
    }
    lines.push(`${order}: ${list.join(' ')}`)
  }
  return lines.join('\n')
}

/** A guest of a few order-10 blocks, no per-CPU lists, no watermarks, and reports of `capacity` blocks. */
function smallGuest(blocks: number, reporting: Record<string, unknown> = {}, options: MachineFixtureOptions = {}): MachineFixture {
  const layout = singleZoneLayout(blocks * BLOCK)
  return makeMachine({
    interface: REPORTING,
    ...options,
    settings: { reporting: { capacity: 2, ...reporting } },
    tiny: { layout, driverPfn: layout.pages },
  })
}

describe('the Reported flag', () => {
  test('reported blocks go to the tail, what is freed later to the head, where the next allocation takes it', () => {
    const { engine, machine } = smallGuest(8, { 'budget-divisor': 1 })
    const { mm } = machine.kernel
    engine.run(2.5 * SECOND)
    // Capacity 2, budget ceil(8 / 2): five reports, so one pass is enough for eight blocks.
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 1r 0r 3r 2r 5r 4r 7r 6r"
    `)
    const taken = mm.allocSlow(0, 10, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    mm.freeSlow(taken)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 1 0r 3r 2r 5r 4r 7r 6r"
    `)
    expect(mm.allocSlow(0, 10, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)).toBe(taken)
  })

  test('a pass that ends on its budget leaves what it has not reached in front', () => {
    const { engine, machine } = smallGuest(8)
    engine.run(2.5 * SECOND)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 4 5 6 7 1r 0r 3r 2r"
    `)
    engine.run(8.5 * SECOND)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 1r 0r 3r 2r 5r 4r 7r 6r"
    `)
  })

  test('allocation, split and merge clear it', () => {
    const { engine, machine } = smallGuest(6, { 'budget-divisor': 1 })
    const { mm } = machine.kernel
    engine.run(2.5 * SECOND)
    const small = mm.allocSlow(0, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 1.5
      10: 0r 3r 2r 5r 4r"
    `)
    mm.freeSlow(small)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 1 0r 3r 2r 5r 4r"
    `)
  })

  /** The lower half of a block of order 10 is in flight when its upper half, in use until then, is freed. */
  function mergeInFlight(safeguards: Partial<MachineSafeguards>): MachineFixture {
    const fixture = smallGuest(4, { capacity: 1 }, { safeguards, costs: { deviceEntry: 1 * MS } })
    const { engine, machine } = fixture
    fixture.script(0, function* (task) {
      const lower = yield* allocate(machine, task, 0, 9)
      const upper = yield* allocate(machine, task, 0, 9)
      expect(upper).toBe(lower + 512)
      yield* release(machine, task, 0, lower)
      yield* sleepUntil(task, 2 * SECOND + 0.5 * MS)
      expect([machine.ghost.ownerOf(lower), machine.policy!.pagesAway]).toEqual([PageOwner.IN_FLIGHT, 512])
      yield* release(machine, task, 0, upper)
    })
    engine.run(2 * SECOND + 0.9 * MS)
    return fixture
  }

  test('F3: a block that merged while it was away is not marked, and reported later as what it has become', () => {
    const { engine, machine } = mergeInFlight({})
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 0.5
      10: 1 2 3"
    `)
    engine.run(3 * SECOND)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 2 3 0 1r"
    `)
    engine.run(20 * SECOND)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 1r 2r 3r 0r"
    `)
    expect(machine.ghost.violations).toEqual([])
    checkMachine(machine)
  })

  test('without F3 the merged block counts as reported, although the host was never told of half of it', () => {
    const { engine, machine } = mergeInFlight({ hint: { ...ALL_SAFEGUARDS, sameOrder: false } })
    engine.run(20 * SECOND)
    expect(renderLists(machine)).toMatchInlineSnapshot(`
      "9: 
      10: 0r 1r 2r 3r"
    `)
    const { mm } = machine.kernel
    let marked = 0
    for (let p = 0; p < mm.layout.pages; p += 512) if (mm.lists.isReported(p)) marked += 2 ** mm.pages.orderOf(p)
    // Heuristic loss, in pages: marked, against what the host was told of.
    expect([marked, machine.device!.counter('discardedPages')]).toMatchInlineSnapshot(`
      [
        4096,
        3584,
      ]
    `)
  })

  test('F4: a block that is not free is never marked, whatever happens to it', () => {
    const fixture = smallGuest(16, { order: 4, capacity: 4, 'delay-ms': 1, 'budget-divisor': 1 })
    const { engine, machine } = fixture
    const random = engine.stream('test')
    fixture.script(0, function* (task) {
      const held: number[] = []
      for (let i = 0; i < 400; i++) {
        const pfn = random.below(2) === 0 ? yield* allocate(machine, task, 0, random.below(11)) : -1
        if (pfn >= 0) held.push(pfn)
        else if (held.length > 0) yield* release(machine, task, 0, held.splice(random.below(held.length), 1)[0])
        yield* sleepUntil(task, engine.now + random.below(400_000))
      }
    })
    for (let t = 1; t <= 40; t++) {
      engine.run(t * 3_000_000)
      // Asserts that only free blocks are Reported, among all the rest.
      machine.kernel.check()
    }
    expect(machine.policy!.records.counter('hintedBlocks')).toBeGreaterThan(100)
    expect(machine.ghost.violations).toEqual([])
  })
})

describe('huge pages of the host', () => {
  const aged = { start: 'aged', aged: { used: 0.1, fragmented: 0.3, huge: 1 } }
  const guest = { memory: 256 * MIB }
  const run = (face: typeof REPORTING, order: number): Machine => {
    const { engine, machine } = makeMachine({ interface: face, guest, settings: { ...aged, reporting: { order }, 'async-buffer': { order } } })
    engine.run(120 * SECOND)
    engine.check()
    checkMachine(machine)
    expect(machine.ghost.violations).toEqual([])
    return machine
  }

  test.each([{ name: 'page reporting', face: REPORTING }, { name: 'the buffer', face: BUFFER }])('order-9 hints by $name never split one', ({ face }) => {
    const { vm, device } = run(face, 9)
    const before = pagesIn(guest.memory) / 512
    expect(device!.counter('discardedPages')).toBeGreaterThan(20_000)
    expect([vm.counter('splits'), vm.mm.small]).toEqual([0, 0])
    expect(vm.mm.huge).toBe(before - device!.counter('discardedPages') / 512)
  })

  test.each([{ name: 'page reporting', face: REPORTING }, { name: 'the buffer', face: BUFFER }])('order-0 hints by $name do', ({ face }) => {
    const { vm } = run(face, 0)
    expect(vm.counter('splits')).toBeGreaterThan(10)
    expect(vm.mm.small).toBeGreaterThan(0)
  })
})
