/** Indirect tables from a driver that writes whatever it likes, in both formats of the ring. */
import { expect, test } from 'vitest'
import { chainText, makeRing } from '../testing/ring-fixture.ts'
import type { Ring } from '../testing/ring-fixture.ts'
import { CHAIN_FAULT_NAMES } from './chain-fault.ts'
import { DESC_BYTES } from './layout.ts'

const NEXT = 1
const WRITE = 2
const INDIRECT = 4

interface Entry {
  gpa?: number
  length?: number
  flags?: number
  next?: number
}

interface Case {
  /** Descriptors of the ring; those without address refer to the table. */
  ring?: readonly Entry[]
  table?: readonly Entry[]
}

/** Writes entries as a split or a packed ring has them; the bits of the first lap are added to packed ring descriptors. */
function forge(ring: Ring, gpa: number, entries: readonly Entry[], lap: number): void {
  const packed = ring.options.packed === true
  const window = ring.memory.window(gpa, entries.length * DESC_BYTES)!
  for (const [i, { gpa = ring.options.tablesGpa!, length = 16, flags = 0, next = i + 1 }] of entries.entries()) {
    window.store32(i * DESC_BYTES, gpa >>> 0)
    window.store32(i * DESC_BYTES + 4, Math.floor(gpa / 2 ** 32))
    window.store32(i * DESC_BYTES + 8, length)
    window.store32(i * DESC_BYTES + 12, (packed ? (flags | lap) << 16 : (next << 16) | flags) >>> 0)
  }
}

function verdict(packed: boolean, { ring: descriptors = [{ length: 32, flags: INDIRECT }], table = [] }: Case): string {
  const ring = makeRing({ packed, indirect: true, size: 4 })
  const { device, options } = ring
  forge(ring, options.tablesGpa!, table, 0)
  forge(ring, options.descGpa, descriptors, 0x80)
  if (!packed) ring.memory.window(options.availGpa, 4)!.store16(2, 1)
  const name = device.pop()
  expect(name).toBe(0)
  device.push(name, 0)
  device.publish()
  device.check()
  return device.chainFault === 0 ? chainText(device.chain) : CHAIN_FAULT_NAMES[device.chainFault]
}

const A = { gpa: 0x1000, length: 1, flags: NEXT }
const B = { gpa: 0x2000, length: 2, flags: WRITE }

test('what the device makes of a table', () => {
  const cases: Record<string, Case> = {
    'two buffers': { table: [A, B] },
    'WRITE on the reference is ignored': { ring: [{ length: 32, flags: INDIRECT | WRITE }], table: [A, B] },
    'one buffer, then a table': { ring: [{ gpa: 0x9000, flags: NEXT }, { length: 32, flags: INDIRECT }], table: [A, B] },
    'a table, then one buffer': { ring: [{ length: 32, flags: INDIRECT | NEXT }, { gpa: 0x9000 }], table: [A, B] },
    'a table in the table': { table: [A, { length: 32, flags: INDIRECT }] },
    'points at itself': { table: [{ ...A, next: 0 }, B] },
    'next outside the table': { table: [{ ...A, next: 2 }, B] },
    'next skips an entry': { ring: [{ length: 48, flags: INDIRECT }], table: [{ ...A, next: 2 }, { gpa: 0x5000, flags: NEXT }, B] },
    'readable after writable': { table: [{ ...B, flags: NEXT | WRITE }, { ...A, flags: 0 }] },
    'readable after the writable one in the ring': {
      ring: [{ gpa: 0x9000, flags: NEXT | WRITE }, { length: 32, flags: INDIRECT }],
      table: [A, B],
    },
    'no bytes': { table: [{ ...A, length: 0 }, B] },
    'more than 2^32 bytes': { table: [{ ...A, length: 0xffff_ffff }, B] },
    'as many as the queue has': { ring: [{ length: 64, flags: INDIRECT }], table: [A, A, A, B] },
    'one more than the queue has': { ring: [{ length: 80, flags: INDIRECT }], table: [A, A, A, A, B] },
    'one more with the one in the ring': { ring: [{ gpa: 0x9000, flags: NEXT }, { length: 64, flags: INDIRECT }], table: [A, A, A, B] },
    'an empty table': { ring: [{ length: 0, flags: INDIRECT }] },
    'a part of an entry': { ring: [{ length: 24, flags: INDIRECT }], table: [A, B] },
    'a table outside memory': { ring: [{ gpa: 0x7fff_0000, length: 32, flags: INDIRECT }] },
    'a table half outside memory': { ring: [{ gpa: 4096 - 16, length: 32, flags: INDIRECT }] },
    'a table beyond 2^52': { ring: [{ gpa: 2 ** 52 - 16, length: 32, flags: INDIRECT }] },
    'a table that ends at 2^64': { ring: [{ gpa: 0xffff_ffff * 2 ** 32 + 2 ** 31, length: 32, flags: INDIRECT }] },
  }
  const lines = Object.entries(cases).map(([name, each]) => `${name}: ${verdict(false, each)} | packed: ${verdict(true, each)}`)
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "two buffers: r1@0x1000 w2@0x2000 | packed: r1@0x1000 w2@0x2000
    WRITE on the reference is ignored: r1@0x1000 w2@0x2000 | packed: r1@0x1000 w2@0x2000
    one buffer, then a table: r16@0x9000 r1@0x1000 w2@0x2000 | packed: indirect and next
    a table, then one buffer: indirect and next | packed: indirect and next
    a table in the table: nested table | packed: r1@0x1000 r32@0x1050
    points at itself: loop | packed: r1@0x1000 w2@0x2000
    next outside the table: next out of range | packed: r1@0x1000 w2@0x2000
    next skips an entry: r1@0x1000 w2@0x2000 | packed: r1@0x1000 r16@0x5000 w2@0x2000
    readable after writable: readable after writable | packed: readable after writable
    readable after the writable one in the ring: readable after writable | packed: indirect and next
    no bytes: zero length | packed: zero length
    more than 2^32 bytes: longer than 4 GiB | packed: longer than 4 GiB
    as many as the queue has: r1@0x1000 r1@0x1000 r1@0x1000 w2@0x2000 | packed: r1@0x1000 r1@0x1000 r1@0x1000 w2@0x2000
    one more than the queue has: table length | packed: table length
    one more with the one in the ring: loop | packed: indirect and next
    an empty table: table length | packed: table length
    a part of an entry: table length | packed: table length
    a table outside memory: table outside memory | packed: table outside memory
    a table half outside memory: table outside memory | packed: table outside memory
    a table beyond 2^52: address | packed: address
    a table that ends at 2^64: address | packed: address"
  `)
})

test('a driver that changes its table after the copy changes nothing', () => {
  for (const packed of [false, true]) {
    const ring = makeRing({ packed, indirect: true, size: 4 })
    ring.chain.addReadable(0x1000, 1)
    ring.chain.addWritable(0x2000, 2)
    ring.driver.addChain(ring.chain)
    ring.driver.publish()
    ring.device.pop()
    ring.memory.write(ring.options.tablesGpa!, new Uint8Array(32).fill(0xff))
    expect(chainText(ring.device.chain)).toBe('r1@0x1000 w2@0x2000')
  }
})
