/** What `run` and `sweep` make of the flags that they share. */
import { availableParallelism } from 'node:os'
import { parseAssertion, readScenarioTrace, SEEDS_MAX } from '@hintlab/lab'
import type { Assertion, RunScenario, ScenarioTrace } from '@hintlab/lab'
import type { Progress } from './progress.ts'
import { readingWith, warnOfLines } from './reading.ts'
import type { RecordFlags } from './record-flag.ts'
import type { ReportFlags } from './report-flags.ts'
import { collect, wholeNumber } from './run-flags.ts'

const WORKERS_MAX = 256

export interface ScenarioFlags extends ReportFlags, RecordFlags {
  readonly set?: readonly string[]
  readonly seed?: string
  readonly seeds?: string
  readonly workers?: string
  readonly assert?: readonly string[]
  readonly strict?: boolean
  readonly json?: boolean
}

/** What a report says of its runs: all but the first line, which it has in another form, and the description. */
export function factsOf({ description }: RunScenario, head: readonly string[]): string[] {
  return [...head.slice(1), description.trim().replaceAll(/\s+/g, ' ')].filter((line) => line !== '')
}

export const seedsOf = ({ seeds }: ScenarioFlags): number => wholeNumber('--seeds', seeds ?? '1', { max: SEEDS_MAX })

export function workersOf({ workers }: ScenarioFlags): number {
  return workers === undefined ? availableParallelism() : wholeNumber('--workers', workers, { max: WORKERS_MAX })
}

/** `--set` in order; `--seed` is short for one. */
export function settingsOf({ set, seed }: ScenarioFlags): string[] {
  return [...(seed === undefined ? [] : [`seed=${seed}`]), ...(set ?? [])]
}

export function assertionsOf(flags: ScenarioFlags, mistakes: string[]): Assertion[] {
  return (flags.assert ?? []).flatMap((text) => collect(mistakes, () => parseAssertion(text)) ?? [])
}

/** Reads the scenario's trace with a progress bar; its malformed lines become warnings. */
export async function readWith(scenario: RunScenario, { strict }: ScenarioFlags, progress: Progress): Promise<ScenarioTrace | null> {
  try {
    const trace = await readScenarioTrace(scenario, { ...readingWith(progress), strict: strict ?? false })
    for (const summary of trace?.summaries ?? []) warnOfLines(summary)
    return trace
  } finally {
    progress.clear()
  }
}
