/** The historical interfaces in whole machines: how many messages and exits a GiB takes, and what each is known for. */
import { GIB, MIB, MS, SECOND } from '@hintlab/kit'
import { NONE } from '@hintlab/guest'
import { checkMachine, parseRunOptions, policyPart, PRESETS } from '@hintlab/lab'
import type { Interface } from '@hintlab/lab'
import { allocate, makeMachine, release, settle, sleepUntil } from '@hintlab/lab/testing'
import type { MachineFixture, MachineFixtureOptions } from '@hintlab/lab/testing'
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

function run(name: string, order: number, count: number, seconds: number, options: MachineFixtureOptions = {}): MachineFixture {
  const fixture = makeMachine({ interface: preset(name), guest: { memory: 2304 * MIB }, ...options })
  fixture.script(0, (task) => freeEverySecond(fixture, task, order, count))
  fixture.engine.run(seconds * SECOND)
  check(fixture)
  return fixture
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
    // What is free at the start would be reported too.
    const settings = { 'async-buffer': { sweep: false }, guest: {} }
    const fixture = run(name, 9, BLOCKS, 40, { settings })
    const { machine } = fixture
    const before = name === 'page-reporting' ? reportedAtStart(machine.kernel.mm.freePages()) : 0
    expect(machine.transport!.port.counter('submitted') - before).toBe(messages)
  })

  /** Nothing: the script takes everything before the first pass, or what is left is below the gate. */
  const reportedAtStart = (_free: number): number => 0

  it('freed in pages of 4 KiB: the array of 1000 is one message', () => {
    const fixture = run('percpu-array', 0, 4096, 5)
    const { machine } = fixture
    expect(machine.transport!.port.counter('submitted')).toBe(4)
    expect(machine.policy!.records.counter('hintedBlocks')).toBe(4000)
  })
})
