/**
 * `hintlab replay FILE --guest|--host`: one side of a recorded run alone, against the recording of the other.
 *
 *   guest: 132 of 132 recorded events done alike
 *   host: 40 of 135 recorded events done alike, then the host does something else
 *     recorded   ...
 *     replayed   ...
 *     device     requests 3, accepted 40, ...
 */
import { InputError, loadRecording, readConversation, replayGuest, replayHost, replayServed } from '@hintlab/lab'
import type { ReplayResult } from '@hintlab/lab'
import { makeProgress } from './progress.ts'
import { wrap } from './text.ts'

const WIDTH = 118
/** Before what is said of a part. */
const INDENT = 18

const SIDES = ['guest', 'host'] as const

export interface ReplayFlags {
  readonly guest?: boolean
  readonly host?: boolean
  readonly json?: boolean
  readonly set?: readonly string[]
}

/** Returns 1 when a side does something else than it did. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  if (flags.guest !== true && flags.host !== true) throw new InputError('replay: found neither --guest nor --host; accepted is one of them, or both')
  const bar = makeProgress(process.stderr)
  const results: ReplayResult[] = []
  try {
    const conversation = readConversation(file)
    const ofPeer = (conversation.header.scenario ?? '') === ''
    if (ofPeer) refuseOfPeer(file, flags)
    const recording = ofPeer ? null : await loadRecording(file, flags.set ?? [], conversation)
    for (const side of SIDES) {
      if (flags[side] !== true) continue
      const progress = (done: number, all: number): void => bar.show(done, all, `${side} replayed`)
      if (recording === null) results.push(replayServed(conversation, progress))
      else results.push((side === 'guest' ? replayGuest : replayHost)({ ...recording, progress }))
    }
  } finally {
    bar.clear()
  }
  process.stdout.write(flags.json === true ? `${JSON.stringify(results, null, 2)}\n` : results.map(renderReplay).join(''))
  return results.some(({ divergence }) => divergence !== null) ? 1 : 0
}

/** The guest of a live recording was a kernel, which is not in it; and there is no setting by which the recorded one was run. */
function refuseOfPeer(file: string, { guest, set = [] }: ReplayFlags): void {
  const found = `${file}: found a recording of a live peer`
  const accepted = 'accepted for --guest is a recording of hintlab run or compare, for this one --host'
  if (guest === true) throw new InputError(`${found}, whose guest was a real kernel; ${accepted}`)
  if (set.length > 0) throw new InputError(`${found}, which has no scenario for --set to change; accepted is --host alone`)
}

/** What is said of a part, behind its name. */
function line(name: string, text: string): string[] {
  return wrap(text.trim(), WIDTH - INDENT, '').map((part, i) => `${i === 0 ? `  ${name}`.padEnd(INDENT) : ' '.repeat(INDENT)}${part}`)
}

export function renderReplay({ side, events, alike, divergence }: ReplayResult): string {
  const head = `${side}: ${alike} of ${events} recorded events done alike`
  if (divergence === null) return `${head}\n`
  const { what, field, recorded, replayed, state } = divergence
  const difference = field === null ? [] : line('difference', field)
  const parts = Object.entries(state).flatMap(([part, values]) => line(part, Object.entries(values).map(([name, value]) => `${name} ${value}`).join(', ')))
  const both = [...line('recorded', recorded ?? 'nothing'), ...line('replayed', replayed ?? 'nothing')]
  return [`${head}, then ${what}`, ...both, ...difference, ...parts, ''].join('\n')
}
