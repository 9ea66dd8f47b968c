import { fstatSync, ftruncateSync, openSync, readdirSync, readSync } from 'node:fs'
import { AssertionError } from '@hintlab/kit'
import { guestMemoryContract } from '@hintlab/protocol/testing'
import { afterEach, expect, it } from 'vitest'
import { DISCARD_MODES, ForeignMemory, OUTSIDE } from './foreign-memory.ts'
import type { ForeignRegion } from './foreign-memory.ts'
import { closeFd } from './native/file-descriptor.ts'
import { libc } from './native/libc.ts'
import { makeMemfd } from './native/memfd.ts'

const memories: ForeignMemory[] = []
afterEach(() => {
  for (const memory of memories.splice(0)) memory.clear()
})

function made(regions: readonly ForeignRegion[]): ForeignMemory {
  const memory = new ForeignMemory()
  memories.push(memory)
  expect(memory.replace(regions)).toBeNull()
  return memory
}

guestMemoryContract('foreign', (regions) => {
  memories.splice(0).forEach((memory) => memory.clear())
  // In the file the regions lie apart, at no page, and in another order than in the guest; user addresses are different again.
  return made(regions.map(({ gpa, length }, i) => ({
    gpa, length, fileOffset: 4090 + 100 * (regions.length - 1 - i), userAddress: 0x7f00_0000_0000 + 1000 * i, fd: makeMemfd(8192),
  })))
})

const PAGE = libc().pageSize
const MANY = 16
/** Two regions of one file that touch in the guest, the second first in the file. */
const LOW = 0x10_0000
const HIGH = LOW + MANY * PAGE

function twoRegions(): { memory: ForeignMemory; file: number } {
  const file = makeMemfd(2 * MANY * PAGE)
  const again = openSync(`/proc/self/fd/${file}`, 'r+')
  const region = { length: MANY * PAGE }
  const memory = made([
    { ...region, gpa: LOW, fileOffset: MANY * PAGE, userAddress: 0x5000_0000, fd: file },
    { ...region, gpa: HIGH, fileOffset: 0, userAddress: 0x9000_0000, fd: again },
  ])
  return { memory, file }
}

const blocks = (fd: number): number => fstatSync(fd).blocks * 512

it('what is written is in the file, at its offset', () => {
  const { memory, file } = twoRegions()
  expect(memory.write(HIGH - 2, Uint8Array.of(1, 2, 3, 4))).toBe(true)
  const byte = new Uint8Array(2)
  readSync(file, byte, 0, 2, 2 * MANY * PAGE - 2)
  expect([...byte]).toEqual([1, 2])
  readSync(file, byte, 0, 2, 0)
  expect([...byte]).toEqual([3, 4])
})

it('user addresses are translated by region', () => {
  const { memory } = twoRegions()
  expect(memory.userToGuest(0x5000_0000)).toBe(LOW)
  expect(memory.userToGuest(0x9000_0010, 16)).toBe(HIGH + 16)
  expect(memory.userToGuest(0x5000_0000 + MANY * PAGE - 1)).toBe(HIGH - 1)
  for (const address of [0x5000_0000 - 1, 0x5000_0000 + MANY * PAGE, 0, -1, Number.NaN, 2 ** 60, LOW]) expect(memory.userToGuest(address)).toBe(OUTSIDE)
  expect(memory.userToGuest(0x5000_0000, MANY * PAGE)).toBe(LOW)
  expect(memory.userToGuest(0x5000_0000, MANY * PAGE + 1)).toBe(OUTSIDE)
})

it.each(DISCARD_MODES)('discards over two regions: %s', (mode) => {
  const { memory, file } = twoRegions()
  memory.write(LOW, new Uint8Array(2 * MANY * PAGE).fill(7))
  expect(blocks(file)).toBe(2 * MANY * PAGE)
  expect(memory.discard(HIGH - 3 * PAGE, 5 * PAGE, mode)).toBe(0)
  const gone = mode === 'none' ? 0 : 5
  expect(blocks(file)).toBe((2 * MANY - gone) * PAGE)
  expect(memory.allocatedBytes()).toBe((2 * MANY - gone) * PAGE)
  expect(memory.residentPages(LOW, 2 * MANY * PAGE)).toBe(2 * MANY - gone)
  expect(memory.residentPages(HIGH, 2 * PAGE)).toBe(mode === 'none' ? 2 : 0)
  // Looking brought nothing in.
  expect(blocks(file)).toBe((2 * MANY - gone) * PAGE)
  const edge = memory.view(HIGH - 4 * PAGE, 2 * PAGE)!
  expect([edge[PAGE - 1], edge[PAGE]]).toEqual([7, mode === 'none' ? 7 : 0])
})

it('refuses to discard or to count outside, whole or in part, and does nothing then', () => {
  const { memory, file } = twoRegions()
  memory.write(LOW, new Uint8Array(2 * MANY * PAGE).fill(7))
  for (const [gpa, length] of [[LOW - PAGE, 2 * PAGE], [HIGH, (MANY + 1) * PAGE], [0, PAGE], [2 ** 52, PAGE], [Number.NaN, PAGE]] as const) {
    expect(memory.discard(gpa, length, 'punch-hole')).toBe(OUTSIDE)
    expect(memory.residentPages(gpa, length)).toBe(OUTSIDE)
  }
  expect(blocks(file)).toBe(2 * MANY * PAGE)
  expect(memory.discard(LOW, 0, 'punch-hole')).toBe(0)
})

it('an old window asserts, an old view shows zeroes, and the old file is let go of', () => {
  const { memory } = twoRegions()
  const window = memory.window(LOW, 64)!
  const view = memory.view(LOW, 64)!
  window.store32(0, 5)
  const file = makeMemfd(PAGE)
  expect(memory.replace([{ gpa: LOW, userAddress: 0, fileOffset: 0, length: PAGE, fd: file }])).toBeNull()
  expect(memory.generation).toBe(2)
  expect(() => window.load32(0)).toThrow(AssertionError)
  expect(() => window.storeRelease16(0, 1)).toThrow(AssertionError)
  expect(view[0]).toBe(0)
  view[0] = 9
  expect(memory.view(LOW, 1)![0]).toBe(0)
  expect(memory.view(HIGH, 1)).toBeNull()
})

it('a table that cannot be leaves the old one, and closes what came with it', () => {
  const { memory } = twoRegions()
  const window = memory.window(LOW, 64)!
  const before = readdirSync('/proc/self/fd').length
  const good = (gpa: number): ForeignRegion => ({ gpa, userAddress: gpa, fileOffset: 0, length: PAGE, fd: makeMemfd(PAGE) })
  expect(memory.replace([good(0), { ...good(PAGE), length: PAGE + 1 }])).toBe('the file is too short')
  expect(memory.replace([good(0), good(0)])).toBe('regions overlap in user addresses')
  expect(memory.replace([good(0), { ...good(0), userAddress: 2 ** 40 }])).toBe('regions overlap, or one lies outside the address space')
  expect(memory.replace([{ ...good(0), userAddress: 2 ** 60 }])).toBe('the user address is no address')
  const directory = openSync('.', 'r')
  const eventfd = libc().eventfd(0, 0)
  expect(memory.replace([{ gpa: 0, userAddress: 0, fileOffset: 0, length: 1, fd: directory }])).toBe('not a file')
  expect(memory.replace([{ gpa: 0, userAddress: 0, fileOffset: 0, length: 1, fd: eventfd }])).toBe('not a file')
  expect(readdirSync('/proc/self/fd').length).toBe(before)
  window.store16(0, 3)
  expect([window.load16(0), memory.generation]).toEqual([3, 1])
})

it('reaches every byte of a region of many gigabytes', () => {
  const length = 10 * 2 ** 30 + PAGE
  const memory = made([{ gpa: 0, userAddress: 0, fileOffset: 0, length, fd: makeMemfd(length) }])
  const places = [0, 2 ** 30 - 2, 2 ** 31 - 2, 2 ** 32 - 2, 2 ** 33 - 2, length - 4]
  for (const [i, gpa] of places.entries()) memory.window(gpa, 4)!.store32(0, i + 1)
  expect(places.map((gpa) => memory.window(gpa, 4)!.load32(0))).toEqual([1, 2, 3, 4, 5, 6])
  expect(places.map((gpa) => memory.view(gpa, 4)![0])).toEqual([1, 2, 3, 4, 5, 6])
  expect(memory.view(2 ** 30 - 5, 2 ** 30)![3]).toBe(1 + 1)
  expect(memory.view(0, 2 ** 30 + 1)).toBeNull()
  expect(memory.residentPages(length - PAGE, PAGE)).toBe(1)
  expect(memory.discard(0, length, 'punch-hole')).toBe(0)
  expect(memory.allocatedBytes()).toBe(0)
})

it('is replaced again and again without holding on to descriptors', () => {
  const memory = made([])
  const before = readdirSync('/proc/self/fd').length
  for (let i = 0; i < 50; i++) {
    const fd = makeMemfd(PAGE)
    ftruncateSync(fd, 64 * PAGE)
    expect(memory.replace([{ gpa: 0, userAddress: 0, fileOffset: PAGE, length: PAGE, fd }])).toBeNull()
    memory.write(0, Uint8Array.of(i))
  }
  memory.clear()
  expect(readdirSync('/proc/self/fd').length).toBe(before)
  expect(() => closeFd(9999)).toThrow(AssertionError)
})
