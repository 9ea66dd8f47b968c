/** Free page hinting (rules 27 to 38). */
import { HintCommand, QueueRole } from '@hintlab/protocol'
import { hex, on } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import { leWords, MemoryKind, readableBytes } from '../seen.ts'
import type { SeenOf } from '../seen.ts'
import { ConfigField } from '../state/config-state.ts'
import { NO_ROUND } from '../state/hint-rounds.ts'
import { pagesOf } from '../state/page-set.ts'
import type { PageSet } from '../state/page-set.ts'

const isHintChain = (state: LintState, { queue }: SeenOf<'chain'>): boolean => state.role(queue) === QueueRole.FREE_PAGE

/** The command id that a chain carries, or null. */
const commandOf = ({ payload }: SeenOf<'chain'>): number | null => (payload !== null && payload.length === 4 ? leWords(payload)[0] : null)

function badRound(state: LintState, event: SeenOf<'chain'>): Verdict {
  if (!isHintChain(state, event) || event.payload === null || event.descriptors.length === 0) return null
  const { rounds } = state
  if (event.payload.length === 0) return rounds.round === NO_ROUND ? 'pages are hinted before the command id of the round' : null
  const id = commandOf(event)
  if (id === null || id <= HintCommand.DONE) return null
  if (rounds.round === id) return `command id ${id} is sent a second time in its round`
  return rounds.current !== NO_ROUND && !rounds.announced.has(id) ? `command id ${id} was never announced` : null
}

/** A driver that knows of STOP or DONE should send no more pages. A vhost-user front-end reads for itself, so it does not show what the driver knows. */
function goesOn(state: LintState, event: SeenOf<'chain'>): Verdict {
  if (!isHintChain(state, event) || state.vhost.present || readableBytes(event.descriptors) > 0) return null
  const { commandRead } = state.config
  return commandRead === HintCommand.STOP || commandRead === HintCommand.DONE ? `pages are hinted after the driver has read command ${commandRead}` : null
}

/** Pages discarded by the device that are in a set, as a sentence. */
function discards({ access, gpa, length }: SeenOf<'memory'>, set: PageSet, why: string): Verdict {
  if (access !== MemoryKind.DISCARD) return null
  const { pfn, pages } = pagesOf(gpa, length)
  const page = set.firstIn(pfn, pages)
  return page < 0 ? null : `page ${hex(page)} is discarded ${why}`
}

function readsHinted({ rounds }: LintState, { access, gpa, length }: SeenOf<'memory'>): Verdict {
  const { pfn, pages } = pagesOf(gpa, length)
  if (access === MemoryKind.GUEST_READ) {
    const page = rounds.unwritten.firstIn(pfn, pages)
    return page < 0 ? null : `the guest reads page ${hex(page)}, which it has hinted and not written since`
  }
  if (access !== MemoryKind.GUEST_WRITE) return null
  const page = rounds.hinted.firstIn(pfn, pages)
  if (page < 0 || rounds.done) return null
  return { text: `the guest takes page ${hex(page)} back before DONE, which a device that discards late must notice`, ambiguity: 'FPH early release' }
}

/** A page hinted and written since the id was issued. */
function discardsWritten({ rounds }: LintState, event: SeenOf<'memory'>): Verdict {
  const { pfn, pages } = pagesOf(event.gpa, event.length)
  if (event.access !== MemoryKind.DISCARD || rounds.hinted.firstIn(pfn, pages) < 0) return null
  const page = rounds.written.firstIn(pfn, pages)
  return page < 0 ? null : `page ${hex(page)} is discarded, and the guest has written it since command id ${rounds.current} was issued`
}

function reused(state: LintState, id: number): Verdict {
  const { rounds } = state
  if (id <= HintCommand.DONE || id === rounds.current) return null
  return rounds.unstopped.has(id) ? `command id ${id} is announced again, and the driver has not stopped its round` : null
}

export const HINT_CHECKS: readonly Check[] = [
  on(27, 'chain', (state, event) => {
    const bytes = readableBytes(event.descriptors)
    return isHintChain(state, event) && bytes > 0 && bytes !== 4 ? `a command of ${bytes} bytes` : null
  }),
  on(28, 'chain', badRound),
  on(30, 'chain', goesOn),
  on(31, 'memory', readsHinted),
  on(33, 'config', (state, { commandId }) => reused(state, commandId)),
  on(33, 'configAccess', (state, event) => (event.write ? null : reused(state, state.config.written(ConfigField.COMMAND, event)))),
  on(34, 'memory', ({ rounds }, event) => discards(event, rounds.stale, 'although it was hinted in another round')),
  on(35, 'memory', discardsWritten),
  on(36, 'memory', ({ rounds }, event) => discards(event, rounds.finished, 'although the device has said DONE')),
  on(38, 'chain', (state, event) => (isHintChain(state, event) && commandOf(event) === HintCommand.DONE ? 'a round with the id 1, which means DONE' : null)),
]

export const HINT_ENDS: readonly EndCheck[] = [
  {
    rule: 29,
    find({ rounds }) {
      return rounds.round === NO_ROUND ? null : `the round ${rounds.round} was not ended with STOP`
    },
  },
  {
    rule: 37,
    find({ rounds }) {
      const waits = rounds.current > HintCommand.DONE && rounds.stopped
      return waits ? `the driver has ended the round ${rounds.current}, and the device did not say DONE` : null
    },
  },
]
