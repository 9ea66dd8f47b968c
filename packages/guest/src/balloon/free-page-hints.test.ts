import { Columns, MIB, MS } from '@hintlab/kit'
import { ConfigField } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { GuestKernel } from '../kernel.ts'
import { x86Layout } from '../mm/layout.ts'
import { PageAllocator } from '../mm/page-allocator.ts'
import { FakePort } from '../testing/fake-port.ts'
import type { FakePortOptions } from '../testing/fake-port.ts'
import { ConfigAccess } from './config-access.ts'
import { FreePageHints } from './free-page-hints.ts'

function make(options: FakePortOptions = {}) {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const cpu = engine.addCpu('vcpu0')
  const mm = new PageAllocator(engine.cols, x86Layout(32 * MIB), { cpus: 1 })
  mm.freeAll()
  const kernel = new GuestKernel(engine, mm)
  const port = new FakePort(engine, { waits: false, slots: 32, entriesMax: 1, ...options })
  const config = new ConfigAccess(engine, 'test')
  const fields = { id: 0 }
  config.attach({ readConfig: (offset) => (offset === ConfigField.COMMAND_ID ? fields.id : 0), writeConfig: () => {} })
  const hints = new FreePageHints(engine, kernel, port, config, cpu, 0)
  port.client = hints
  kernel.shrinkers.push(hints)
  hints.resume()
  const pass = (ms = 10): void => engine.run(engine.now + ms * MS)
  const setId = (id: number): void => {
    fields.id = id
    hints.configChanged()
    pass()
    hints.check()
    mm.check()
  }
  pass()
  return { engine, cpu, mm, kernel, port, hints, config, setId, pass }
}

test('a run is its id, blocks of the largest order while there are any, and STOP', () => {
  const { port, hints, mm, setId } = make()
  const free = mm.freePages()
  setId(7)
  expect([port.requests[0], port.requests.at(-1)]).toEqual(['command 7', 'command 0'])
  expect(new Set(port.requests.slice(1, -1))).toEqual(new Set(['hint 1']))
  expect(hints.heldBlocks).toBe(port.requests.length - 2)
  expect(port.pfns.flat().every((pfn) => pfn % 1024 === 0)).toBe(true)
  expect(mm.freePages()).toBe(free - hints.heldBlocks * 1024)
  setId(1)
  expect([hints.heldBlocks, mm.freePages()]).toEqual([0, free])
})

test('the same id again is no new run; another one is, and the blocks of the first stay held', () => {
  const { port, hints, setId } = make()
  setId(7)
  const sent = port.requests.length
  setId(7)
  expect(port.requests.length).toBe(sent)
  const held = hints.heldBlocks
  setId(8)
  expect(port.requests.slice(sent)).toEqual(['command 8', 'command 0'])
  expect([hints.runs, hints.heldBlocks]).toEqual([2, held])
})

test('STOP in the middle ends the run, and the blocks stay held', () => {
  const { port, hints, setId, pass } = make({ eager: false, slots: 4 })
  setId(7)
  expect(port.requests).toEqual(['command 7', 'hint 1', 'hint 1'])
  setId(0)
  for (let i = 0; i < 4; i++) {
    port.answer()
    pass()
  }
  // One more was waiting for room when the configuration changed.
  expect(port.requests.slice(3)).toEqual(['hint 1', 'command 0'])
  expect(hints.heldBlocks).toBe(3)
})

test('one slot stays free for the STOP, and the configuration is read once after each change', () => {
  const { port, config, setId, pass } = make({ eager: false, slots: 3 })
  const { reads } = config
  setId(7)
  expect(port.inFlight).toBe(2)
  for (let i = 0; i < 20; i++) {
    port.answer()
    pass(1)
    expect(port.inFlight).toBeLessThanOrEqual(3)
  }
  expect([config.reads - reads, port.requests.at(-1)]).toEqual([1, 'command 0'])
})

test('reclaim takes blocks back before the host is done, one at a call', () => {
  const { engine, cpu, kernel, hints, setId } = make()
  setId(7)
  const held = hints.heldBlocks
  let pages = 0
  engine.addTask('reclaim', cpu, function* (task) {
    pages = yield* hints.give(task)
  })
  engine.run(engine.now + MS)
  expect([pages, hints.heldBlocks, hints.earlyBlocks]).toEqual([1024, held - 1, 1])
  kernel.check()
})

test('a queue that is gone ends a run without a word, and what was taken can be given back', () => {
  const { engine, cpu, port, hints, setId } = make()
  port.gone = true
  setId(7)
  expect(port.requests).toEqual([])
  engine.addTask('remove', cpu, function* (task) {
    yield* hints.pause(task)
    yield* hints.giveBack(task, Infinity)
  })
  engine.run(engine.now + MS)
  expect(hints.heldBlocks).toBe(0)
  hints.check()
})
