/** The fuzzer finds what is wrong: devices and a driver that are broken on purpose, and a runner that cuts a finding down to what is needed. */
import { Columns, gfn } from '@hintlab/kit'
import { ArenaMemory } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { DeviceFuzz } from './device-fuzz.ts'
import type { DeviceWorld } from './device-world.ts'
import { DriverFuzz } from './driver-fuzz.ts'
import type { DriverWorld } from './driver-world.ts'
import { hexOf, parseFuzzFile, renderFuzzFile } from './fuzz-file.ts'
import type { FuzzTarget } from './fuzz-target.ts'
import { GuardedMemory } from './guarded-memory.ts'
import { runFuzz, runSeries } from './run-fuzz.ts'

const WRONG_DEVICES: readonly [string, RegExp, (world: DeviceWorld) => void][] = [
  ['does not tell of a corrupt ring', /Z2: ring \d is corrupt/, ({ model }) => (model.device.onDrained = () => {})],
  ['drops an answer now and then', /Z2: queue \d holds|does not come back/, ({ model }) => {
    const [source] = model.device.hints.sources
    const answer = source.answer.bind(source)
    let answered = 0
    source.answer = (handle, outcome) => (++answered % 3 === 0 ? undefined : answer(handle, outcome))
  }],
  ['discards the page beside the one that was named', /did not name|discards/, ({ vm }) => {
    const discard = vm.discard.bind(vm)
    vm.discard = (task, first, count) => discard(task, gfn(first ^ (count === 1 ? 1 : 0)), count)
  }],
  ['writes into buffers', /F2: a balloon device wrote/, ({ guard, model }) => {
    model.device.onDrained = () => guard.write()
  }],
  ['looks for requests without end', /F3/, ({ model }) => (model.device.hints.sources[0].arm = () => true)],
]

test.each(WRONG_DEVICES)('a device that %s is found', (_, message, spoil) => {
  const { finding } = runFuzz(() => new DeviceFuzz(spoil), { cases: 1500, seed: 3 })
  expect(finding?.message).toMatch(message)
  // What was cut down still fails, alone and from a new world.
  expect(runSeries(() => new DeviceFuzz(spoil), finding!.series)).toMatch(message)
})

const WRONG_DRIVERS: readonly [string, RegExp, (world: DriverWorld) => void][] = [
  ['waits for ever when its device is reset', /cannot be removed/, ({ binding }) => {
    for (const { port } of binding.queues) port.abandon = () => {}
  }],
  ['tells of pages that are in use', /V2/, ({ binding }) => {
    const { wire } = binding.queues[0]
    const post = wire.post.bind(wire) as (slot: number, request: { pfn: Uint32Array }) => number
    wire.post = (slot: number, request: unknown) => {
      const batch = request as { pfn: Uint32Array }
      batch.pfn[0] = 0
      return post(slot, batch)
    }
  }],
]

test.each(WRONG_DRIVERS)('a driver that %s is found', (_, message, spoil) => {
  expect(runFuzz(() => new DriverFuzz(spoil), { cases: 60, seed: 3 }).finding?.message).toMatch(message)
})

/** Fails at a case with the byte 171 after a case with the byte 205. */
class TwoSteps implements FuzzTarget {
  readonly names = ['armed']
  readonly counts = new Float64Array(1)
  readonly malformed = 0
  readonly chains = 0

  run(bytes: Uint8Array): void {
    if (this.counts[0] > 0 && bytes.includes(171)) throw new Error(`went off after ${bytes.length} bytes`)
    if (bytes.includes(205)) this.counts[0]++
  }

  finish(): void {}
}

test('a finding is cut down to the cases and bytes that are needed, the same for the same seed', () => {
  const find = () => runFuzz(() => new TwoSteps(), { cases: 3000, seed: 1 }).finding
  expect(find()?.message).toMatch(/^Error: went off after \d+ bytes$/)
  expect(find()!.series.map(hexOf)).toEqual(['cd', 'ab'])
})

test('a file of cases reads as it was written', () => {
  const file = { side: 'driver' as const, series: [Uint8Array.of(0, 255), Uint8Array.of(7)] }
  const text = renderFuzzFile(file, 'two\nlines')
  expect(text).toBe('hintlab fuzz driver\n# two\n# lines\n00ff\n07\n')
  expect(parseFuzzFile('a file', text)).toEqual(file)
  expect(() => parseFuzzFile('a file', 'hintlab fuzz host\n')).toThrow('a file: found hintlab fuzz host')
  expect(() => parseFuzzFile('a file', 'hintlab fuzz device\nabc\n')).toThrow('a file: found abc')
})

test('guarded memory: stores only where they are allowed, and what was named', () => {
  const arena = new ArenaMemory(new Columns())
  arena.addRegion(0x1000, 0x100)
  const guard = new GuardedMemory(arena, [{ base: 0x1000, bytes: 0x100 }], 64)
  const window = guard.window(0x1000, 0x40)!
  guard.allow([{ base: 0x1010, bytes: 4 }])
  window.store32(0x10, 5)
  expect(() => window.store32(0x12, 5)).toThrow('F2: a store of 4 bytes at 0x1012')
  expect(() => window.load16(0x3f)).toThrow('F1')
  expect([guard.window(0x10f0, 0x20), guard.view()]).toEqual([null, null])
  arena.write(0x1000, Uint8Array.of(0, 0x30, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0))
  window.load32(8) // the length of a buffer of two pages at 0x3000
  guard.read(0x1010, new Uint8Array(4))
  expect([...guard.named.keys()].filter((page) => guard.named[page] === 1)).toEqual([3, 4, 5])
  guard.begin()
  expect(guard.named.includes(1)).toBe(false)
})
