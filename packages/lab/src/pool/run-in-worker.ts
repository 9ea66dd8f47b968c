/** The worker's side of the pool: one run per call. The plan of a trace is made once per worker and kept for the next call. */
import { planReplay } from '../replay-plan.ts'
import type { ReplayPlan } from '../replay-plan.ts'
import { runReplay } from '../run.ts'
import type { RunInput } from '../run.ts'
import type { RunResult } from '../result.ts'
import type { TraceEvents } from '../trace/events.ts'

/** What crosses to the worker; the columns of `events` are shared memory. */
export interface PooledRun extends Omit<RunInput, 'plan'> {
  readonly traceId: number
  readonly events: TraceEvents
}

let planned: { key: string; plan: ReplayPlan } | null = null

export function runInWorker({ traceId, events, ...run }: PooledRun): RunResult {
  const vcpus = run.options.guest.vcpus
  const key = `${traceId}/${vcpus}`
  if (planned?.key !== key) planned = { key, plan: planReplay(events, vcpus) }
  return runReplay({ ...run, plan: planned.plan })
}
