/**
 * `hintlab study reporting-knobs` and `hintlab study unit-costs`: published numbers beside the model's, with what was fitted on what.
 *
 *   row              published   model   error %   left out %
 *   o9: footprint       0.660    0.659      -0.1         -0.3
 */
import {
  fitKnobs, InputError, KNOB_ASSUMPTIONS, KNOB_LIMIT_PERCENT, KNOB_PARAMETERS, KNOBS_FIT, SEED_MAX, studyReportingKnobs, studyUnitCosts,
  UNIT_LIMIT_PERCENT,
} from '@hintlab/lab'
import type { KnobsResult, UnitCostsResult } from '@hintlab/lab'
import { plainTable } from './plain-table.ts'
import { wrap } from './text.ts'

const WIDTH = 118
const FIT_TURNS = 4

export interface PublishedFlags {
  readonly scale: string
  readonly seeds?: string
  readonly leaveOneOut?: boolean
  /** Fits from the stored parameters on and prints what comes out, instead of the study. */
  readonly calibrate?: boolean
  readonly json?: boolean
}

/** Returns 0 when every judged row is within the limit, 1 otherwise. */
export function knobsCommand(flags: PublishedFlags): number {
  if (flags.calibrate === true) {
    process.stdout.write(`${JSON.stringify(fitKnobs(KNOBS_FIT, scaleOf(flags), FIT_TURNS), null, 2)}\n`)
    return 0
  }
  const result = studyReportingKnobs({ scale: scaleOf(flags), seeds: seedsOf(flags), leaveOneOut: flags.leaveOneOut !== false })
  process.stdout.write(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : renderKnobs(result))
  return result.outside === 0 ? 0 : 1
}

/** As `knobsCommand`. */
export function unitCostsCommand(flags: PublishedFlags): number {
  const result = studyUnitCosts(scaleOf(flags))
  process.stdout.write(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : renderUnitCosts(result))
  return result.outside === 0 ? 0 : 1
}

function scaleOf({ scale }: PublishedFlags): number {
  const value = Number(scale)
  if (!Number.isInteger(value)) throw new InputError(`--scale: found ${scale}; accepted is 1, 2, 4, 8, 16 or 32`)
  return value
}

function seedsOf({ seeds = '1,2,3' }: PublishedFlags): number[] {
  const values = seeds.split(',').map(Number)
  if (values.some((value) => !Number.isInteger(value) || value < 0 || value > SEED_MAX)) {
    throw new InputError(`--seeds: found ${seeds}; accepted are numbers of 0 to ${SEED_MAX}, separated by commas`)
  }
  return values
}

export function renderKnobs({ scale, seeds, parameters, rows, predictions, outside }: KnobsResult): string {
  const judged = rows.filter((row) => row.judged).length
  return [
    `Free page reporting under a parallel build, against the guest without it. Memory is divided by ${scale}, mean of seeds ${seeds.join(', ')}.`,
    '',
    plainTable(['row', 'published', 'model', 'error %', 'left out %', ''], rows.map((row) => [
      row.name, row.published.toFixed(4), row.model.toFixed(4), signed(row.percent), row.leftOutPercent === null ? '-' : signed(row.leftOutPercent),
      row.judged ? (row.within ? 'within' : 'OUTSIDE') : 'fitted only',
    ])),
    '',
    `${judged - outside} of ${judged} rows within ${KNOB_LIMIT_PERCENT} %. "left out": error with the parameters that the other six rows give, by one step`,
    'along the slopes of the fit and not by runs. "fitted only": used in the fit, not judged.',
    '',
    plainTable(['parameter', 'value', 'unit', 'decided by', 'what it is'], KNOB_PARAMETERS.map(({ name, unit, decidedBy, source }) => [
      name, parameters[name].toPrecision(3), unit, decidedBy, source,
    ])),
    '',
    ...KNOB_ASSUMPTIONS.flatMap((line) => wrap(`Assumed: ${line}.`, WIDTH, '  ')),
    ...(predictions.length === 0 ? [] : [
      '',
      plainTable(['prediction', 'footprint', 'wall', 'system CPU', 'user CPU'], predictions.map(({ name, footprint, wall, system, user }) => [
        name, footprint.toFixed(3), wall.toFixed(3), system.toFixed(2), user.toFixed(3),
      ])),
      '',
      'Predictions: no published number of these rows was used.',
    ]),
    '',
  ].join('\n')
}

export function renderUnitCosts({ scale, rows, parameters, outside }: UnitCostsResult): string {
  return [
    `Balloon of 18 GiB in a guest of 20 GiB, us per page of the size named. Memory is divided by ${scale}; costs are per page or message.`,
    '',
    plainTable(['row', 'published', 'model', 'error %', 'left out %', ''], rows.map((row) => [
      row.what, String(row.publishedUs), row.modelUs.toFixed(3), signed(row.percent), row.leftOutPercent === null ? '-' : row.leftOutPercent.toFixed(1),
      row.within ? 'within' : 'OUTSIDE',
    ])),
    '',
    `${rows.length - outside} of ${rows.length} rows within ${UNIT_LIMIT_PERCENT} %. "left out": how far this row is off when the other three that share its`,
    'costs are met exactly; - where the row alone decides a cost, and so says nothing about the model.',
    '',
    plainTable(['cost', 'value', 'derived from', 'source'], parameters.map(({ name, value, fittedOn, source }) => [
      name, String(value), fittedOn ?? '-', source,
    ])),
    '',
  ].join('\n')
}

const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${percent.toFixed(1)}`
