import { AssertionError } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { commonFeatures, Feature, featureNames, featureSet, hasFeature } from './features.ts'

it('prints the table', () => {
  const rows = Object.entries(Feature).map(([name, bit]) => `${String(bit).padStart(2)} ${name}`)
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    " 0 MUST_TELL_HOST
     1 STATS_VQ
     2 DEFLATE_ON_OOM
     3 FREE_PAGE_HINT
     4 PAGE_POISON
     5 PAGE_REPORTING
    28 INDIRECT_DESC
    29 EVENT_IDX
    32 VERSION_1
    34 RING_PACKED
    35 IN_ORDER
    40 RING_RESET"
  `)
})

it('a set has exactly the bits it was made of, and negotiation keeps the common ones', () => {
  const bits = fc.uniqueArray(fc.integer({ min: 0, max: 63 }))
  fc.assert(fc.property(bits, bits, (offered, known) => {
    const both = commonFeatures(featureSet(...offered), featureSet(...known))
    for (let bit = 0; bit < 64; bit++) {
      expect(hasFeature(featureSet(...offered), bit)).toBe(offered.includes(bit))
      expect(hasFeature(both, bit)).toBe(offered.includes(bit) && known.includes(bit))
    }
  }), { seed: 1, numRuns: 50 })
})

it('words are unsigned, and bits outside the table keep their number', () => {
  const set = featureSet(Feature.PAGE_REPORTING, 31, 63, Feature.VERSION_1)
  expect(set).toEqual({ low: 0x8000_0020, high: 0x8000_0001 })
  expect(featureNames(set)).toEqual(['PAGE_REPORTING', 'bit 31', 'VERSION_1', 'bit 63'])
  expect(() => featureSet(64)).toThrow(AssertionError)
})
