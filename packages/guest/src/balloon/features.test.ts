import { Feature, featureNames, featureSet, hasFeature } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptFeatures, BALLOON_FEATURES, poisonValue, without } from './features.ts'
import type { Poisoning } from './features.ts'

const { PAGE_POISON, PAGE_REPORTING, STATS_VQ, VERSION_1 } = Feature

describe('a driver', () => {
  test.each<{ poisoning: Poisoning; offered: number[]; taken: string[] }>([
    { poisoning: 'none', offered: [PAGE_POISON, PAGE_REPORTING, VERSION_1], taken: ['PAGE_REPORTING', 'VERSION_1'] },
    { poisoning: 'none', offered: [PAGE_REPORTING, VERSION_1], taken: ['PAGE_REPORTING', 'VERSION_1'] },
    { poisoning: 'init-on-free', offered: [PAGE_POISON, PAGE_REPORTING, VERSION_1], taken: ['PAGE_POISON', 'PAGE_REPORTING', 'VERSION_1'] },
    { poisoning: 'init-on-free', offered: [PAGE_REPORTING, STATS_VQ, VERSION_1], taken: ['STATS_VQ', 'VERSION_1'] },
    { poisoning: 'page-poison', offered: [PAGE_REPORTING, VERSION_1], taken: ['VERSION_1'] },
  ])('that fills free pages with $poisoning takes of $offered $taken', ({ poisoning, offered, taken }) => {
    expect(featureNames(acceptFeatures(featureSet(...offered), BALLOON_FEATURES, poisoning))).toEqual(taken)
  })

  test('never takes what was not offered or what it does not know, and never reports where its poison is unprotected', () => {
    const bits = fc.uniqueArray(fc.nat(63))
    const kinds = fc.constantFrom<Poisoning>('none', 'init-on-free', 'page-poison')
    fc.assert(fc.property(bits, bits, kinds, (offered, knows, poisoning) => {
      const taken = acceptFeatures(featureSet(...offered), featureSet(...knows), poisoning)
      for (let bit = 0; bit < 64; bit++) if (hasFeature(taken, bit)) expect(offered.includes(bit) && knows.includes(bit)).toBe(true)
      if (poisoning !== 'none' && hasFeature(taken, PAGE_REPORTING)) expect(hasFeature(taken, PAGE_POISON)).toBe(true)
      if (poisoning === 'none') expect(hasFeature(taken, PAGE_POISON)).toBe(false)
    }), { numRuns: 300, seed: 1 })
  })

  test('writes what its free pages hold', () => {
    expect([poisonValue('none'), poisonValue('init-on-free'), poisonValue('page-poison')]).toEqual([0, 0, 0xaaaaaaaa])
  })
})

test('bits are taken out of a set by number, in both words', () => {
  expect(without(featureSet(0, 5, 31, 32, 40), 5, 31, 40)).toEqual(featureSet(0, 32))
})
