/**
 * `--assert 'p99_free<50us'`: a metric, a comparison, a number with its unit.
 *
 *     assertion  = metric op number unit?           op = < <= > >= == !=
 *
 * A unit is required where the metric has one, unless the number is 0: 50 of what would be a guess.
 */
import { InputError } from '../options.ts'
import { metricText, unitScale, unitsOf } from './metric-text.ts'
import { findMetric, METRIC_NAMES } from './metrics.ts'
import type { Metric, MetricValues } from './metrics.ts'

const OPERATORS = ['<=', '>=', '==', '!=', '<', '>'] as const
type Operator = (typeof OPERATORS)[number]

export interface Assertion {
  /** As the user wrote it. */
  readonly text: string
  readonly metric: Metric
  readonly operator: Operator
  /** In the metric's own counting. */
  readonly limit: number
}

/** How an assertion came out. */
export interface Verdict {
  readonly text: string
  readonly holds: boolean
  readonly value: number | null
  /** One line for a person: `p99_free<50us: not met, found 61.2 us`. */
  readonly line: string
}

const FORM = /^\s*([A-Za-z]\w*)\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)?(?:e\d+)?)\s*([A-Za-z*/]*)\s*$/

/** Throws InputError that says what would have been accepted. */
export function parseAssertion(text: string): Assertion {
  const where = `--assert ${JSON.stringify(text)}`
  const form = FORM.exec(text)
  if (form === null) {
    const operators = OPERATORS.join(' ')
    throw new InputError(`${where}: found no such form; accepted is METRIC OP NUMBER UNIT with one of ${operators}, such as p99_free<50us`)
  }
  const [, name, operator, number, unit] = form
  const metric = findMetric(name)
  if (metric === undefined) throw new InputError(`${where}: found the unknown metric ${name}; accepted are ${METRIC_NAMES.join(', ')}`)
  const scale = unit === '' && Number(number) === 0 ? 1 : unitScale(metric.kind, unit)
  if (scale === null) {
    const units = unitsOf(metric.kind)
    const found = unit === '' ? 'no unit' : `the unit ${unit}`
    throw new InputError(`${where}: found ${found} after ${number}; accepted ${units.length === 1 ? 'is' : 'are'} ${units.join(', ')}`)
  }
  return { text, metric, operator: operator as Operator, limit: Number(number) * scale }
}

/** A number without meaning (null) meets no assertion. */
export function judge({ text, metric, operator, limit }: Assertion, values: MetricValues): Verdict {
  const value = values[metric.name] ?? null
  const holds = value !== null && compare(value, operator, limit)
  const found = value === null ? 'no value: nothing of this kind happened' : metricText(metric.kind, value)
  return { text, holds, value, line: `${text}: ${holds ? 'met' : 'NOT MET'}, found ${found}` }
}

function compare(a: number, operator: Operator, b: number): boolean {
  switch (operator) {
    case '<': return a < b
    case '<=': return a <= b
    case '>': return a > b
    case '>=': return a >= b
    case '==': return a === b
    case '!=': return a !== b
  }
}
