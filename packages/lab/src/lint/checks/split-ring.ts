/** Split rings (rules 49 to 61). */
import { Feature, QUEUE_SIZE_MAX } from '@hintlab/protocol'
import { isPowerOfTwo } from '@hintlab/kit'
import { hex, on } from '../check.ts'
import type { Check, EndCheck, Found, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import { MemoryKind, writableBytes } from '../seen.ts'
import type { SeenKind, SeenOf } from '../seen.ts'
import { wrongOrder, wrongSize, wrongTable } from './chain-shape.ts'

/** A check of split rings only; a conversation that names no features is taken for one. */
const onSplit = <K extends SeenKind>(rule: number, kind: K, find: (state: LintState, event: SeenOf<K>) => Verdict): Check =>
  on(rule, kind, (state, event) => (state.packed ? null : find(state, event)))

function misplaced(_: LintState, { queue, size, descGpa, availGpa, usedGpa }: SeenOf<'queueSetup'>): Verdict {
  if (!isPowerOfTwo(size) || size > QUEUE_SIZE_MAX) return `queue ${queue} has ${size} entries`
  if (descGpa % 16 !== 0) return `the descriptor table of queue ${queue} lies at ${hex(descGpa)}`
  if (availGpa % 2 !== 0) return `the available ring of queue ${queue} lies at ${hex(availGpa)}`
  return usedGpa % 4 === 0 ? null : `the used ring of queue ${queue} lies at ${hex(usedGpa)}`
}

/** The index may have advanced by at most the queue's size since it was seen last. */
function wentBack(state: LintState, { queue, words }: SeenOf<'chain'>): Verdict {
  const { words: before, setup } = state.queue(queue)
  if (words === null || before === null) return null
  const steps = (words.availIdx - before.availIdx) & 0xffff
  return steps > (setup?.size ?? QUEUE_SIZE_MAX) ? `the available index goes from ${before.availIdx} to ${words.availIdx}` : null
}

/** Each side's flags, at the events that this side causes. */
function badFlags(state: LintState, { kind, words }: SeenOf<'chain'> | SeenOf<'used'>): Verdict {
  if (words === null) return null
  const flags = kind === 'chain' ? words.availFlags : words.usedFlags
  const most = state.has(Feature.EVENT_IDX) ? 0 : 1
  if (flags <= most) return null
  return { text: `flags ${flags}${most === 0 ? ' with EVENT_IDX' : ''}`, actor: kind === 'chain' ? 'D' : 'V' }
}

/** A used element that returns no chain, or more bytes than it has. With IN_ORDER one that was passed over is rule 53. */
function badUsed(state: LintState, { queue, head, len }: SeenOf<'used'>): Verdict {
  const { inFlight, chains, resetting } = state.queue(queue)
  if (chains === 0 || resetting || state.has(Feature.IN_ORDER)) return null
  const held = inFlight.get(head)
  if (held === undefined) return `used element ${head} of queue ${queue} names no chain in flight`
  return tooMany(held.chain, len)
}

export function tooMany(chain: SeenOf<'chain'>, len: number): string | null {
  const room = writableBytes(chain.descriptors)
  return room > 0 && len > room ? `used length ${len} of a chain with room for ${room} bytes` : null
}

/** IN_ORDER: one used element stands for all chains before the one that it names, so a chain out of order is one that has returned already. */
export function outOfOrder(state: LintState, { queue, head, len }: SeenOf<'used'>): Verdict {
  const { inFlight, chains, resetting } = state.queue(queue)
  if (!state.has(Feature.IN_ORDER) || chains === 0 || resetting) return null
  const held = inFlight.get(head)
  return held === undefined ? `used element ${head} of queue ${queue} comes after that of a later chain` : tooMany(held.chain, len)
}

export function overwritten(state: LintState, { access, gpa, length }: SeenOf<'memory'>): Verdict {
  if (access !== MemoryKind.DISCARD) return null
  for (const queue of state.queues.values()) {
    const what = queue.overlap(gpa, length, state.packed)
    if (what !== null) return `the device discards ${what}`
  }
  return null
}

export const SPLIT_CHECKS: readonly Check[] = [
  onSplit(49, 'queueSetup', misplaced),
  onSplit(50, 'chain', (_, event) => wrongOrder(event)),
  onSplit(51, 'chain', wrongSize),
  onSplit(52, 'memory', overwritten),
  onSplit(53, 'used', outOfOrder),
  onSplit(54, 'chain', wrongTable),
  onSplit(56, 'chain', wentBack),
  onSplit(57, 'chain', badFlags),
  onSplit(57, 'used', badFlags),
  onSplit(61, 'used', badUsed),
]

/** The device still has a chain that it was never told of. */
export function neverKicked(state: LintState): Found | null {
  for (const queue of state.queues.values()) {
    for (const { sequence, unannounced } of queue.inFlight.values()) {
      if (unannounced) return { text: `the chain of step ${sequence} was made available without a kick, and the device asked for one`, actor: 'D' }
    }
  }
  return null
}

/** The driver was never told of a used chain. */
export function neverInterrupted(state: LintState): Found | null {
  for (const { owedInterrupt: owed, index } of state.queues.values()) {
    if (owed !== null) return { text: `no interrupt for what queue ${index} used in step ${owed.sequence}, and the driver asked for one`, actor: 'V' }
  }
  return null
}

export const SPLIT_ENDS: readonly EndCheck[] = [
  { rule: 58, find: (state) => (state.packed || state.has(Feature.EVENT_IDX) ? null : neverKicked(state) ?? neverInterrupted(state)) },
  { rule: 59, find: (state) => (state.packed || !state.has(Feature.EVENT_IDX) ? null : neverKicked(state) ?? neverInterrupted(state)) },
]
