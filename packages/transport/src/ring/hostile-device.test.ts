/** The driver end against a device that writes whatever it likes into the used ring (and, being the host, into the driver's areas too). */
import { FULL } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { addLengths, makeRing } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import { usedElement } from './layout.ts'
import { NONE } from './queue-options.ts'

/** Writes used entries behind the device's back, [id, length] each, and the index after them. */
function forge(ring: Ring, entries: readonly (readonly [number, number])[], idx = entries.length): void {
  const used = ring.memory.window(ring.options.usedGpa, 4 + 8 * ring.driver.size)!
  for (const [i, [id, length]] of entries.entries()) {
    used.store32(usedElement(i), id)
    used.store32(usedElement(i) + 4, length)
  }
  used.store16(2, idx)
}

function counted(ring: Ring): string {
  const { bogusId, duplicate, badLength } = ring.driver.counters
  return `bogusId ${bogusId}, duplicate ${duplicate}, badLength ${badLength}, in flight ${ring.driver.inFlight}`
}

/** Chains 0 and 1 are published (8 writable bytes each), chain 2 is added only. */
function threeChains(): Ring {
  const ring = makeRing({ size: 8 })
  addLengths(ring, [], [8])
  addLengths(ring, [4], [8])
  ring.driver.publish()
  addLengths(ring, [], [8])
  return ring
}

test('entries that cannot be true are counted and skipped', () => {
  const lines = ([
    ['a true one', [[0, 8]]],
    ['no such descriptor', [[8, 0]]],
    ['an id of 32 bits', [[0xffff_ffff, 0]]],
    ['never a head', [[5, 0]]],
    ['inside a chain', [[2, 0]]],
    ['added, not published', [[3, 0]]],
    ['the same again', [[0, 8], [0, 8]]],
    ['too long', [[0, 9]]],
    ['too long, then true', [[0, 9], [0, 8]]],
  ] as const).map(([name, entries]) => {
    const ring = threeChains()
    forge(ring, entries)
    const heads = entries.map(() => ring.driver.popUsed()).filter((head) => head !== NONE)
    ring.driver.check()
    expect(ring.driver.broken).toBe(false)
    return `${name}: heads [${heads.join()}], ${counted(ring)}`
  })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "a true one: heads [0], bogusId 0, duplicate 0, badLength 0, in flight 2
    no such descriptor: heads [], bogusId 1, duplicate 0, badLength 0, in flight 3
    an id of 32 bits: heads [], bogusId 1, duplicate 0, badLength 0, in flight 3
    never a head: heads [], bogusId 1, duplicate 0, badLength 0, in flight 3
    inside a chain: heads [], bogusId 1, duplicate 0, badLength 0, in flight 3
    added, not published: heads [], bogusId 1, duplicate 0, badLength 0, in flight 3
    the same again: heads [0], bogusId 0, duplicate 1, badLength 0, in flight 2
    too long: heads [], bogusId 0, duplicate 0, badLength 1, in flight 3
    too long, then true: heads [0], bogusId 0, duplicate 0, badLength 1, in flight 2"
  `)
})

test('skipped entries do not hide the true one behind them', () => {
  const ring = threeChains()
  forge(ring, [[7, 0], [1, 3]])
  expect([ring.driver.popUsed(), ring.driver.usedLength, ring.driver.popUsed()]).toEqual([1, 3, NONE])
})

test('an index ahead of what was published breaks the ring, and a broken ring stands still until it is reset', () => {
  for (const idx of [3, 0x7fff, 0xffff]) {
    const ring = threeChains()
    const { driver } = ring
    forge(ring, [[0, 8]], idx)
    expect([driver.popUsed(), driver.broken, addLengths(ring, [1], []), driver.enableInterrupts()]).toEqual([NONE, true, FULL, false])
    driver.check()
    driver.reset()
    driver.check()
    expect([driver.broken, driver.freeCount, addLengths(ring, [1], [])]).toEqual([false, 8, 0])
  }
})
