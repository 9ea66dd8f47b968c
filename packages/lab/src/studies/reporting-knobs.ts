/**
 * `study reporting-knobs`: what order, delay and capacity of free page reporting cost and bring under a parallel build, model beside published, with the
 * fitted parameters, the error of each row when nothing was fitted on it, and predictions for settings that were never fitted.
 */
import type { FITTED } from './knobs-fit.ts'
import { FIT_SEEDS, leftOut, meanOf, outcomesOf, runOnce } from './knobs-fit.ts'
import { BACKGROUND, KNOBS_SETUP } from './knobs-model.ts'
import type { KnobConfig, KnobParameters } from './knobs-model.ts'
import { FIT, FIT_SLOPES } from './knobs-parameters.ts'
import { KNOB_ROWS } from './knobs-rows.ts'

export const KNOB_LIMIT_PERCENT = 15

/** Every parameter, what it was fitted on, and why it is one. All rows take part in the fit; these are the ones that decide it. */
export const KNOB_PARAMETERS: readonly { name: (typeof FITTED)[number]; unit: string; decidedBy: string; source: string }[] = [
  { name: 'sprinkled', unit: 'share', decidedBy: 'o9 footprint', source: 'pageblocks with pages in use all the time, which order 9 cannot return' },
  { name: 'kept', unit: 'share', decidedBy: 'o0 footprint and system', source: 'pages in use of such a pageblock, each by itself' },
  { name: 'huge', unit: 'share', decidedBy: 'o9 system', source: 'memory that a job asks for in blocks of 2 MiB, as a heap in a guest with huge pages' },
  { name: 'walkTax', unit: 'share', decidedBy: 'o0 user', source: 'longer page walk where the host has no huge pages' },
  {
    name: 'contention', unit: 'factor', decidedBy: 'o0 system and wall',
    source: 'on what small pages, calls, flushes and exits cost the host, which the cost table has from one thread, with 12 vCPUs',
  },
]

/** Not fitted. What was chosen in sight of the rows says so. */
export const KNOB_ASSUMPTIONS: readonly string[] = [
  'guest of 16 GiB, 12 vCPUs, a job of 64 MiB to 1 GiB on each; each doubling of size has as many pages in all. The largest job is a choice: with 512 MiB the'
    + ' footprint of order 0 is 4 % lower, with 2 GiB both footprints are 1.3 to 1.5 times as large',
  `a page that a job touches is worked on for ${KNOBS_SETUP.workUs} us, the guest's own fault included; with 20 us the system CPU of order 0 is 10 % larger,`
    + ' its footprint 14 %',
  'user CPU is the time of the guest, reporting worker included, and system CPU what the host\'s kernel does for the VM, device thread included: the process'
    + ' times of a VM. The worker sleeps while the host discards, so the guest cannot spend 50 minutes on reports by itself. User + system is 11.92 CPUs of'
    + ' wall time in both complete rows of the table, so wall = (user + system) / 12',
  'Linux 6.1 on the host, which keeps emptied page tables (host.pt-reclaim is false); a lookup and an empty madvise cost what they do in study unit-costs,'
    + ' which is of the same machine, all else what the cost table says, times contention where it is the host\'s memory management of small pages. That the'
    + ' time of a huge page goes into its 2 MiB and not into locks is a choice made in sight of the rows: with contention on it too,'
    + ' the system CPU of order 9 is 2.2',
  `the host's kernel takes ${(100 * BACKGROUND).toFixed(2)} % of a VM that does not report, on what is not modelled (timers, devices), as in the table`,
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
    const leftOutPercent = leaveOneOut ? percentOff(leftOut(i, FIT, outcomes, FIT_SLOPES), row.published) : null
    return { name: row.name, published: row.published, model, percent, leftOutPercent, judged: row.judged, within: Math.abs(percent) <= KNOB_LIMIT_PERCENT }
  })
  const { none } = outcomes
  const predictions = !predict ? [] : PREDICTED.map(({ name, config }) => {
    const outcome = meanOf(seeds.map((seed) => runOnce(config, FIT, { scale, seed })))
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
