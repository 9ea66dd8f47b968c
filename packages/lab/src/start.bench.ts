/** The start of a large guest: how long until its first event, how much memory it takes, and that it runs. One machine, one process. */
import { assert, Columns, GIB, SECOND } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import { COMPARED } from './interfaces.ts'
import { buildMachine } from './machine.ts'
import { costsOf, parseRunOptions, settleNs } from './options.ts'
import { planReplay } from './replay-plan.ts'
import { Replay } from './replay.ts'
import { runToEnd } from './run.ts'
import { readTrace } from './trace/read-trace.ts'

export interface StartBench {
  /** From the options to a machine that can run. */
  readonly startSeconds: number
  /** Of trace, replay and settling. */
  readonly replaySeconds: number
  /** The most that the process has held, at the end. */
  readonly peakBytes: number
}

export interface StartBenchOptions {
  readonly now: () => number
  /** Bytes that the process has held at most. */
  readonly peakBytes: () => number
  readonly gib: number
  readonly start: 'fresh' | 'aged'
  /** The trace that it replays. */
  readonly path: string
}

/** Builds a guest of `gib` GiB under Linux's interface and replays a trace on it. */
export async function benchStart({ now, peakBytes, gib, start, path }: StartBenchOptions): Promise<StartBench> {
  const run = parseRunOptions({ start, guest: { memory: gib * GIB } })
  const row = COMPARED.find(({ name }) => name === 'reporting, virtqueue, sleeps')
  assert(row !== undefined, 'the interface of Linux is compared')
  const begin = now()
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  const machine = buildMachine(engine, { run, interface: row.interface }, () => `${engine.now / SECOND} s`)
  const built = now()
  const { events } = await readTrace(path)
  const workload = new Replay(machine, planReplay(events, run.guest.vcpus), { idleGapNs: run.workload['idle-gap-ms'] * 1e6 })
  runToEnd(engine, workload, settleNs(run), (until) => engine.run(until))
  workload.verifyLive()
  engine.check()
  const end = now()
  assert(machine.ghost.violationCount === 0 && workload.pages.failedAllocs === 0, 'the run loses no data and has memory')
  return { startSeconds: (built - begin) / 1e9, replaySeconds: (end - built) / 1e9, peakBytes: peakBytes() }
}
