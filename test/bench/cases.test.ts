/** The benches cannot rot: each case runs at its smallest size, checks its own results, and returns numbers. What they say about speed is nobody's business here. */
import { expect, it } from 'vitest'
import { CASES } from './cases.ts'

it.each(Object.keys(CASES))('%s runs', async (name) => {
  for (const line of await CASES[name]('smoke')) {
    expect(line.value, line.what).toBeGreaterThan(0)
    expect(Number.isFinite(line.value), line.what).toBe(true)
  }
})
