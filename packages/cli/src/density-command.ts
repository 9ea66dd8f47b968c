/**
 * `hintlab study density`: several guests on one host, model beside published.
 *
 *   what                                       hints               model  published  accepted
 *   guests of 5 GiB that each touch ...        percpu-array   5 (3 to 6)  5 to 7     5 to 7
 */
import { ASSUMED_OF, InputError, studyDensity } from '@hintlab/lab'
import type { AssumptionRow, DensityResult, DensityRow } from '@hintlab/lab'
import { plainTable } from './plain-table.ts'

export interface DensityFlags {
  readonly scale: string
  readonly json?: boolean
  /** False: without the table of assumptions, which takes most of the time. */
  readonly assumptions?: boolean
}

/** Prints the study; the exit code. */
export function densityCommand({ scale: text, json = false, assumptions = true }: DensityFlags, study = studyDensity): number {
  const scale = Number(text)
  if (!/^\d+$/.test(text) || scale < 1 || scale > 32) throw new InputError(`--scale: found ${text}; accepted is a whole number from 1 to 32`)
  const result = study({ scale, assumptions })
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : renderDensity(result))
  return exitCodeOf(result)
}

/** 0 when every row with a published number is within its limits and no guest lost data, 1 otherwise. */
export const exitCodeOf = ({ outside, violations }: Pick<DensityResult, 'outside' | 'violations'>): number => (outside === 0 && violations === 0 ? 0 : 1)

export function renderDensity({ scale, seeds, rows, assumptions, violations, outside }: DensityResult): string {
  const judged = rows.filter(({ accepted }) => accepted !== null).length
  const body = rows.map((row) => [row.what, row.interface, modelText(row), row.published ?? '-', acceptedText(row)])
  return [
    `Several guests on one host. Sizes are divided by ${scale} and shown as they were; blocks, delays and costs are as they are.`,
    `Where a range is given, the number is the median of ${seeds.length} seeds: chance decides how full the arrays of a guest are when it has started.`,
    '',
    plainTable(['what', 'hints', 'model', 'published', 'accepted'], body, ['left', 'left', 'right', 'left', 'left']),
    '',
    ...(assumptions.length === 0 ? [] : assumptionLines(assumptions)),
    `${judged - outside} of ${judged} rows that can be compared are within what is accepted; the others are predictions. Data lost: ${violations}.`,
    '',
  ].join('\n')
}

function assumptionLines(rows: readonly AssumptionRow[]): string[] {
  const body = rows.map(({ assumption, fits }) => [assumption, ...fits.map(({ guests, orMore, ...range }) => rangeText(guestsText(guests, orMore), range))])
  return [
    'Guests that fit on 15837 MB, with one assumption changed at a time:',
    '',
    plainTable(['assumption', ...ASSUMED_OF], body, ['left', ...ASSUMED_OF.map(() => 'right' as const)]),
    '',
  ]
}

function modelText({ model, unit, range, orMore }: DensityRow): string {
  if (unit !== 'guests') return `${model.toFixed(2)}${unit === 'ratio' ? '' : ` ${unit}`}`
  return rangeText(guestsText(model, orMore), range)
}

const guestsText = (guests: number, orMore: boolean): string => `${guests}${orMore ? ' or more' : ''}`

const rangeText = (text: string, range: { min: number; max: number } | null): string => {
  return range === null || range.min === range.max ? text : `${text} (${range.min} to ${range.max})`
}

function acceptedText({ accepted, within }: DensityRow): string {
  if (accepted === null) return 'prediction'
  const { min, max } = accepted
  const range = max === Infinity ? `at least ${min}` : min === max ? String(min) : `${min} to ${max}`
  return within ? range : `${range}: OUTSIDE`
}
