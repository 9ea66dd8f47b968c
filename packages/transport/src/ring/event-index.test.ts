import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { farEvent, INDEX_MASK, needsEvent } from './event-index.ts'

const index = fc.integer({ min: 0, max: INDEX_MASK })

test('an event notifies exactly when it is among the published entries, across the wrap too', () => {
  fc.assert(fc.property(index, fc.integer({ min: 0, max: 40 }), fc.integer({ min: -45, max: 45 }), (old, count, offset) => {
    const now = (old + count) & INDEX_MASK
    const event = (old + offset) & INDEX_MASK
    expect(needsEvent(event, now, old)).toBe(offset >= 0 && offset < count)
  }))
})

test('the far event is not reached by a full queue, however large', () => {
  fc.assert(fc.property(index, fc.integer({ min: 1, max: 32768 }), (next, count) => {
    expect(needsEvent(farEvent(next), (next + count) & INDEX_MASK, next)).toBe(false)
  }))
})
