/**
 * Runs many configurations of one trace, on several cores when there are some. Each run is deterministic by itself, so the results are the same, in the order
 * of the input, whatever the number of workers.
 */
import { Tinypool } from 'tinypool'
import type { RunInput } from '../run.ts'
import type { RunResult } from '../result.ts'
import type { TraceEvents } from '../trace/events.ts'
import { runInWorker } from './run-in-worker.ts'
import type { PooledRun } from './run-in-worker.ts'

export type PlainRun = Omit<RunInput, 'plan'>

export interface RunPool {
  /** Runs all; `onDone` is called after each, in the order in which they finish. */
  runAll(runs: readonly PlainRun[], onDone: (finished: PlainRun) => void): Promise<RunResult[]>
  close(): Promise<void>
}

let traceIds = 0

/** A pool over one trace. One worker means this very thread. */
export function makeRunPool(events: TraceEvents, workers: number): RunPool {
  const traceId = traceIds++
  if (workers <= 1) return inThisThread(traceId, events)
  const shared = shareColumns(events)
  const pool = new Tinypool({
    filename: new URL('./boot.mjs', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    isolateWorkers: false,
  })
  const start = async (run: PlainRun, onDone: (finished: PlainRun) => void): Promise<RunResult> => {
    const task: PooledRun = { ...run, traceId, events: shared }
    const result = (await pool.run(task)) as RunResult
    onDone(run)
    return result
  }
  return {
    runAll: (runs, onDone) => Promise.all(runs.map((run) => start(run, onDone))),
    close: () => pool.destroy(),
  }
}

function inThisThread(traceId: number, events: TraceEvents): RunPool {
  const runAll: RunPool['runAll'] = async (runs, onDone) => {
    const results: RunResult[] = []
    for (const run of runs) {
      results.push(runInWorker({ ...run, traceId, events }))
      onDone(run)
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
