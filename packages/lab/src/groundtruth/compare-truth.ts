/**
 * Model beside truth: pass by pass what was reported, and the free lists at the end. The limits are those within which the model counts as right.
 */
import { framesIn, MS } from '@hintlab/kit'
import type { SteerCounter } from '@hintlab/guest'
import type { DriverReplay } from '../recording/replay-device.ts'
import { pagesOf, passesOf, rangesIn } from './passes.ts'
import type { Pass } from './passes.ts'
import type { Scenario } from './scenario.ts'
import type { SnapshotList } from './snapshot.ts'
import type { SteeredRun } from './steered-replay.ts'

export const TRUTH_LIMITS = { pagesPercent: 2, passMs: 60 } as const
const PERCENT = 100

export interface PassSide {
  readonly atNs: number
  readonly buffers: number
  readonly ranges: number
  readonly pages: number
}

export interface PassComparison {
  /** Null when only the other side has this pass. */
  readonly truth: PassSide | null
  readonly model: PassSide | null
  /** Ranges that both report in this pass, and those at the same place of the same buffer. */
  readonly commonRanges: number
  readonly samePlace: number
}

/** Free lists of one zone at the end. */
export interface ListsComparison {
  readonly zone: string
  readonly truthBlocks: number
  readonly modelBlocks: number
  /** Blocks that are on the same list on both sides, with the same Reported flag; and those at the same place of it. */
  readonly commonBlocks: number
  readonly samePlace: number
  readonly truthPages: number
  readonly modelPages: number
}

export interface GroundTruthResult {
  readonly name: string
  readonly events: number
  readonly directFrees: number
  readonly passes: readonly PassComparison[]
  readonly lists: readonly ListsComparison[]
  readonly counts: Record<SteerCounter, number>
  /** The recorded driver's bytes against the device, where the recording has them. */
  readonly driverBytes: DriverReplay | null
  /** A sentence for each limit that is not kept; empty when the model is right. */
  readonly outside: readonly string[]
}

export function compareTruth(scenario: Scenario, run: SteeredRun, driverBytes: DriverReplay | null = null): GroundTruthResult {
  const truth = passesOf(scenario.buffers)
  const model = passesOf(run.buffers)
  const passes = Array.from({ length: Math.max(truth.length, model.length) }, (_, i) => comparePass(truth[i], model[i]))
  return {
    name: scenario.name,
    events: scenario.events.length,
    directFrees: scenario.directFrees,
    passes,
    lists: scenario.end.zones.map(({ name, free }, i) => compareLists(name, free, run.lists[i])),
    counts: run.counts,
    driverBytes,
    outside: [...passes.flatMap((pass, i) => outsideLimits(pass).map((what) => `pass ${i + 1}: ${what}`)), ...(driverBytes?.differences ?? [])],
  }
}

function comparePass(truth: Pass | undefined, model: Pass | undefined): PassComparison {
  let samePlace = 0
  const reported = new Set<string>()
  for (const [n, { pfns, orders }] of (truth?.buffers ?? []).entries()) {
    const other = model?.buffers[n]
    for (const [i, pfn] of pfns.entries()) {
      reported.add(`${pfn} ${orders[i]}`)
      if (other !== undefined && other.pfns[i] === pfn && other.orders[i] === orders[i]) samePlace++
    }
  }
  const found = (model?.buffers ?? []).flatMap(({ pfns, orders }) => pfns.filter((pfn, i) => reported.has(`${pfn} ${orders[i]}`)))
  return { truth: sideOf(truth), model: sideOf(model), commonRanges: found.length, samePlace }
}

function sideOf(pass: Pass | undefined): PassSide | null {
  if (pass === undefined) return null
  return { atNs: pass.atNs, buffers: pass.buffers.length, ranges: rangesIn(pass), pages: pagesOf(pass) }
}

/** How much later the model's pass is, ms. */
export const laterMs = (truth: PassSide, model: PassSide): number => (model.atNs - truth.atNs) / MS
/** How much more the model's pass reports, percent. */
export const morePercent = (truth: PassSide, model: PassSide): number => ((model.pages - truth.pages) / truth.pages) * PERCENT

function outsideLimits({ truth, model }: PassComparison): string[] {
  if (truth === null) return ['only the model has it']
  if (model === null) return ['the model does not have it']
  const found: string[] = []
  if (Math.abs(laterMs(truth, model)) > TRUTH_LIMITS.passMs) found.push(`${laterMs(truth, model).toFixed(1)} ms later, at most ${TRUTH_LIMITS.passMs}`)
  if (model.buffers !== truth.buffers) found.push(`${model.buffers} buffers instead of ${truth.buffers}`)
  if (Math.abs(morePercent(truth, model)) > TRUTH_LIMITS.pagesPercent) {
    found.push(`${morePercent(truth, model).toFixed(1)} % more pages, at most ${TRUTH_LIMITS.pagesPercent}`)
  }
  return found
}

function compareLists(zone: string, truth: readonly SnapshotList[], model: readonly SnapshotList[]): ListsComparison {
  const modelText = textOf(model)
  const everywhere = new Set([...modelText.values()].flat())
  const sum = { common: 0, samePlace: 0 }
  for (const [key, blocks] of textOf(truth)) {
    const other = modelText.get(key) ?? []
    sum.common += blocks.filter((block) => everywhere.has(block)).length
    sum.samePlace += blocks.filter((block, i) => other[i] === block).length
  }
  return {
    zone,
    truthBlocks: blocksIn(truth),
    modelBlocks: blocksIn(model),
    commonBlocks: sum.common,
    samePlace: sum.samePlace,
    truthPages: pagesIn(truth),
    modelPages: pagesIn(model),
  }
}

/** Each list as texts that name a block, its list and its flag. */
const textOf = (lists: readonly SnapshotList[]): Map<string, string[]> =>
  new Map(lists.map(({ order, mt, list }) => [`${order} ${mt}`, list.map(([pfn, reported]) => `${order} ${mt} ${pfn} ${reported}`)]))
const blocksIn = (lists: readonly SnapshotList[]): number => lists.reduce((sum, { list }) => sum + list.length, 0)
const pagesIn = (lists: readonly SnapshotList[]): number => lists.reduce((sum, { order, list }) => sum + list.length * framesIn(order), 0)
