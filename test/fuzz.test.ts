/**
 * Malformed rings and payloads against the whole device, and a malicious device against the whole driver: the stored cases, cases of fast-check, and a run
 * of the generator with a fixed seed. `hintlab fuzz --cases 1000000` is the same for longer.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FUZZ_SIDES, makeFuzzTarget, parseFuzzFile, runFuzz, runSeries } from '@hintlab/lab'
import type { FuzzSide } from '@hintlab/lab'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const corpus = (side: FuzzSide) =>
  readdirSync(folder(side)).sort().map((name) => [name, parseFuzzFile(name, readFileSync(`${folder(side)}/${name}`, 'utf8'))] as const)
const folder = (side: FuzzSide): string => fileURLToPath(new URL(`./corpus/${side}`, import.meta.url))

/** Cases of a run, and how many of what it must have thrown at the other side, so that it cannot become idle unseen. */
const RUNS = { device: { cases: 3000, malformed: 2000 }, driver: { cases: 600, malformed: 3000 } } as const

describe.each(FUZZ_SIDES)('%s', (side) => {
  const make = () => makeFuzzTarget(side)

  test.each(corpus(side))('stored cases: %s', (_, file) => {
    expect(file.side).toBe(side)
    expect(runSeries(make, file.series)).toBe(null)
  })

  test('the stored cases move every counter', () => {
    const all = corpus(side).flatMap(([, { series }]) => series)
    const { counts, finding } = runFuzz(make, { cases: all.length, seed: 1, corpus: all })
    expect(finding).toBe(null)
    expect([...counts].filter(([, count]) => count === 0)).toEqual([])
  })

  test('cases of fast-check, each in a new world', () => {
    const bytes = fc.uint8Array({ minLength: 3, maxLength: 80 })
    fc.assert(fc.property(bytes, (one) => {
      expect(runSeries(make, [one])).toBe(null)
    }), { seed: 1, numRuns: 60 })
  })

  test('a run with a fixed seed', () => {
    const { cases, malformed } = RUNS[side]
    const result = runFuzz(make, { cases, seed: 1 })
    expect(result.finding).toBe(null)
    expect(result.cases).toBe(cases)
    expect(result.malformed).toBeGreaterThan(malformed)
  })
})

test('the same seed gives the same run', () => {
  const hash = () => [...runFuzz(() => makeFuzzTarget('device'), { cases: 300, seed: 9 }).counts]
  expect(hash()).toEqual(hash())
})
