/** `hintlab run SCENARIO --seeds N`: the scenario once with each seed, on several cores, and how far its numbers lie apart. */
import { InputError, labVersion, runSweep, scenarioReport, spreadsOf, withSeeds } from '@hintlab/lab'
import type { Assertion, MetricSpreads, RunScenario, ScenarioTrace, SweepRow, Timeline } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { headLines } from './render-run.ts'
import { renderSeeds, renderSeedVerdicts } from './render-seeds.ts'
import { captureFor, writeReportFiles } from './report-flags.ts'
import { factsOf, workersOf } from './scenario-flags.ts'
import type { ScenarioFlags } from './scenario-flags.ts'
import { judgeSeeds } from './seed-verdicts.ts'
import type { SeedVerdict } from './seed-verdicts.ts'
import { styleFor } from './text.ts'

/** What `run --seeds N --json` prints; `diff` reads it, seed by seed. */
export interface SeedsOutput {
  readonly version: string
  readonly name: string
  readonly seeds: readonly number[]
  /** Over the seeds, by metric. */
  readonly spread: MetricSpreads
  /** In the order of the seeds; each is what `run --json` prints, with the seed as its setting. */
  readonly rows: readonly SweepRow[]
  readonly assertions: readonly SeedVerdict[]
}

export interface SeedsInput {
  readonly scenario: RunScenario
  readonly seeds: number
  readonly assertions: readonly Assertion[]
  readonly flags: ScenarioFlags
  readonly readTrace: () => Promise<ScenarioTrace | null>
}

/** Returns the exit code: 0, or 1 when a rule of the ghost was broken or an assertion is not met with any of the seeds. */
export async function runSeeds({ scenario, seeds, assertions, flags, readTrace }: SeedsInput): Promise<number> {
  if (flags.record !== undefined) throw new InputError(`--record: found --seeds ${seeds} beside it; accepted is one seed`)
  const workers = workersOf(flags)
  const points = withSeeds([{ settings: {}, scenario }], seeds)
  const options = captureFor(flags)
  const progress = makeProgress(process.stderr)
  let captured: Timeline | null = null
  const rows = await runSweep({
    points, workers, store: null, readTrace,
    ...(options === null ? {} : { capture: { options, points: 1, onTimeline: (_, timeline) => (captured = timeline) } }),
    onProgress: ({ done, total }) => progress.show(done, total, `${done} of ${total} seeds`),
  }).finally(() => progress.clear())
  const verdicts = assertions.map((assertion) => judgeSeeds(assertion, rows))
  const spread = spreadsOf(rows)
  const output: SeedsOutput = { version: labVersion(), name: scenario.name, seeds: rows.map(({ seed }) => seed), spread, rows, assertions: verdicts }
  const style = styleFor(process.stdout)
  process.stdout.write(flags.json === true
    ? `${JSON.stringify(output, null, 2)}\n`
    : renderSeeds(rows, spread, scenario.description, style) + renderSeedVerdicts(verdicts, style))
  const told = verdicts.map(({ line }) => line)
  writeReportFiles(flags, scenarioReport([{ label: rows[0].interfaceName, results: rows, timeline: captured }], factsOf(scenario, headLines(rows[0])), told))
  if (flags.json === true) for (const { line, holds } of verdicts) if (!holds) process.stderr.write(`hintlab: ${line}\n`)
  return rows.some(({ run }) => run.violations > 0) || verdicts.some(({ holds }) => !holds) ? 1 : 0
}
