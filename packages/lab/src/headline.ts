/**
 * The few numbers of a run that are compared: one column of a table each. A name ends with its unit. `null` where the number has no meaning: no time to
 * return where nothing was returned, no saving without a run to compare with.
 */
import { MIB, MS, US } from '@hintlab/kit'
import type { RunResult, Stall } from './result.ts'

export const HEADLINE_NAMES = [
  'residentEndMiB', 'returnedMiB', 'footprintGiBs', 'savedPercent', 'returnP50Ms', 'returnP99Ms', 'vcpuOverheadMs', 'hintingMs', 'faultMs',
  'hostThreadMs', 'kicks', 'interrupts', 'messages', 'allocP999Us', 'allocMaxUs', 'freeP999Us', 'freeMaxUs', 'latenessEndMs', 'faults', 'oom',
  'violations',
] as const
export type HeadlineName = (typeof HEADLINE_NAMES)[number]
export type Headline = Readonly<Record<HeadlineName, number | null>>

/** Over several seeds. The median of an even number of runs is the lower of the two in the middle, so that it is the result of a run. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}
export type HeadlineSpread = Readonly<Record<HeadlineName, Spread | null>>

/** `reference` is the run of the same seed without hinting. */
export function headlineOf(run: RunResult, reference: RunResult | null): Headline {
  const { memory, cost, latency, waste } = run
  const { alloc, free } = latency
  const returned = (ns: number): number | null => (memory.freeToReturned.count === 0 ? null : ns / MS)
  return {
    residentEndMiB: memory.residentEnd / MIB,
    returnedMiB: memory.returned / MIB,
    footprintGiBs: memory.footprintGiBs,
    savedPercent: savedPercent(run, reference),
    returnP50Ms: returned(memory.freeToReturned.p50),
    returnP99Ms: returned(memory.freeToReturned.p99),
    vcpuOverheadMs: cost.vcpuOverheadNs / MS,
    hintingMs: cost.vcpuHintingNs / MS,
    faultMs: cost.vcpuFaultNs / MS,
    hostThreadMs: cost.hostOverheadNs / MS,
    kicks: cost.kicks,
    interrupts: cost.interrupts,
    messages: cost.messages,
    ...stalls(alloc, free),
    latenessEndMs: latency.latenessEndNs / MS,
    faults: waste.refaults4k + waste.refaults2m + waste.refaults1g,
    oom: run.oom,
    violations: run.violations,
  }
}

/** Column by column over the runs of one interface. */
export function spreadOf(headlines: readonly Headline[]): HeadlineSpread {
  return Object.fromEntries(HEADLINE_NAMES.map((name) => [name, spread(headlines.map((h) => h[name]))])) as HeadlineSpread
}

function stalls(alloc: Stall, free: Stall): { allocP999Us: number; allocMaxUs: number; freeP999Us: number; freeMaxUs: number } {
  return { allocP999Us: alloc.p999 / US, allocMaxUs: alloc.max / US, freeP999Us: free.p999 / US, freeMaxUs: free.max / US }
}

function savedPercent(run: RunResult, reference: RunResult | null): number | null {
  if (reference === null || reference === run || reference.memory.footprintGiBs === 0) return null
  return (1 - run.memory.footprintGiBs / reference.memory.footprintGiBs) * 100
}

function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  return { min: sorted[0], median: sorted[(sorted.length - 1) >> 1], max: sorted[sorted.length - 1] }
}
