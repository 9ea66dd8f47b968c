/** What a recording may ask of memory: its rings and requests, and no more than a real guest's. */
import { Columns } from '@hintlab/kit'
import type { TapEvent } from '@hintlab/protocol'
import { expect, test } from 'vitest'
import { InputError } from '../options.ts'
import { memoryOf } from './served-memory.ts'

const readable = (gpa: number, len: number): TapEvent => ({ chain: { queue: 0, head: 0, descriptors: [{ gpa, len, flags: 0 }] } })
const header = { numbering: 'dense-negotiated', driver: 'linux', device: 'hintlab' } as const

test('has bytes where the device reads, and nowhere else', () => {
  const { arena } = memoryOf(new Columns(), header, [readable(0x5000, 16)])
  expect(arena.write(0x5000, Uint8Array.of(1))).toBe(true)
  expect(arena.write(0x7000, Uint8Array.of(1))).toBe(false)
})

test('a request of 4 GiB is refused before anything is allocated', () => {
  expect(() => memoryOf(new Columns(), header, [readable(0x5000, 0xffff_f000)])).toThrow(InputError)
})
