/**
 * The density experiments of the mailing list: how many guests fit on a host, how long a memhog takes when the host has to swap for it, and what it matters
 * whether peaks of several guests meet. What they assume stands in density-setup.ts.
 */
import { GIB, PAGE_SIZE } from '@hintlab/kit'
import { InputError } from '../options.ts'
import { densityAssumptions } from './density-assumptions.ts'
import type { AssumptionRow } from './density-assumptions.ts'
import { fitOverSeeds, memhogRuns, peaks, secondsOf } from './density-runs.ts'
import { GUESTS_MAX, NO_HINTS, UPSTREAM, V10, V10_SETUP, V8, V8_SETUP } from './density-setup.ts'
import type { DensitySetup, HintedBy } from './density-setup.ts'

export interface DensityRow {
  readonly what: string
  readonly interface: string
  readonly model: number
  readonly unit: 'guests' | 's' | 'ratio' | 'GiB'
  /** Least and most over the seeds, of which `model` is the median; null where one seed was run. */
  readonly range: { readonly min: number; readonly max: number } | null
  /** The experiment ended there, for want of more guests: there may be room for more. */
  readonly orMore: boolean
  /** What was published, in words; null where nothing is given to compare with. */
  readonly published: string | null
  /** What is accepted of the model; null for a prediction. */
  readonly accepted: { readonly min: number; readonly max: number } | null
  readonly within: boolean
}

export interface DensityResult {
  readonly scale: number
  readonly seeds: readonly number[]
  readonly rows: readonly DensityRow[]
  readonly assumptions: readonly AssumptionRow[]
  readonly violations: number
  readonly outside: number
}

export interface DensityOptions {
  /** Divides every size; 1 takes some minutes. */
  readonly scale?: number
  /** For the guests that fit. */
  readonly seeds?: readonly number[]
  /** Also what each assumption decides. */
  readonly assumptions?: boolean
}

const DEFAULT_SEEDS = [1, 2, 3, 4, 5]

/** All experiments, model beside published. */
export function studyDensity({ scale = 16, seeds = DEFAULT_SEEDS, assumptions = true }: DensityOptions = {}): DensityResult {
  if (!Number.isInteger(scale) || scale < 1 || scale > 32) throw new InputError(`--scale: found ${scale}; accepted is a whole number from 1 to 32`)
  const sheet = new Sheet()
  addFits(sheet, scale, seeds)
  for (const disk of ['NVMe', 'disk'] as const) addMemhogs(sheet, scale, disk)
  for (const offset of [false, true]) addPeaks(sheet, scale, offset)
  const table = assumptions ? densityAssumptions(scale, seeds) : { rows: [], violations: 0 }
  return {
    scale, seeds, rows: sheet.rows, assumptions: table.rows,
    violations: sheet.violations + table.violations,
    outside: sheet.rows.filter((row) => !row.within).length,
  }
}

type RowInput = Pick<DensityRow, 'what' | 'interface' | 'model' | 'unit'> & Partial<Pick<DensityRow, 'range' | 'published' | 'accepted'>>

/** The rows so far, and the guest pages that lost data. */
class Sheet {
  readonly rows: DensityRow[] = []
  violations = 0

  add({ range = null, published = null, accepted = null, ...row }: RowInput): void {
    const within = accepted === null || (row.model >= accepted.min && row.model <= accepted.max)
    this.rows.push({ ...row, range, published, accepted, orMore: row.unit === 'guests' && row.model === GUESTS_MAX, within })
  }
}

interface PublishedFit {
  readonly by: HintedBy
  /** Chance decides how full its arrays are when a guest has started. */
  readonly chance?: true
  readonly setup: DensitySetup
  readonly where: string
  readonly published?: string
  readonly accepted?: { min: number; max: number }
}

const V8_HOST = '15837 MB'
const V10_HOST = '15 GB'

/** The thread says that 5 to 7 guests fit with v8; of v10 it gives one number, and not whether the author went on until one did not fit. */
const FITS: readonly PublishedFit[] = [
  { by: NO_HINTS, setup: V8_SETUP, where: V8_HOST, published: '3', accepted: { min: 3, max: 3 } },
  { by: V8, chance: true, setup: V8_SETUP, where: V8_HOST, published: '5 to 7', accepted: { min: 5, max: 7 } },
  { by: UPSTREAM, setup: V8_SETUP, where: V8_HOST },
  { by: NO_HINTS, setup: V10_SETUP, where: V10_HOST, published: '2', accepted: { min: 2, max: 2 } },
  { by: V10, setup: V10_SETUP, where: V10_HOST, published: '5', accepted: { min: 5, max: Infinity } },
]

function addFits(sheet: Sheet, scale: number, seeds: readonly number[]): void {
  for (const { by, chance = false, setup, where, ...judged } of FITS) {
    const { guests, min, max, keptBytes, violations } = fitOverSeeds(by, scale, chance ? seeds : seeds.slice(0, 1), { setup })
    sheet.violations += violations
    const what = `guests of 5 GiB that each touch 4 GiB in turn on ${where}`
    sheet.add({ what, interface: by.name, model: guests, unit: 'guests', range: chance ? { min, max } : null, ...judged })
    sheet.add({ what: `what such a guest keeps of the host, ${where}`, interface: by.name, model: keptBytes / GIB, unit: 'GiB' })
  }
}

function addMemhogs(sheet: Sheet, scale: number, disk: 'NVMe' | 'disk'): void {
  const what = `third memhog of 5 GiB, swap on ${disk}`
  const thirds = [NO_HINTS, UPSTREAM].map((by) => {
    const { runs, swapWritten, violations } = memhogRuns(by, scale, disk)
    sheet.violations += violations
    const third = secondsOf(runs[2])
    sheet.add({ what, interface: by.name, model: third * scale, unit: 's' })
    sheet.add({ what: `${what}: against the first`, interface: by.name, model: third / secondsOf(runs[0]), unit: 'ratio' })
    sheet.add({ what: `${what}: written to swap`, interface: by.name, model: gib(swapWritten) * scale, unit: 'GiB' })
    return third
  })
  sheet.add({ what: `third memhog, swap on ${disk}: without hints against with`, interface: 'both', model: thirds[0] / thirds[1], unit: 'ratio' })
}

function addPeaks(sheet: Sheet, scale: number, offset: boolean): void {
  const what = offset ? 'offset peaks' : 'simultaneous peaks'
  for (const by of [NO_HINTS, UPSTREAM]) {
    const { usedMax, swapWritten, slowest, violations } = peaks(by, scale, offset)
    sheet.violations += violations
    sheet.add({ what: `${what}: most memory in use`, interface: by.name, model: gib(usedMax) * scale, unit: 'GiB' })
    sheet.add({ what: `${what}: written to swap`, interface: by.name, model: gib(swapWritten) * scale, unit: 'GiB' })
    sheet.add({ what: `${what}: slowest run`, interface: by.name, model: slowest * scale, unit: 's' })
  }
}

const gib = (pages: number): number => (pages * PAGE_SIZE) / GIB
