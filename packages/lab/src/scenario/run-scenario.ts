/** One run of a scenario, and what is known about it: what `hintlab run --json` prints, and a line of a sweep. Keys keep this order. */
import { costsHash } from '@hintlab/sim'
import { labVersion } from '../compare.ts'
import type { Interface } from '../machine.ts'
import { costsOf } from '../options.ts'
import type { RunOptions } from '../options.ts'
import type { PooledWork } from '../pool/run-in-worker.ts'
import type { RunResult } from '../result.ts'
import type { TraceSummary } from '../trace/read-trace.ts'
import type { Phase } from '../workload/phase-schema.ts'
import { metricsOf } from './metrics.ts'
import type { MetricValues } from './metrics.ts'
import { scenarioRunHash } from './scenario.ts'
import type { RunScenario } from './scenario.ts'
import type { ScenarioTrace } from './traces.ts'

/** What is run, in full. */
export interface ScenarioIdentity {
  readonly version: string
  readonly name: string
  readonly seed: number
  /** Names settings (all but the seed), interface and load. */
  readonly scenarioHash: string
  readonly costsHash: string
  readonly interfaceName: string
  readonly interface: Interface
  readonly options: RunOptions
  /** Files that were replayed; empty when phases made the load. */
  readonly traces: readonly TraceSummary[]
  readonly phases: readonly Phase[] | null
  readonly durationS: number | null
}

export interface ScenarioResult extends ScenarioIdentity {
  readonly metrics: MetricValues
  readonly run: RunResult
}

export function identityOf(scenario: RunScenario, trace: ScenarioTrace | null): ScenarioIdentity {
  const { name, options, interfaceName, interface: face, phases, durationS } = scenario
  const traces = trace?.summaries ?? []
  return {
    version: labVersion(),
    name,
    seed: options.seed,
    scenarioHash: scenarioRunHash(scenario, traces.map(({ sha256 }) => sha256)),
    costsHash: costsHash(costsOf(options)),
    interfaceName,
    interface: face,
    options,
    traces,
    phases,
    durationS,
  }
}

export const resultOf = (identity: ScenarioIdentity, run: RunResult): ScenarioResult => ({ ...identity, metrics: metricsOf(run), run })

/** The scenario as a pool runs it; `trace` is the number of its trace in the pool. */
export function workOf({ name, options, interface: face, phases }: RunScenario, trace: number): PooledWork {
  return { name, options, interface: face, load: phases === null ? { kind: 'trace', trace } : { kind: 'phases', phases } }
}
