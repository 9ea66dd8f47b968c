/**
 * The recorded driver's bytes, put back where they were: rings, descriptors, buffers. Only what the recording touches has memory here; pages that were
 * reported or hinted are never read by a device, and need none.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ArenaMemory } from '@hintlab/protocol'
import type { QueuePlace } from '@hintlab/transport'
import type { WireLine } from './wire-jsonl.ts'

const DESC_BYTES = 16
const RING_HEADER = 4
const USED_BYTES = 8

export class ReplayMemory {
  readonly memory: ArenaMemory

  /** With room for queues at all of `places` and for every readable buffer of `lines`. */
  constructor(cols: Columns, lines: readonly WireLine[], places: readonly QueuePlace[]) {
    const pages = new Set<number>()
    const touch = (gpa: number, length: number): void => {
      for (let page = Math.floor(gpa / PAGE_SIZE); page <= Math.floor((gpa + length - 1) / PAGE_SIZE); page++) pages.add(page)
    }
    for (const { size, descGpa, availGpa, usedGpa } of places) {
      touch(descGpa, size * DESC_BYTES)
      touch(availGpa, RING_HEADER + size * 2 + 2)
      touch(usedGpa, RING_HEADER + size * USED_BYTES + 2)
    }
    for (const { desc = [] } of lines) for (const { gpa, len, hex } of desc) if (hex !== undefined) touch(Number(gpa), len)
    this.memory = new ArenaMemory(cols)
    for (const { first, count } of runsOf([...pages].sort((a, b) => a - b))) this.memory.addRegion(first * PAGE_SIZE, count * PAGE_SIZE)
  }

  /** What the driver wrote to make this chain available: buffers, descriptors, the ring's entry, its index and flags. */
  makeAvailable({ head = 0, desc = [], avail_pos: position = 0, avail_flags: flags = 0 }: WireLine, { size, descGpa, availGpa }: QueuePlace): void {
    for (const { i, gpa, len, flags, next, hex } of desc) {
      if (hex !== undefined) this.memory.write(Number(gpa), Buffer.from(hex, 'hex'))
      const bytes = new Uint8Array(DESC_BYTES)
      const view = new DataView(bytes.buffer)
      view.setBigUint64(0, BigInt(gpa), true)
      view.setUint32(8, len, true)
      view.setUint16(12, flags, true)
      view.setUint16(14, next, true)
      this.memory.write(descGpa + i * DESC_BYTES, bytes)
    }
    this.write16(availGpa + RING_HEADER + (position % size) * 2, head)
    this.write16(availGpa, flags)
    this.write16(availGpa + 2, position + 1)
  }

  /** The used element at a position, or null when the device has not got there. */
  usedElement(position: number, { size, usedGpa }: QueuePlace): { id: number; len: number } | null {
    const behind = (this.read32(usedGpa) >>> 16) - (position & 0xffff)
    if (((behind - 1) & 0xffff) >= size) return null
    const at = usedGpa + RING_HEADER + (position % size) * USED_BYTES
    return { id: this.read32(at), len: this.read32(at + 4) }
  }

  private write16(gpa: number, value: number): void {
    this.memory.write(gpa, Uint8Array.of(value & 255, (value >>> 8) & 255))
  }

  private read32(gpa: number): number {
    const bytes = new Uint8Array(4)
    this.memory.read(gpa, bytes)
    return new DataView(bytes.buffer).getUint32(0, true)
  }
}

/** Consecutive numbers as ranges. */
export function runsOf(sorted: readonly number[]): { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = []
  for (const page of sorted) {
    const last = runs.at(-1)
    if (last !== undefined && last.first + last.count === page) last.count++
    else runs.push({ first: page, count: 1 })
  }
  return runs
}
