import { Columns } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SWAP_FULL, SwapArea } from './swap-area.ts'

test('slots are handed out once, marked as they were asked for, and all of them before the area is full', () => {
  const step = fc.record({ free: fc.boolean(), zero: fc.boolean(), pick: fc.nat() })
  fc.assert(fc.property(fc.integer({ min: 1, max: 70 }), fc.array(step, { maxLength: 120 }), (slots, steps) => {
    const area = new SwapArea(new Columns(), slots)
    const twin = new Map<number, boolean>()
    for (const { free, zero, pick } of steps) {
      if (free && twin.size > 0) {
        const slot = [...twin.keys()][pick % twin.size]
        expect(area.isZero(slot)).toBe(twin.get(slot))
        area.free(slot)
        twin.delete(slot)
      } else {
        const slot = area.alloc(zero)
        expect(slot === SWAP_FULL).toBe(twin.size === slots)
        if (slot === SWAP_FULL) continue
        expect(slot < slots && !twin.has(slot)).toBe(true)
        twin.set(slot, zero)
      }
      expect([area.used, area.freeSlots]).toEqual([twin.size, slots - twin.size])
    }
    area.check()
  }), { seed: 1, numRuns: 60 })
})
