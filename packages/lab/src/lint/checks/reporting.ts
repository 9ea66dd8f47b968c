/** Free page reporting (rules 41 to 47) and the used length (rule 18). */
import { Feature, QueueRole } from '@hintlab/protocol'
import { hex, on } from '../check.ts'
import type { Check, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import { MemoryKind, writableBytes } from '../seen.ts'
import type { SeenOf } from '../seen.ts'
import { ConfigField } from '../state/config-state.ts'
import { pagesOf } from '../state/page-set.ts'

/** A balloon device writes nothing; only a report has bytes that it could have written. */
function wroteNothing(state: LintState, { queue, head, len }: SeenOf<'used'>): Verdict {
  const held = state.queue(queue).inFlight.get(head)
  const role = state.role(queue)
  if (held === undefined || role === null || len === 0) return null
  const room = writableBytes(held.chain.descriptors)
  if (room > 0 && len > room) return null
  return `used length ${len} of a buffer into which the device writes nothing`
}

const reportOver = (state: LintState, { gpa, length }: SeenOf<'memory'>): boolean => state.reportOver(gpa, length)

const isUse = (access: SeenOf<'memory'>['access']): boolean => access === MemoryKind.GUEST_READ || access === MemoryKind.GUEST_WRITE

function readsReported(state: LintState, { access, gpa, length }: SeenOf<'memory'>): Verdict {
  if (access !== MemoryKind.GUEST_READ || state.negotiated(Feature.PAGE_POISON) !== false) return null
  const { pfn, pages } = pagesOf(gpa, length)
  const page = state.pages.unwritten.firstIn(pfn, pages)
  return page < 0 ? null : `the guest reads page ${hex(page)}, which it has reported and not written since`
}

/** Rules 42 and 44 need an observer who looks into pages, and the value of poison_val. */
function poisonOf(state: LintState, { access }: SeenOf<'memory'>): number {
  return access === MemoryKind.SEEN && state.has(Feature.PAGE_POISON) ? state.config.field(ConfigField.POISON) : -1
}

function unfilledReport(state: LintState, event: SeenOf<'memory'>): Verdict {
  const poison = poisonOf(state, event)
  if (poison < 0 || event.fill === poison || !reportOver(state, event)) return null
  const what = event.fill === null ? 'differing words' : hex(event.fill)
  return `a reported page at ${hex(event.gpa)} holds ${what}, and poison_val is ${hex(poison)}`
}

function changedReport(state: LintState, event: SeenOf<'memory'>): Verdict {
  const poison = poisonOf(state, event)
  if (poison < 0 || event.fill === poison || reportOver(state, event)) return null
  const { pfn } = pagesOf(event.gpa, event.length)
  const before = state.pages.seenBefore.get(pfn)
  if (before === undefined || before === event.fill || !state.pages.reported.has(pfn)) return null
  return `page ${hex(pfn)} held ${before === null ? 'other words' : hex(before)} when it was reported, and neither that nor poison_val now`
}

function lateDiscard(state: LintState, event: SeenOf<'memory'>): Verdict {
  if (event.access !== MemoryKind.DISCARD || reportOver(state, event)) return null
  const { pfn, pages } = pagesOf(event.gpa, event.length)
  const page = state.pages.reported.firstIn(pfn, pages)
  return page < 0 ? null : `page ${hex(page)} is discarded after its report was answered`
}

export const REPORTING_CHECKS: readonly Check[] = [
  on(18, 'used', wroteNothing),
  on(41, 'memory', readsReported),
  on(42, 'memory', unfilledReport),
  on(43, 'memory', (state, event) => (isUse(event.access) && reportOver(state, event) ? `the guest uses ${hex(event.gpa)} while it is reported` : null)),
  on(44, 'memory', changedReport),
  on(45, 'memory', lateDiscard),
  on(47, 'chain', (state, { queue }) => {
    return state.role(queue) === QueueRole.REPORTING && !state.driverOk ? 'a report is made available before DRIVER_OK' : null
  }),
]
