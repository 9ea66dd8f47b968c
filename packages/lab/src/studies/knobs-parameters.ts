/** The fit of the reporting knobs (knobs-fit.ts, scale 32, mean of seeds 1 to 3), on the seven rows of knobs-rows.ts and nothing else. */
import type { KnobParameters } from './knobs-model.ts'

export const FIT: KnobParameters = { sprinkled: 0.6, kept: 0.245, huge: 0.111, walkTax: 0.0865, contention: 9.26 }

/**
 * d ln(model) / d ln(parameter) at the fit, by row (KNOB_ROWS) and parameter (FITTED): which row says something about what. From runs of seed 1.
 * `study reporting-knobs --calibrate` fits again.
 */
export const FIT_SLOPES: readonly (readonly number[])[] = [
  [0.428, 0, 0.062, 0, 0.001],
  [-0.001, 0, 0.001, 0, 0.001],
  [-0.096, 0, 0.079, 0, 0.073],
  [0.548, 0.44, -0.217, 0.036, 0.449],
  [-0.084, 0, -0.055, 0.066, 0.003],
  [-0.833, 0.022, -0.476, -0.025, 0.122],
  [-0.004, -0.003, -0.009, 0.076, -0.01],
]
