/** Both ends of every kind of ring against one naive twin: every answer and every count is compared after every step. */
import { FULL } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveQueue } from '../testing/naive-queue.ts'
import { addLengths, ALL_FEATURES, featureText, makeRing, TABLE_BUFFERS } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import { NONE } from './queue-options.ts'

/** The twin, in a box: a reset puts a new one there. */
interface Model {
  twin: NaiveQueue
}
type Command = fc.Command<Model, Ring>

/** A command that is always possible: `run` compares its own answer, this compares the rest. */
function command(name: string, run: (twin: NaiveQueue, ring: Ring) => void): Command {
  return {
    check: () => true,
    run: (model, ring) => {
      run(model.twin, ring)
      compareCounts(model.twin, ring)
    },
    toString: () => name,
  }
}

function compareCounts(twin: NaiveQueue, { driver, device }: Ring): void {
  const inFlight = twin.added.length + twin.available.length + twin.serviced.length + twin.finished.length + twin.used.length
  expect(driver.freeCount).toBe(twin.free)
  expect(driver.inFlight).toBe(inFlight)
  expect(device.inFlight).toBe(twin.serviced.length)
  expect([driver.broken, device.needsReset, device.counters.malformed]).toEqual([false, false, 0])
  expect(driver.counters.bogusId + driver.counters.duplicate + driver.counters.badLength).toBe(0)
  driver.check()
  device.check()
}

const add = (readable: number[], writable: number[]): Command =>
  command(`add(${readable.join()}; ${writable.join()})`, (twin, ring) => {
    const count = readable.length + writable.length
    if (count === 0 || count > ring.driver.size) return
    const cost = ring.options.indirect === true && count > 1 && count <= TABLE_BUFFERS ? 1 : count
    const head = addLengths(ring, readable, writable)
    expect(head === FULL).toBe(cost > twin.free)
    if (head === FULL) return
    const buffers = Array.from({ length: count }, (_, i): [number, number] => [ring.chain.gpa[i], ring.chain.len[i]])
    twin.add({ head, buffers, readableCount: readable.length, written: 0, cost, number: 0 })
  })

const pop = command('pop', (twin, { device }) => {
  const chain = twin.pop()
  expect(device.pop()).toBe(chain?.head ?? NONE)
  if (chain === undefined) return
  const buffers = Array.from({ length: device.chain.count }, (_, i) => [device.chain.gpa[i], device.chain.len[i]])
  expect(buffers).toEqual(chain.buffers)
  expect(device.chain.readableCount).toBe(chain.readableCount)
})

const push = (pick: number, part: number): Command =>
  command(`push(${pick}, ${part})`, (twin, { device }) => {
    if (twin.serviced.length === 0) return
    const nth = pick % twin.serviced.length
    const { head, buffers, readableCount } = twin.serviced[nth]
    const writable = buffers.slice(readableCount).reduce((sum, [, length]) => sum + length, 0)
    const written = Math.floor((writable * part) / 4)
    device.push(head, written)
    twin.push(nth, written)
  })

const popUsed = command('popUsed', (twin, { driver }) => {
  const chain = twin.popUsed()
  expect(driver.popUsed()).toBe(chain?.head ?? NONE)
  if (chain !== undefined) expect(driver.usedLength).toBe(chain.written)
})

const plain: Command[] = [
  pop,
  popUsed,
  command('publish', (twin, { driver }) => {
    driver.publish()
    twin.publish()
  }),
  command('publishUsed', (twin, { device }) => {
    device.publish()
    twin.publishUsed()
  }),
  command('needsKick', (twin, { driver }) => expect(driver.needsKick()).toBe(twin.kicks.ask(twin.shape.eventIdx))),
  command('needsInterrupt', (twin, { device }) => expect(device.needsInterrupt()).toBe(twin.interrupts.ask(twin.shape.eventIdx))),
  command('enableInterrupts', (twin, { driver }) => {
    twin.interrupts.wanted = twin.returned
    expect(driver.enableInterrupts()).toBe(twin.used.length > 0)
  }),
  command('disableInterrupts', (twin, { driver }) => {
    twin.interrupts.wanted = Infinity
    driver.disableInterrupts()
  }),
  command('enableKicks', (twin, { device }) => {
    twin.kicks.wanted = twin.popped
    expect(device.enableKicks()).toBe(twin.available.length > 0)
  }),
  command('disableKicks', (twin, { device }) => {
    twin.kicks.wanted = Infinity
    device.disableKicks()
  }),
]

/** A reset of the queue, with chains in flight or without. */
const reset: Command = {
  check: () => true,
  run: (model, ring) => {
    ring.driver.reset()
    ring.device.reset()
    model.twin = new NaiveQueue(model.twin.shape)
    compareCounts(model.twin, ring)
  },
  toString: () => 'reset',
}

const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 3 })
const adding = fc.tuple(lengths, lengths).map(([readable, writable]) => add(readable, writable))
const pushing = fc.tuple(fc.nat(63), fc.integer({ min: 0, max: 4 })).map(([pick, part]) => push(pick, part))
const often = [...plain.map((each) => fc.constant(each)), adding, adding, pushing, fc.constant(pop), fc.constant(popUsed)]
const seldom = { arbitrary: fc.constant(reset), weight: 1 }
const commands = fc.commands([fc.oneof(...often.map((arbitrary) => ({ arbitrary, weight: 4 })), seldom)], { maxCommands: 120, size: 'max' })

const splitSize = fc.constantFrom(1, 2, 4, 8, 16, 32, 64)
const packedSize = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 13, 32)
const splitStart = fc.constantFrom(0, 1, 0x7ff8, 0xfff0, 0xffff)

for (const features of ALL_FEATURES) {
  test(`both ends agree with the twin: ${featureText(features)}`, () => {
    const splitRing = fc.record({ size: splitSize, startIndex: splitStart })
    const packedRing = packedSize.chain((size) =>
      fc.record({
        size: fc.constant(size),
        startIndex: fc.tuple(fc.nat(size - 1), fc.boolean()).map(([at, wrap]) => at + (wrap ? 0x8000 : 0)),
      }),
    )
    fc.assert(
      fc.property(features.packed ? packedRing : splitRing, commands, (place, commands) => {
        const shape = { size: place.size, eventIdx: features.eventIdx, inOrder: features.inOrder }
        fc.modelRun(() => ({ model: { twin: new NaiveQueue(shape) }, real: makeRing({ ...features, ...place }) }), commands)
      }),
      { numRuns: 30, seed: 6 },
    )
  })
}
