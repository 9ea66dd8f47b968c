/** One run: build the machine, replay the trace or play the phases, let the guest settle, check, collect. */
import { assert, Columns, ns, SECOND } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import { buildMachine, checkMachine } from './machine.ts'
import type { Interface, Machine } from './machine.ts'
import { costsOf, settleNs } from './options.ts'
import type { RunOptions } from './options.ts'
import { planReplay } from './replay-plan.ts'
import type { ReplayPlan } from './replay-plan.ts'
import { Replay } from './replay.ts'
import { collect } from './result.ts'
import type { RunResult } from './result.ts'
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
}

export interface RunInput extends RunSetup {
  readonly plan: ReplayPlan
}

export { planReplay }

/** Runs to the end. Deterministic: the same input gives the same result, byte for byte. */
export function runReplay({ plan, ...setup }: RunInput): RunResult {
  const idleGapNs = setup.options.workload['idle-gap-ms'] * 1e6
  return runWorkload(setup, (machine) => new Replay(machine, plan, { idleGapNs }))
}

/** Runs the phases of a scenario instead of a trace. */
export function runPhases({ phases, ...setup }: RunSetup & { readonly phases: readonly Phase[] }): RunResult {
  return runWorkload(setup, (machine) => new PhaseWorkload(machine, phases))
}

function runWorkload({ name, options, interface: face }: RunSetup, start: (machine: Machine) => Workload): RunResult {
  const engine = new Measure(new Columns(), costsOf(options), options.seed)
  const machine = buildMachine(engine, { run: options, interface: face }, () => `${(engine.now / SECOND).toFixed(6)} s`)
  const baseline = { residentPages: machine.vm.residentPages, hugePages: machine.vm.mm.huge }
  const workload = start(machine)
  const limit = (workload.durationNs + SECOND) * OVERRUN_MAX
  while (workload.finishedAt === 0 && engine.now < limit) engine.run(engine.now + SECOND)
  assert(workload.finishedAt > 0, 'the workload ends')
  engine.run(Math.max(engine.now, ns(workload.finishedAt + settleNs(options))))
  workload.verifyLive()
  engine.check()
  checkMachine(machine)
  return collect(name, machine, engine, workload, baseline)
}
