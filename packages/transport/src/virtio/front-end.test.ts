/** The device as a vhost-user session drives it: features and queues without a status field, stopping and going on where it was. */
import { Feature, featureSet } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { BufferChain } from '../ring/buffer-chain.ts'
import { makeDriverRing, placeQueue } from '../ring/make-ring.ts'
import { NONE } from '../ring/queue-options.ts'
import { ALL_FEATURES, featureText } from '../testing/ring-fixture.ts'
import { ALL_RING_FEATURES, makeVirtio, MEMORY_GPA } from '../testing/virtio-fixture.ts'
import { ringOptions } from './negotiated-ring.ts'

const SIZE = 8

function features({ packed, eventIdx, indirect, inOrder }: (typeof ALL_FEATURES)[number]) {
  return featureSet(
    Feature.VERSION_1, ...(packed ? [Feature.RING_PACKED] : []), ...(eventIdx ? [Feature.EVENT_IDX] : []),
    ...(indirect ? [Feature.INDIRECT_DESC] : []), ...(inOrder ? [Feature.IN_ORDER] : []),
  )
}

function makeSession(negotiated: ReturnType<typeof featureSet>) {
  const world = makeVirtio()
  const place = placeQueue(MEMORY_GPA, { size: SIZE, packed: negotiated.high !== 0 && (negotiated.high & 4) !== 0, tableBuffers: 4 })
  const interrupts: number[] = []
  world.device.interrupts = { queueInterrupt: (queue) => interrupts.push(queue), configInterrupt: () => interrupts.push(-1) }
  expect(world.device.acceptFeatures(negotiated)).toBe(true)
  const ring = makeDriverRing(world.cols, world.memory, ringOptions(place, negotiated))
  const chain = new BufferChain(world.cols, world.cols.objects('request'), 'request', 2)
  const send = (): number => {
    chain.clear()
    chain.addReadable(MEMORY_GPA + 0x6_0000, 4)
    chain.addWritable(MEMORY_GPA + 0x6_0100, 4)
    const name = ring.addChain(chain)
    ring.publish()
    return name
  }
  return { ...world, place, ring, send, interrupts }
}

for (const axes of ALL_FEATURES) {
  test(`a queue stopped and started goes on where it was: ${featureText(axes)}`, () => {
    const { device, echo, place, ring, send, interrupts } = makeSession(features(axes))
    expect(device.startQueue(0, place)).toBe(true)
    let base: number | undefined
    for (let round = 0; round < 3 * SIZE; round++) {
      const names = [send(), send()]
      device.notify(0)
      expect([ring.popUsed(), ring.popUsed(), ring.popUsed()]).toEqual([...names, NONE])
      if (round % 3 !== 0) continue
      // One chain is left with the device: it is popped again after the stop, and answered once.
      echo.lazy = true
      const held = send()
      expect(device.queues.ring(0)!.pop()).toBe(held)
      echo.lazy = false
      base = device.stopQueue(0)
      expect([device.stopQueue(0), device.queues.isEnabled(0)]).toEqual([-1, false])
      expect(device.startQueue(0, place, base)).toBe(true)
      expect([ring.popUsed(), ring.popUsed()]).toEqual([held, NONE])
    }
    expect(device.counters.get('ringsBroken')).toBe(0)
    expect(interrupts.length).toBeGreaterThan(0)
    ring.check()
    device.check()
  })
}

test('what was answered and not shown yet is shown when the queue stops', () => {
  for (const negotiated of [featureSet(Feature.VERSION_1), ALL_RING_FEATURES]) {
    const { device, echo, place, ring, send } = makeSession(negotiated)
    echo.lazy = true
    device.startQueue(0, place)
    const [first, second] = [send(), send()]
    const behind = device.queues.ring(0)!
    behind.push(behind.pop(), 0)
    expect([behind.pop(), ring.popUsed()]).toEqual([second, NONE])
    const base = device.stopQueue(0)
    expect([ring.popUsed(), ring.popUsed()]).toEqual([first, NONE])
    echo.lazy = false
    device.startQueue(0, place, base)
    expect([ring.popUsed(), ring.popUsed(), echo.echoed]).toEqual([second, NONE, 1])
  }
})

test('features are set again as long as they are the same; others wait until the queues are stopped', () => {
  const { device, place } = makeSession(featureSet(Feature.VERSION_1))
  expect(device.startQueue(0, place)).toBe(true)
  expect(device.acceptFeatures(featureSet(Feature.VERSION_1))).toBe(true)
  expect(device.acceptFeatures(featureSet(Feature.VERSION_1, Feature.EVENT_IDX))).toBe(false)
  expect(device.counters.get('featuresLate')).toBe(1)
  device.stopQueue(0)
  expect(device.acceptFeatures(featureSet(Feature.VERSION_1, Feature.EVENT_IDX))).toBe(true)
  expect(device.acceptFeatures(featureSet(Feature.VERSION_1, 50))).toBe(false)
  expect(device.startQueue(0, place)).toBe(false)
  device.check()
})

test('a base outside the ring, a queue twice, a queue that is not there, no features: refused', () => {
  const packed = makeSession(ALL_RING_FEATURES)
  expect(packed.device.startQueue(0, packed.place, 0x8000 | SIZE)).toBe(false)
  expect(packed.device.queues.fault).toBe('the queue begins outside its ring')
  const wide = makeSession(ALL_RING_FEATURES)
  expect([wide.device.startQueue(0, wide.place, 0x8003_8003), wide.device.stopQueue(0)]).toEqual([true, 0x8003])
  const { device, place } = makeSession(featureSet(Feature.VERSION_1))
  expect(device.startQueue(9, place)).toBe(false)
  expect(device.startQueue(0, place, 0xffff)).toBe(true)
  expect(device.startQueue(0, place)).toBe(false)
  const fresh = makeVirtio()
  expect(fresh.device.startQueue(0, place)).toBe(false)
  for (const one of [packed.device, device, fresh.device]) one.check()
})

test('a session that ended in DEVICE_NEEDS_RESET begins anew with its features', () => {
  const { device, place, memory, ring, send } = makeSession(featureSet(Feature.VERSION_1))
  device.startQueue(0, place)
  memory.window(place.availGpa, 4)!.store16(2, 999)
  device.notify(0)
  expect([device.status & 64, device.startQueue(1, place)]).toEqual([64, false])
  device.stopQueue(0)
  expect(device.acceptFeatures(featureSet(Feature.VERSION_1))).toBe(true)
  ring.reset()
  expect(device.startQueue(0, place, 0)).toBe(true)
  const name = send()
  device.notify(0)
  expect(ring.popUsed()).toBe(name)
})
