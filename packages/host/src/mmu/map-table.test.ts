/** 512 SPTEs at once: the same as one by one, and nothing where one is already. */
import { Columns, gfn, hfn } from '@hintlab/kit'
import { expect, test } from 'vitest'
import { renderEpt } from '../testing/render.ts'
import { Ept } from './ept.ts'
import { SPTE_PRESENT, SPTE_WRITABLE } from './spte.ts'

const RW = SPTE_PRESENT | SPTE_WRITABLE
const FIRST = 0x400
/** Frames in no order, but for a few in a row. */
const FRAMES = Int32Array.from({ length: 512 }, (_, i) => (i < 8 ? 0x900 + i : 0x1000 + ((i * 37) % 512)))

test('a table that is filled at once is the table that is filled page by page', () => {
  const [one, all] = [new Ept(new Columns()), new Ept(new Columns())]
  FRAMES.forEach((frame, i) => one.map4k(gfn(FIRST + i), hfn(frame), RW))
  expect(all.map512(gfn(FIRST), FRAMES, RW)).toBe(true)
  expect(renderEpt(all, 0, 0x800)).toBe(renderEpt(one, 0, 0x800))
  expect([all.small, all.large, all.tables]).toEqual([one.small, one.large, one.tables])
  all.check()
  all.zap(gfn(FIRST + 3), 509)
  expect([all.zapped4k, all.small]).toEqual([509, 3])
  all.check()
})

test('a range that has an SPTE, and a pool without tables, stay as they are', () => {
  const small = new Ept(new Columns())
  small.map4k(gfn(FIRST + 511), hfn(7), RW)
  const large = new Ept(new Columns())
  large.map2m(gfn(FIRST), hfn(0x200), RW)
  const full = new Ept(new Columns(), { tablesMax: 3 })
  for (const ept of [small, large, full]) {
    const before = renderEpt(ept, 0, 0x800)
    expect(ept.map512(gfn(FIRST), FRAMES, RW)).toBe(false)
    expect(renderEpt(ept, 0, 0x800)).toBe(before)
    ept.check()
  }
})
