/**
 * What every GuestMemory does, as a suite to run over each implementation.
 *
 *   low    [0x1000, 0x1040)  |  next  [0x1040, 0x1080)  touches it  |  hole  |  high  [4 GiB + 0x100, +64)  |  top  [2^52 - 64, 2^52)
 */
import { AssertionError } from '@hintlab/kit'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GuestMemory, MemoryWindow } from '../guest-memory.ts'
import { NaiveMemory } from './naive-memory.ts'

export interface ContractRegion {
  gpa: number
  length: number
}

const LOW = 0x1000
const NEXT = 0x1040
const HIGH = 0x1_0000_0100
const TOP = 2 ** 52 - 64
const SIZE = 64
const REGIONS: readonly ContractRegion[] = [LOW, HIGH, NEXT, TOP].map((gpa) => ({ gpa, length: SIZE }))

/** `make` builds a memory of zero bytes with the given regions. Whatever it opens it closes itself (`onTestFinished`). */
export function guestMemoryContract(name: string, make: (regions: readonly ContractRegion[]) => GuestMemory): void {
  describe(`GuestMemory contract: ${name}`, () => {
    ranges(make)
    words(make)
    it('does what a map from address to byte does', () => {
      fc.assert(fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const memory = make(REGIONS)
        const twin = naive()
        for (const step of operations) expect(perform(memory, step)).toEqual(perform(twin, step))
        for (const { gpa } of REGIONS) expect(bytesAt(memory, gpa, SIZE)).toEqual(bytesAt(twin, gpa, SIZE))
      }), { numRuns: 60, seed: 1 })
    })
  })
}

type Make = (regions: readonly ContractRegion[]) => GuestMemory

function ranges(make: Make): void {
  it.each([
    ['a whole region', LOW, SIZE, true, true],
    ['its last byte', LOW + SIZE - 1, 1, true, true],
    ['above 4 GiB', HIGH + 8, 16, true, true],
    ['up to 2^52', TOP, SIZE, true, true],
    ['over two regions that touch', NEXT - 4, 8, true, false],
    ['before the first', LOW - 1, 1, false, false],
    ['into a hole', NEXT + SIZE - 1, 2, false, false],
    ['from a hole', HIGH - 1, 2, false, false],
    ['over a hole', NEXT, HIGH - NEXT + 1, false, false],
    ['the low half of a high address', HIGH - 0x1_0000_0000, 4, false, false],
    ['past 2^52', TOP + SIZE - 4, 8, false, false],
    ['far outside', 2 ** 60, 8, false, false],
    ['no number', Number.NaN, 8, false, false],
    ['between two bytes', LOW + 0.5, 2, false, false],
    ['empty, inside', LOW + 4, 0, true, true],
    ['empty, outside', LOW - 4, 0, false, false],
  ])('a range: %s', (_, gpa, length, inside, inOneRegion) => {
    const memory = make(REGIONS)
    expect(memory.window(gpa, length) !== null).toBe(inOneRegion)
    if (!inOneRegion) expect(memory.view(gpa, length)).toBeNull()
    if (length > 1 << 20) return
    const into = new Uint8Array(length).fill(0xee)
    expect(memory.read(gpa, into)).toBe(inside)
    expect(into.every((byte) => byte === (inside ? 0 : 0xee))).toBe(true)
    expect(memory.write(gpa, new Uint8Array(length).fill(0x5a))).toBe(inside)
    const written = REGIONS.flatMap((region) => bytesAt(memory, region.gpa, SIZE)).filter((byte) => byte === 0x5a)
    expect(written.length).toBe(inside ? length : 0)
  })

  it('a lent view is the memory, where one is lent at all', () => {
    const memory = make(REGIONS)
    const view = memory.view(LOW + 2, 4)
    if (view === null) return
    memory.write(LOW + 2, Uint8Array.of(1, 2, 3, 4))
    expect([...view]).toEqual([1, 2, 3, 4])
    view[3] = 9
    expect(bytesAt(memory, LOW + 2, 5)).toEqual([1, 2, 3, 9, 0])
  })
}

function words(make: Make): void {
  it('words are little-endian and unsigned, whatever is stored above their bits', () => {
    const memory = make(REGIONS)
    const window = memory.window(LOW, 16)!
    window.store32(0, 0xdeadbeef)
    window.store16(4, 0x1_fffe)
    window.storeRelease16(6, 0xff01)
    window.store32(8, 2 ** 32 + 5)
    expect(bytesAt(memory, LOW, 12)).toEqual([0xef, 0xbe, 0xad, 0xde, 0xfe, 0xff, 0x01, 0xff, 5, 0, 0, 0])
    window.fence()
    expect([window.load32(0), window.load16(4), window.loadAcquire16(6)]).toEqual([0xdeadbeef, 0xfffe, 0xff01])
  })

  it('plain words lie at any alignment, ordered words only at an even address', () => {
    const memory = make(REGIONS)
    const odd = memory.window(LOW + 1, 16)!
    odd.store16(0, 0x1234)
    odd.store32(3, 0x89abcdef)
    expect([odd.load16(0), odd.load32(3)]).toEqual([0x1234, 0x89abcdef])
    expect(() => odd.loadAcquire16(0)).toThrow(AssertionError)
    expect(() => odd.storeRelease16(2, 1)).toThrow(AssertionError)
    expect(() => memory.window(LOW, 16)!.loadAcquire16(1)).toThrow(AssertionError)
  })

  it('an offset outside the window is a bug, also where the region goes on', () => {
    const window = make(REGIONS).window(LOW + 8, 8)!
    const accesses: ((w: MemoryWindow) => unknown)[] = [
      (w) => w.load16(7), (w) => w.load16(-2), (w) => w.load32(6), (w) => w.load32(-4), (w) => w.loadAcquire16(8),
      (w) => w.store16(7, 0), (w) => w.store16(-2, 0), (w) => w.store32(6, 0), (w) => w.store32(-4, 0), (w) => w.storeRelease16(8, 0),
    ]
    for (const access of accesses) expect(() => access(window)).toThrow(AssertionError)
    expect([window.length, window.load16(6), window.load32(4)]).toEqual([8, 0, 0])
  })

  it('windows over the same bytes see what the other stores', () => {
    const memory = make(REGIONS)
    const driver = memory.window(HIGH, 32)!
    const device = memory.window(HIGH + 4, 8)!
    driver.store32(4, 0x01020304)
    expect(device.load32(0)).toBe(0x01020304)
    device.storeRelease16(2, 0xbeef)
    expect(driver.loadAcquire16(6)).toBe(0xbeef)
    expect(driver.load32(4)).toBe(0xbeef0304)
  })
}

function naive(): NaiveMemory {
  const twin = new NaiveMemory()
  for (const { gpa, length } of REGIONS) twin.addRegion(gpa, length)
  return twin
}

interface Operation {
  kind: 'read' | 'write' | 'load' | 'store'
  gpa: number
  length: number
  offset: number
  word: 2 | 4
  value: number
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom('read', 'write', 'load', 'store'),
  gpa: fc.tuple(fc.constantFrom(LOW, NEXT, HIGH, TOP), fc.integer({ min: -3, max: SIZE + 1 })).map(([base, offset]) => base + offset),
  length: fc.integer({ min: 0, max: 24 }),
  offset: fc.integer({ min: -1, max: 12 }),
  word: fc.constantFrom(2, 4),
  value: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
})

/** What an operation shows: its result, and the bytes it read. */
function perform(memory: GuestMemory, { kind, gpa, length, offset, word, value }: Operation): unknown {
  if (kind === 'read') {
    const into = new Uint8Array(length)
    return [memory.read(gpa, into), ...into]
  }
  if (kind === 'write') return memory.write(gpa, Uint8Array.from({ length }, (_, i) => value + i))
  const window = memory.window(gpa, length)
  if (window === null) return 'outside'
  if (offset < 0 || offset + word > length) return 'not asked'
  if (kind === 'load') return word === 2 ? window.load16(offset) : window.load32(offset)
  return word === 2 ? window.store16(offset, value) : window.store32(offset, value)
}

function bytesAt(memory: GuestMemory, gpa: number, length: number): number[] {
  const bytes = new Uint8Array(length)
  expect(memory.read(gpa, bytes)).toBe(true)
  return [...bytes]
}
