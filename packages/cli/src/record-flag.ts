/** `--record FILE`: the conversation of guest and host of one run, for `decode`, `lint` and `replay`. */
import { rmSync } from 'node:fs'
import { finishFile, InputError, unfinished } from '@hintlab/lab'
import type { NamedInterface, RecordTo, ScenarioTrace, RunScenario, Trace } from '@hintlab/lab'

export interface RecordFlags {
  readonly record?: string
  readonly perfetto?: string
}

/** Both want to be told by the engine. */
function refusePerfetto({ record, perfetto }: RecordFlags): void {
  if (record !== undefined && perfetto !== undefined) throw new InputError('--record: found --perfetto beside it; accepted is one of the two')
}

/** Makes runs that record, and gives the recording its name when they are done; when they are not, nothing stays. */
export async function recordWhole<T>({ record }: RecordFlags, run: () => Promise<T>): Promise<T> {
  if (record === undefined) return run()
  const temporary = unfinished(record)
  try {
    const result = await run()
    finishFile(record, temporary)
    return result
  } catch (error) {
    if (temporary !== record) rmSync(temporary, { force: true })
    throw error
  }
}

/** What a scenario's run is to be recorded with; null without the flag. */
export function recordScenario(flags: RecordFlags, { phases, traces, durationS }: RunScenario, trace: ScenarioTrace | null): RecordTo | null {
  refusePerfetto(flags)
  if (flags.record === undefined) return null
  if (phases !== null) return { file: unfinished(flags.record), load: { kind: 'phases', phases } }
  return { file: unfinished(flags.record), load: { kind: 'trace', files: traces, sha256: trace?.summaries.map(({ sha256 }) => sha256) ?? [], durationS } }
}

/** What `compare` records: the one row that hints. `source` is the trace's path, null for the bundled one. */
export function recordCompared(flags: RecordFlags, rows: readonly NamedInterface[], source: string | null, trace: Trace): { row: string; to: RecordTo } | null {
  refusePerfetto(flags)
  if (flags.record === undefined) return null
  const hinting = rows.filter(({ interface: face }) => face !== null)
  if (hinting.length !== 1) throw new InputError(`--record: found ${hinting.length} interfaces that hint; accepted is one (--interfaces)`)
  if (source === '-') throw new InputError('--record: found a trace from standard input, which a replay cannot read again; accepted is a file')
  const load = { kind: 'trace', files: [source ?? 'bundled'], sha256: [trace.summary.sha256], durationS: null } as const
  return { row: hinting[0].name, to: { file: unfinished(flags.record), load } }
}
