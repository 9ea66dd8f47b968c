/** The same scenario with several seeds, and how far its numbers lie apart. */
import { InputError, SEED_MAX } from '../options.ts'
import { METRIC_NAMES } from './metrics.ts'
import type { MetricValues } from './metrics.ts'
import { SWEEP_POINTS_MAX } from './sweep.ts'
import type { SweepPoint } from './sweep.ts'

export const SEEDS_MAX = 1000

/** Over the seeds for which the number has a meaning, which are `of`. */
export interface MetricSpread {
  readonly min: number
  readonly mean: number
  readonly max: number
  readonly of: number
}

/** By name of the metric; null where it has no meaning for any seed. */
export type MetricSpreads = Readonly<Record<string, MetricSpread | null>>

/** Each point with its seed and the `count` - 1 after it, the seed varying fastest and named as the last of its settings. Throws InputError. */
export function withSeeds(points: readonly SweepPoint[], count: number): SweepPoint[] {
  const runs = points.length * count
  if (runs > SWEEP_POINTS_MAX) throw new InputError(`--seeds: found ${runs} runs with ${count} seeds; accepted are up to ${SWEEP_POINTS_MAX}`)
  return points.flatMap(({ settings, scenario }) => {
    if ('seed' in settings) throw new InputError('--seeds: found --vary seed beside it; accepted is one of the two')
    const { options } = scenario
    if (options.seed + count - 1 > SEED_MAX) {
      throw new InputError(`--seeds: found ${count} from ${options.seed} on; accepted are seeds up to ${SEED_MAX}`)
    }
    return Array.from({ length: count }, (_, i) => {
      const seed = options.seed + i
      return { settings: { ...settings, seed: String(seed) }, scenario: { ...scenario, options: { ...options, seed } } }
    })
  })
}

/** Of every metric. Sums are in the order of the seeds, so that they have the same bytes everywhere. */
export function spreadsOf(runs: readonly { readonly metrics: MetricValues }[]): MetricSpreads {
  return Object.fromEntries(METRIC_NAMES.map((name) => {
    const values = runs.map(({ metrics }) => metrics[name] ?? null).filter((value) => value !== null)
    return [name, values.length === 0 ? null : spread(values)]
  }))
}

function spread(values: readonly number[]): MetricSpread {
  const sum = values.reduce((total, value) => total + value, 0)
  return { min: Math.min(...values), mean: sum / values.length, max: Math.max(...values), of: values.length }
}
