import { describe, expect, it } from 'vitest'
import { COST_NAMES, COST_TABLE, costsHash, makeCosts, scaleCosts } from './index.ts'

describe('cost table', () => {
  it('has every default inside its range, a source for each, and whole nanoseconds', () => {
    for (const name of COST_NAMES) {
      const { ns, min, max, source } = COST_TABLE[name]
      expect([name, min <= ns && ns <= max && min >= 0]).toEqual([name, true])
      expect([name, [ns, min, max].every(Number.isInteger)]).toEqual([name, true])
      expect(source.length).toBeGreaterThan(5)
    }
  })

  it('takes overrides and refuses what is no cost', () => {
    expect(makeCosts().hypercall).toBe(COST_TABLE.hypercall.ns)
    expect(makeCosts({ hypercall: 0 })).toEqual({ ...makeCosts(), hypercall: 0 })
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => makeCosts({ kick: bad })).toThrow('non-negative')
  })

  it('scales the entries of one confidence only, and leaves the original alone', () => {
    const costs = makeCosts()
    const doubled = scaleCosts(costs, 'M', 2)
    for (const name of COST_NAMES) {
      expect([name, doubled[name]]).toEqual([name, costs[name] * (COST_TABLE[name].confidence === 'M' ? 2 : 1)])
    }
    expect(costs).toEqual(makeCosts())
  })

  it('has a hash that tells tables apart', () => {
    const hashes = [makeCosts(), ...COST_NAMES.map((name) => makeCosts({ [name]: COST_TABLE[name].ns + 1 }))].map(costsHash)
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(costsHash(makeCosts())).toBe(costsHash(makeCosts()))
    expect(hashes.every((hash) => /^[0-9a-f]{8}$/.test(hash))).toBe(true)
  })
})
