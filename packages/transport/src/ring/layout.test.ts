import { expect, test } from 'vitest'
import { makeRing, RING_GPA } from '../testing/ring-fixture.ts'
import {
  availEventOffset, availRingBytes, descTableBytes, placeRing, ringBytes, usedEventOffset, usedRingBytes,
} from './layout.ts'
import { advance, availBits, fromOffsetWrap, isAvailable, isUsed, slotOf, toOffsetWrap, usedBits } from './packed-layout.ts'
import { ringFault } from './queue-options.ts'

test('the areas have the sizes of the specification (2.7: 16n, 6 + 2n, 6 + 8n), event words last', () => {
  const rows = [1, 2, 8, 256, 32768].map((size) => {
    const event = `${usedEventOffset(size)} ${availEventOffset(size)}`
    return `${size}: ${descTableBytes(size)} ${availRingBytes(size)} ${usedRingBytes(size)}, events at ${event}, all ${ringBytes(size)}`
  })
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "1: 16 8 14, events at 6 12, all 38
    2: 32 10 22, events at 8 20, all 66
    8: 128 22 70, events at 20 68, all 222
    256: 4096 518 2054, events at 516 2052, all 6670
    32768: 524288 65542 262150, events at 65540 262148, all 851982"
  `)
})

test('placed areas are aligned and do not overlap', () => {
  for (let size = 1; size <= 32768; size *= 2) {
    const { descGpa, availGpa, usedGpa } = placeRing(4096, size)
    expect([descGpa % 16, availGpa % 2, usedGpa % 4]).toEqual([0, 0, 0])
    expect(availGpa).toBeGreaterThanOrEqual(descGpa + descTableBytes(size))
    expect(usedGpa).toBeGreaterThanOrEqual(availGpa + availRingBytes(size))
  }
})

test('a place where no queue can lie is named', () => {
  const { memory, options } = makeRing({ size: 8 })
  const { descGpa, availGpa, usedGpa } = options
  const faults = [
    options, { ...options, size: 0 }, { ...options, size: 6 }, { ...options, size: 65536 }, { ...options, descGpa: descGpa + 8 },
    { ...options, availGpa: availGpa + 1 }, { ...options, usedGpa: usedGpa + 2 }, { ...options, usedGpa: usedGpa + 4 },
    { ...options, descGpa: -16 }, { ...options, availGpa: 2 ** 60 }, { ...options, availGpa: Number.NaN },
  ].map((place) => ringFault(memory, place))
  expect(faults).toMatchInlineSnapshot(`
    [
      null,
      "queue size must be a power of two up to 32768",
      "queue size must be a power of two up to 32768",
      "queue size must be a power of two up to 32768",
      "descriptor table must be aligned to 16 bytes",
      "avail ring must be aligned to 2 bytes",
      "used ring must be aligned to 4 bytes",
      "used ring lies outside guest memory",
      "descriptor table lies outside guest memory",
      "avail ring lies outside guest memory",
      "avail ring must be aligned to 2 bytes",
    ]
  `)
})

test('the bytes in memory are those of the specification', () => {
  const ring = makeRing({ size: 2, eventIdx: true })
  ring.chain.addReadable(0x1_2345_6789, 0x40)
  ring.chain.addWritable(2 ** 52 - 0x8000, 0x8000)
  ring.driver.addChain(ring.chain)
  ring.driver.publish()
  ring.device.push(ring.device.pop(), 0x1234)
  ring.device.publish()
  const { descGpa, availGpa, usedGpa } = ring.options
  const hex = (gpa: number, length: number) => Array.from(ring.memory.view(gpa, length)!, (b) => b.toString(16).padStart(2, '0')).join(' ')
  expect(descGpa).toBe(RING_GPA)
  expect([hex(descGpa, 16), hex(descGpa + 16, 16), hex(availGpa, 10), hex(usedGpa, 22)].join('\n')).toMatchInlineSnapshot(`
    "89 67 45 23 01 00 00 00 40 00 00 00 01 00 01 00
    00 80 ff ff ff ff 0f 00 00 80 00 00 02 00 00 00
    00 00 01 00 00 00 00 00 00 00
    00 00 01 00 00 00 00 00 34 12 00 00 00 00 00 00 00 00 00 00 01 00"
  `)
})

test('a packed queue can have any size, and its places are named as well', () => {
  const { memory, options } = makeRing({ size: 6, packed: true, indirect: true })
  const { descGpa, availGpa, usedGpa, tablesGpa } = options
  const faults = [
    options, { ...options, size: 5 }, { ...options, size: 0 }, { ...options, size: 1.5 }, { ...options, size: 32769 },
    { ...options, size: 4096 },
    { ...options, descGpa: descGpa + 4 }, { ...options, availGpa: availGpa + 2 }, { ...options, usedGpa: usedGpa + 2 },
    { ...options, availGpa: 0 }, { ...options, usedGpa: 2 ** 60 }, { ...options, tablesGpa: tablesGpa! + 8 },
    { ...options, tablesGpa: tablesGpa! + 16 },
  ].map((place) => ringFault(memory, place))
  expect(faults).toMatchInlineSnapshot(`
    [
      null,
      null,
      "queue size must be a number from 1 to 32768",
      "queue size must be a number from 1 to 32768",
      "queue size must be a number from 1 to 32768",
      "descriptor ring lies outside guest memory",
      "descriptor ring must be aligned to 16 bytes",
      "driver event suppression must be aligned to 4 bytes",
      "device event suppression must be aligned to 4 bytes",
      "driver event suppression lies outside guest memory",
      "device event suppression lies outside guest memory",
      "indirect tables must be aligned to 16 bytes",
      "indirect tables lie outside guest memory",
    ]
  `)
})

test('the bytes of a packed ring are those of the specification', () => {
  const ring = makeRing({ size: 3, packed: true, eventIdx: true })
  ring.chain.addReadable(0x1_2345_6789, 0x40)
  ring.chain.addWritable(2 ** 52 - 0x8000, 0x8000)
  const { descGpa, availGpa, usedGpa } = ring.options
  const hex = (gpa: number, length: number) => Array.from(ring.memory.view(gpa, length)!, (b) => b.toString(16).padStart(2, '0')).join(' ')
  const shown = [0, 1].map(() => {
    ring.driver.addChain(ring.chain)
    ring.driver.publish()
    const sent = [0, 1, 2].map((i) => hex(descGpa + 16 * i, 16))
    ring.device.push(ring.device.pop(), 0x1234)
    ring.device.publish()
    const answered = [0, 1, 2].map((i) => hex(descGpa + 16 * i, 16))
    ring.driver.popUsed()
    return [...sent, 'used:', ...answered, `driver ${hex(availGpa, 4)}, device ${hex(usedGpa, 4)}`].join('\n')
  })
  expect(shown.join('\n\n')).toMatchInlineSnapshot(`
    "89 67 45 23 01 00 00 00 40 00 00 00 00 00 81 00
    00 80 ff ff ff ff 0f 00 00 80 00 00 00 00 82 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    used:
    89 67 45 23 01 00 00 00 34 12 00 00 00 00 82 80
    00 80 ff ff ff ff 0f 00 00 80 00 00 00 00 82 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    driver 02 80 02 00, device 02 80 02 00

    00 80 ff ff ff ff 0f 00 00 80 00 00 00 00 02 80
    00 80 ff ff ff ff 0f 00 00 80 00 00 00 00 82 00
    89 67 45 23 01 00 00 00 40 00 00 00 00 00 81 00
    used:
    00 80 ff ff ff ff 0f 00 00 80 00 00 00 00 02 80
    00 80 ff ff ff ff 0f 00 00 80 00 00 00 00 82 00
    89 67 45 23 01 00 00 00 34 12 00 00 00 00 82 80
    driver 01 00 02 00, device 01 00 02 00"
  `)
})

test('positions, offsets with wrap and the bits of a lap belong together', () => {
  for (const size of [1, 2, 3, 8, 32768]) {
    for (const position of [0, size - 1, size, 2 * size - 1]) {
      expect(fromOffsetWrap(toOffsetWrap(position, size), size)).toBe(position)
      expect(slotOf(position, size)).toBe(position % size)
      expect(isAvailable(availBits(position, size), position, size)).toBe(true)
      expect(isUsed(usedBits(position, size), position, size)).toBe(true)
      for (const other of [position, advance(position, size, size)]) {
        expect(isAvailable(usedBits(other, size), position, size)).toBe(false)
        expect(isUsed(availBits(other, size), position, size)).toBe(false)
        expect(isUsed(usedBits(other, size), position, size)).toBe(other === position)
      }
    }
  }
})
