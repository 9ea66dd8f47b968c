import { expect, test } from 'vitest'
import { oneBatch } from './one-batch.ts'

test('one batch goes to the host and its answer comes back', () => {
  expect(oneBatch().join('\n')).toMatchInlineSnapshot(`
    "      0 ns  guest  submits 3 blocks in slot 0
       6080 ns  host   discards 512 pages from frame 0
       6430 ns  host   now gives the guest 7680 pages
      14830 ns  host   discards 1024 pages from frame 1024
      15230 ns  host   now gives the guest 6656 pages
      39090 ns  guest  slot 0 is complete: in part
    accepted 2, rejected 1, resident 6656 of 8192 pages"
  `)
})

test('the same conversation twice gives the same text', () => {
  expect(oneBatch()).toEqual(oneBatch())
})
