/** Every combination of ring features and some sizes, negotiated through the registers of both transports, with requests going round. */
import { Feature, featureNames, featureSet } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { EchoDriver, makeVirtio } from '../testing/virtio-fixture.ts'
import type { DriverBus } from './driver-bus.ts'
import { MmioDriver } from './mmio-driver.ts'
import { PciDevice } from './pci-device.ts'
import { PciDriver } from './pci-driver.ts'

const AXES = [Feature.RING_PACKED, Feature.EVENT_IDX, Feature.INDIRECT_DESC, Feature.IN_ORDER, Feature.RING_RESET]
const COMBINATIONS: readonly FeatureSet[] = Array.from({ length: 2 ** AXES.length }, (_, bits) =>
  featureSet(Feature.VERSION_1, ...AXES.filter((_, axis) => ((bits >> axis) & 1) === 1)))
const WINDOW = { base: 0xe000_0000, size: 0x1000_0000 }
const ROUNDS = 40

const TRANSPORTS: readonly [string, (world: ReturnType<typeof makeVirtio>) => DriverBus][] = [
  ['mmio', (world) => new MmioDriver(world.mmio)],
  ['pci', (world) => new PciDriver(new PciDevice(world.cols, world.device), WINDOW)],
]

/** Sends words round on both queues, resetting one of them in the middle where that is negotiated; says what did not come back. */
function talk(driver: EchoDriver, canReset: boolean): string[] {
  const wrong: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const queue = round % 2
    const bytes = [round, queue, 7]
    if (driver.echo(queue, bytes)?.join() !== bytes.join()) wrong.push(`round ${round} of queue ${queue}`)
    driver.bus.takeInterrupt()
    if (!canReset || round !== ROUNDS / 2) continue
    if (!driver.bus.resetQueue(queue)) wrong.push('reset')
    driver.setUpQueue(queue)
  }
  return wrong
}

for (const [transport, busOf] of TRANSPORTS) {
  test(`32 combinations of features and 4 sizes over ${transport}`, () => {
    let machines = 0
    for (const wanted of COMBINATIONS) {
      for (const size of [2, 4, 64, 256]) {
        const world = makeVirtio()
        const driver = new EchoDriver(world, busOf(world), { wanted, size })
        const name = `${featureNames(wanted).join(' ')} size ${size}`
        expect([name, driver.init().ok, featureNames(driver.negotiated)]).toEqual([name, true, featureNames(wanted)])
        expect([name, talk(driver, featureNames(wanted).includes('RING_RESET'))]).toEqual([name, []])
        expect([name, world.device.status, world.device.counters.get('badAccess')]).toEqual([name, 15, 0])
        world.device.check()
        for (const ring of driver.rings) ring.check()
        machines++
      }
    }
    expect(machines).toBe(128)
  })

  test(`a packed ring may have any size over ${transport}`, () => {
    for (const size of [1, 3, 5, 255]) {
      const world = makeVirtio()
      const driver = new EchoDriver(world, busOf(world), { size, wanted: featureSet(Feature.VERSION_1, Feature.RING_PACKED) })
      expect(driver.init().ok).toBe(true)
      if (size === 1) {
        for (let i = 0; i < 3; i++) expect([driver.send(0, [1]), driver.rings[0].popUsed()]).toEqual([0, 0])
      } else {
        expect(talk(driver, false)).toEqual([])
      }
    }
  })
}

test('a driver that takes less than is offered gets what it takes', () => {
  const world = makeVirtio({ offered: featureSet(Feature.VERSION_1, Feature.EVENT_IDX) })
  const driver = new EchoDriver(world, new MmioDriver(world.mmio), { wanted: featureSet(Feature.RING_PACKED, Feature.EVENT_IDX, Feature.IN_ORDER) })
  expect(driver.init().ok).toBe(true)
  expect(featureNames(world.device.negotiated)).toEqual(['EVENT_IDX', 'VERSION_1'])
})
