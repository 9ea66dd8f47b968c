/** Assertions on several seeds: each must hold for every seed, and those for which it does not are named. */
import { judge, metricText } from '@hintlab/lab'
import type { Assertion, MetricValues, Verdict } from '@hintlab/lab'

/** How an assertion came out with all seeds. */
export interface SeedVerdict {
  readonly text: string
  readonly holds: boolean
  readonly bySeed: readonly (Verdict & { readonly seed: number })[]
  /** For a person: `p99_free<50us: NOT MET with 2 of 5 seeds: 3 (found 61.2 us), 5 (found 54 us)`. */
  readonly line: string
}

/** Seeds that are named. */
const NAMED_MAX = 5

export function judgeSeeds(assertion: Assertion, runs: readonly { readonly seed: number; readonly metrics: MetricValues }[]): SeedVerdict {
  const { text, metric: { kind } } = assertion
  const bySeed = runs.map(({ seed, metrics }) => ({ seed, ...judge(assertion, metrics) }))
  const missed = bySeed.filter(({ holds }) => !holds)
  if (missed.length === 0) {
    const values = bySeed.map(({ value }) => value ?? 0)
    const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => metricText(kind, value))
    return { text, holds: true, bySeed, line: `${text}: met with all ${runs.length} seeds, found ${low === high ? low : `${low} to ${high}`}` }
  }
  const found = missed.slice(0, NAMED_MAX).map(({ seed, value }) => `${seed} (found ${value === null ? 'no value' : metricText(kind, value)})`)
  const more = missed.length > NAMED_MAX ? [`and ${missed.length - NAMED_MAX} more`] : []
  return { text, holds: false, bySeed, line: `${text}: NOT MET with ${missed.length} of ${runs.length} seeds: ${[...found, ...more].join(', ')}` }
}
