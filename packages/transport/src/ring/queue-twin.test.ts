/** Both ends against the naive twin: every answer and every count is compared after every step. */
import { FULL } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NaiveQueue } from '../testing/naive-queue.ts'
import { addLengths, makeRing } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import { NONE } from './queue-options.ts'

type Command = fc.Command<NaiveQueue, Ring>

/** A command that is always possible: `run` compares its own answer, this compares the rest. */
function command(name: string, run: (twin: NaiveQueue, ring: Ring) => void): Command {
  return {
    check: () => true,
    run: (twin, ring) => {
      run(twin, ring)
      compareCounts(twin, ring)
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
    const head = addLengths(ring, readable, writable)
    expect(head === FULL).toBe(count > twin.free)
    if (head === FULL) return
    const buffers = Array.from({ length: count }, (_, i): [number, number] => [ring.chain.gpa[i], ring.chain.len[i]])
    twin.add({ head, buffers, readableCount: readable.length, written: 0 })
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
  command('needsKick', (twin, { driver }) => expect(driver.needsKick()).toBe(twin.kicks.ask(twin.eventIdx))),
  command('needsInterrupt', (twin, { device }) => expect(device.needsInterrupt()).toBe(twin.interrupts.ask(twin.eventIdx))),
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

const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 3 })
const commands = fc.commands(
  [
    ...plain.map((each) => fc.constant(each)),
    fc.tuple(lengths, lengths).map(([readable, writable]) => add(readable, writable)),
    fc.tuple(lengths, lengths).map(([readable, writable]) => add(readable, writable)),
    fc.tuple(fc.nat(63), fc.integer({ min: 0, max: 4 })).map(([pick, part]) => push(pick, part)),
  ],
  { maxCommands: 120, size: 'max' },
)
const size = fc.constantFrom(1, 2, 4, 8, 16, 32, 64)
const startIndex = fc.constantFrom(0, 1, 0x7ff8, 0xfff0, 0xffff)

for (const eventIdx of [false, true]) {
  test(`both ends agree with the twin, ${eventIdx ? 'with' : 'without'} EVENT_IDX`, () => {
    fc.assert(
      fc.property(size, startIndex, commands, (size, startIndex, commands) => {
        fc.modelRun(() => ({ model: new NaiveQueue(size, eventIdx), real: makeRing({ size, eventIdx, startIndex }) }), commands)
      }),
      { numRuns: 120, seed: 6 },
    )
  })
}
