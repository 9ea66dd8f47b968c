/**
 * Least squares of the reporting knobs' parameters: each row counts by the logarithm of model over published, steps are damped and bounded, slopes come from
 * runs with one parameter changed by a tenth. Nothing but the rows given is looked at.
 */
import { KNOB_ROWS, NO_REPORTING, ORDER_0, ORDER_9 } from './knobs-rows.ts'
import type { KnobRow, Outcomes } from './knobs-rows.ts'
import { runKnobs } from './knobs-model.ts'
import type { KnobConfig, KnobOutcome, KnobParameters, KnobRun } from './knobs-model.ts'
import { exp, ln } from './series.ts'

/** Seeds of the runs that the fit is of. */
export const FIT_SEEDS: readonly number[] = [1, 2, 3]

export interface KnobRuns {
  readonly scale: number
  readonly measuredS?: number
  readonly seeds?: readonly number[]
}

export const FITTED: readonly (keyof KnobParameters)[] = ['sprinkled', 'kept', 'huge', 'walkTax', 'contention']
/** No step leaves these; a step changes a parameter by a factor of two at most. */
const BOUNDS: Record<keyof KnobParameters, readonly [number, number]> = {
  sprinkled: [0.02, 0.95], kept: [0.02, 0.95], huge: [0.02, 1], walkTax: [0.005, 0.5], contention: [1, 40],
}
const SLOPE_STEP = 0.1
const STEP_MAX = ln(2)
const DAMPING = 0.05
/** Hardly any: damping would keep a fit without a row near the fit that knew it. */
const DAMPING_LEFT_OUT = 0.002

/** Outcomes by what decides them: fits and rows left out come back to the same runs. */
const known = new Map<string, KnobOutcome>()

/** As `runKnobs`, but what was run before is not run again. */
export function runOnce(config: KnobConfig, parameters: KnobParameters, run: KnobRun): KnobOutcome {
  // A guest that does not report is not discarded from, so that nothing contends and all pages stay huge.
  const deciding = { ...parameters, ...(config.order === null ? { walkTax: 0, contention: 1 } : {}) }
  const key = JSON.stringify([config, deciding, run])
  const outcome = known.get(key) ?? runKnobs(config, deciding, run)
  known.set(key, outcome)
  return outcome
}

/** The three configurations of the fit, as the mean over seeds. */
export function outcomesOf(parameters: KnobParameters, { scale, measuredS, seeds = FIT_SEEDS }: KnobRuns): Outcomes {
  const mean = (config: KnobConfig): KnobOutcome => meanOf(seeds.map((seed) => runOnce(config, parameters, { scale, measuredS, seed })))
  return { none: mean(NO_REPORTING), order9: mean(ORDER_9), order0: mean(ORDER_0) }
}

export function meanOf(outcomes: readonly KnobOutcome[]): KnobOutcome {
  const mean = (key: keyof KnobOutcome): number => outcomes.reduce((sum, outcome) => sum + outcome[key], 0) / outcomes.length
  return { residentGiB: mean('residentGiB'), wallNs: mean('wallNs'), systemNs: mean('systemNs'), userNs: mean('userNs'), pages: mean('pages') }
}

/** ln(model / published) of each row. */
const errorsOf = (rows: readonly KnobRow[], outcomes: Outcomes): number[] => rows.map((row) => ln(row.model(outcomes) / row.published))

const sumOfSquares = (errors: readonly number[]): number => errors.reduce((sum, error) => sum + error * error, 0)

/** d error / d ln(parameter), by row and parameter; from runs of one seed, because only a direction is wanted. */
function slopes(rows: readonly KnobRow[], at: KnobParameters, scale: number): number[][] {
  const evaluate = (parameters: KnobParameters): Outcomes => outcomesOf(parameters, { scale, seeds: FIT_SEEDS.slice(0, 1) })
  const errors = errorsOf(rows, evaluate(at))
  const columns = FITTED.map((name) => {
    const moved = errorsOf(rows, evaluate({ ...at, [name]: at[name] * exp(SLOPE_STEP) }))
    return moved.map((error, i) => (error - errors[i]) / SLOPE_STEP)
  })
  return rows.map((_, i) => columns.map((column) => column[i]))
}

/** One Gauss-Newton step from `at`, with the damping of Levenberg. */
export function step(
  at: KnobParameters, errors: readonly number[], jacobian: readonly (readonly number[])[], { share = 1, damping = DAMPING } = {},
): KnobParameters {
  const n = FITTED.length
  const matrix = Array.from({ length: n }, (_, a) =>
    Array.from({ length: n }, (_unused, b) => jacobian.reduce((sum, row) => sum + row[a] * row[b], 0) + (a === b ? damping : 0)))
  const right = Array.from({ length: n }, (_, a) => -jacobian.reduce((sum, row, i) => sum + row[a] * errors[i], 0))
  const change = solve(matrix, right)
  const next: Record<keyof KnobParameters, number> = { ...at }
  FITTED.forEach((name, a) => {
    const [min, max] = BOUNDS[name]
    const factor = exp(share * Math.max(-STEP_MAX, Math.min(STEP_MAX, change[a])))
    next[name] = Math.min(max, Math.max(min, at[name] * factor))
  })
  return next
}

/** Elimination with the largest pivot. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]])
  const n = rows.length
  for (let c = 0; c < n; c++) {
    let best = c
    for (let r = c + 1; r < n; r++) if (Math.abs(rows[r][c]) > Math.abs(rows[best][c])) best = r
    ;[rows[c], rows[best]] = [rows[best], rows[c]]
    for (let r = 0; r < n; r++) {
      if (r === c) continue
      const factor = rows[r][c] / rows[c][c]
      for (let k = c; k <= n; k++) rows[r][k] -= factor * rows[c][k]
    }
  }
  return rows.map((row, i) => row[n] / row[i])
}

/** Fits all rows from `start` on; at most `turns` times slopes and a step, which is halved twice before it is given up. Some minutes. */
export function fitKnobs(start: KnobParameters, scale: number, turns: number): { parameters: KnobParameters; slopes: number[][] } {
  const evaluate = (parameters: KnobParameters): Outcomes => outcomesOf(parameters, { scale })
  let parameters = start
  let errors = errorsOf(KNOB_ROWS, evaluate(parameters))
  let jacobian = slopes(KNOB_ROWS, parameters, scale)
  for (let turn = 0; turn < turns; turn++) {
    const better = [1, 0.5, 0.25].map((share) => step(parameters, errors, jacobian, { share })).find((next) => {
      const moved = errorsOf(KNOB_ROWS, evaluate(next))
      if (sumOfSquares(moved) >= sumOfSquares(errors)) return false
      errors = moved
      return true
    })
    if (better === undefined) break
    parameters = better
    jacobian = slopes(KNOB_ROWS, parameters, scale)
  }
  return { parameters, slopes: jacobian }
}

/**
 * The model's value of row number `left` with the parameters that the other rows alone would give: one step from the fit of all rows along its slopes, and the
 * row along the same slopes. Nothing is run for it.
 */
export function leftOut(left: number, fit: KnobParameters, outcomes: Outcomes, jacobian: readonly (readonly number[])[]): number {
  const others = <T>(items: readonly T[]): T[] => items.filter((_, i) => i !== left)
  const next = step(fit, others(errorsOf(KNOB_ROWS, outcomes)), others(jacobian), { damping: DAMPING_LEFT_OUT })
  const moved = FITTED.reduce((sum, name, a) => sum + jacobian[left][a] * ln(next[name] / fit[name]), 0)
  return KNOB_ROWS[left].model(outcomes) * exp(moved)
}
