/**
 * A report: plain data from which every file of a report folder is written. Nothing in it depends on when or where it was made.
 *
 *     results + timelines --makeReport--> Report --+--> index.html (html.ts)   report.json (as it is)   report.csv (csv.ts)
 *
 * docs/report-schema.md says what each field means (schema.ts).
 */
import type { Axes } from '@hintlab/transport'
import { METRICS } from '../scenario/metrics.ts'
import type { MetricKind, MetricValues } from '../scenario/metrics.ts'
import { metricsOf } from '../scenario/metrics.ts'
import type { RunResult } from '../result.ts'
import type { Timeline } from '../timeline/timeline.ts'

/** Changes when a field goes or means something else. */
export const REPORT_FORMAT = 2

/** One configuration as it comes from compare, run or sweep. */
export interface ReportSource {
  readonly name: string
  /** Names the scenario of this row, where rows differ in more than the interface. */
  readonly scenarioHash?: string
  readonly policy: string | null
  readonly axes: Axes | null
  /** In the order of the seeds. */
  readonly runs: readonly RunResult[]
  /** Of the run with the first seed; null when nothing was captured. */
  readonly timeline: Timeline | null
}

export interface ReportInput {
  readonly title: string
  readonly version: string
  readonly seeds: readonly number[]
  /** null when each row has its own. */
  readonly scenarioHash: string | null
  readonly costsHash: string
  /** What was run, in lines for people. */
  readonly facts: readonly string[]
  readonly conclusions: readonly string[]
  readonly notes: readonly string[]
  readonly rows: readonly ReportSource[]
}

export interface ReportRun {
  readonly seed: number
  readonly eventHash: string
  readonly metrics: MetricValues
  /** CPU time in nanoseconds by cause, of vCPUs and of host CPUs. */
  readonly vcpuNs: Readonly<Record<string, number>>
  readonly hostNs: Readonly<Record<string, number>>
  readonly violations: readonly string[]
}

export interface ReportRow extends Omit<ReportSource, 'runs' | 'timeline' | 'scenarioHash'> {
  readonly scenarioHash: string | null
  readonly runs: readonly ReportRun[]
  /** Without the trace of the CPUs, which has a file of its own. */
  readonly timeline: Omit<Timeline, 'cpus'> | null
}

export interface Report extends Omit<ReportInput, 'rows'> {
  readonly format: number
  readonly metrics: readonly { readonly name: string; readonly kind: MetricKind; readonly text: string }[]
  readonly rows: readonly ReportRow[]
}

export function makeReport(input: ReportInput): Report {
  const { title, version, seeds, scenarioHash, costsHash, facts, conclusions, notes, rows } = input
  const metrics = METRICS.map(({ name, kind, text }) => ({ name, kind, text }))
  return { format: REPORT_FORMAT, title, version, seeds, scenarioHash, costsHash, facts, conclusions, notes, metrics, rows: rows.map(rowOf) }
}

function rowOf({ name, scenarioHash, policy, axes, runs, timeline }: ReportSource): ReportRow {
  return { name, scenarioHash: scenarioHash ?? null, policy, axes, runs: runs.map(runOf), timeline: timeline === null ? null : withoutCpus(timeline) }
}

function runOf(run: RunResult): ReportRun {
  const { seed, eventHash, cost: { vcpuNs, hostNs }, violationTexts } = run
  return { seed, eventHash, metrics: metricsOf(run), vcpuNs, hostNs, violations: violationTexts.map(({ rule, at, text }) => `${rule} at ${at}: ${text}`) }
}

const withoutCpus = ({ series, pictures, stalls, workloadNs, endNs }: Timeline): Omit<Timeline, 'cpus'> => ({ series, pictures, stalls, workloadNs, endNs })
