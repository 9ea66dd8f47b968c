/** Rule R3: nothing changes where a 16-bit index wraps, or where a packed ring begins its next lap. */
import { expect, test } from 'vitest'
import { addLengths, ALL_FEATURES, featureText, makeRing } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'

/** Sends `total` buffers, up to `depth` at a time, each with its own length; returns what was counted. */
function stream(ring: Ring, total: number, depth: number) {
  let sent = 0
  let answered = 0
  let returned = 0
  let kicks = 0
  let interrupts = 0
  while (returned < total) {
    for (let i = 0; i < depth && sent < total; i++) addLengths(ring, [], [1 + (sent++ % 1000)])
    ring.driver.publish()
    if (ring.driver.needsKick()) kicks++
    for (let head = ring.device.pop(); head >= 0; head = ring.device.pop()) {
      if (ring.device.chain.len[0] !== 1 + (answered++ % 1000)) throw new Error('wrong request')
      ring.device.push(head, ring.device.chain.writableBytes)
    }
    ring.device.publish()
    if (ring.device.needsInterrupt()) interrupts++
    while (ring.driver.popUsed() >= 0) if (ring.driver.usedLength !== 1 + (returned++ % 1000)) throw new Error('wrong answer')
  }
  ring.driver.check()
  ring.device.check()
  return { answered, kicks, interrupts, free: ring.driver.freeCount }
}

for (const features of ALL_FEATURES) {
  test(`70,001 buffers pass a queue, seven at a time: ${featureText(features)}`, () => {
    const size = features.packed ? 61 : 64
    const rounds = Math.ceil(70_001 / 7)
    const counted = stream(makeRing({ ...features, size }), 70_001, 7)
    expect(counted).toEqual({ answered: 70_001, kicks: rounds, interrupts: rounds, free: size })
  })

  test(`a run that starts next to the wrap is the run that starts at 0: ${featureText(features)}`, () => {
    const starts = features.packed ? [0x8000, 0x8003, 0, 3] : [0, 0x7ffd, 0xfffd, 0xffff]
    const runs = starts.map((startIndex) => stream(makeRing({ ...features, size: 4, startIndex }), 23, 3))
    for (const run of runs) expect(run).toEqual({ answered: 23, kicks: 8, interrupts: 8, free: 4 })
  })
}

test('a packed ring asked after two laps and more still knows who waits', () => {
  const ring = makeRing({ packed: true, size: 3, eventIdx: true })
  for (let i = 0; i < 100; i++) {
    addLengths(ring, [1], [])
    ring.driver.publish()
    ring.device.push(ring.device.pop(), 0)
    ring.device.publish()
    ring.driver.popUsed()
  }
  expect([ring.driver.needsKick(), ring.device.needsInterrupt()]).toEqual([false, false])
  addLengths(ring, [1], [])
  ring.driver.publish()
  expect([ring.driver.needsKick(), ring.driver.needsKick()]).toEqual([true, false])
})

test('a question that comes after 65,536 entries is answered with yes, though the index stands where it stood', () => {
  const ring = makeRing({ size: 2, eventIdx: true })
  for (let i = 0; i < 65_536; i++) {
    addLengths(ring, [1], [])
    ring.driver.publish()
    ring.device.push(ring.device.pop(), 0)
    ring.device.publish()
    ring.driver.popUsed()
  }
  expect([ring.driver.needsKick(), ring.device.needsInterrupt()]).toEqual([true, true])
})
