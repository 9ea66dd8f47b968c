/** One run: build the machine, replay the trace, let the guest settle, check, collect. */
import { assert, Columns, ns, SECOND } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import { buildMachine, checkMachine } from './machine.ts'
import type { Interface } from './machine.ts'
import { costsOf, settleNs } from './options.ts'
import type { RunOptions } from './options.ts'
import { planReplay } from './replay-plan.ts'
import type { ReplayPlan } from './replay-plan.ts'
import { Replay } from './replay.ts'
import { collect } from './result.ts'
import type { RunResult } from './result.ts'

/** A replay that is this many times longer than its trace does not end by itself. */
const OVERRUN_MAX = 100

export interface RunInput {
  readonly name: string
  readonly options: RunOptions
  readonly interface: Interface
  readonly plan: ReplayPlan
}

export { planReplay }

/** Runs to the end. Deterministic: the same input gives the same result, byte for byte. */
export function runReplay({ name, options, interface: face, plan }: RunInput): RunResult {
  const engine = new Measure(new Columns(), costsOf(options), options.seed)
  const machine = buildMachine(engine, { run: options, interface: face }, () => `${(engine.now / SECOND).toFixed(6)} s`)
  const baseline = { residentPages: machine.vm.residentPages, hugePages: machine.vm.mm.huge }
  const replay = new Replay(machine, plan, { idleGapNs: options.workload['idle-gap-ms'] * 1e6 })
  const { timeNs, length } = plan.events
  const duration = length === 0 ? 0 : timeNs[length - 1]
  const limit = (duration + SECOND) * OVERRUN_MAX
  while (replay.finishedAt === 0 && engine.now < limit) engine.run(engine.now + SECOND)
  assert(replay.finishedAt > 0, 'the replay ends')
  engine.run(Math.max(engine.now, ns(replay.finishedAt + settleNs(options))))
  replay.verifyLive()
  engine.check()
  checkMachine(machine)
  return collect(name, machine, engine, replay, baseline)
}
