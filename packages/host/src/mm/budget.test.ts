import { gfn, MIB, pagesIn, vpn } from '@hintlab/kit'
import { expect, test } from 'vitest'
import { SPTE_PRESENT } from '../mmu/spte.ts'
import { bytesPerPage, mapGuest } from '../testing/map-guest.ts'
import { mappingHfn } from './mapping.ts'

const render = (bytes: Map<string, number>): string => [...bytes].map(([label, each]) => `${label} ${each.toFixed(2)}`).join(', ')

/** The design's budget: 16 bytes per touched page for PTE, SPTE and frame together. */
test('a guest that touched every page in 4 KiB costs at most 16 bytes a page', () => {
  // 61 PTs and three upper tables fill the EPT's first chunk of 64; the page table has a slack of three tables.
  const pages = pagesIn(122 * MIB)
  const { cols, mm, ept, frames } = mapGuest(pages, 'never')
  expect([mm.small, ept.small, frames.free]).toEqual([pages, pages, 0])
  const bytes = bytesPerPage(cols, pages)
  expect(bytes.get('sum')).toBeLessThanOrEqual(16)
  expect(render(bytes)).toMatchInlineSnapshot(`"host frames 5.17, host mm 4.21, ept 5.25, sum 14.63"`)
  mm.check()
  ept.check()
  frames.check()
})

test('a guest in huge pages costs the host frames and little else', () => {
  const pages = pagesIn(128 * MIB)
  const { cols, mm, ept } = mapGuest(pages, 'always')
  expect([mm.huge, ept.large, mm.tables, ept.tables]).toEqual([64, 64, 0, 3])
  expect(bytesPerPage(cols, pages).get('sum')).toBeLessThanOrEqual(11)
})

test('what was zapped is used again: mapping the guest a second time takes no more memory', () => {
  const pages = pagesIn(200 * MIB)
  const { cols, mm, ept, frames } = mapGuest(pages, 'never')
  const once = cols.bytesByLabel()
  ept.zap(gfn(0), pages)
  mm.zapRange(vpn(0), pages)
  expect([mm.residentPages, mm.tables, ept.tables, frames.free, frames.freeHugeCount]).toEqual([0, 100, 3, pages, pages / 512])
  for (let page = 0; page < pages; page++) {
    const mapping = mm.populate(vpn(page))
    ept.map4k(gfn(page), mappingHfn(mapping), SPTE_PRESENT)
  }
  expect([mm.tables, ept.tables]).toEqual([100, 103])
  expect(cols.bytesByLabel()).toEqual(once)
  mm.check()
  ept.check()
})
