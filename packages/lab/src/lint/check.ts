/** What a rule's check is: a look at one kind of event, or at the end of a conversation, with the state before it. */
import { Feature, hasFeature } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import type { LintState } from './lint-state.ts'
import type { Actor } from './rules/rule.ts'
import type { Seen, SeenKind, SeenOf } from './seen.ts'
import { StatusBit } from './state/status-state.ts'

/** Where the specification can be read in two ways: virtio-spec issues, or a name. */
export const AMBIGUITIES = ['#228', '#240', '6-vs-10', 'vq-index', 'FPH early release'] as const
export type Ambiguity = (typeof AMBIGUITIES)[number]

export interface Found {
  readonly text: string
  /** Who did it, where a rule binds both sides. */
  readonly actor?: Actor
  readonly ambiguity?: Ambiguity
}

export type Verdict = string | Found | null

export interface Check {
  readonly rule: number
  readonly kind: SeenKind
  readonly find: (state: LintState, event: Seen) => Verdict
}

/** Looks at what never came. `step` of a finding is that of the last event. */
export interface EndCheck {
  readonly rule: number
  readonly find: (state: LintState) => Verdict
}

/** A check of one kind of event. */
export function on<K extends SeenKind>(rule: number, kind: K, find: (state: LintState, event: SeenOf<K>) => Verdict): Check {
  return { rule, kind, find: find as unknown as Check['find'] }
}

/**
 * A check of the features that the driver takes: when it writes FEATURES_OK, or, where there is no status (vhost-user), when it writes the features.
 */
export function onNegotiated(rule: number, find: (state: LintState, accepted: FeatureSet) => Verdict): Check[] {
  return [
    on(rule, 'accepted', (state, { features }) => (state.status.present ? null : find(state, features))),
    on(rule, 'status', (state, event) => {
      const { status, accepted } = state
      const fresh = event.write && (event.value & StatusBit.FEATURES_OK) !== 0 && !status.has(StatusBit.FEATURES_OK)
      return fresh && accepted !== null ? find(state, accepted) : null
    }),
  ]
}

export const hex = (value: number): string => `0x${value.toString(16)}`

/** The driver takes what was offered and has `bit`, and declines it. */
export const declines = ({ offered }: LintState, accepted: FeatureSet, bit: Feature): boolean =>
  offered !== null && hasFeature(offered, bit) && !hasFeature(accepted, bit)
