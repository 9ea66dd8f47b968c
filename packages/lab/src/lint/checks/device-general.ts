/** Status, features, configuration, reset (rules 80 to 91). */
import { Feature, hasFeature } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { declines, hex, on, onNegotiated } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import { MemoryKind, QueueChange } from '../seen.ts'
import type { SeenOf } from '../seen.ts'
import { pagesOf } from '../state/page-set.ts'
import { StatusBit } from '../state/status-state.ts'
import { PROTOCOL_FEATURES_BIT } from '../state/vhost-user-state.ts'

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, FAILED, NEEDS_RESET } = StatusBit

/** Each bit and what must be set, or written together with it, before. */
const BEFORE = [
  { bit: DRIVER, needs: ACKNOWLEDGE, text: 'DRIVER without ACKNOWLEDGE' },
  { bit: FEATURES_OK, needs: DRIVER, text: 'FEATURES_OK without DRIVER' },
  { bit: DRIVER_OK, needs: FEATURES_OK, text: 'DRIVER_OK without FEATURES_OK' },
] as const

function outOfTurn(state: LintState, { write, value }: SeenOf<'status'>): Verdict {
  const { status, accepted } = state
  if (!write || (value & FAILED) !== 0) return null
  const fresh = value & ~status.written
  const wrong = BEFORE.find(({ bit, needs }) => (fresh & bit) !== 0 && (value & needs) === 0)
  if (wrong !== undefined && !isLegacy(state, wrong.bit)) return wrong.text
  if ((fresh & DRIVER_OK) === 0 || (value & FEATURES_OK) === 0) return null
  if (status.afterFeatures < 0) return 'DRIVER_OK is set, and the status was not read after FEATURES_OK'
  const refused = (status.afterFeatures & FEATURES_OK) === 0
  // A refusal of a driver without MUST_TELL_HOST is rule 2.
  const tells = accepted === null || !declines(state, accepted, Feature.MUST_TELL_HOST)
  return refused && tells ? 'DRIVER_OK is set although the device has cleared FEATURES_OK' : null
}

/** A legacy driver has no FEATURES_OK. */
const isLegacy = (state: LintState, bit: number): boolean => bit === DRIVER_OK && state.negotiated(Feature.VERSION_1) === false

function lateFeatures({ status, accepted }: LintState, { features }: SeenOf<'accepted'>): Verdict {
  if (!status.present) return null
  if (!status.has(DRIVER)) return 'features are written before DRIVER'
  const same = accepted !== null && accepted.low === features.low && accepted.high === features.high
  return status.has(FEATURES_OK) && !same ? 'features are changed after FEATURES_OK' : null
}

function clearsBits({ status }: LintState, { write, value }: SeenOf<'status'>): Verdict {
  if (!write || value === 0) return null
  if (status.has(FAILED)) return 'the status is written after FAILED, without a reset'
  const cleared = status.written & ~value & ~NEEDS_RESET
  return cleared === 0 ? null : `status ${hex(value)} clears ${hex(cleared)}`
}

function early({ status, driverOk }: LintState, what: string): Verdict {
  return driverOk || status.quiet || status.resetting ? null : `${what} before DRIVER_OK`
}

function unoffered({ offered }: LintState, accepted: FeatureSet): Verdict {
  if (offered === null) return null
  const low = (accepted.low & ~offered.low) >>> 0
  const high = (accepted.high & ~offered.high) >>> 0
  return low === 0 && high === 0 ? null : `accepted and not offered: ${hex(high)} ${hex(low)} (bits 63 to 32, 31 to 0)`
}

/** The device leaves FEATURES_OK set, although it must not work with these. */
function lenient(state: LintState, { write, value }: SeenOf<'status'>): Verdict {
  const { status, accepted } = state
  if (write || accepted === null || !status.has(FEATURES_OK) || status.has(DRIVER_OK) || (value & FEATURES_OK) === 0) return null
  return unoffered(state, accepted) === null ? null : 'FEATURES_OK stays set with features that were not offered'
}

function torn(state: LintState, event: SeenOf<'configAccess'>): Verdict {
  if (event.write || state.vhost.present) return null
  const at = state.config.torn(event)
  return at < 0 ? null : `byte ${at} has changed, and the generation is still ${event.generation}`
}

function stirs(state: LintState, queue: number, text: string): Verdict {
  return state.queue(queue).resetting ? { text: `${text} queue ${queue} while it is being reset`, actor: text.startsWith('a chain') ? 'D' : 'V' } : null
}

function resetsUnasked(state: LintState, { change, queue }: SeenOf<'queueState'>): Verdict {
  const unasked = change === QueueChange.RESET_ASKED && state.negotiated(Feature.RING_RESET) === false
  return unasked ? { text: `queue ${queue} is reset without RING_RESET`, actor: 'D' } : null
}

/** A write into a buffer that the device has. Reports are rule 43, pages of the balloon rule 14. */
function altersBuffer(state: LintState, { access, gpa, length }: SeenOf<'memory'>): Verdict {
  if (access !== MemoryKind.GUEST_WRITE) return null
  const { pfn, pages } = pagesOf(gpa, length)
  for (const { index, inFlight } of state.queues.values()) {
    for (const { chain } of inFlight.values()) {
      const buffer = chain.descriptors.find((d) => (d.flags & 2) === 0 && gpa < d.gpa + d.len && d.gpa < gpa + length)
      if (buffer !== undefined) return `the driver writes ${pages} page(s) at ${hex(pfn)}, into a buffer that queue ${index} has`
    }
  }
  return null
}

export const GENERAL_CHECKS: readonly Check[] = [
  on(80, 'status', outOfTurn),
  on(80, 'accepted', lateFeatures),
  on(80, 'configAccess', ({ status }, { write }) => {
    return write && status.present && !status.has(FEATURES_OK) ? 'the configuration is written before FEATURES_OK' : null
  }),
  on(80, 'kick', ({ status, driverOk }, { queue }) => (status.present && !driverOk ? `queue ${queue} is notified before DRIVER_OK` : null)),
  on(81, 'status', clearsBits),
  on(82, 'used', (state, { queue }) => early(state, `queue ${queue} uses a buffer`)),
  on(82, 'interrupt', (state, { config }) => early(state, config ? 'a configuration change is announced' : 'an interrupt is sent')),
  ...onNegotiated(84, unoffered),
  on(85, 'status', lenient),
  on(86, 'used', ({ status }, { queue }) => (status.quiet ? `queue ${queue} uses a buffer after the reset` : null)),
  on(86, 'interrupt', ({ status }) => (status.quiet ? 'an interrupt is sent after the reset' : null)),
  on(87, 'configAccess', torn),
  on(89, 'used', (state, { queue }) => stirs(state, queue, 'the device uses a buffer of')),
  on(89, 'chain', (state, { queue }) => stirs(state, queue, 'a chain is made available on')),
  on(89, 'queueState', resetsUnasked),
  on(90, 'memory', altersBuffer),
  on(90, 'queueSetup', (state, { queue }) => (state.queue(queue).enabled === true ? `queue ${queue} is moved while it is enabled` : null)),
  on(91, 'offered', (_, { features }) => (hasFeature(features, Feature.VERSION_1) ? null : { text: 'VERSION_1 is not offered', actor: 'V' })),
  ...onNegotiated(91, ({ offered }, accepted) => {
    const declined = offered !== null && hasFeature(offered, Feature.VERSION_1) && !hasFeature(accepted, Feature.VERSION_1)
    return declined ? { text: 'VERSION_1 was offered and is declined', actor: 'D' } : null
  }),
]

export const GENERAL_ENDS: readonly EndCheck[] = [
  {
    rule: 83,
    find({ status }) {
      return status.unannounced < 0 ? null : `DEVICE_NEEDS_RESET of step ${status.unannounced} was not announced`
    },
  },
]

/** Whether the vhost-user protocol was agreed on: its bit is no feature of virtio. */
export const hasProtocolFeatures = (set: FeatureSet | null): boolean => set !== null && hasFeature(set, PROTOCOL_FEATURES_BIT)
