import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Columns } from '@hintlab/kit'
import { ArenaMemory } from '../arena-memory.ts'
import type { StatsBatch } from '../ports.ts'
import { readStatsMessage, statsBytesMax, writeStats } from '../stats-message.ts'
import { makeStats, putStats, readStats, STAT_BYTES, STAT_UNSET } from './stats.ts'

const value = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 63, STAT_UNSET))
const stats = fc.array(fc.tuple(fc.nat(0xffff), value), { minLength: 1, maxLength: 20 })

function statsOf(entries: readonly (readonly [number, number])[], room = 20): StatsBatch {
  const batch = makeStats(room)
  entries.forEach(([tag, n], i) => {
    batch.tag[i] = tag
    batch.value[i] = n
  })
  batch.count = entries.length
  return batch
}

const entriesOf = ({ count, tag, value }: StatsBatch): [number, number][] => Array.from({ length: count }, (_, i) => [tag[i], value[i]])

describe('statistics of ten bytes', () => {
  it('are le16 and le64, and come back; 64 set bits are 2^64', () => {
    fc.assert(fc.property(stats, (entries) => {
      const bytes = new Uint8Array(200)
      const length = putStats(statsOf(entries), bytes)
      expect(length).toBe(10 * entries.length)
      const view = new DataView(bytes.buffer)
      for (const [i, [tag, n]] of entries.entries()) {
        expect(view.getUint16(10 * i, true)).toBe(tag)
        expect(view.getBigUint64(10 * i + 2, true)).toBe(n === STAT_UNSET ? 0xffff_ffff_ffff_ffffn : BigInt(n))
      }
      const got = makeStats(20)
      expect(readStats(bytes.subarray(0, length), got)).toBe(0)
      expect(entriesOf(got)).toEqual(entries)
    }), { seed: 1, numRuns: 100 })
  })

  it('a rest that is no entry, and entries beyond the columns, are left over', () => {
    const bytes = new Uint8Array(5 * STAT_BYTES + 6)
    putStats(statsOf([[65000, 1], [3, 2], [10, 3], [3, 4], [0, 5]]), bytes)
    const got = makeStats(20)
    expect(readStats(bytes, got)).toBe(6)
    expect(entriesOf(got)).toEqual([[65000, 1], [3, 2], [10, 3], [3, 4], [0, 5]])
    const few = makeStats(2)
    expect(readStats(bytes, few)).toBe(36)
    expect(entriesOf(few)).toEqual([[65000, 1], [3, 2]])
    expect(readStats(bytes.subarray(0, 6), got)).toBe(6)
    expect(got.count).toBe(0)
  })
})

describe('statistics as a message', () => {
  const makeMemory = (): ArenaMemory => {
    const memory = new ArenaMemory(new Columns())
    memory.addRegion(4096, 4096)
    return memory
  }

  it('come back, and fit in what is said to hold them', () => {
    fc.assert(fc.property(stats, (entries) => {
      const memory = makeMemory()
      const length = writeStats(memory, 4096, statsBytesMax(entries.length), statsOf(entries))
      expect(length).toBeGreaterThan(0)
      const got = makeStats(20)
      expect(readStatsMessage(memory, 4096, length, got)).toBe(true)
      expect(entriesOf(got)).toEqual(entries)
      expect(readStatsMessage(memory, 4096, length, makeStats(entries.length - 1))).toBe(false)
    }), { seed: 1, numRuns: 100 })
  })

  it('of any bytes are taken or refused, and nothing is thrown', () => {
    let refused = 0
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const memory = makeMemory()
      memory.write(4096, bytes)
      const got = makeStats(4)
      got.count = 3
      if (readStatsMessage(memory, 4096, bytes.length, got)) return
      refused++
      expect(got.count).toBe(0)
    }), { seed: 1, numRuns: 200 })
    expect(refused).toBeGreaterThan(50)
    expect(readStatsMessage(makeMemory(), 8190, 4, makeStats(4))).toBe(false)
    expect(writeStats(makeMemory(), 4096, 10, statsOf([[1, 1], [2, 2]]))).toBe(-1)
  })
})
