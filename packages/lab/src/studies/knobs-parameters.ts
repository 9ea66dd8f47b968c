/** The fit of the reporting knobs (knobs-fit.ts, scale 32, mean of seeds 1 to 3), on the eight rows of knobs-rows.ts and nothing else. */
import type { KnobParameters } from './knobs-model.ts'

export const FIT: KnobParameters = { used: 0.186, workUs: 37.4, fragmented: 0.508, walkTax: 0.19, contention: 18.8 }

/**
 * d ln(model) / d ln(parameter) at the fit, by row (KNOB_ROWS) and parameter (FITTED): which row says something about what. From runs of seed 1.
 * `study reporting-knobs --calibrate` fits again.
 */
export const FIT_SLOPES: readonly (readonly number[])[] = [
  [0, -0.968, 0, 0, 0],
  [0.236, -0.048, 0.389, 0, 0.006],
  [0, 0.001, 0.001, 0, 0.003],
  [-0.023, 0.245, 0.038, 0, 0.18],
  [0.485, -0.477, 0.135, 0.116, 0.296],
  [-0.129, -0.263, -0.023, 0.117, 0.1],
  [-0.873, -2.209, -0.251, 0.417, 0.754],
  [-0.05, 0.001, 0.002, 0.083, 0.025],
]
