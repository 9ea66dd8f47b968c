/**
 * The conformance checker: a tap that any conversation can be played to, modelled, recorded or live. It knows the rules and the state of the conversation,
 * and keeps what it found.
 */
import { NUMBERINGS } from '@hintlab/protocol'
import type { FeatureSet, Numbering, Tap, TapEvent } from '@hintlab/protocol'
import { CHECKS, END_CHECKS } from './all-checks.ts'
import type { Check, Found, Verdict } from './check.ts'
import { divergenceOf } from './divergences.ts'
import { LintState } from './lint-state.ts'
import type { Region } from './lint-state.ts'
import type { Actor } from './rules/rule.ts'
import { ruleOf } from './rules/rules.ts'
import { seen } from './seen.ts'
import type { Seen, SeenKind } from './seen.ts'

export type VerdictClass = 'must-violation' | 'should-warning' | 'spec-ambiguity' | 'peer-divergence'

export interface LintFinding {
  readonly rule: number
  readonly actor: Actor
  readonly verdict: VerdictClass
  /** Which ambiguity, or whose divergence. */
  readonly name?: string
  /** Sequence of the event; of something that never came, of the last event. */
  readonly step: number
  readonly text: string
}

export interface LintOptions {
  /** How the device numbers its queues, where the recording does not say. Default dense-negotiated, as Linux does. */
  readonly numbering?: Numbering
  /** Names of the peers, for known divergences. */
  readonly peers?: readonly string[]
}

/** What a recording says of itself. */
export interface LintHeader {
  readonly features?: FeatureSet | null
  readonly regions?: readonly Region[]
  readonly numbering?: string
  /** Requests are messages of hintlab, which say themselves what they ask: what the specification says of a balloon's does not apply. */
  readonly requests?: boolean
}

/** Findings kept one by one; later ones are only counted. */
export const FINDINGS_MAX = 10_000

export class Linter implements Tap {
  readonly findings: LintFinding[] = []
  /** All findings, the kept ones among them. */
  found = 0
  /** Events seen. */
  events = 0
  private readonly state: LintState
  private readonly peers: readonly string[]
  private step = 0
  private finished = false

  constructor({ numbering = 'dense-negotiated', peers = [] }: LintOptions = {}) {
    this.state = new LintState(numbering)
    this.peers = peers
  }

  /** Takes over what a recording says of itself; before its events. */
  begin({ features, regions, numbering, requests }: LintHeader): void {
    if (requests === true) this.state.pages.complete = false
    if (features !== undefined && features !== null && (features.low !== 0 || features.high !== 0)) this.state.accepted ??= features
    if (regions !== undefined && regions.length > 0) this.state.regions = regions
    const known = NUMBERINGS.find((name) => name === numbering)
    if (known === undefined) return
    this.state.numbering = known
    this.state.numberingKnown = true
  }

  event(event: TapEvent): void {
    const strict = seen(event, event.sequence ?? this.events)
    this.events++
    if (strict === null) return
    this.step = strict.sequence
    this.state.named(strict)
    if (this.endsLife(strict)) this.judge(true)
    for (const check of BY_KIND[strict.kind]) this.report(check.rule, check.find(this.state, strict))
    this.state.apply(strict)
  }

  /** The conversation is over: what should have come and did not. A recording that breaks off in the middle only gives rise to warnings. */
  finish(): readonly LintFinding[] {
    if (!this.finished) this.judge(this.state.atRest)
    this.finished = true
    return this.findings
  }

  /** A reset, or a new driver behind the same vhost-user connection. */
  private endsLife(event: Seen): boolean {
    if (!this.state.begun) return false
    if (event.kind === 'status') return event.write && event.value === 0
    return event.kind === 'accepted' && !this.state.status.present && this.state.accepted !== null && this.state.atRest
  }

  private judge(whole: boolean): void {
    for (const { rule, find } of END_CHECKS) this.report(rule, find(this.state), whole)
  }

  private report(rule: number, verdict: Verdict, whole = true): void {
    if (verdict === null) return
    this.found++
    if (this.findings.length >= FINDINGS_MAX) return
    this.findings.push(this.finding(rule, typeof verdict === 'string' ? { text: verdict } : verdict, whole))
  }

  private finding(rule: number, { text, actor: named, ambiguity }: Found, whole: boolean): LintFinding {
    const { actors, level } = ruleOf(rule)
    const actor = named ?? actors[0]
    const known = divergenceOf(rule, actor, this.peers)
    const common = { rule, actor, step: this.step, text: whole ? text : `${text}, when the recording breaks off` }
    if (known !== undefined) return { ...common, verdict: 'peer-divergence', name: known.peer }
    if (ambiguity !== undefined) return { ...common, verdict: 'spec-ambiguity', name: ambiguity }
    return { ...common, verdict: level === 'must' && whole ? 'must-violation' : 'should-warning' }
  }
}

const KINDS: readonly SeenKind[] = [
  'chain', 'kick', 'used', 'interrupt', 'config', 'offered', 'accepted', 'status', 'configAccess', 'queueSetup', 'queueState', 'vhostUser', 'memory',
  'register',
]

const BY_KIND = Object.fromEntries(KINDS.map((kind) => [kind, CHECKS.filter((check) => check.kind === kind)])) as unknown as Record<SeenKind, readonly Check[]>
