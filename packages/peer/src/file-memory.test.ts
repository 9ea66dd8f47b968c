import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guestMemoryContract } from '@hintlab/protocol/testing'
import { afterAll, expect, it } from 'vitest'
import { FileMemory } from './file-memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'hintlab-file-memory-'))
const fd = openSync(join(folder, 'memory'), 'w+')

afterAll(() => {
  closeSync(fd)
  rmSync(folder, { recursive: true })
})

/** A file of `size` zero bytes. */
function emptyFile(size: number): FileMemory {
  ftruncateSync(fd, 0)
  ftruncateSync(fd, size)
  return new FileMemory(fd)
}

guestMemoryContract('file', (regions) => {
  const memory = emptyFile(10 + regions.length * 100)
  // In the file the regions lie apart, and in another order than in the guest.
  for (const [i, { gpa, length }] of regions.entries()) {
    expect(memory.addRegion({ gpa, fileOffset: 10 + 100 * (regions.length - 1 - i), length })).toBe(true)
  }
  return memory
})

it('refuses regions that the file does not have, or that overlap', () => {
  const memory = emptyFile(4096)
  const add = (gpa: number, fileOffset: number, length: number): boolean => memory.addRegion({ gpa, fileOffset, length })
  expect(add(0, 0, 4097)).toBe(false)
  expect(add(0, 4096, 1)).toBe(false)
  expect(add(0, -1, 1)).toBe(false)
  expect(add(0, Number.NaN, 1)).toBe(false)
  expect(add(0, 96, 4000)).toBe(true)
  expect(add(3999, 0, 1)).toBe(false)
  // Two regions may show the same bytes of the file.
  expect(add(4000, 96, 8)).toBe(true)
  memory.write(0, Uint8Array.of(7))
  expect(memory.window(4000, 2)!.load16(0)).toBe(7)
})

it('a file cut short turns ranges into outside, and words of old windows into counted losses', () => {
  const memory = emptyFile(128)
  memory.addRegion({ gpa: 0x1000, fileOffset: 64, length: 64 })
  const window = memory.window(0x1000, 64)!
  window.store32(60, 0x11223344)
  ftruncateSync(fd, 126)
  const into = new Uint8Array(8).fill(0xee)
  expect(memory.read(0x1038, into)).toBe(false)
  expect(into.every((byte) => byte === 0xee)).toBe(true)
  expect(memory.write(0x1038, into)).toBe(false)
  expect(memory.window(0x1000, 64)).toBeNull()
  expect(memory.lost).toBe(0)
  expect(window.load32(60)).toBe(0)
  window.store32(60, 1)
  expect(memory.lost).toBe(2)
  expect([window.load16(60), memory.read(0x1000, new Uint8Array(62)), memory.lost]).toEqual([0x3344, true, 2])
})
