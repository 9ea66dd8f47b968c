/** Where a replay stopped being like its recording, and what both sides looked like there. */
import type { TapEvent } from '@hintlab/protocol'
import { eventText } from './event-text.ts'

export interface ReplayDivergence {
  /** Number of the recorded event (its sequence), or -1 behind the last. */
  readonly step: number
  /** Virtual time of the replay, ns. */
  readonly atNs: number
  readonly what: string
  /** The recorded event and what this side did instead, as text; null where one of the two did nothing. */
  readonly recorded: string | null
  readonly replayed: string | null
  /** State of the replayed side, by component. */
  readonly state: Readonly<Record<string, Readonly<Record<string, number | string>>>>
}

export interface ReplayResult {
  readonly side: 'guest' | 'host'
  /** Recorded events, and those of them that the replayed side did in the same way. */
  readonly events: number
  readonly alike: number
  readonly divergence: ReplayDivergence | null
}

/** Ends a replay from inside one of its steps. */
export class Diverged extends Error {
  readonly what: string
  readonly recorded: TapEvent | null
  readonly replayed: string | null

  constructor(what: string, recorded: TapEvent | null, replayed: string | null) {
    super(what)
    this.what = what
    this.recorded = recorded
    this.replayed = replayed
  }
}

const WORDS = ['availFlags', 'availIdx', 'usedEvent', 'usedFlags', 'usedIdx', 'availEvent'] as const

export function divergenceOf({ what, recorded, replayed }: Diverged, atNs: number, state: ReplayDivergence['state']): ReplayDivergence {
  const words = recorded?.words
  const ring = words === undefined || words === null ? {} : { 'recorded ring': Object.fromEntries(WORDS.map((name) => [name, words[name] ?? 0])) }
  return { step: recorded?.sequence ?? -1, atNs, what, recorded: recorded === null ? null : eventText(recorded), replayed, state: { ...state, ...ring } }
}
