/** Plays a recorded conversation to the checker. */
import { NUMBERINGS } from '@hintlab/protocol'
import { readConversation } from '../recording/read-conversation.ts'
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
}

export interface LintFileResult {
  readonly file: string
  readonly events: number
  /** All findings, those beyond FINDINGS_MAX among them. */
  readonly found: number
  readonly findings: readonly LintFinding[]
}

/** An InputError says what is wrong with the file or the names. */
export function lintFile(file: string, { peers = [], numbering = '' }: LintFileOptions = {}): LintFileResult {
  const stranger = peers.find((peer) => !PEERS.includes(peer))
  if (stranger !== undefined) throw new InputError(`--peer: found ${stranger}; accepted are ${PEERS.join(', ')}`)
  if (numbering !== '' && !NUMBERINGS.some((name) => name === numbering)) {
    throw new InputError(`--numbering: found ${numbering}; accepted are ${NUMBERINGS.join(', ')}`)
  }
  const { header, events } = readConversation(file)
  const known = [...peers, header.driver ?? '', header.device ?? '']
  const linter = new Linter({ peers: known })
  const { features, regions } = header
  linter.begin({
    features: features === null || features === undefined ? null : { low: features.low ?? 0, high: features.high ?? 0 },
    regions: (regions ?? []).map(({ gpa, length }): Region => ({ gpa: gpa ?? 0, length: length ?? 0 })),
    numbering: numbering === '' ? header.numbering ?? '' : numbering,
  })
  for (const event of events) linter.event(event)
  const findings = linter.finish()
  return { file, events: linter.events, found: linter.found, findings }
}
