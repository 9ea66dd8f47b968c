/**
 * `hintlab study density`: several guests on one host, model beside published.
 *
 *   what                                       interface    model  published
 *   guests of 5 GiB that each touch ...        no hinting       3  3 (accepted 3)
 */
import { InputError, studyDensity } from '@hintlab/lab'
import type { DensityResult, DensityRow } from '@hintlab/lab'
import Table from 'cli-table3'

export interface DensityFlags {
  readonly scale: string
  readonly json?: boolean
}

/** Returns 0 when every row with a published number is within its limits and no guest lost data, 1 otherwise. */
export function densityCommand(flags: DensityFlags): number {
  const scale = Number(flags.scale)
  if (!Number.isInteger(scale)) throw new InputError(`--scale: found ${flags.scale}; accepted is a whole number from 1 to 32`)
  const result = studyDensity(scale)
  process.stdout.write(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : renderDensity(result))
  return result.outside === 0 && result.violations === 0 ? 0 : 1
}

export function renderDensity({ scale, rows, violations, outside }: DensityResult): string {
  const table = new Table({
    head: ['what', 'hints', 'model', 'published', 'accepted'],
    colAligns: ['left', 'left', 'right', 'left', 'left'],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
      left: '', 'left-mid': '', right: '', 'right-mid': '', mid: '-', 'mid-mid': '--', middle: '  ',
    },
  })
  for (const row of rows) table.push([row.what, row.interface, modelText(row), row.published ?? '-', acceptedText(row)])
  const judged = rows.filter(({ accepted }) => accepted !== null).length
  return [
    `Several guests on one host. Sizes are divided by ${scale} and shown as they were; blocks, delays and costs are as they are.`,
    '',
    ...table.toString().split('\n').map((line) => line.trimEnd()),
    '',
    `${judged - outside} of ${judged} rows that can be compared are within what is accepted; the others are predictions. Data lost: ${violations}.`,
    '',
  ].join('\n')
}

function modelText({ model, unit, orMore }: DensityRow): string {
  return unit === 'guests' ? `${model}${orMore ? ' or more' : ''}` : `${model.toFixed(2)}${unit === 'ratio' ? '' : ` ${unit}`}`
}

function acceptedText({ accepted, within }: DensityRow): string {
  if (accepted === null) return 'prediction'
  const { min, max } = accepted
  const range = max === Infinity ? `at least ${min}` : min === max ? String(min) : `${min} to ${max}`
  return within ? range : `${range}: OUTSIDE`
}
