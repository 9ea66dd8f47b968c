/** `hintlab run SCENARIO`: one run of a scenario or one per seed, its report, and assertions on it for use in CI. */
import { hasGuests, identityOf, InputError, judge, makeWorkPool, parseScenario, readScenarioFile, resultOf, scenarioReport, workOf } from '@hintlab/lab'
import type { Assertion, RunScenario, ScenarioResult, ScenarioTrace, Timeline, Verdict } from '@hintlab/lab'
import { runGuests } from './host-run.ts'
import { makeProgress } from './progress.ts'
import { headLines, renderRun, renderVerdicts } from './render-run.ts'
import { captureFor, checkPlaces, writeReportFiles } from './report-flags.ts'
import { recordScenario, recordWhole } from './record-flag.ts'
import { collect } from './run-flags.ts'
import { runSeeds } from './run-seeds.ts'
import { assertionsOf, factsOf, readWith, seedsOf, settingsOf, workersOf } from './scenario-flags.ts'
import type { ScenarioFlags } from './scenario-flags.ts'
import { styleFor } from './text.ts'

/** What `run --json` prints: the run in full (packages/lab/src/scenario/run-scenario.ts) with what became of the assertions. */
export interface RunOutput extends ScenarioResult {
  readonly assertions: readonly Verdict[]
}

/** Returns the exit code: 0, or 1 when a rule of the ghost was broken or an assertion is not met. */
export async function runCommand(path: string, flags: ScenarioFlags): Promise<number> {
  const mistakes: string[] = []
  const file = collect(mistakes, () => readScenarioFile(path))
  if (file !== null && hasGuests(file)) return runGuests(file, flags)
  const assertions = assertionsOf(flags, mistakes)
  const seeds = collect(mistakes, () => seedsOf(flags))
  collect(mistakes, () => workersOf(flags))
  checkPlaces(flags, mistakes)
  const scenario = file === null ? null : collect(mistakes, () => parseScenario(file, settingsOf(flags)))
  if (scenario === null || seeds === null || mistakes.length > 0) throw new InputError(mistakes.join('\n'))
  const readTrace = (): Promise<ScenarioTrace | null> => readWith(scenario, flags, makeProgress(process.stderr))
  return seeds > 1 ? runSeeds({ scenario, seeds, assertions, flags, readTrace }) : runOne(scenario, assertions, flags, await readTrace())
}

async function runOne(scenario: RunScenario, assertions: readonly Assertion[], flags: ScenarioFlags, trace: ScenarioTrace | null): Promise<number> {
  const pool = makeWorkPool(trace === null ? [] : [trace.events], 1)
  const capture = captureFor(flags)
  let captured: Timeline | null = null
  const record = recordScenario(flags, scenario, trace)
  const work = { ...workOf(scenario, 0), ...(capture === null ? {} : { capture }), ...(record === null ? {} : { record }) }
  const [run] = await recordWhole(flags, () => pool.runAll([work], (_, __, timeline) => (captured = timeline)))
  const result = resultOf(identityOf(scenario, trace), run)
  const verdicts = assertions.map((assertion) => judge(assertion, result.metrics))
  const output: RunOutput = { ...result, assertions: verdicts }
  const style = styleFor(process.stdout)
  const text = flags.json === true ? `${JSON.stringify(output, null, 2)}\n` : renderRun(result, scenario.description, style) + renderVerdicts(verdicts, style)
  process.stdout.write(text)
  const told = verdicts.map(({ line }) => line)
  writeReportFiles(flags, scenarioReport([{ label: result.interfaceName, results: [result], timeline: captured }], factsOf(scenario, headLines(result)), told))
  if (flags.json === true) for (const { line, holds } of verdicts) if (!holds) process.stderr.write(`hintlab: ${line}\n`)
  return run.violations > 0 || verdicts.some(({ holds }) => !holds) ? 1 : 0
}
