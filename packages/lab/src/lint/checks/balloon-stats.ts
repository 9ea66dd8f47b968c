/** The statistics queue (rules 19 to 24). */
import { Feature, QueueRole } from '@hintlab/protocol'
import { on } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import type { SeenOf } from '../seen.ts'
import { STAT_BYTES, statTags } from '../state/stats-state.ts'

/** The entry size that the text of the specification gives; its structure has 10 bytes. */
const TEXT_BYTES = 6

/** A check of statistics buffers that were seen whole. */
const onBuffer = (rule: number, find: (state: LintState, payload: Uint8Array) => Verdict): Check =>
  on(rule, 'chain', (state, { queue, payload }) => (state.role(queue) === QueueRole.STATS && payload !== null ? find(state, payload) : null))

function uninitialised(_: LintState, payload: Uint8Array): Verdict {
  if (payload.length === 0) return 'an empty statistics buffer'
  const tags = statTags(payload)
  const twice = tags.find((tag, i) => i > 0 && tags[i - 1] === tag)
  return twice === undefined ? null : `tag ${twice} stands twice in one buffer`
}

function oddSize(_: LintState, { length }: Uint8Array): Verdict {
  if (length % STAT_BYTES === 0) return null
  const text = `a statistics buffer of ${length} bytes`
  return length % TEXT_BYTES === 0 ? { text: `${text} fits entries of 6 bytes, as the text has them, and not of 10`, ambiguity: '6-vs-10' } : text
}

function otherTags({ stats }: LintState, payload: Uint8Array): Verdict {
  if (stats.tags === null || payload.length % STAT_BYTES !== 0) return null
  const tags = statTags(payload)
  return tags.join() === stats.tags.join() ? null : `tags ${tags.join(' ')}, in the first buffer ${stats.tags.join(' ')}`
}

function secondBuffer(state: LintState, { queue }: SeenOf<'chain'>): Verdict {
  if (state.role(queue) !== QueueRole.STATS) return null
  return state.queue(queue).inFlight.size > 0 ? 'a statistics buffer is made available while another one is' : null
}

export const STATS_CHECKS: readonly Check[] = [
  on(19, 'chain', secondBuffer),
  onBuffer(22, uninitialised),
  onBuffer(23, oddSize),
  onBuffer(24, otherTags),
]

/** The statistics queue was in use: its driver has come to the end of its initialisation. */
const running = (state: LintState): boolean =>
  state.has(Feature.STATS_VQ) && state.driverOk && state.queueFor(QueueRole.STATS)?.everEnabled === true

export const STATS_ENDS: readonly EndCheck[] = [
  { rule: 20, find: (state) => (running(state) && state.stats.posted === 0 ? 'no statistics buffer was ever made available' : null) },
  {
    rule: 21,
    find: (state) => {
      const { posted, answered } = state.stats
      return posted > 0 && posted === answered ? 'no statistics buffer was made available after the last one was used' : null
    },
  },
]
