/** The rows of the published table of reporting knobs (HyperAlloc, EuroSys 2025: building clang in a guest of 16 GiB with 12 cores), as ratios. */
import type { KnobConfig, KnobOutcome } from './knobs-model.ts'

export const NO_REPORTING: KnobConfig = { order: null, delayMs: 2000, capacity: 32 }
export const ORDER_9: KnobConfig = { order: 9, delayMs: 2000, capacity: 32 }
export const ORDER_0: KnobConfig = { order: 0, delayMs: 2000, capacity: 32 }

/** Footprint in GiB * min, times in min, as published. */
export const PUBLISHED = {
  none: { footprint: 658.6, wall: 41.18, system: 6.08, user: 484.7 },
  order9: { footprint: 434.5, wall: 41.23, system: 6.78 },
  order0: { footprint: 390.1, wall: 48.63, system: 57.72, user: 521.9 },
} as const

export interface Outcomes {
  readonly none: KnobOutcome
  readonly order9: KnobOutcome
  readonly order0: KnobOutcome
}

export interface KnobRow {
  readonly name: string
  readonly published: number
  readonly model: (outcomes: Outcomes) => number
  /** Whether the project's target of 15 % is about this row. */
  readonly judged: boolean
}

const { none, order9, order0 } = PUBLISHED

/** GiB times ns of wall time for the same work. */
const footprint = ({ residentGiB, wallNs }: KnobOutcome): number => residentGiB * wallNs

export const KNOB_ROWS: readonly KnobRow[] = [
  { name: 'o9: footprint', published: order9.footprint / none.footprint, model: (o) => footprint(o.order9) / footprint(o.none), judged: true },
  { name: 'o9: wall', published: order9.wall / none.wall, model: (o) => o.order9.wallNs / o.none.wallNs, judged: true },
  { name: 'o9: system CPU', published: order9.system / none.system, model: (o) => o.order9.systemNs / o.none.systemNs, judged: true },
  { name: 'o0: footprint', published: order0.footprint / none.footprint, model: (o) => footprint(o.order0) / footprint(o.none), judged: true },
  { name: 'o0: wall', published: order0.wall / none.wall, model: (o) => o.order0.wallNs / o.none.wallNs, judged: true },
  { name: 'o0: system CPU', published: order0.system / none.system, model: (o) => o.order0.systemNs / o.none.systemNs, judged: true },
  { name: 'o0: user CPU', published: order0.user / none.user, model: (o) => o.order0.userNs / o.none.userNs, judged: false },
]
