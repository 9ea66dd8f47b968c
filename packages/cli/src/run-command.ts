/** `hintlab run SCENARIO`: one run of a scenario, its report, and assertions on it for use in CI. */
import {
  identityOf, InputError, judge, makeWorkPool, parseAssertion, parseScenario, readScenarioFile, readScenarioTrace, resultOf, scenarioReport, workOf,
} from '@hintlab/lab'
import type { Assertion, RunScenario, ScenarioResult, ScenarioTrace, Timeline, Verdict } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { readingWith, warnOfLines } from './reading.ts'
import { headLines, renderRun, renderVerdicts } from './render-run.ts'
import { captureFor, writeReportFiles } from './report-flags.ts'
import type { ReportFlags } from './report-flags.ts'
import { recordScenario } from './record-flag.ts'
import type { RecordFlags } from './record-flag.ts'
import { collect } from './run-flags.ts'
import { styleFor } from './text.ts'

/** What `run` and `sweep` share. */
export interface ScenarioFlags extends ReportFlags, RecordFlags {
  readonly set?: readonly string[]
  readonly seed?: string
  readonly assert?: readonly string[]
  readonly strict?: boolean
  readonly json?: boolean
}

/** What `run --json` prints: the run in full (packages/lab/src/scenario/run-scenario.ts) with what became of the assertions. */
export interface RunOutput extends ScenarioResult {
  readonly assertions: readonly Verdict[]
}

/** Returns the exit code: 0, or 1 when a rule of the ghost was broken or an assertion is not met. */
export async function runCommand(path: string, flags: ScenarioFlags): Promise<number> {
  const mistakes: string[] = []
  const assertions = assertionsOf(flags, mistakes)
  const scenario = collect(mistakes, () => parseScenario(readScenarioFile(path), settingsOf(flags)))
  if (scenario === null || mistakes.length > 0) throw new InputError(mistakes.join('\n'))
  const trace = await readWith(scenario, flags, makeProgress(process.stderr))
  const pool = makeWorkPool(trace === null ? [] : [trace.events], 1)
  const capture = captureFor(flags)
  let captured: Timeline | null = null
  const record = recordScenario(flags, scenario, trace)
  const work = { ...workOf(scenario, 0), ...(capture === null ? {} : { capture }), ...(record === null ? {} : { record }) }
  const [run] = await pool.runAll([work], (_, __, timeline) => (captured = timeline))
  const result = resultOf(identityOf(scenario, trace), run)
  const verdicts = assertions.map((assertion) => judge(assertion, result.metrics))
  const output: RunOutput = { ...result, assertions: verdicts }
  const style = styleFor(process.stdout)
  const text = flags.json === true ? `${JSON.stringify(output, null, 2)}\n` : renderRun(result, scenario.description, style) + renderVerdicts(verdicts, style)
  process.stdout.write(text)
  const facts = [...headLines(result).slice(1), scenario.description.trim().replaceAll(/\s+/g, ' ')].filter((line) => line !== '')
  const told = verdicts.map(({ line }) => line)
  writeReportFiles(flags, scenarioReport([{ label: result.interfaceName, result, timeline: captured }], facts, told))
  if (flags.json === true) for (const { line, holds } of verdicts) if (!holds) process.stderr.write(`hintlab: ${line}\n`)
  return run.violations > 0 || verdicts.some(({ holds }) => !holds) ? 1 : 0
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
