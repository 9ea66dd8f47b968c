/** The device end against a driver that writes whatever it likes: no exception, bounded work, and one answer for each popped chain. */
import { expect, test } from 'vitest'
import { addLengths, chainText, makeRing } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import { RingFault } from './ring-fault.ts'
import { DESC_BYTES } from './layout.ts'
import { NONE } from './queue-options.ts'
import { CHAIN_FAULT_NAMES } from './chain-fault.ts'

const NEXT = 1
const WRITE = 2
const INDIRECT = 4

/** Puts descriptors into the table behind the driver's back: [high, length, flags, next]. */
function forge(ring: Ring, table: readonly (readonly [number, number, number, number])[]): void {
  const desc = ring.memory.window(ring.options.descGpa, table.length * DESC_BYTES)!
  for (const [i, [high, length, flags, next]] of table.entries()) {
    desc.store32(i * DESC_BYTES, 0x1000)
    desc.store32(i * DESC_BYTES + 4, high)
    desc.store32(i * DESC_BYTES + 8, length)
    desc.store32(i * DESC_BYTES + 12, ((next << 16) | flags) >>> 0)
  }
}

function verdict(table: readonly (readonly [number, number, number, number])[]): string {
  const ring = makeRing({ size: 4 })
  const head = addLengths(ring, [1], [])
  ring.driver.publish()
  forge(ring, table)
  expect(ring.device.pop()).toBe(head)
  const { device } = ring
  const malformed = device.counters.malformed
  expect(device.counters.malformedBy(device.chainFault)).toBe(malformed)
  device.push(head, 0)
  device.publish()
  device.check()
  expect(ring.driver.popUsed()).toBe(head)
  return malformed === 0 ? chainText(device.chain) : `${CHAIN_FAULT_NAMES[device.chainFault]}, ${device.chain.count} buffers`
}

test('every kind of malformed chain is named, has no buffers, and is answered', () => {
  const cases: Record<string, readonly (readonly [number, number, number, number])[]> = {
    'one readable buffer': [[0, 16, 0, 99]],
    'unknown flag bits': [[0, 16, 0xfff8 & ~NEXT, 0]],
    'as long as the queue': [[0, 1, NEXT, 1], [0, 1, NEXT, 2], [0, 1, NEXT, 3], [0, 1, WRITE, 0]],
    'exactly 2^32 bytes': [[0, 0xffff_ffff, NEXT, 1], [0, 1, WRITE, 0]],
    'ends at 2^52': [[0xf_ffff, 0xffff_f000, 0, 0]],
    'points at itself': [[0, 16, NEXT, 0]],
    'circle of four': [[0, 1, NEXT, 1], [0, 1, NEXT, 2], [0, 1, NEXT, 3], [0, 1, NEXT, 0]],
    'next out of range': [[0, 16, NEXT, 4]],
    'readable after writable': [[0, 16, WRITE | NEXT, 1], [0, 16, 0, 0]],
    'no bytes': [[0, 16, NEXT, 1], [0, 0, WRITE, 0]],
    'more than 2^32 bytes': [[0, 0xffff_ffff, NEXT, 1], [0, 2, WRITE, 0]],
    'indirect': [[0, 16, INDIRECT, 0]],
    'indirect at the end': [[0, 16, NEXT, 1], [0, 16, INDIRECT | WRITE, 0]],
    'beyond 2^52': [[0xf_ffff, 0xffff_f001, 0, 0]],
    'beyond 2^63': [[0xffff_ffff, 16, 0, 0]],
  }
  const lines = Object.entries(cases).map(([name, table]) => `${name}: ${verdict(table)}`)
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "one readable buffer: r16@0x1000
    unknown flag bits: r16@0x1000
    as long as the queue: r1@0x1000 r1@0x1000 r1@0x1000 w1@0x1000
    exactly 2^32 bytes: r4294967295@0x1000 w1@0x1000
    ends at 2^52: r4294963200@0xfffff00001000
    points at itself: loop, 0 buffers
    circle of four: loop, 0 buffers
    next out of range: next out of range, 0 buffers
    readable after writable: readable after writable, 0 buffers
    no bytes: zero length, 0 buffers
    more than 2^32 bytes: longer than 4 GiB, 0 buffers
    indirect: indirect not negotiated, 0 buffers
    indirect at the end: indirect not negotiated, 0 buffers
    beyond 2^52: address, 0 buffers
    beyond 2^63: address, 0 buffers"
  `)
})

test('a ring that makes no sense needs a reset, and works again after it', () => {
  const faults = ([
    ['index ahead', (ring: Ring) => ring.memory.window(ring.options.availGpa, 8)!.store16(2, 10)],
    ['index behind', (ring: Ring) => ring.memory.window(ring.options.availGpa, 8)!.store16(2, 0)],
    ['head out of range', (ring: Ring) => ring.memory.window(ring.options.availGpa, 8)!.store16(6, 8)],
    ['head in flight', (ring: Ring) => ring.memory.window(ring.options.availGpa, 8)!.store16(6, 0)],
  ] as const).map(([name, spoil]) => {
    const ring = makeRing({ size: 8 })
    const { driver, device } = ring
    addLengths(ring, [1], [])
    driver.publish()
    const popped = device.pop()
    addLengths(ring, [1], [])
    driver.publish()
    spoil(ring)
    expect([device.pop(), device.needsReset, device.enableKicks(), device.pop()]).toEqual([NONE, true, false, NONE])
    const fault = device.ringFault
    device.push(popped, 0)
    device.check()
    driver.reset()
    device.reset()
    const head = addLengths(ring, [1], [])
    driver.publish()
    expect([device.needsReset, device.pop()]).toEqual([false, head])
    return `${name}: ${Object.entries(RingFault).find(([, value]) => value === fault)![0]}`
  })
  expect(faults.join('\n')).toMatchInlineSnapshot(`
    "index ahead: INDEX_AHEAD
    index behind: INDEX_AHEAD
    head out of range: HEAD_RANGE
    head in flight: HEAD_IN_FLIGHT"
  `)
})
