/** Where a replay stopped being like its recording, and what both sides looked like there. */
import type { TapEvent } from '@hintlab/protocol'
import { eventText } from './event-text.ts'
import { contentsDiffer } from './same-event.ts'

export interface ReplayDivergence {
  /** Number of the recorded event (its sequence), or -1 behind the last. */
  readonly step: number
  /** Virtual time of the replay, ns. */
  readonly atNs: number
  readonly what: string
  /** The first field that differs, as recorded and here; null where one of the two did nothing. */
  readonly field: string | null
  /** The recorded event and what this side did instead, as text; null where one of the two did nothing. */
  readonly recorded: string | null
  readonly replayed: string | null
  /** State of both sides, by component: of the one that was replayed, and how far the recorded one was. */
  readonly state: Readonly<Record<string, Readonly<Record<string, number | string>>>>
}

export interface ReplayResult {
  readonly side: 'guest' | 'host'
  /** Recorded events of this side, and those of them that it did in the same way. */
  readonly events: number
  readonly alike: number
  readonly divergence: ReplayDivergence | null
}

/** Ends a replay from inside one of its steps. */
export class Diverged extends Error {
  readonly what: string
  readonly recorded: TapEvent | null
  readonly replayed: string | null
  readonly field: string | null

  constructor(what: string, recorded: TapEvent | null, replayed: string | null, field: string | null = null) {
    super(what)
    this.what = what
    this.recorded = recorded
    this.replayed = replayed
    this.field = field
  }
}

/** Compares what a side does with what it did; throws where they differ. `mine` has the time and CPU of the replay. */
export function assertAlike(recorded: TapEvent, mine: TapEvent, side: 'guest' | 'host'): void {
  const field = contentsDiffer(recorded, mine, side)
  const late = (recorded.timeNs ?? 0) !== (mine.timeNs ?? 0)
  if (field === null && !late) return
  const what = `the ${side} does ${field === null ? 'it' : 'something else'}${late ? ' at another time' : ''}`
  throw new Diverged(what, recorded, eventText({ ...mine, sequence: recorded.sequence ?? 0 }), field)
}

const WORDS = ['availFlags', 'availIdx', 'usedEvent', 'usedFlags', 'usedIdx', 'availEvent'] as const

/** As plain data, with the words of the recorded ring beside the state of the sides. `atNs`: virtual time of the replay. */
export function divergenceOf({ what, field, recorded, replayed }: Diverged, atNs: number, state: ReplayDivergence['state']): ReplayDivergence {
  const words = recorded?.words
  const ring = words === undefined || words === null ? {} : { 'recorded ring': Object.fromEntries(WORDS.map((name) => [name, words[name] ?? 0])) }
  return { step: recorded?.sequence ?? -1, atNs, what, field, recorded: recorded === null ? null : eventText(recorded), replayed, state: { ...state, ...ring } }
}
