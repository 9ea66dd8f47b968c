import { Columns, MIB } from '@hintlab/kit'
import { makeCosts, Measure } from '@hintlab/sim'
import { expect, test } from 'vitest'
import { NAMED_INTERFACES } from '../interfaces.ts'
import type { Interface, Machine } from '../machine.ts'
import { parseRunOptions } from '../options.ts'
import { BUFFER, REPORTING } from '../testing/machine-fixture.ts'
import { buildHost, checkHost } from './build-host.ts'
import { HogGuest, Turns } from './hog-guest.ts'
import { runHost } from './run-host.ts'
import type { HostRunResult } from './run-host.ts'

const host = (settings: Record<string, unknown>): ReturnType<typeof parseRunOptions>['host'] => parseRunOptions({ start: 'fresh', host: settings }).host
const run = parseRunOptions({ start: 'fresh', guest: { memory: 64 * MIB, vcpus: 1 }, reporting: { order: 5 } })

function fewGuests(settings: Record<string, unknown>) {
  let turns: Turns | null = null
  return runHost({
    host: host(settings),
    guests: [
      { name: 'a', run, interface: REPORTING },
      { name: 'b', run, interface: null },
      { name: 'c', run, interface: BUFFER },
    ],
    load: (machine, index) => {
      turns ??= new Turns(machine.engine)
      return new HogGuest(machine, { bootBytes: 4 * MIB, bootFreedMax: 2 * MIB, bootOrder: 1, hogBytes: 44 * MIB, hogOrder: 0, startsS: [1, 8], holdS: 2, pauseS: 1 }, turns, index)
    },
  })
}

test('guests of different interfaces share a host that swaps: nobody loses data, every frame and slot has one owner', () => {
  const result = fewGuests({ memory: 96 * MIB, swap: 128 * MIB, thp: 'never' })
  expect(result.violations).toBe(0)
  expect(result.guests.every(({ load }) => load.runs.length === 2 && load.runs.every(({ whole }) => whole))).toBe(true)
  expect(result.swapWritten).toBeGreaterThan(0)
  expect(result.swapRead).toBeGreaterThan(0)
  // Who hints gives its memory back; who does not keeps it, part of it in swap.
  const [a, b] = result.guests.map(({ residentEnd, result: { memory } }) => [residentEnd, memory.returned])
  expect(a[1]).toBeGreaterThan(0)
  expect(b[1]).toBe(0)
  expect(fewGuests({ memory: 96 * MIB, swap: 128 * MIB, thp: 'never' }).eventHash).toBe(result.eventHash)
})

test('what a guest of s390 has marked as unused goes from a short host without being written, also where its log discards nothing', () => {
  const machines: Machine[] = []
  const runWith = (face: Interface): HostRunResult<HogGuest> => {
    let turns: Turns | null = null
    machines.length = 0
    return runHost({
      // An inhibited device leaves every hinted page where it is: what goes, goes by reclaim.
      host: host({ memory: 96 * MIB, swap: 128 * MIB, thp: 'never', inhibited: true }),
      guests: ['a', 'b', 'c'].map((name) => ({ name, run, interface: face })),
      load: (machine, index) => {
        machines.push(machine)
        turns ??= new Turns(machine.engine)
        return new HogGuest(machine, { bootBytes: 4 * MIB, hogBytes: 44 * MIB, hogOrder: 0, startsS: 'turns', holdS: 0, pauseS: 1 }, turns, index)
      },
    })
  }
  const without = runWith(null)
  const essa = runWith(NAMED_INTERFACES.find(({ name }) => name === 'essa-log')!.interface)
  expect([without.violations, essa.violations]).toEqual([0, 0])
  const dropped = machines.map(({ vm }) => vm.counter('unusedDropped'))
  expect({ writtenWithout: without.swapWritten, written: essa.swapWritten, dropped }).toMatchInlineSnapshot(`
    {
      "dropped": [
        11264,
        0,
        0,
      ],
      "written": 1504,
      "writtenWithout": 12768,
    }
  `)
})

test('without swap the guest that comes last finds the host full', () => {
  const result = fewGuests({ memory: 96 * MIB, thp: 'always' })
  expect(result.violations).toBe(0)
  expect(result.guests.some(({ result: guest }) => guest.hostOutOfMemory > 0)).toBe(true)
})

test('a frame that another guest has written is not what this one reads', () => {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const machine = buildHost(engine, { host: host({ memory: 64 * MIB }), guests: [{ name: 'a', run, interface: null }, { name: 'b', run, interface: null }] })
  const [a, b] = machine.guests.map((guest) => guest.machine.ghost)
  a.write(100, 7, 0)
  a.read(100, 7)
  expect(a.violationCount).toBe(0)
  b.write(100, 7, 0)
  a.read(100, 7)
  expect([a.violationCount, b.violationCount]).toEqual([1, 0])
  checkHost(machine)
})

