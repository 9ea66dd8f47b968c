/**
 * Runs many configurations, on several cores when there are some. Each run is deterministic by itself, so the results are the same, in the order of the
 * input, whatever the number of workers.
 *
 *     traces (shared memory) --+--> worker: plan once, run, run, ...
 *     runs, one at a time -----+--> worker: ...
 *
 * A worker takes most of a second to load the code: `startWorkers` lets it do so while the traces are read.
 */
import { Tinypool } from 'tinypool'
import type { ObservedRun, RunSetup } from '../run.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { RunResult } from '../result.ts'
import type { TraceEvents } from '../trace/events.ts'
import { runInWorker } from './run-in-worker.ts'
import type { PooledWork, WorkerRun } from './run-in-worker.ts'

export type PlainRun = RunSetup

/** A pool over one trace. */
export interface RunPool {
  /** Runs all; `onDone` is called after each, in the order in which they finish, with what the run was to capture. */
  runAll(runs: readonly PlainRun[], onDone: (finished: PlainRun, timeline: Timeline | null) => void): Promise<RunResult[]>
  close(): Promise<void>
}

/** A pool over any number of traces. */
export interface WorkPool {
  /** Runs all; `onDone` gets each result with its place in `work`, in the order in which they finish, and what the run was to capture. */
  runAll(work: readonly PooledWork[], onDone: OnDone): Promise<RunResult[]>
  close(): Promise<void>
}

export type OnDone = (index: number, result: RunResult, timeline: Timeline | null) => void

let traceIds = 0

/** A pool over one trace. One worker means this very thread. */
export function makeRunPool(events: TraceEvents, workers: number): RunPool {
  const pool = makeWorkPool([events], workers)
  return {
    runAll: (runs, onDone) => {
      const work = runs.map((run) => ({ ...run, load: { kind: 'trace', trace: 0 } as const }))
      return pool.runAll(work, (index, _, timeline) => onDone(runs[index], timeline))
    },
    close: () => pool.close(),
  }
}

/** Workers that load the code, and get their work when there is a pool over them; null stands for this very thread. */
export type Workers = Tinypool | null

export function startWorkers(workers: number): Workers {
  if (workers <= 1) return null
  const filename = new URL('./boot.mjs', import.meta.url).href
  return new Tinypool({ filename, minThreads: workers, maxThreads: workers, isolateWorkers: false })
}

/** A pool over the traces that its work names by their numbers. One worker means this very thread. */
export function makeWorkPool(traces: readonly TraceEvents[], workers: number): WorkPool {
  return poolOver(traces, startWorkers(workers))
}

/** A pool over workers that were started before; closing it ends them. */
export function poolOver(traces: readonly TraceEvents[], pool: Workers): WorkPool {
  const ids = traces.map(() => traceIds++)
  const sources = pool === null ? traces : traces.map(shareColumns)
  const runOf = (work: PooledWork): WorkerRun => {
    const trace = work.load.kind === 'trace' ? work.load.trace : -1
    return { work, traceId: ids[trace] ?? -1, events: sources[trace] ?? null }
  }
  if (pool === null) return inThisThread(runOf)
  const start = async (work: PooledWork, index: number, onDone: OnDone): Promise<RunResult> => {
    const { result, timeline } = (await pool.run(runOf(work))) as ObservedRun
    onDone(index, result, timeline)
    return result
  }
  return {
    runAll: (all, onDone) => Promise.all(all.map((work, index) => start(work, index, onDone))),
    close: () => pool.destroy(),
  }
}

function inThisThread(runOf: (work: PooledWork) => WorkerRun): WorkPool {
  const runAll: WorkPool['runAll'] = async (all, onDone) => {
    const results: RunResult[] = []
    for (const [index, work] of all.entries()) {
      const { result, timeline } = runInWorker(runOf(work))
      results.push(result)
      onDone(index, result, timeline)
    }
    return results
  }
  return { runAll, close: async () => {} }
}

/** The same events in memory that threads share, so that nothing is copied per run. */
function shareColumns(events: TraceEvents): TraceEvents {
  const shared = Object.entries(events).map(([name, column]) => [name, typeof column === 'number' ? column : share(column)] as const)
  return Object.fromEntries(shared) as unknown as TraceEvents
}

type Column = Exclude<TraceEvents[keyof TraceEvents], number>

function share(column: Column): Column {
  const copy = new (column.constructor as new (buffer: SharedArrayBuffer) => Column)(new SharedArrayBuffer(column.byteLength))
  copy.set(column)
  return copy
}
