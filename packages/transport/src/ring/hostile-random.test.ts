/** Random bytes anywhere in every kind of ring: no exception, bounded work, one answer for each popped chain, no chain twice. */
import { FULL } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addLengths, ALL_FEATURES, featureText, makeRing, RING_GPA, TABLE_BUFFERS } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import type { Trace } from '../testing/traced-memory.ts'
import { DESC_BYTES } from './layout.ts'
import { queueBytes } from './make-ring.ts'
import { NONE } from './queue-options.ts'

const SIZE = 8
/** One pop loads the index, the head, five words of each descriptor and one table, and stores the event. */
const POP_ACCESSES_MAX = 4 + 5 * SIZE
/** Every used entry costs at most the index, the two words of the element and the event; a call sees at most size + 1 entries. */
const POP_USED_ACCESSES_MAX = 4 * (SIZE + 1)

interface Poke {
  at: number
  value: number
}

/** 16-bit words of the ring, most often those that decide: indexes and flags. */
function pokesInto(packed: boolean, indirect: boolean): fc.Arbitrary<Poke[][]> {
  const words = queueBytes({ size: SIZE, packed, tableBuffers: indirect ? TABLE_BUFFERS : 0 }) / 2
  const anywhere = fc.record({ at: fc.nat(Math.floor(words) - 1), value: fc.oneof(fc.nat(SIZE), fc.nat(0xffff)) })
  const flags = fc.tuple(fc.constantFrom(0, 0x80, 0x8000, 0x8080), fc.nat(7)).map(([lap, low]) => lap | low)
  const slot = fc.nat(SIZE - 1).map((i) => (i * DESC_BYTES) / 2)
  const packedWords = fc.oneof(
    fc.record({ at: slot.map((at) => at + 7), value: flags }),
    fc.record({ at: slot.map((at) => at + 6), value: fc.nat(SIZE) }),
    fc.record({ at: slot.map((at) => at + 4), value: fc.constantFrom(0, 8, 16, 32, 33, 256) }),
  )
  const splitWords = fc.record({
    at: fc.integer({ min: (SIZE * DESC_BYTES) / 2, max: queueBytes({ size: SIZE }) / 2 - 1 }),
    value: fc.oneof(fc.nat(SIZE), fc.nat(0xffff)),
  })
  const poke = fc.oneof(anywhere, packed ? packedWords : splitWords)
  return fc.array(fc.array(poke, { maxLength: 10 }), { minLength: 1, maxLength: 12 })
}

/** Runs `within` and fails when it touched the ring more than `limit` times. */
function bounded(trace: Trace, limit: number, within: () => number): number {
  const before = trace.accesses
  const answer = within()
  if (trace.accesses - before > limit) throw new Error(`${trace.accesses - before} accesses, at most ${limit}`)
  return answer
}

const poke = (ring: Ring, pokes: readonly Poke[]): void => {
  const length = queueBytes({ ...ring.options, tableBuffers: ring.options.tableBuffers ?? 0 })
  const words = ring.memory.window(RING_GPA, length)!
  for (const { at, value } of pokes) words.store16(2 * at, value)
}

for (const features of ALL_FEATURES) {
  const rounds = pokesInto(features.packed, features.indirect)

  test(`the device end loses no popped chain: ${featureText(features)}`, () => {
    let [popped, malformed, resets] = [0, 0, 0]
    fc.assert(
      fc.property(rounds, (rounds) => {
        const trace: Trace = { lines: [], accesses: 0 }
        const ring = makeRing({ ...features, size: SIZE, trace })
        const { driver, device } = ring
        for (const pokes of rounds) {
          addLengths(ring, [1, 2], [3])
          driver.publish()
          poke(ring, pokes)
          const names = new Set<number>()
          for (let turns = 0; turns <= SIZE; turns++) {
            const name = bounded(trace, POP_ACCESSES_MAX, () => device.pop())
            if (name === NONE) break
            expect(names.has(name)).toBe(false)
            expect(device.chain.count > 0).toBe(device.chainFault === 0)
            names.add(name)
          }
          expect(names.size).toBeLessThanOrEqual(SIZE)
          popped += names.size
          for (const name of [...names].reverse()) device.push(name, 0)
          device.publish()
          device.needsInterrupt()
          device.enableKicks()
          for (let turns = 0; turns <= SIZE; turns++) driver.popUsed()
          device.check()
          driver.check()
          expect(device.inFlight).toBe(0)
          if (!device.needsReset && !driver.broken) continue
          resets++
          driver.reset()
          device.reset()
        }
        malformed += device.counters.malformed
      }),
      { numRuns: 30, seed: 7 },
    )
    // The generator reaches what it is meant to reach.
    expect([popped > 100, malformed > 5, resets > 10]).toEqual([true, true, true])
  })

  test(`the driver end returns no chain twice: ${featureText(features)}`, () => {
    let [returned, disbelieved, broken] = [0, 0, 0]
    fc.assert(
      fc.property(rounds, (rounds) => {
        const trace: Trace = { lines: [], accesses: 0 }
        const ring = makeRing({ ...features, size: SIZE, trace })
        const { driver, device } = ring
        const outstanding = new Set<number>()
        for (const pokes of rounds) {
          for (let name = addLengths(ring, [1], [8]); name !== FULL; name = addLengths(ring, [1], [8])) outstanding.add(name)
          driver.publish()
          driver.needsKick()
          for (let name = device.pop(); name !== NONE; name = device.pop()) device.push(name, 0)
          device.publish()
          poke(ring, pokes)
          for (let turns = 0; turns <= SIZE; turns++) {
            const name = bounded(trace, POP_USED_ACCESSES_MAX, () => driver.popUsed())
            if (name === NONE) break
            expect(outstanding.delete(name)).toBe(true)
            expect(driver.usedLength).toBeLessThanOrEqual(8)
            returned++
          }
          driver.enableInterrupts()
          driver.check()
          device.check()
          expect(driver.inFlight).toBe(outstanding.size)
        }
        disbelieved += driver.counters.bogusId + driver.counters.duplicate + driver.counters.badLength
        if (driver.broken) broken++
      }),
      { numRuns: 30, seed: 8 },
    )
    expect([returned > 50, disbelieved > 5, broken > 5], `${returned} ${disbelieved} ${broken}`).toEqual([true, true, true])
  })
}
