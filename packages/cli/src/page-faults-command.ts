/**
 * `hintlab study page-faults`: will-it-scale under free page reporting, published change beside the model's, and who spends the time.
 *
 *   test         tasks   published %   against off %   model %   of runs
 *   page_fault1      1         -0.21           +0.23     -0.64   -1.26 .. -0.17
 */
import { FAULT_LIMITS, FAULT_PARTS, FAULTS_SETUP, InputError, studyPageFaults } from '@hintlab/lab'
import type { PageFaultsResult } from '@hintlab/lab'
import { plainTable } from './plain-table.ts'
import { wrap } from './text.ts'

const WIDTH = 118

export interface PageFaultsFlags {
  readonly scale: string
  readonly predictions?: boolean
  readonly json?: boolean
}

/** Returns 0 when every judged row is within its limit, 1 otherwise. */
export function pageFaultsCommand({ scale, predictions, json }: PageFaultsFlags): number {
  const value = Number(scale)
  if (!Number.isInteger(value)) throw new InputError(`--scale: found ${scale}; accepted is 1, 2, 4, 8, 16 or 32`)
  const result = studyPageFaults({ scale: value, predict: predictions !== false })
  process.stdout.write(json === true ? `${JSON.stringify(result, null, 2)}\n` : renderPageFaults(result))
  return result.outside === 0 ? 0 : 1
}

export function renderPageFaults({ scale, rows, scaling, predictions, costsMoreAt16, outside }: PageFaultsResult): string {
  const judged = rows.length + scaling.length
  return [
    `Free page reporting under will-it-scale in a guest of 32 GiB, against the guest without it. Memory is divided by ${scale}`,
    '(page_fault1: by 8 at most), mean of 4 runs.',
    '',
    plainTable(['test', 'tasks', 'published %', 'against off %', 'model %', 'of runs', 'GiB', 'without', ''], rows.map((row) => [
      row.test, String(row.tasks), signed(row.publishedPercent), signed(row.publishedAgainstOff), signed(row.percent),
      `${signed(row.percentMin)} .. ${signed(row.percentMax)}`, row.residentGiB.toFixed(2), row.residentWithoutGiB.toFixed(2), verdict(row.within),
    ])),
    '',
    plainTable(['test', 'one task', 'model', '16 tasks over one', 'model', 'error %', ''], scaling.map((row) => [
      row.test, row.publishedOne.toFixed(0), row.modelOne.toFixed(0), row.published.toFixed(2), row.model.toFixed(2), signed(row.percent), verdict(row.within),
    ])),
    '',
    `${judged - outside} of ${judged} rows within their limits: a change of +${FAULT_LIMITS.gainPercentMax} to -${FAULT_LIMITS.costPercentMax} %, `
      + `16 tasks over one within ${FAULT_LIMITS.scalingPercent} %. 16 tasks lose a larger share than one,`,
    `as published (not judged): ${Object.entries(costsMoreAt16).map(([test, more]) => `${test} ${more ? 'yes' : 'no'}`).join(', ')}.`,
    '',
    'Where it goes, per cent of the CPU time of as many CPUs as there are tasks. The device thread is on the last CPU: only one of 16 tasks feels it.',
    '',
    plainTable(['', 'test', 'tasks', 'change', ...FAULT_PARTS], [...rows, ...predictions].map((row) => [
      row.name, row.test, String(row.tasks), signed(row.percent), ...FAULT_PARTS.map((part) => row.parts[part].toFixed(3)),
    ])),
    '',
    ...(predictions.length === 0 ? [] : ['Other delays and orders are predictions: no published number of them was used.', '']),
    ...NOTES.flatMap((line) => wrap(line, WIDTH, '  ')),
    '',
  ].join('\n')
}

const NOTES = [
  `Set on the rate of one task without reporting: the program's own work on a page, ${FAULTS_SETUP.workNs.page_fault1} ns in page_fault1 and `
    + `${FAULTS_SETUP.workNs.page_fault2} ns in page_fault2. Everything else is the cost table.`,
  `Assumed: the two hardware threads of a core do ${FAULTS_SETUP.threadGain} of what one does alone (1.1 to 1.3 are common).`,
  '"against off": reporting on against the same kernel with reporting off. In the model, off is the guest without: no code of it runs.',
]

const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${percent.toFixed(2)}`
const verdict = (within: boolean): string => (within ? 'within' : 'OUTSIDE')
