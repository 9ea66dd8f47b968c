/** One run: build the machine, replay the trace or play the phases, let the guest settle, check, collect. */
import { assert, Columns, ns, SECOND } from '@hintlab/kit'
import type { ColumnStore } from '@hintlab/kit'
import { ListeningMeasure } from './conversation/listening-engine.ts'
import { listeningEngine, startRecording } from './conversation/record-run.ts'
import type { RecordTo } from './conversation/record-run.ts'
import type { Engine } from '@hintlab/sim'
import { buildMachine, checkMachine } from './machine.ts'
import type { Interface, Machine } from './machine.ts'
import { costsOf, settleNs } from './options.ts'
import type { RunOptions } from './options.ts'
import { planReplay } from './replay-plan.ts'
import type { ReplayPlan } from './replay-plan.ts'
import { Replay } from './replay.ts'
import { collect } from './result.ts'
import type { RunResult } from './result.ts'
import { engineFor, Recorder } from './timeline/recorder.ts'
import type { CaptureOptions, Timeline } from './timeline/timeline.ts'
import { PhaseWorkload } from './workload/phase-workload.ts'
import type { Phase } from './workload/phase-schema.ts'
import type { Workload } from './workload/workload.ts'

/** A run that is this many times longer than its trace or its phases does not end by itself. */
const OVERRUN_MAX = 100

/** What is run, apart from its load. */
export interface RunSetup {
  readonly name: string
  readonly options: RunOptions
  readonly interface: Interface
  /** What is captured beside the result; the result is the same with and without. */
  readonly capture?: CaptureOptions
  /** Where the conversation of guest and host is recorded; the run is the same with and without. Not beside a capture of CPUs. */
  readonly record?: RecordTo
}

/** A result, and what the run looked like while it went on: null when nothing was to be captured. */
export interface ObservedRun {
  readonly result: RunResult
  readonly timeline: Timeline | null
}

export interface RunInput extends RunSetup {
  readonly plan: ReplayPlan
}

export { planReplay }

/** Runs to the end. Deterministic: the same input gives the same result, byte for byte. */
export const runReplay = (input: RunInput): RunResult => observeReplay(input).result

/** Runs the phases of a scenario instead of a trace. */
export const runPhases = (input: PhasesInput): RunResult => observePhases(input).result

export interface PhasesInput extends RunSetup {
  readonly phases: readonly Phase[]
}

/** As `runReplay`; with a `store`, the run's memory comes from there and goes back there. */
export function observeReplay({ plan, ...setup }: RunInput, store: ColumnStore | null = null): ObservedRun {
  const idleGapNs = setup.options.workload['idle-gap-ms'] * 1e6
  return runWorkload(setup, store, (machine) => new Replay(machine, plan, { idleGapNs }))
}

export function observePhases({ phases, ...setup }: PhasesInput, store: ColumnStore | null = null): ObservedRun {
  return runWorkload(setup, store, (machine) => new PhaseWorkload(machine, phases))
}

function runWorkload(setup: RunSetup, store: ColumnStore | null, start: (machine: Machine) => Workload): ObservedRun {
  const { name, options, interface: face, capture, record } = setup
  const engine = record === undefined ? engineFor(capture, new Columns(store), costsOf(options), options.seed) : listeningEngine(options)
  const machine = buildMachine(engine, { run: options, interface: face }, () => `${(engine.now / SECOND).toFixed(6)} s`)
  const baseline = { residentPages: machine.vm.residentPages, hugePages: machine.vm.mm.huge }
  const workload = start(machine)
  const recording = record !== undefined && engine instanceof ListeningMeasure
    ? startRecording(record, { name, options, interface: face }, engine, machine)
    : null
  const recorder = capture === undefined ? null : new Recorder(capture, { engine, machine, workload, settleNs: settleNs(options) })
  const run = (until: number): void => (recorder === null ? engine.run(until) : recorder.run(until))
  runToEnd(engine, workload, settleNs(options), run)
  recording?.()
  workload.verifyLive()
  engine.check()
  checkMachine(machine)
  const observed = { result: collect(name, machine, engine, workload, baseline), timeline: recorder?.result() ?? null }
  engine.cols.release()
  return observed
}

/** Runs until the workload has ended and the guest has settled. */
export function runToEnd(engine: Engine, workload: Workload, settle: number, run: (until: number) => void): void {
  const limit = (workload.durationNs + SECOND) * OVERRUN_MAX
  while (workload.finishedAt === 0 && engine.now < limit) run(engine.now + SECOND)
  assert(workload.finishedAt > 0, 'the workload ends')
  run(Math.max(engine.now, ns(workload.finishedAt + settle)))
}
