/** IN_ORDER: what the device writes for a batch, what it holds back, and what the driver makes of it. */
import { expect, test } from 'vitest'
import { addLengths, makeRing } from '../testing/ring-fixture.ts'
import type { Trace } from '../testing/traced-memory.ts'
import { NONE } from './queue-options.ts'
import { RingFault } from './ring-fault.ts'

for (const packed of [false, true]) {
  const format = packed ? 'packed' : 'split'

  test(`one used entry speaks for a batch, and one more for a chain that was not written completely: ${format}`, () => {
    const trace: Trace = { lines: [], accesses: 0 }
    const ring = makeRing({ packed, inOrder: true, trace })
    const names = [[4, 0], [0, 8], [0, 16], [4, 0], [4, 0]].map(([reads, writes]) =>
      addLengths(ring, reads > 0 ? [reads] : [], writes > 0 ? [writes] : []))
    ring.driver.publish()
    while (ring.device.pop() !== NONE);
    for (const [i, written] of [0, 8, 3, 0, 0].entries()) ring.device.push(names[i], written)
    trace.lines.length = 0
    ring.device.publish()
    expect(trace.lines.filter((line) => line.includes('.len')).length).toBe(2)
    const returned = names.map(() => [ring.driver.popUsed(), ring.driver.usedLength])
    expect(returned).toEqual(names.map((name, i) => [name, [0, 8, 3, 0, 0][i]]))
    expect(ring.driver.popUsed()).toBe(NONE)
  })

  test(`a chain finished too early waits for those before it: ${format}`, () => {
    const ring = makeRing({ packed, inOrder: true })
    const names = [4, 5, 6].map((length) => addLengths(ring, [], [length]))
    ring.driver.publish()
    while (ring.device.pop() !== NONE);
    const seen = [2, 0, 1].map((nth) => {
      ring.device.push(names[nth], 1)
      ring.device.publish()
      const got: number[] = []
      for (let name = ring.driver.popUsed(); name !== NONE; name = ring.driver.popUsed()) got.push(name)
      return got
    })
    expect(seen).toEqual([[], [names[0]], [names[1], names[2]]])
    expect([ring.device.inFlight, ring.driver.inFlight]).toEqual([0, 0])
  })

  test(`a driver that makes a chain available again while it waits needs a reset: ${format}`, () => {
    const ring = makeRing({ packed, inOrder: true, size: 4 })
    const { descGpa, availGpa } = ring.options
    addLengths(ring, [1], [])
    const waiting = addLengths(ring, [1], [])
    ring.driver.publish()
    while (ring.device.pop() !== NONE);
    ring.device.push(waiting, 0)
    ring.device.publish()
    const area = ring.memory.window(packed ? descGpa + 32 : availGpa, 16)!
    if (packed) {
      area.store32(8, 1)
      area.store16(12, waiting)
      area.store16(14, 0x80)
    } else {
      area.store16(8, waiting)
      area.store16(2, 3)
    }
    expect([ring.device.pop(), ring.device.ringFault]).toEqual([NONE, RingFault.HEAD_IN_FLIGHT])
    ring.device.check()
  })

  test(`descriptors are taken in the order of the ring, whatever came back before: ${format}`, () => {
    const trace: Trace = { lines: [], accesses: 0 }
    const ring = makeRing({ packed, inOrder: true, size: 4, trace })
    trace.lines.length = 0
    for (let i = 0; i < 3; i++) {
      addLengths(ring, [1, 2], [3])
      ring.driver.publish()
      ring.device.push(ring.device.pop(), 3)
      ring.device.publish()
      ring.driver.popUsed()
    }
    const slots = trace.lines.flatMap((line) => /driver store desc\[(\d)\]\.low/.exec(line)?.[1] ?? [])
    expect(slots.join('')).toBe('012301230')
    expect(trace.lines.filter((line) => line.includes('.next')).length).toBe(0)
  })
}

test('an entry for a chain beyond the device index breaks a split ring that is in order', () => {
  const ring = makeRing({ inOrder: true })
  for (let i = 0; i < 3; i++) addLengths(ring, [4], [])
  ring.driver.publish()
  const used = ring.memory.window(ring.options.usedGpa, 12)!
  used.store32(4, 2)
  used.store16(2, 2)
  expect([ring.driver.popUsed(), ring.driver.broken, ring.driver.counters.bogusId]).toEqual([NONE, true, 1])
  ring.driver.check()
})
