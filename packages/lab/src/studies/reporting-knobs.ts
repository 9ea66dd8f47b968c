/**
 * `study reporting-knobs`: what order, delay and capacity of free page reporting cost and bring under a parallel build, model beside published, with the
 * fitted parameters, the error of each row when nothing was fitted on it, and predictions for settings that were never fitted.
 */
import type { FITTED } from './knobs-fit.ts'
import { FIT_SEEDS, fitWithout, meanOf, outcomesOf } from './knobs-fit.ts'
import { KNOBS_SETUP, runKnobs } from './knobs-model.ts'
import type { KnobConfig, KnobParameters } from './knobs-model.ts'
import { FIT, FIT_SLOPES } from './knobs-parameters.ts'
import { KNOB_ROWS } from './knobs-rows.ts'

export const KNOB_LIMIT_PERCENT = 15

/** Every parameter, what it was fitted on, and why it is one. All rows take part in the fit; these are the ones that decide it. */
export const KNOB_PARAMETERS: readonly { name: (typeof FITTED)[number]; unit: string; decidedBy: string; source: string }[] = [
  { name: 'used', unit: 'share', decidedBy: 'o9 and o0 footprint', source: 'pageblocks in use for the whole build: system, page cache, objects' },
  { name: 'fragmented', unit: 'share', decidedBy: 'o9 less o0 footprint', source: 'other pageblocks with a few pages in use, which order 9 cannot return' },
  { name: 'workUs', unit: 'us', decidedBy: 'no reporting: system / user; o9 system', source: 'work of the build on a page it touches' },
  { name: 'walkTax', unit: 'share', decidedBy: 'o0 user', source: 'longer page walk where the host has no huge pages' },
  {
    name: 'contention', unit: 'factor', decidedBy: 'o0 system and wall',
    source: 'on discard and fault of small pages in the cost table, from one thread, with 12 vCPUs',
  },
]

/** Not fitted. What was chosen by hand counts against the fit as parameters would, so it says so. */
export const KNOB_ASSUMPTIONS: readonly string[] = [
  `guest of 16 GiB, 12 vCPUs, a job of 64 MiB to 1 GiB on each; each doubling of size has as many pages in all; ${100 * KNOBS_SETUP.hugeShare} % in huge pages`,
  `a page fault of the guest itself takes ${KNOBS_SETUP.guestFaultUs} us; every other cost is that of the cost table`,
  'system CPU is all that guest and host do for memory, device thread included; user + system is 11.92 CPUs of wall time in both complete rows of the table,'
    + ' so wall = (user + system) / 12',
  'chosen by hand with these rows in sight, so the error says less than five parameters on eight rows would: the largest job (2 GiB was tried), the share in'
    + ' huge pages (none was tried), the page fault of the guest, and that contention is not for huge pages (that was tried)',
  'contention is also where the modelled host goes another way than Linux 6.1: it takes a huge page again where Linux, having kept an emptied page table, takes'
    + ' small ones, so fewer and larger faults have to cost as much',
  `${KNOBS_SETUP.measuredS} s of the build after ${KNOBS_SETUP.warmUpS} s stand for all of it; what is compared is per page worked on`,
]

export interface KnobResultRow {
  readonly name: string
  readonly published: number
  readonly model: number
  readonly percent: number
  /** Error with the parameters fitted on the other rows; null when that was not run. */
  readonly leftOutPercent: number | null
  readonly judged: boolean
  readonly within: boolean
}

export interface KnobPrediction {
  readonly name: string
  readonly footprint: number
  readonly wall: number
  readonly system: number
  readonly user: number
}

export interface KnobsResult {
  readonly scale: number
  readonly seeds: readonly number[]
  readonly parameters: KnobParameters
  readonly rows: readonly KnobResultRow[]
  readonly predictions: readonly KnobPrediction[]
  readonly outside: number
}

export interface KnobsOptions {
  readonly scale?: number
  readonly seeds?: readonly number[]
  readonly leaveOneOut?: boolean
  readonly predict?: boolean
}

/** Never fitted: no number of the table for them was looked at. */
const PREDICTED: readonly { name: string; config: KnobConfig }[] = [9, 0].flatMap((order) => [
  { name: `o${order} d100 c32`, config: { order, delayMs: 100, capacity: 32 } },
  { name: `o${order} d2000 c512`, config: { order, delayMs: 2000, capacity: 512 } },
  { name: `o${order} d100 c512`, config: { order, delayMs: 100, capacity: 512 } },
])

/** The parameters are those of the scale at which they were fitted; at another scale the same ones are used. */
export function studyReportingKnobs({ scale = 32, seeds = FIT_SEEDS, leaveOneOut = true, predict = true }: KnobsOptions = {}): KnobsResult {
  const outcomes = outcomesOf(FIT, { scale, seeds })
  const rows = KNOB_ROWS.map((row, i) => {
    const model = row.model(outcomes)
    const percent = percentOff(model, row.published)
    const leftOutPercent = leaveOneOut ? percentOff(row.model(outcomesOf(fitWithout(i, FIT, outcomes, FIT_SLOPES), { scale, seeds })), row.published) : null
    return { name: row.name, published: row.published, model, percent, leftOutPercent, judged: row.judged, within: Math.abs(percent) <= KNOB_LIMIT_PERCENT }
  })
  const { none } = outcomes
  const predictions = !predict ? [] : PREDICTED.map(({ name, config }) => {
    const outcome = meanOf(seeds.map((seed) => runKnobs(config, FIT, { scale, seed })))
    return {
      name,
      footprint: (outcome.residentGiB * outcome.wallNs) / (none.residentGiB * none.wallNs),
      wall: outcome.wallNs / none.wallNs,
      system: outcome.systemNs / none.systemNs,
      user: outcome.userNs / none.userNs,
    }
  })
  return { scale, seeds, parameters: FIT, rows, predictions, outside: rows.filter(({ within, judged }) => judged && !within).length }
}

const percentOff = (model: number, published: number): number => (100 * (model - published)) / published
