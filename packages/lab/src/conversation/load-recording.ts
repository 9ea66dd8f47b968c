/** A recording of a modelled run with everything that a replay of it needs: what was run, and the trace that made its load. */
import { applySetting, InputError, parseRunOptions } from '../options.ts'
import { readConversation } from '../recording/read-conversation.ts'
import { readScenarioTrace } from '../scenario/traces.ts'
import { recordedRunOf } from './recorded-run.ts'
import type { RecordedRun } from './recorded-run.ts'
import type { ReplayOptions } from './replay-guest.ts'

/** Settings as of `--set` are laid over the recorded options: the replay is then of a side that was changed. */
export async function loadRecording(file: string, settings: readonly string[] = [], conversation = readConversation(file)): Promise<ReplayOptions> {
  const run = changed(recordedRunOf(file, conversation.header), settings)
  const { load } = run
  if (load.kind === 'phases') return { conversation, run }
  const trace = await readScenarioTrace({ traces: load.files, durationS: load.durationS })
  const found = trace?.summaries.map(({ sha256 }) => sha256) ?? []
  if (found.join() !== load.sha256.join()) {
    throw new InputError(`${load.files.join(', ')}: found another text than the one that was replayed; accepted is that one`)
  }
  return { conversation, run, trace: trace?.events ?? null }
}

function changed(run: RecordedRun, settings: readonly string[]): RecordedRun {
  if (settings.length === 0) return run
  const input = structuredClone(run.options) as unknown as Record<string, unknown>
  for (const setting of settings) applySetting(input, setting)
  return { ...run, options: parseRunOptions(input) }
}
