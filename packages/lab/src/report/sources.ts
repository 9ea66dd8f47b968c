/** Reports of what the commands make: a comparison, or results of scenarios. */
import type { Comparison } from '../compare.ts'
import type { ScenarioResult } from '../scenario/run-scenario.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { ReportInput } from './report.ts'
import { policyName } from '../presets/policy-parts.ts'

/** By name of the row. `facts` are lines for people on what was compared. */
export function comparisonReport(comparison: Comparison, facts: readonly string[], timelines: ReadonlyMap<string, Timeline>): ReportInput {
  const { version, seeds, scenarioHash, costsHash, conclusions, safety, notes, sensitivity } = comparison
  return {
    title: 'Comparison of hinting interfaces',
    version,
    seeds,
    scenarioHash,
    costsHash,
    facts,
    conclusions: [...conclusions.map(({ text }) => text), safety, ...(sensitivity?.texts ?? [])],
    notes,
    rows: comparison.rows.map(({ name, policy, axes, runs }) => ({ name, policy, axes, runs, timeline: timelines.get(name) ?? null })),
  }
}

export interface ScenarioReportRow {
  /** What sets this row apart; the name of its interface, or its settings. */
  readonly label: string
  /** In the order of the seeds. */
  readonly results: readonly ScenarioResult[]
  /** Of the first seed. */
  readonly timeline: Timeline | null
}

/** What all have in common, or null. */
const same = <T>(values: readonly T[]): T | null => (values.every((value) => value === values[0]) ? values[0] : null)

/** Of one run, or of all runs of a sweep, each a row. `conclusions` are lines such as what became of assertions. */
export function scenarioReport(rows: readonly ScenarioReportRow[], facts: readonly string[], conclusions: readonly string[]): ReportInput {
  const results = rows.flatMap((row) => row.results)
  const violations = results.reduce((sum, { run }) => sum + run.violations, 0)
  const safety = violations === 0 ? 'No guest data was lost' : 'THE PROTOCOL WAS BROKEN'
  return {
    title: rows.length === 1 ? `Scenario ${results[0].name}` : `Sweep of ${same(results.map(({ name }) => name)) ?? 'several scenarios'}`,
    version: results[0].version,
    seeds: [...new Set(results.map(({ seed }) => seed))],
    scenarioHash: same(results.map(({ scenarioHash }) => scenarioHash)),
    costsHash: same(results.map(({ costsHash }) => costsHash)) ?? 'varied',
    facts,
    conclusions: [...conclusions, `${safety}: ${violations} violations in ${results.length} run${results.length === 1 ? '' : 's'}.`],
    notes: [],
    rows: rows.map(({ label, results: [result, ...others], timeline }) => ({
      name: label,
      scenarioHash: result.scenarioHash,
      policy: policyName(result.interface),
      axes: result.interface?.axes ?? null,
      runs: [result, ...others].map(({ run }) => run),
      timeline,
    })),
  }
}
