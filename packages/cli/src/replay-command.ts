/**
 * `hintlab replay FILE --guest|--host`: one side of a recorded run alone, against the recording of the other.
 *
 *   guest: 132 of 132 recorded events done alike
 *   host: 40 of 135 recorded events done alike, then the host does something else
 *     recorded   ...
 *     replayed   ...
 *     device     requests 3, accepted 40, ...
 */
import { InputError, loadRecording, replayGuest, replayHost } from '@hintlab/lab'
import type { ReplayResult } from '@hintlab/lab'
import { wrap } from './text.ts'

const WIDTH = 118
/** Before what is said of a part. */
const INDENT = 18

export interface ReplayFlags {
  readonly guest?: boolean
  readonly host?: boolean
  readonly json?: boolean
  readonly set?: readonly string[]
}

/** Returns 1 when a side does something else than it did. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  if (flags.guest !== true && flags.host !== true) throw new InputError('replay: found neither --guest nor --host; accepted is one of them, or both')
  const recording = await loadRecording(file, flags.set ?? [])
  const results = [...(flags.guest === true ? [replayGuest(recording)] : []), ...(flags.host === true ? [replayHost(recording)] : [])]
  process.stdout.write(flags.json === true ? `${JSON.stringify(results, null, 2)}\n` : results.map(renderReplay).join(''))
  return results.some(({ divergence }) => divergence !== null) ? 1 : 0
}

/** What is said of a part, behind its name. */
function line(name: string, text: string): string[] {
  return wrap(text.trim(), WIDTH - INDENT, '').map((part, i) => `${i === 0 ? `  ${name}`.padEnd(INDENT) : ' '.repeat(INDENT)}${part}`)
}

export function renderReplay({ side, events, alike, divergence }: ReplayResult): string {
  const head = `${side}: ${alike} of ${events} recorded events done alike`
  if (divergence === null) return `${head}\n`
  const { what, recorded, replayed, state } = divergence
  const parts = Object.entries(state).flatMap(([part, values]) => line(part, Object.entries(values).map(([name, value]) => `${name} ${value}`).join(', ')))
  return [`${head}, then ${what}`, ...line('recorded', recorded ?? 'nothing'), ...line('replayed', replayed ?? 'nothing'), ...parts, ''].join('\n')
}
