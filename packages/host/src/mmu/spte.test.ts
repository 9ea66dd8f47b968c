import { hfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { HFN_LIMIT } from '../mm/limits.ts'
import {
  formatSpte, packSpte, SPTE_ACCESSED, SPTE_DIRTY, SPTE_EXEC, SPTE_HOST_WRITABLE, SPTE_LARGE, SPTE_MMU_WRITABLE, SPTE_PRESENT,
  SPTE_WRITABLE, spteFlags, spteHfn,
} from './spte.ts'

const ALL = [SPTE_PRESENT, SPTE_WRITABLE, SPTE_EXEC, SPTE_ACCESSED, SPTE_DIRTY, SPTE_LARGE, SPTE_HOST_WRITABLE, SPTE_MMU_WRITABLE]

test('the flags are eight different bits of one byte', () => {
  expect(ALL.reduce((sum, bit) => sum | bit, 0)).toBe(255)
  expect(ALL.reduce((sum, bit) => sum + bit, 0)).toBe(255)
})

test('packing and reading back gives what went in, over the extremes', () => {
  const frame = fc.oneof(fc.constantFrom(0, 1, 511, 512, HFN_LIMIT - 1), fc.nat(HFN_LIMIT - 1))
  fc.assert(fc.property(frame, fc.subarray(ALL), (h, bits) => {
    const flags = bits.reduce((sum, bit) => sum | bit, 0)
    const spte = packSpte(hfn(h), flags)
    expect([spteHfn(spte), spteFlags(spte), Number.isSafeInteger(spte)]).toEqual([h, flags, true])
  }), { seed: 3 })
  expect(() => packSpte(hfn(HFN_LIMIT), 0)).toThrow('29 bits')
  expect(() => packSpte(hfn(0), 256)).toThrow('one byte')
})

test('an SPTE as text', () => {
  const flags = SPTE_PRESENT | SPTE_WRITABLE | SPTE_LARGE | SPTE_MMU_WRITABLE
  expect(formatSpte(packSpte(hfn(0x200), flags))).toMatchInlineSnapshot(`"h0x200 pw---l-m"`)
})
