/** Packed rings (rules 66 to 79, 93). */
import { Feature, QUEUE_SIZE_MAX } from '@hintlab/protocol'
import { hex, on } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import type { SeenKind, SeenOf } from '../seen.ts'
import { wrongOrder, wrongSize, wrongTable } from './chain-shape.ts'
import { neverInterrupted, neverKicked, outOfOrder, overwritten, tooMany } from './split-ring.ts'

/** Event suppression: notify at the descriptor named. */
const BY_INDEX = 2

const onPacked = <K extends SeenKind>(rule: number, kind: K, find: (state: LintState, event: SeenOf<K>) => Verdict): Check =>
  on(rule, kind, (state, event) => (state.packed ? find(state, event) : null))

function misplaced(_: LintState, { queue, size, descGpa, availGpa, usedGpa }: SeenOf<'queueSetup'>): Verdict {
  if (size < 1 || size > QUEUE_SIZE_MAX) return `queue ${queue} has ${size} entries`
  if (descGpa % 16 !== 0) return `the descriptor ring of queue ${queue} lies at ${hex(descGpa)}`
  const odd = [availGpa, usedGpa].find((gpa) => gpa % 4 !== 0)
  return odd === undefined ? null : `an event suppression structure of queue ${queue} lies at ${hex(odd)}`
}

function badUsed(state: LintState, { queue, head, len }: SeenOf<'used'>): Verdict {
  const { inFlight, chains, resetting } = state.queue(queue)
  if (chains === 0 || resetting || state.has(Feature.IN_ORDER)) return null
  const held = inFlight.get(head)
  return held === undefined ? `the used descriptor with id ${head} of queue ${queue} names no chain in flight` : tooMany(held.chain, len)
}

/** Each side's suppression, at the events that this side causes. */
function badSuppression(state: LintState, { kind, words }: SeenOf<'chain'> | SeenOf<'used'>): Verdict {
  if (words === null) return null
  const flags = kind === 'chain' ? words.availFlags : words.usedFlags
  const most = state.has(Feature.EVENT_IDX) ? BY_INDEX : BY_INDEX - 1
  return flags <= most ? null : { text: `event suppression ${flags}`, actor: kind === 'chain' ? 'D' : 'V' }
}

export const PACKED_CHECKS: readonly Check[] = [
  onPacked(66, 'queueSetup', misplaced),
  onPacked(73, 'used', badUsed),
  onPacked(74, 'chain', (state, event) => wrongOrder(event) ?? wrongSize(state, event)),
  onPacked(75, 'chain', wrongTable),
  onPacked(76, 'chain', badSuppression),
  onPacked(76, 'used', badSuppression),
  onPacked(79, 'memory', overwritten),
  onPacked(93, 'used', outOfOrder),
]

export const PACKED_ENDS: readonly EndCheck[] = [{ rule: 76, find: (state) => (state.packed ? neverKicked(state) ?? neverInterrupted(state) : null) }]
