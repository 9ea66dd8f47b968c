/** Inflating and deflating, and who may touch those pages (rules 8 to 17, 40). */
import { Feature, QueueRole } from '@hintlab/protocol'
import { hex, on } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import { leWords, MemoryKind } from '../seen.ts'
import type { SeenOf } from '../seen.ts'
import { ConfigField } from '../state/config-state.ts'
import { pagesOf } from '../state/page-set.ts'
import type { PageSet } from '../state/page-set.ts'

const PAGE = 4096

const requestOf = (state: LintState, { queue }: SeenOf<'chain'>): 'inflate' | 'deflate' | null => {
  const role = state.role(queue)
  if (role === QueueRole.INFLATE) return 'inflate'
  return role === QueueRole.DEFLATE ? 'deflate' : null
}

function misshapen(state: LintState, event: SeenOf<'chain'>): Verdict {
  const request = requestOf(state, event)
  if (request === null || event.payload === null || event.descriptors.length === 0) return null
  if (event.payload.length === 0 || event.payload.length % 4 !== 0) return `an ${request} buffer of ${event.payload.length} bytes is no array of 32-bit numbers`
  const outside = leWords(event.payload).find((pfn) => !state.inMemory(pfn * PAGE, PAGE))
  return outside === undefined ? null : `page ${hex(outside)} of an ${request} buffer lies outside guest memory`
}

/** Rule 9: literally the driver may not when num_pages <= actual, by its intent not when num_pages >= actual (virtio-spec#228). */
function takesBack(state: LintState, event: SeenOf<'chain'>): Verdict {
  if (requestOf(state, event) !== 'deflate' || state.negotiated(Feature.DEFLATE_ON_OOM) !== false) return null
  const target = state.config.field(ConfigField.NUM_PAGES)
  const actual = state.config.field(ConfigField.ACTUAL)
  if (target < 0 || actual < 0) return null
  const numbers = `num_pages ${target}, actual ${actual}`
  if (target === actual) return `pages are taken back although the balloon is as large as the device wants it (${numbers})`
  const reading = target < actual ? 'by the letter forbidden (num_pages <= actual), by the intent allowed' : 'by the letter allowed, by the intent forbidden'
  return { text: `pages are taken back with ${numbers}: ${reading} (num_pages >= actual)`, ambiguity: '#228' }
}

function notInBalloon(state: LintState, event: SeenOf<'chain'>): Verdict {
  if (requestOf(state, event) !== 'deflate' || event.payload === null) return null
  const { inflating, ballooned, complete } = state.pages
  for (const pfn of leWords(event.payload)) {
    if (inflating.has(pfn)) return `page ${hex(pfn)} is deflated before its inflate request was answered`
    if (complete && !ballooned.has(pfn)) return `page ${hex(pfn)} is deflated, and was not in the balloon`
  }
  return null
}

/** The first page of an access of the guest in a set, as a sentence. */
function touched(event: SeenOf<'memory'>, set: PageSet, what: string): Verdict {
  const { access, gpa, length } = event
  if (access !== MemoryKind.GUEST_READ && access !== MemoryKind.GUEST_WRITE) return null
  const { pfn, pages } = pagesOf(gpa, length)
  const page = set.firstIn(pfn, pages)
  return page < 0 ? null : `the guest ${access === MemoryKind.GUEST_READ ? 'reads' : 'writes'} page ${hex(page)} ${what}`
}

function usedInBalloon(state: LintState, event: SeenOf<'memory'>): Verdict {
  const { ballooned, deflating } = state.pages
  const { pfn, pages } = pagesOf(event.gpa, event.length)
  for (let page = pfn; page < pfn + pages && ballooned.size > 0; page++) {
    if (ballooned.has(page) && !deflating.has(page)) return touched({ ...event, gpa: page * PAGE, length: PAGE }, ballooned, 'while it is in the balloon')
  }
  return null
}

function discardedInBalloon(state: LintState, { access, gpa, length }: SeenOf<'memory'>): Verdict {
  if (access !== MemoryKind.DISCARD || state.negotiated(Feature.MUST_TELL_HOST) !== false) return null
  const { pfn, pages } = pagesOf(gpa, length)
  const page = state.pages.ballooned.firstIn(pfn, pages)
  return page < 0 ? null : `page ${hex(page)} is discarded after its inflate request was answered, without MUST_TELL_HOST`
}

/** Pages that are nobody's business but the guest's: in no request, in no report, not hinted at any time. */
function discardedUnasked(state: LintState, { access, gpa, length }: SeenOf<'memory'>): Verdict {
  if (access !== MemoryKind.DISCARD || state.accepted === null || !state.pages.complete) return null
  const { pages: balloon, rounds } = state
  const { pfn, pages } = pagesOf(gpa, length)
  const known = [balloon.inflating, balloon.ballooned, balloon.reported, rounds.hinted, rounds.stale, rounds.finished]
  for (let page = pfn; page < pfn + pages; page++) {
    if (known.some((set) => set.has(page))) continue
    const held = [...state.queues.values()].some((queue) => queue.chainOver(page * PAGE, PAGE) !== null)
    if (!held) return `page ${hex(page)} is discarded, and nobody has offered it`
  }
  return null
}

function unfilled(state: LintState, event: SeenOf<'memory'>): Verdict {
  const poison = state.config.field(ConfigField.POISON)
  if (!state.has(Feature.PAGE_POISON) || poison < 0 || event.access === MemoryKind.DISCARD || event.access === MemoryKind.SEEN) return null
  if (event.access === MemoryKind.GUEST_WRITE && event.fill === poison) return null
  const found = touched(event, state.pages.deflated, 'that was deflated and not filled with poison_val')
  return typeof found === 'string' ? { text: found, ambiguity: '#240' } : found
}

export const INFLATE_CHECKS: readonly Check[] = [
  on(8, 'chain', misshapen),
  on(9, 'chain', takesBack),
  on(11, 'memory', usedInBalloon),
  on(12, 'memory', (state, event) => {
    return state.has(Feature.MUST_TELL_HOST) ? touched(event, state.pages.deflating, 'before its deflate request was answered') : null
  }),
  on(14, 'memory', (state, event) => touched(event, state.pages.inflating, 'before its inflate request was answered')),
  on(15, 'chain', notInBalloon),
  on(17, 'memory', (state, event) => discardedInBalloon(state, event) ?? discardedUnasked(state, event)),
  on(40, 'memory', unfilled),
]

export const INFLATE_ENDS: readonly EndCheck[] = [
  {
    rule: 16,
    find(state) {
      const { actualStale, changedAt } = state.pages
      return actualStale ? `actual was not updated after the number of pages changed in step ${changedAt}` : null
    },
  },
]
