/** Packed rings: each end against a peer that writes one thing it must not. */
import { expect, test } from 'vitest'
import { addLengths, chainText, makeRing } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import { CHAIN_FAULT_NAMES } from './chain-fault.ts'
import { DESC_BYTES } from './layout.ts'
import { NONE } from './queue-options.ts'
import { RingFault } from './ring-fault.ts'

const NEXT = 1
const WRITE = 2
const AVAIL = 0x80
const USED = 0x8080

type Desc = readonly [length: number, id: number, flags: number]

/** Puts descriptors into the ring behind the driver's back, from descriptor `first` on. */
function forge(ring: Ring, descriptors: readonly Desc[], first = 0): void {
  const desc = ring.memory.window(ring.options.descGpa, ring.options.size * DESC_BYTES)!
  for (const [i, [length, id, flags]] of descriptors.entries()) {
    const at = (first + i) * DESC_BYTES
    desc.store32(at, 0x1000)
    desc.store32(at + 8, length)
    desc.store16(at + 12, id)
    desc.store16(at + 14, flags)
  }
}

test('the device end names what is wrong with a list, and answers it when it can', () => {
  const cases: Record<string, readonly Desc[]> = {
    'the id is in the last descriptor': [[1, 9, AVAIL | NEXT], [2, 3, AVAIL | WRITE]],
    'readable after writable': [[1, 0, AVAIL | WRITE | NEXT], [2, 2, AVAIL]],
    'no bytes': [[0, 0, AVAIL | NEXT], [2, 1, AVAIL]],
    'more than 2^32 bytes': [[0xffff_ffff, 0, AVAIL | NEXT], [2, 1, AVAIL]],
    'as long as the ring': [[1, 0, AVAIL | NEXT], [1, 0, AVAIL | NEXT], [1, 0, AVAIL | NEXT], [1, 0, AVAIL]],
    'longer than the ring': [[1, 0, AVAIL | NEXT], [1, 0, AVAIL | NEXT], [1, 0, AVAIL | NEXT], [1, 0, AVAIL | NEXT]],
    'the rest is not available': [[1, 0, AVAIL | NEXT], [1, 0, USED]],
    'an id that is not below the size': [[1, 4, AVAIL]],
    'the other lap': [[1, 0, 0x8000]],
    'used already': [[1, 0, USED]],
  }
  const lines = Object.entries(cases).map(([name, descriptors]) => {
    const { device, ...rest } = makeRing({ packed: true, size: 4 })
    forge({ device, ...rest }, descriptors)
    const id = device.pop()
    const fault = Object.entries(RingFault).find(([, value]) => value === device.ringFault)![0]
    if (id === NONE) return `${name}: nothing popped, ${fault}`
    const text = device.chainFault === 0 ? chainText(device.chain) : CHAIN_FAULT_NAMES[device.chainFault]
    device.push(id, 0)
    device.publish()
    device.check()
    return `${name}: id ${id}, ${text}, ${device.counters.malformed} malformed`
  })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "the id is in the last descriptor: id 3, r1@0x1000 w2@0x1000, 0 malformed
    readable after writable: id 2, readable after writable, 1 malformed
    no bytes: id 1, zero length, 1 malformed
    more than 2^32 bytes: id 1, longer than 4 GiB, 1 malformed
    as long as the ring: id 0, r1@0x1000 r1@0x1000 r1@0x1000 r1@0x1000, 0 malformed
    longer than the ring: nothing popped, LIST_LENGTH
    the rest is not available: nothing popped, LIST_TORN
    an id that is not below the size: nothing popped, HEAD_RANGE
    the other lap: nothing popped, NONE
    used already: nothing popped, NONE"
  `)
})

test('an id in flight and a list that runs into descriptors not used yet need a reset, and the ring works again after it', () => {
  const cases = [
    [[[1, 0, AVAIL]], RingFault.HEAD_IN_FLIGHT],
    [[[1, 1, AVAIL | NEXT], [1, 1, AVAIL | NEXT]], RingFault.LIST_LENGTH],
  ] as const
  for (const [second, fault] of cases) {
    const ring = makeRing({ packed: true, size: 3 })
    forge(ring, [[1, 0, AVAIL]])
    expect(ring.device.pop()).toBe(0)
    forge(ring, second, 1)
    expect([ring.device.pop(), ring.device.ringFault, ring.device.enableKicks(), ring.device.pop()]).toEqual([NONE, fault, false, NONE])
    ring.device.push(0, 0)
    ring.driver.reset()
    ring.device.reset()
    const id = addLengths(ring, [1], [])
    ring.driver.publish()
    expect([ring.device.needsReset, ring.device.pop()]).toEqual([false, id])
  }
})

test('the driver end counts used descriptors that cannot be true', () => {
  const cases: Record<string, readonly Desc[]> = {
    'a true one': [[8, 0, USED]],
    'the second first': [[8, 1, USED]],
    'no such id': [[0, 8, USED]],
    'never added': [[0, 5, USED]],
    'added, not published': [[0, 2, USED]],
    'the same again': [[8, 0, USED], [8, 0, USED]],
    'too long': [[9, 0, USED]],
    'too long, then true': [[9, 0, USED], [8, 0, USED]],
    'too long, then another': [[9, 0, USED], [8, 1, USED]],
    'in the lap before': [[8, 0, 0]],
  }
  const lines = [false, true].flatMap((inOrder) => Object.entries(cases).map(([name, descriptors]) => {
    const ring = makeRing({ packed: true, inOrder })
    const { driver } = ring
    addLengths(ring, [], [8])
    addLengths(ring, [4], [8])
    driver.publish()
    addLengths(ring, [], [8])
    forge(ring, descriptors)
    const ids: string[] = []
    for (let id = driver.popUsed(); id !== NONE; id = driver.popUsed()) ids.push(`${id} with ${driver.usedLength}`)
    driver.check()
    const { bogusId, duplicate, badLength } = driver.counters
    const counted = `bogus ${bogusId}, duplicate ${duplicate}, bad length ${badLength}`
    return `${inOrder ? 'in order, ' : ''}${name}: [${ids.join('; ')}] ${counted}${driver.broken ? ', broken' : ''}`
  }))
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "a true one: [0 with 8] bogus 0, duplicate 0, bad length 0
    the second first: [1 with 8] bogus 0, duplicate 0, bad length 0
    no such id: [] bogus 1, duplicate 0, bad length 0, broken
    never added: [] bogus 1, duplicate 0, bad length 0, broken
    added, not published: [] bogus 1, duplicate 0, bad length 0, broken
    the same again: [0 with 8] bogus 0, duplicate 1, bad length 0, broken
    too long: [] bogus 0, duplicate 0, bad length 1
    too long, then true: [] bogus 0, duplicate 1, bad length 1, broken
    too long, then another: [1 with 8] bogus 0, duplicate 0, bad length 1
    in the lap before: [] bogus 0, duplicate 0, bad length 0
    in order, a true one: [0 with 8] bogus 0, duplicate 0, bad length 0
    in order, the second first: [0 with 8; 1 with 8] bogus 0, duplicate 0, bad length 0
    in order, no such id: [] bogus 1, duplicate 0, bad length 0, broken
    in order, never added: [] bogus 1, duplicate 0, bad length 0, broken
    in order, added, not published: [] bogus 1, duplicate 0, bad length 0, broken
    in order, the same again: [0 with 8] bogus 0, duplicate 1, bad length 0, broken
    in order, too long: [] bogus 0, duplicate 0, bad length 1, broken
    in order, too long, then true: [] bogus 0, duplicate 0, bad length 1, broken
    in order, too long, then another: [] bogus 0, duplicate 0, bad length 1, broken
    in order, in the lap before: [] bogus 0, duplicate 0, bad length 0"
  `)
})
