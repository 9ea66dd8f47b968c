/** Columns made of memory that others have used: the same as fresh ones. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ColumnStore } from './column-store.ts'
import { Columns } from './columns.ts'

const bytesMax = 4096

/** Columns of these lengths. */
function build(store: ColumnStore, lengths: readonly number[]) {
  const cols = new Columns(store)
  const object = cols.objects('thing')
  const made = lengths.map((length, i) => (i % 2 === 0 ? cols.u8(`a.${i}`, length, object) : cols.f64(`b.${i}`, length, object)))
  const holds = (value: number): boolean => made.every((column) => column.every((n) => n === value))
  return { cols, made, holds }
}

test('K1 to K3: whatever is built and released, columns begin as zeroes, share no memory, and the store keeps its limit', () => {
  const step = fc.record({ lengths: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 6 }), isReleased: fc.boolean() })
  fc.assert(fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
    const store = new ColumnStore(bytesMax)
    const open: ReturnType<typeof build>[] = []
    for (const { lengths, isReleased } of steps) {
      const built = build(store, lengths)
      expect(built.holds(0)).toBe(true)
      for (const column of built.made) column.fill(1)
      if (isReleased) built.cols.release()
      else open.push(built)
      expect(store.held).toBeLessThanOrEqual(bytesMax)
      // Memory in use that was handed out again would have been cleared.
      for (const other of open) expect(other.holds(1)).toBe(true)
    }
  }), { numRuns: 200 })
})

test('a released column comes back to the next one of its size, and what does not fit is left alone', () => {
  const store = new ColumnStore(1000)
  const buffer = store.take(400)
  store.give(buffer)
  expect([store.held, store.take(401) === buffer, store.take(400) === buffer, store.held]).toEqual([400, false, true, 0])
  store.give(buffer)
  store.give(new ArrayBuffer(1001))
  expect(store.held).toBe(400)
  store.give(new ArrayBuffer(601))
  expect([store.held, store.take(400) === buffer]).toEqual([601, false])
})

test('columns that are released hold nothing, and take no more', () => {
  const store = new ColumnStore(1000)
  const { cols } = build(store, [10, 20])
  cols.release()
  expect([store.held, cols.bytesByLabel().size]).toEqual([170, 0])
  expect(() => cols.u8('late', 1, 0)).toThrow('added after seal')
})

test('bytes of columns that are backed at least: the pages of 4 KiB in which something stands', () => {
  const cols = new Columns()
  const object = cols.objects('thing')
  const column = cols.i32('big.words', 4096, object)
  cols.u8('small.bytes', 10, object)[9] = 1
  column[0] = column[1023] = column[3000] = 1
  expect([...cols.touchedByLabel()]).toEqual([['big', 8192], ['small', 10]])
})
