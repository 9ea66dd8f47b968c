/**
 * Which conclusion depends on a cost that is not known well: every question is asked again with costs halved and doubled.
 *
 *   M      all rows of the cost table that are only an order of magnitude (confidence M)
 *   exits  what a crossing costs: exitKernel, hypercall, kick
 */
import { COST_NAMES, COST_TABLE, makeCosts, scaleCosts } from '@hintlab/sim'
import type { CostName, Costs } from '@hintlab/sim'
import { asynchronyRatio, conclude, quoted, stillHolds } from './conclusions.ts'
import type { Conclusion, JudgedRow } from './conclusions.ts'
import { significant } from './format.ts'

export const EXIT_COSTS: readonly CostName[] = ['exitKernel', 'hypercall', 'kick']

export interface CostVariant {
  readonly costs: 'M' | 'exits'
  readonly factor: 0.5 | 2
}

/** In the order in which they are run and printed. */
export const COST_VARIANTS: readonly CostVariant[] = [
  { costs: 'M', factor: 0.5 }, { costs: 'M', factor: 2 }, { costs: 'exits', factor: 0.5 }, { costs: 'exits', factor: 2 },
]

/** A conclusion that another set of costs turns around. */
export interface Flip extends CostVariant {
  readonly id: Conclusion['id']
  readonly from: string
  readonly to: string
  /** The number that decided for `to`, with its unit. */
  readonly value: string
}

export interface Sensitivity {
  /** The seed of all these runs. */
  readonly seed: number
  /** Runs that were made for it. */
  readonly runs: number
  /** Ids of the conclusions that stand under all variants. */
  readonly holding: readonly Conclusion['id'][]
  readonly flips: readonly Flip[]
  /** By variant: how many times more the synchronous buffer costs the vCPUs than the asynchronous one. */
  readonly asynchronyRatios: readonly (number | null)[]
  /** Violations in these runs. */
  readonly violations: number
  readonly texts: readonly string[]
}

/** The cost table of a variant, in whole nanoseconds: virtual time has no fractions. */
export function variantCosts(cost: Partial<Record<CostName, number>>, { costs: which, factor }: CostVariant): Costs {
  const base = makeCosts(cost)
  const scaled = which === 'M' ? scaleCosts(base, 'M', factor) : { ...base, ...Object.fromEntries(EXIT_COSTS.map((name) => [name, base[name] * factor])) }
  return makeCosts(Object.fromEntries(COST_NAMES.map((name) => [name, Math.round(scaled[name])])))
}

type Verdict = Pick<Sensitivity, 'holding' | 'flips' | 'asynchronyRatios' | 'texts'>

/** Compares what `base` says with what each of `variants` says, in the order of COST_VARIANTS. */
export function judgeSensitivity(base: readonly JudgedRow[], variants: readonly (readonly JudgedRow[])[]): Verdict {
  const before = conclude(base)
  const flips = variants.flatMap((rows, i) => flipsIn(before, conclude(rows), COST_VARIANTS[i]))
  const flipped = new Set(flips.map(({ id }) => id))
  const holding = before.map(({ id }) => id).filter((id) => !flipped.has(id))
  const asynchronyRatios = variants.map(asynchronyRatio)
  return { holding, flips, asynchronyRatios, texts: tell(before, holding, flips, asynchronyRatios) }
}

function flipsIn(before: readonly Conclusion[], after: readonly Conclusion[], variant: CostVariant): Flip[] {
  return before.flatMap((old) => {
    const now = after.find(({ id }) => id === old.id)
    if (now !== undefined && stillHolds(old, now)) return []
    return [{ id: old.id, from: old.answer, to: now?.answer ?? 'nothing', value: now?.value ?? 'nothing', ...variant }]
  })
}

function tell(before: readonly Conclusion[], holding: readonly string[], flips: readonly Flip[], ratios: readonly (number | null)[]): string[] {
  const few = COST_NAMES.filter((name) => COST_TABLE[name].confidence === 'M').length
  const tried = `with the ${few} costs that are only an order of magnitude (M) halved and doubled, and the exit costs (${EXIT_COSTS.join(', ')}) too`
  const verdict = flips.length === 0 ? `all ${holding.length} conclusions hold` : `${holding.length} of ${before.length} conclusions hold`
  return [`Sensitivity: ${tried}, ${verdict}.${tellRatios(ratios)}`, ...flips.map((flip) => tellFlip(flip, before))]
}

function tellFlip({ id, from, to, value, costs, factor }: Flip, before: readonly Conclusion[]): string {
  const subject = before.find((conclusion) => conclusion.id === id)!.subject
  const changed = `${costs === 'M' ? 'M costs' : 'exit costs'} ${factor === 2 ? 'doubled' : 'halved'}`
  return `Flips with ${changed}: ${subject} is then ${quoted(to)} (${value}), no longer ${quoted(from)}.`
}

function tellRatios(ratios: readonly (number | null)[]): string {
  const known = ratios.filter((ratio) => ratio !== null)
  if (known.length === 0) return ''
  const [least, most] = [significant(Math.min(...known)), significant(Math.max(...known))]
  return ` The synchronous buffer costs ${least === most ? least : `${least} to ${most}`} times the asynchronous one.`
}
