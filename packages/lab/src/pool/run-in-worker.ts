/** The worker's side of the pool: one run per call. The plans of the last few traces, and the memory of the last machines, are kept for the next call. */
import { ColumnStore, MIB } from '@hintlab/kit'
import { planReplay } from '../replay-plan.ts'
import type { ReplayPlan } from '../replay-plan.ts'
import { observePhases, observeReplay } from '../run.ts'
import type { ObservedRun, RunSetup } from '../run.ts'
import type { TraceEvents } from '../trace/events.ts'
import type { Phase } from '../workload/phase-schema.ts'

/** A run as a pool is asked for it: a trace is named by its number in the pool. */
export interface PooledWork extends RunSetup {
  readonly load: { readonly kind: 'trace'; readonly trace: number } | { readonly kind: 'phases'; readonly phases: readonly Phase[] }
}

/** What crosses to the worker; the columns of `events` are shared memory. `traceId` is a trace's number in the process. */
export interface WorkerRun {
  readonly work: PooledWork
  readonly traceId: number
  readonly events: TraceEvents | null
}

/** Plans that are kept: a sweep over the number of vCPUs has some. */
const PLANS_MAX = 8
const plans = new Map<string, ReplayPlan>()
/** Machines of some 30 GiB of guest; a larger one takes longer to run than to allocate. */
const store = new ColumnStore(256 * MIB)

export function runInWorker({ work, traceId, events }: WorkerRun): ObservedRun {
  const { load, ...setup } = work
  if (load.kind === 'phases') return observePhases({ ...setup, phases: load.phases }, store)
  if (events === null) throw new Error('a run of a trace has its events')
  return observeReplay({ ...setup, plan: planFor(traceId, events, setup.options.guest.vcpus) }, store)
}

function planFor(traceId: number, events: TraceEvents, vcpus: number): ReplayPlan {
  const key = `${traceId}/${vcpus}`
  const known = plans.get(key)
  if (known !== undefined) return known
  if (plans.size === PLANS_MAX) for (const oldest of [...plans.keys()].slice(0, 1)) plans.delete(oldest)
  const plan = planReplay(events, vcpus)
  plans.set(key, plan)
  return plan
}
