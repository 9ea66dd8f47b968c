/** Status and features: the device against its table, and each rule with a driver that breaks it. */
import { Feature, featureSet } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveStatus } from '../testing/naive-status.ts'
import { ALL_RING_FEATURES, makeVirtio } from '../testing/virtio-fixture.ts'
import { DeviceStatus } from './driver-bus.ts'
import type { VirtioCounter } from './virtio-counters.ts'

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET, FAILED } = DeviceStatus
const READY = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK

type Step = { kind: 'status'; value: number } | { kind: 'features'; word: number; value: number } | { kind: 'break' }

const bits = fc.constantFrom(0, 1, 2, 4, 8, 64, 128, 16, 3, 11, 15, 79, 255)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('status' as const), value: bits }) },
  { weight: 3, arbitrary: fc.record({
    kind: fc.constant('features' as const), word: fc.nat(2), value: fc.constantFrom(0, 1, 1 << 2, 1 << 3, 1 << 28, 5, 0x8000_0000, 0x10d),
  }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const) }) },
)

test('whatever the driver writes, status and features are those of the table', () => {
  const offered = new Set([28, 29, 32, 34, 35, 40])
  const reached = new Set<number>()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const refuses = featureSet(Feature.INDIRECT_DESC)
      const { device } = makeVirtio({ refuses })
      const twin = new NaiveStatus((set) => set.has(32) && !set.has(28) && [...set].every((bit) => offered.has(bit)))
      // Every run begins on the way that leads somewhere.
      for (const value of [1, 3]) device.writeStatus(value)
      for (const value of [1, 3]) twin.write(value)
      for (const one of steps) {
        if (one.kind === 'status') {
          device.writeStatus(one.value)
          twin.write(one.value)
        } else if (one.kind === 'features') {
          device.writeFeatures(one.word, one.value)
          twin.writeFeatures(one.word, one.value)
        } else {
          device.needReset()
          twin.needReset()
        }
        expect(device.status).toBe(twin.status)
        const words = [0, 1].map((word) => device.acceptedWord(word))
        const set = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => ((words[bit >> 5] >>> (bit & 31)) & 1) === 1)
        expect(set).toEqual([...twin.features].sort((a, b) => a - b))
        device.check()
        reached.add(device.status)
      }
    }),
    { numRuns: 400, seed: 3 },
  )
  for (const status of [0, ACKNOWLEDGE | DRIVER | FEATURES_OK, READY, READY | NEEDS_RESET, READY | FAILED]) expect(reached).toContain(status)
})

/** Brings a device to FEATURES_OK with these features; its status then. */
function negotiate(world: ReturnType<typeof makeVirtio>, low: number, high: number): number {
  for (const value of [0, 1, 3]) world.device.writeStatus(value)
  world.device.writeFeatures(0, low)
  world.device.writeFeatures(1, high)
  world.device.writeStatus(11)
  return world.device.readStatus()
}

test('rules 84, 85, 91: FEATURES_OK is cleared on an unoffered bit, without VERSION_1, and when the device cannot work with the set', () => {
  const { low, high } = ALL_RING_FEATURES
  const world = makeVirtio({ refuses: featureSet(Feature.IN_ORDER) })
  const inOrder = 1 << 3
  expect(negotiate(world, low, high)).toBe(3)
  expect(negotiate(world, low, high & ~inOrder)).toBe(11)
  expect(negotiate(world, low | 1, high & ~inOrder)).toBe(3)
  expect(negotiate(world, low, (high | (1 << 18)) & ~inOrder)).toBe(3)
  expect(negotiate(world, low, 0)).toBe(3)
  expect(world.device.counters.get('featuresRefused')).toBe(4)
  expect(world.echo.heard.filter((line) => line === 'negotiated').length).toBe(1)
})

test('a driver that goes on without FEATURES_OK does not get into service, and may try again after a reset', () => {
  const world = makeVirtio()
  negotiate(world, 0, 0)
  world.device.writeStatus(15)
  expect(world.device.status).toBe(3)
  expect(negotiate(world, 0, 1)).toBe(11)
})

const counted = (name: VirtioCounter, value: number, script: (world: ReturnType<typeof makeVirtio>) => void): [number, number] => {
  const world = makeVirtio()
  negotiate(world, 0, 1)
  script(world)
  world.device.check()
  expect(world.device.counters.get(name)).toBe(value)
  return [world.device.status, world.device.negotiated.high]
}

test('rules 80, 81: bits cleared, unknown bits, features after FEATURES_OK: counted, and nothing changes', () => {
  expect(counted('statusCleared', 1, ({ device }) => device.writeStatus(8))).toEqual([11, 1])
  expect(counted('statusUnknown', 1, ({ device }) => device.writeStatus(11 | 16))).toEqual([11, 1])
  expect(counted('featuresLate', 2, ({ device }) => [0, 1].forEach((word) => device.writeFeatures(word, 0x10d)))).toEqual([11, 1])
  expect(counted('statusOrder', 1, ({ device }) => { device.writeStatus(11 | FAILED); device.writeStatus(15 | FAILED) })).toEqual([11 | FAILED, 1])
  expect(counted('statusOrder', 0, ({ device }) => device.writeStatus(15 | NEEDS_RESET))).toEqual([15, 1])
})

test('rule 80: the configuration can be read at any time and is written only after FEATURES_OK', () => {
  const { device, echo } = makeVirtio()
  echo.config.bytes.set([1, 2, 3, 4])
  device.writeConfig(0, 4, 99)
  expect([device.readConfig(0, 4), device.counters.get('configEarly')]).toEqual([0x0403_0201, 1])
  for (const value of [1, 3]) device.writeStatus(value)
  device.writeFeatures(1, 1)
  device.writeStatus(11)
  device.writeConfig(2, 2, 0xabcd)
  expect([device.readConfig(0, 4), device.readConfig(3, 1)]).toEqual([0xabcd_0201, 0xab])
})

test('rule 83: the driver hears of DEVICE_NEEDS_RESET when DRIVER_OK stands, and of no change of the configuration before', () => {
  const world = makeVirtio()
  negotiate(world, 0, 1)
  world.echo.change(0, 1)
  world.device.needReset()
  expect([world.device.status, world.device.interruptStatus, world.line]).toEqual([11 | NEEDS_RESET, 0, []])
  negotiate(world, 0, 1)
  world.device.writeStatus(15)
  world.device.needReset()
  expect([world.device.status, world.device.interruptStatus, world.line]).toEqual([15 | NEEDS_RESET, 2, [true]])
  world.device.writeStatus(0)
  expect([world.device.status, world.device.interruptStatus]).toEqual([0, 0])
})

test('a device that does not offer VERSION_1 cannot be built', () => {
  expect(() => makeVirtio({ offered: featureSet(Feature.EVENT_IDX) })).toThrow('VERSION_1')
})

test('the tap hears what passes, once', () => {
  const world = makeVirtio()
  world.device.readFeatures(0)
  world.device.readFeatures(1)
  negotiate(world, 0, 1)
  world.device.readConfig(4, 4)
  const text = world.events.map((event) => JSON.stringify(event, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value)))
  expect(text.join('\n')).toMatchInlineSnapshot(`
    "{"offered":{"features":{"low":805306368,"high":269}}}
    {"status":{"write":true,"value":0}}
    {"status":{"write":true,"value":1}}
    {"status":{"write":true,"value":3}}
    {"accepted":{"features":{"low":0,"high":1}}}
    {"status":{"write":true,"value":11}}
    {"status":{"write":false,"value":11}}
    {"configAccess":{"write":false,"offset":4,"data":[0,0,0,0],"generation":0}}"
  `)
})
