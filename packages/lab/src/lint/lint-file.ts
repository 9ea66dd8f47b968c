/** Plays a recorded conversation to the checker. */
import { NUMBERINGS } from '@hintlab/protocol'
import { ConversationStream } from '../recording/conversation-stream.ts'
import { PEERS } from './divergences.ts'
import type { Region } from './lint-state.ts'
import { Linter } from './linter.ts'
import type { LintFinding } from './linter.ts'
import { InputError } from '../options.ts'

export interface LintFileOptions {
  /** Who the peers are, beside what the recording says. */
  readonly peers?: readonly string[]
  /** Overrides what the recording says. */
  readonly numbering?: string
  /** Told now and then how many bytes of the file have been read; `all` is 0 where that is not known. */
  readonly progress?: (done: number, all: number) => void
}

/** Events between two words about progress. */
const PROGRESS_EVENTS = 8192

export interface LintFileResult {
  readonly file: string
  readonly events: number
  /** All findings, those beyond FINDINGS_MAX among them. */
  readonly found: number
  readonly findings: readonly LintFinding[]
}

/** An InputError says what is wrong with the file or the names. */
export function lintFile(file: string, { peers = [], numbering = '', progress }: LintFileOptions = {}): LintFileResult {
  const stranger = peers.find((peer) => !PEERS.includes(peer))
  if (stranger !== undefined) throw new InputError(`--peer: found ${stranger}; accepted are ${PEERS.join(', ')}`)
  if (numbering !== '' && !NUMBERINGS.some((name) => name === numbering)) {
    throw new InputError(`--numbering: found ${numbering}; accepted are ${NUMBERINGS.join(', ')}`)
  }
  const stream = new ConversationStream(file)
  const { header } = stream
  const known = [...peers, header.driver ?? '', header.device ?? '']
  const linter = new Linter({ peers: known })
  const { features, regions, scenario } = header
  linter.begin({
    features: features === null || features === undefined ? null : { low: features.low ?? 0, high: features.high ?? 0 },
    regions: (regions ?? []).map(({ gpa, length }): Region => ({ gpa: gpa ?? 0, length: length ?? 0 })),
    requests: (scenario ?? '') !== '',
    numbering: numbering === '' ? header.numbering ?? '' : numbering,
  })
  for (const event of stream.events()) {
    linter.event(event)
    if (linter.events % PROGRESS_EVENTS === 0) progress?.(stream.bytesRead, stream.bytesTotal)
  }
  const findings = linter.finish()
  return { file, events: linter.events, found: linter.found, findings }
}
