/** The driver's way into service, against devices that do what they should and devices that do not. */
import { Feature, featureNames, featureSet, hasFeature } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { ECHO_DEVICE_ID } from '../testing/echo-device.ts'
import { ALL_RING_FEATURES, EchoDriver, makeEchoPair, makeVirtio, tracedRegisters } from '../testing/virtio-fixture.ts'
import { DeviceStatus } from './driver-bus.ts'
import type { DriverBus } from './driver-bus.ts'
import { initDriver, RESET_READS_MAX } from './init-driver.ts'
import { MmioDriver } from './mmio-driver.ts'
import { CONFIG_READS_MAX, readConfigStable } from './read-config.ts'

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET, FAILED } = DeviceStatus
const ready = { wanted: ALL_RING_FEATURES, setUp: () => true }

/** Eight accesses a row. */
const inRows = (lines: readonly string[]): string => {
  const rows: string[] = []
  for (let i = 0; i < lines.length; i += 8) rows.push(lines.slice(i, i + 8).join(' | '))
  return rows.join('\n')
}

/** A driver bus that is a device with one fault. */
class FaultyBus implements DriverBus {
  deviceId = ECHO_DEVICE_ID
  features = ALL_RING_FEATURES
  readonly written: number[] = []
  accepted = featureSet()
  generation = 0
  value = 0
  /** What the status reads after it was written. */
  answer: (written: number) => number = (written) => written
  tear: () => void = () => {}

  status(): number {
    return this.answer(this.written.at(-1) ?? 0)
  }

  setStatus(value: number): void {
    this.written.push(value)
  }

  deviceFeatures() {
    return this.features
  }

  setDriverFeatures(features: typeof this.features): void {
    this.accepted = features
  }

  configGeneration(): number {
    return this.generation
  }

  readConfig(): number {
    this.tear()
    return this.value
  }

  writeConfig(): void {}

  queueSizeMax(): number {
    return 8
  }

  setUpQueue(): void {}

  resetQueue(): boolean {
    return true
  }

  notify(): void {}

  takeInterrupt(): number {
    return 0
  }
}

test('rules 80, 91, 94, 101: the registers of an initialisation, in order', () => {
  const world = makeVirtio()
  const lines: string[] = []
  const driver = new EchoDriver(world, new MmioDriver(tracedRegisters(world.mmio, lines)), { queues: 1 })
  expect(driver.init().ok).toBe(true)
  expect(inRows(lines)).toMatchInlineSnapshot(`
    "R 000=74726976 | R 004=2 | R 008=2a | W 070=0 | R 070=0 | W 070=1 | W 070=3 | W 014=1
    R 010=10d | W 014=0 | R 010=30000000 | W 024=1 | W 020=10d | W 024=0 | W 020=30000000 | W 070=b
    R 070=b | W 030=0 | R 034=100 | W 030=0 | W 038=8 | W 080=100000 | W 084=0 | W 090=100080
    W 094=0 | W 0a0=100084 | W 0a4=0 | W 044=1 | R 070=b | W 070=f"
  `)
  expect(Object.fromEntries(['badAccess', 'statusOrder', 'queueLocked'].map((name) => [name, world.device.counters.get(name as 'badAccess')])))
    .toEqual({ badAccess: 0, statusOrder: 0, queueLocked: 0 })
})

test('no device: not a register is written', () => {
  const bus = new FaultyBus()
  bus.deviceId = 0
  expect(initDriver(bus, ready)).toEqual({ ok: false, reason: 'absent' })
  bus.deviceId = ECHO_DEVICE_ID
  expect(initDriver(bus, { ...ready, deviceId: ECHO_DEVICE_ID + 1 })).toEqual({ ok: false, reason: 'absent' })
  expect(bus.written).toEqual([])
})

test('rule 86: the driver waits for status 0, and not for ever', () => {
  const slow = new FaultyBus()
  let reads = 0
  slow.answer = (written) => (written === 0 && ++reads < 5 ? NEEDS_RESET : written)
  expect(initDriver(slow, ready).ok).toBe(true)
  const never = new FaultyBus()
  let asked = 0
  never.answer = () => {
    asked++
    return ACKNOWLEDGE
  }
  expect(initDriver(never, ready)).toEqual({ ok: false, reason: 'reset' })
  expect([asked, never.written]).toEqual([RESET_READS_MAX, [0, FAILED]])
})

test('rule 84: unknown bits that are offered are not taken and disturb nobody, and nothing else is taken', () => {
  const bus = new FaultyBus()
  bus.features = featureSet(Feature.VERSION_1, Feature.EVENT_IDX, 24, 41, 63)
  const seen: string[][] = []
  const result = initDriver(bus, {
    wanted: featureSet(Feature.EVENT_IDX, Feature.RING_PACKED),
    // A driver's own rules may drop bits, not add any.
    refine: (accepted) => ({ low: accepted.low, high: accepted.high | 2 }),
    setUp: (_, negotiated) => seen.push(featureNames(negotiated)) > 0,
  })
  expect(result.ok).toBe(true)
  expect(seen).toEqual([['EVENT_IDX', 'VERSION_1']])
  expect(featureNames(bus.accepted)).toEqual(['EVENT_IDX', 'VERSION_1'])
  expect(bus.written).toEqual([0, 1, 3, 11, 15])
})

test('rules 2, 85: each way in which it can fail ends with FAILED and a reason', () => {
  const failing = (change: (bus: FaultyBus) => void, setup: Partial<Parameters<typeof initDriver>[1]> = {}) => {
    const bus = new FaultyBus()
    change(bus)
    const result = initDriver(bus, { ...ready, ...setup })
    return [result.ok ? 'ok' : result.reason, bus.written.at(-1)]
  }
  const s = ACKNOWLEDGE | DRIVER
  expect(failing((bus) => { bus.features = featureSet(Feature.EVENT_IDX) })).toEqual(['missing-feature', s | FAILED])
  expect(failing(() => {}, { required: featureSet(50) })).toEqual(['missing-feature', s | FAILED])
  expect(failing((bus) => { bus.answer = (w) => w & ~FEATURES_OK })).toEqual(['refused', s | FAILED])
  expect(failing((bus) => { bus.answer = (w) => (w === 0 ? 0 : w | NEEDS_RESET) })).toEqual(['broken', s | FEATURES_OK | FAILED])
  expect(failing(() => {}, { setUp: () => false })).toEqual(['set-up', s | FEATURES_OK | FAILED])
})

test('a place where no queue can lie: the device asks for a reset, the driver does not go on, and a second attempt works', () => {
  const { device, driver } = makeEchoPair()
  const wrong = initDriver(driver.bus, {
    wanted: ALL_RING_FEATURES,
    setUp: (bus) => {
      bus.setUpQueue(0, { size: 8, descGpa: 0, availGpa: 0, usedGpa: 0 })
      return true
    },
  })
  expect(wrong).toEqual({ ok: false, reason: 'broken' })
  expect([device.counters.get('queueRefused'), device.queues.fault]).toEqual([1, 'descriptor ring lies outside guest memory'])
  expect(device.status & (NEEDS_RESET | FAILED | DRIVER_OK)).toBe(NEEDS_RESET | FAILED)
  expect(driver.init().ok).toBe(true)
  expect(driver.echo(0, [1, 2, 3])).toEqual([1, 2, 3])
  device.check()
})

test('after DEVICE_NEEDS_RESET the same driver takes the device into service again', () => {
  const { device, driver, memory, echo } = makeEchoPair({ offered: featureSet(Feature.VERSION_1) })
  expect(driver.echo(0, [7])).toEqual([7])
  memory.window(driver.places[0].availGpa, 4)!.store16(2, 5000)
  driver.bus.notify(0)
  expect([driver.bus.status() & NEEDS_RESET, driver.bus.takeInterrupt()]).toEqual([NEEDS_RESET, 3])
  expect(driver.echo(0, [8])).toBe(null)
  expect(driver.init().ok).toBe(true)
  expect(driver.echo(0, [9])).toEqual([9])
  expect(echo.heard.filter((line) => line === 'reset').length).toBe(2)
  expect(device.counters.get('ringsBroken')).toBe(1)
})

test('rule 87: a read that the device changed meanwhile is repeated, and not for ever', () => {
  const bus = new FaultyBus()
  let changes = 3
  bus.tear = () => {
    if (changes-- <= 0) return
    bus.generation++
    bus.value++
  }
  expect(readConfigStable(bus, (b) => [b.readConfig(0, 4), b.readConfig(4, 4)])).toEqual([3, 3])
  let reads = 0
  bus.tear = () => {
    reads++
    bus.generation++
  }
  expect(readConfigStable(bus, (b) => b.readConfig(0, 4))).toBe(null)
  expect(reads).toBe(CONFIG_READS_MAX)
})

test('a device without any ring feature is driven as well', () => {
  const { driver, result } = makeEchoPair({ offered: featureSet(Feature.VERSION_1) })
  expect(result.ok && hasFeature(result.features, Feature.RING_PACKED)).toBe(false)
  expect(driver.echo(1, [1, 2])).toEqual([1, 2])
})
