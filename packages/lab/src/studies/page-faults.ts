/**
 * `study page-faults`: what free page reporting costs a load that does nothing but page faults (will-it-scale, patch series "mm / virtio: Provide support for
 * free page reporting", v17), the model beside the published change, and who spends the time.
 *
 * Nothing is fitted but the program's own work on a page, on the rate of one task without reporting (FAULTS_SETUP). The delay of 2 s is dithered over the
 * granule of the timer wheel, in which Linux fires it late: else each pass of the worker finds the loop of the program at the same place.
 */
import { assert } from '@hintlab/kit'
import { FAULT_PARTS, FAULTS_SETUP, runFaults } from './page-faults-model.ts'
import type { FaultOutcome, FaultPart, FaultReporting, FaultTest } from './page-faults-model.ts'

/** Iterations a second: next-20191219, with the series applied and reporting off, and with reporting on. */
const PUBLISHED = {
  page_fault1: { 1: { baseline: 1_012_402.5, off: 1_007_897, on: 1_010_227.5 }, 16: { baseline: 8_827_457.25, off: 8_784_741.75, on: 8_756_219 } },
  page_fault2: { 1: { baseline: 361_855.25, off: 361_887, on: 359_749.25 }, 16: { baseline: 3_282_347, off: 3_240_669.25, on: 3_226_608.75 } },
} as const

export const FAULT_TESTS = ['page_fault1', 'page_fault2'] as const satisfies readonly FaultTest[]
export const FAULT_TASKS = [1, 16] as const
type Tasks = (typeof FAULT_TASKS)[number]

/** ms after the 2 s: the middles of the quarters of the 32 ms by which the timer wheel can be late with such a delay. */
const LATE_MS = [4, 12, 20, 28]
const DELAY_MS = 2000
/** Huge pages cost little to run, and a coarser scale leaves too few of them in the program's 128 MiB. */
const HUGE_SCALE_MAX = 8
/** A change is accepted from -2 % on. Above 0 stands what two runs differ by for no reason: who comes first at a lock. */
export const FAULT_LIMITS = { costPercentMax: 2, gainPercentMax: 0.1, scalingPercent: 15 } as const

const PREDICTED: readonly { name: string; reporting: FaultReporting }[] = [
  { name: 'delay 100 ms', reporting: { delayMs: 100, order: 9 } },
  { name: 'order 0', reporting: { delayMs: DELAY_MS + 12, order: 0 } },
]

type Parts = Readonly<Record<FaultPart, number>>

/** Changes are in per cent of the rate without reporting; parts in per cent of the CPU time of the tasks' CPUs. */
export interface FaultChange {
  readonly name: string
  readonly test: FaultTest
  readonly tasks: number
  readonly percent: number
  readonly parts: Parts
  readonly residentGiB: number
}

export interface FaultRow extends FaultChange {
  /** Of the single runs. */
  readonly percentMin: number
  readonly percentMax: number
  readonly publishedPercent: number
  /** Reporting on against the same kernel with reporting off, which the model does not tell from the one without the series. */
  readonly publishedAgainstOff: number
  readonly residentWithoutGiB: number
  readonly within: boolean
}

export interface FaultScaling {
  readonly test: FaultTest
  /** Rate of one task without reporting, pages a second: the row on which `workNs` was set. */
  readonly publishedOne: number
  readonly modelOne: number
  /** Rate of 16 tasks over that of one. */
  readonly published: number
  readonly model: number
  readonly percent: number
  readonly within: boolean
}

export interface PageFaultsResult {
  readonly scale: number
  readonly rows: readonly FaultRow[]
  readonly scaling: readonly FaultScaling[]
  readonly predictions: readonly FaultChange[]
  /** By test: whether 16 tasks lose a larger share than one, as published. Not judged: the published difference is within its deviations. */
  readonly costsMoreAt16: Readonly<Record<FaultTest, boolean>>
  readonly outside: number
}

export interface PageFaultsOptions {
  readonly scale?: number
  readonly measuredS?: number
  readonly tests?: readonly FaultTest[]
  /** How late the 2 s are, ms: a run each. */
  readonly lateMs?: readonly number[]
  readonly predict?: boolean
}

export function studyPageFaults({ scale = 16, measuredS, tests = FAULT_TESTS, lateMs = LATE_MS, predict = true }: PageFaultsOptions = {}): PageFaultsResult {
  const rows: FaultRow[] = []
  const scaling: FaultScaling[] = []
  const predictions: FaultChange[] = []
  for (const test of tests) {
    const its = test === 'page_fault1' ? Math.min(scale, HUGE_SCALE_MAX) : scale
    const baselines = FAULT_TASKS.map((tasks) => {
      const run = (reporting: FaultReporting | null): FaultOutcome => runFaults({ test, tasks, reporting, scale: its, measuredS })
      const baseline = run(null)
      rows.push(rowOf(test, tasks, baseline, lateMs.map((late) => run({ delayMs: DELAY_MS + late, order: 9 }))))
      if (predict) for (const { name, reporting } of PREDICTED) predictions.push(changeOf(name, test, tasks, baseline, [run(reporting)]))
      return baseline
    })
    scaling.push(scalingOf(test, baselines))
  }
  const costOf = (test: FaultTest, tasks: Tasks): number => -(rows.find((row) => row.test === test && row.tasks === tasks)?.percent ?? 0)
  return {
    scale, rows, scaling, predictions,
    costsMoreAt16: { page_fault1: costOf('page_fault1', 16) > costOf('page_fault1', 1), page_fault2: costOf('page_fault2', 16) > costOf('page_fault2', 1) },
    outside: [...rows, ...scaling].filter(({ within }) => !within).length,
  }
}

const change = (value: number, base: number): number => (100 * (value - base)) / base
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function changeOf(name: string, test: FaultTest, tasks: number, baseline: FaultOutcome, runs: readonly FaultOutcome[]): FaultChange {
  return {
    name, test, tasks,
    percent: mean(runs.map(({ perSecond }) => change(perSecond, baseline.perSecond))),
    parts: Object.fromEntries(FAULT_PARTS.map((part) => [part, 100 * mean(runs.map(({ parts }) => parts[part] - baseline.parts[part]))])) as Parts,
    residentGiB: mean(runs.map(({ residentGiB }) => residentGiB)),
  }
}

function rowOf(test: FaultTest, tasks: Tasks, baseline: FaultOutcome, runs: readonly FaultOutcome[]): FaultRow {
  const made = changeOf('order 9, delay 2 s', test, tasks, baseline, runs)
  const percents = runs.map(({ perSecond }) => change(perSecond, baseline.perSecond))
  const published = PUBLISHED[test][tasks]
  return {
    ...made,
    percentMin: Math.min(...percents),
    percentMax: Math.max(...percents),
    publishedPercent: change(published.on, published.baseline),
    publishedAgainstOff: change(published.on, published.off),
    residentWithoutGiB: baseline.residentGiB,
    within: made.percent >= -FAULT_LIMITS.costPercentMax && made.percent <= FAULT_LIMITS.gainPercentMax,
  }
}

function scalingOf(test: FaultTest, [one, many]: readonly FaultOutcome[]): FaultScaling {
  assert(FAULT_TASKS.length === 2 && FAULT_TASKS[1] === FAULTS_SETUP.vcpus, 'one task, and one for each vCPU')
  const published = PUBLISHED[test][16].baseline / PUBLISHED[test][1].baseline
  const model = many.perSecond / one.perSecond
  const percent = change(model, published)
  return {
    test, publishedOne: PUBLISHED[test][1].baseline, modelOne: one.perSecond, published, model, percent,
    within: Math.abs(percent) <= FAULT_LIMITS.scalingPercent,
  }
}
