import { AssertionError, Columns } from '@hintlab/kit'
import { expect, it } from 'vitest'
import { ArenaMemory } from './arena-memory.ts'
import { guestMemoryContract } from './testing/index.ts'

guestMemoryContract('arena', (regions) => {
  const memory = new ArenaMemory(new Columns())
  for (const { gpa, length } of regions) memory.addRegion(gpa, length)
  return memory
})

function twoRegions(): { cols: Columns; memory: ArenaMemory } {
  const cols = new Columns()
  const memory = new ArenaMemory(cols)
  memory.addRegion(0x1000, 64)
  memory.addRegion(0x8000, 64)
  return { cols, memory }
}

it('every access that may change bytes declares its region, and no other', () => {
  const { cols, memory } = twoRegions()
  const low = memory.window(0x1000, 64)!
  const writes: (() => unknown)[] = [
    () => low.store16(0, 1), () => low.store32(4, 2), () => low.storeRelease16(8, 3),
    () => memory.write(0x1010, Uint8Array.of(4)), () => (memory.view(0x1020, 4)![0] = 5),
  ]
  cols.footprint.recording = true
  for (const write of writes) {
    cols.remember()
    cols.footprint.begin()
    write()
    expect(cols.changedOutside()).toEqual([])
    cols.footprint.begin()
    expect(cols.changedOutside()).toEqual([expect.stringMatching(/^memory\.region0\[\d+\] changed, memory at 1000 not declared$/)])
  }
})

it('loads and reads conflict with writes of their region only', () => {
  const { cols, memory } = twoRegions()
  const other = twoRegions()
  cols.footprint.recording = other.cols.footprint.recording = true
  const low = memory.window(0x1000, 64)!
  const loads: (() => unknown)[] = [
    () => low.load16(0), () => low.load32(0), () => low.loadAcquire16(0), () => memory.read(0x1000, new Uint8Array(4)),
  ]
  for (const load of loads) {
    cols.footprint.begin()
    load()
    const conflicts = [0x1000, 0x8000].map((gpa) => {
      other.cols.footprint.begin()
      other.memory.write(gpa, Uint8Array.of(1))
      return cols.footprint.conflictsWith(other.cols.footprint)
    })
    expect(conflicts).toEqual([true, false])
  }
})

it('windows and views survive a reset', () => {
  const { cols, memory } = twoRegions()
  cols.seal()
  const window = memory.window(0x8000, 8)!
  window.store32(0, 7)
  cols.reset()
  expect(window.load32(0)).toBe(0)
  window.store32(0, 9)
  expect([...memory.view(0x8000, 1)!]).toEqual([9])
})

it('regions that overlap or leave the address space are a bug of whoever builds the machine', () => {
  const { memory } = twoRegions()
  for (const [gpa, length] of [[0x103f, 1], [0xfff, 2], [0, 0x10000], [-1, 1], [2 ** 52 - 1, 2], [0x2000, 0], [0.5, 8]] as const) {
    expect(() => memory.addRegion(gpa, length)).toThrow(AssertionError)
  }
  memory.addRegion(0x1040, 8)
  expect(memory.read(0x1038, new Uint8Array(16))).toBe(true)
})
