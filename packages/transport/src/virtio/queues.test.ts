/** Queues of a device: when they are served, what is refused, how they stop and go on. */
import { Feature, featureSet } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { ALL_RING_FEATURES, EchoDriver, makeEchoPair, makeVirtio, MEMORY_BYTES, MEMORY_GPA } from '../testing/virtio-fixture.ts'
import { DeviceStatus } from './driver-bus.ts'
import { initDriver } from './init-driver.ts'
import { MmioDriver } from './mmio-driver.ts'
import { QueueWord } from './queue-table.ts'

const { NEEDS_RESET } = DeviceStatus
const SPLIT = featureSet(Feature.VERSION_1, Feature.RING_RESET)

/** A driver that posts a buffer and kicks before DRIVER_OK, as Linux's balloon does with its statistics. */
function earlyBird(waitDriverOk: boolean) {
  const world = makeVirtio({ waitDriverOk, offered: SPLIT })
  const driver = new EchoDriver(world, new MmioDriver(world.mmio), { queues: 1 })
  const during: unknown[] = []
  const result = initDriver(driver.bus, {
    wanted: SPLIT,
    setUp: (_, negotiated) => {
      driver.negotiated = negotiated
      driver.setUpQueue(0)
      driver.send(0, [5])
      during.push(world.echo.echoed, world.device.interruptStatus)
      return true
    },
  })
  return { ...world, driver, result, during }
}

test('rule 82: nothing is consumed and no notification sent before DRIVER_OK; what was asked for early is not lost', () => {
  const { device, during, driver, echo } = earlyBird(true)
  expect(during).toEqual([0, 0])
  expect([device.counters.get('notifiedEarly'), echo.echoed, device.interruptStatus]).toEqual([1, 1, 1])
  expect(echo.heard).toEqual(['reset', 'negotiated', 'started 0', 'notified 0'])
  expect(driver.rings[0].popUsed()).toBe(0)
})

test('without the safeguard waitDriverOk the rule is broken', () => {
  expect(earlyBird(false).during).toEqual([1, 1])
})

test('rule 86: a reset stops every queue before it returns, and afterwards nothing is consumed', () => {
  const { device, driver, echo, line } = makeEchoPair({ lazy: true })
  driver.send(0, [1])
  driver.bus.setStatus(0)
  expect(driver.bus.status()).toBe(0)
  expect(echo.heard.slice(-3)).toEqual(['stopped 0', 'stopped 1', 'reset'])
  driver.bus.notify(0)
  echo.serve(0)
  echo.change(0, 1)
  expect([echo.echoed, device.interruptStatus, line, device.counters.get('notifiedIdle')]).toEqual([0, 0, [], 1])
  expect([0, 1].map((queue) => device.queues.isEnabled(queue))).toEqual([false, false])
})

test('an area outside memory, misaligned, too large, or of a queue that is not there is refused', () => {
  const cases: [string, number, Partial<Record<keyof typeof QueueWord, number>>, string | null][] = [
    ['outside', 0, { DESC_HIGH: 0xffff_ffff }, 'descriptor table lies outside guest memory'],
    ['end', 0, { USED_LOW: MEMORY_GPA + MEMORY_BYTES - 4 }, 'used ring lies outside guest memory'],
    ['odd', 0, { AVAIL_LOW: MEMORY_GPA + 0x1001 }, 'avail ring must be aligned to 2 bytes'],
    ['size 3', 0, { SIZE: 3 }, 'queue size must be a power of two up to 32768'],
    ['size', 0, { SIZE: 512 }, 'the queue is larger than the device allows'],
    ['huge', 0, { SIZE: 0xffff_ffff }, 'the queue is larger than the device allows'],
    ['missing', 2, {}, null],
    ['absurd', 0xffff_ffff, {}, null],
  ]
  for (const [name, queue, words, fault] of cases) {
    const { device } = makeVirtio({ offered: SPLIT })
    for (const value of [1, 3]) device.writeStatus(value)
    device.writeFeatures(1, SPLIT.high)
    for (const value of [11, 15]) device.writeStatus(value)
    const sound = { SIZE: 8, DESC_LOW: MEMORY_GPA, AVAIL_LOW: MEMORY_GPA + 0x1000, USED_LOW: MEMORY_GPA + 0x2000 }
    for (const [word, value] of Object.entries({ ...sound, ...words })) device.setQueueWord(queue, QueueWord[word as keyof typeof QueueWord], value)
    device.enableQueue(queue)
    expect([name, device.queues.fault, device.queues.isEnabled(queue)]).toEqual([name, fault, false])
    expect([name, device.status & NEEDS_RESET, device.interruptStatus]).toEqual([name, fault === null ? 0 : NEEDS_RESET, fault === null ? 0 : 2])
    device.check()
  }
})

test('rule 99: what was said about an enabled queue does not change', () => {
  const { device, driver } = makeEchoPair()
  const before = device.queues.place(0)
  device.setQueueWord(0, QueueWord.DESC_LOW, 0)
  device.setQueueWord(0, QueueWord.SIZE, 1)
  expect([device.queues.place(0), device.counters.get('queueLocked')]).toEqual([before, 2])
  expect(driver.echo(0, [4])).toEqual([4])
})

test('a queue enabled before FEATURES_OK is not enabled', () => {
  const { device } = makeVirtio()
  device.writeStatus(3)
  device.enableQueue(0)
  expect([device.queues.isEnabled(0), device.counters.get('queueEarly')]).toEqual([false, 1])
})

test('rule 89: a queue reset alone stops and comes back, while the other one works on', () => {
  for (const offered of [SPLIT, ALL_RING_FEATURES]) {
    const { device, driver, echo } = makeEchoPair({ offered, lazy: true })
    const lost = [driver.send(0, [1]), driver.send(0, [2])]
    expect(driver.bus.resetQueue(0)).toBe(true)
    expect(device.queues.isEnabled(0)).toBe(false)
    driver.bus.notify(0)
    echo.serve(0)
    expect([echo.echoed, lost.every((name) => name >= 0)]).toEqual([0, true])
    echo.lazy = false
    expect(driver.echo(1, [3])).toEqual([3])
    driver.setUpQueue(0)
    expect(driver.echo(0, [4, 5])).toEqual([4, 5])
    expect(echo.heard.filter((line) => /(started|stopped) 0/.test(line))).toEqual(['started 0', 'stopped 0', 'started 0'])
    device.check()
  }
})

test('without RING_RESET a queue cannot be reset alone', () => {
  const { device, driver } = makeEchoPair({ offered: featureSet(Feature.VERSION_1) })
  driver.bus.resetQueue(0)
  expect([device.counters.get('resetRefused'), device.queues.isEnabled(0)]).toEqual([1, true])
  expect(driver.echo(0, [1])).toEqual([1])
})

test('nothing is believed twice: what the driver does to its areas after enabling them breaks the ring, not the device', () => {
  const { device, driver, memory } = makeEchoPair({ offered: SPLIT })
  memory.write(driver.places[0].descGpa, new Uint8Array(0x1000).fill(0xff))
  driver.bus.notify(0)
  expect([driver.bus.status() & NEEDS_RESET, device.counters.get('ringsBroken')]).toEqual([NEEDS_RESET, 1])
  driver.bus.notify(1)
  expect(device.counters.get('notifiedIdle')).toBe(1)
  device.check()
})

test('with saved columns, rings are part of the machine: restored with it, and found again after a reset', () => {
  const { cols, device, driver, echo } = makeEchoPair({ saved: true, offered: SPLIT }, { size: 4 })
  cols.seal()
  expect(driver.echo(0, [1])).toEqual([1])
  const ring = device.queues.ring(0)
  const image = cols.save()
  const hash = cols.hash()
  expect(driver.echo(0, [2])).toEqual([2])
  expect(cols.hash()).not.toBe(hash)
  cols.load(image)
  expect(cols.hash()).toBe(hash)
  device.check()
  expect(driver.init().ok).toBe(true)
  expect(device.queues.ring(0)).toBe(ring)
  expect(driver.echo(0, [3])).toEqual([3])
  expect(echo.echoed).toBe(3)
})
