/** Features and configuration of the balloon (rules 1 to 7, 48). */
import { Feature, hasFeature, NO_QUEUE, NUMBERINGS, QUEUE_ROLE_NAMES, queueIndex, QueueRole } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { declines, on, onNegotiated } from '../check.ts'
import type { Check, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import type { SeenOf } from '../seen.ts'
import { ConfigField } from '../state/config-state.ts'
import { StatusBit } from '../state/status-state.ts'

const OPTIONAL = [
  { field: ConfigField.COMMAND, name: 'free_page_hint_cmd_id', bit: Feature.FREE_PAGE_HINT, feature: 'FREE_PAGE_HINT' },
  { field: ConfigField.POISON, name: 'poison_val', bit: Feature.PAGE_POISON, feature: 'PAGE_POISON' },
] as const

/** A vhost-user front-end reads and writes the whole of it for the driver, so it says nothing about the driver. */
function touchesOptional(state: LintState, { write, offset, data }: SeenOf<'configAccess'>): Verdict {
  if (state.vhost.present) return null
  const known = state.status.has(StatusBit.FEATURES_OK) ? state.accepted : state.offered
  if (known === null) return null
  for (const { field, name, bit, feature } of OPTIONAL) {
    const touches = offset < field + 4 && offset + data.length > field
    if (!touches) continue
    if (!hasFeature(known, bit)) return `${name} is ${write ? 'written' : 'read'} without ${feature}`
    if (write && field === ConfigField.COMMAND) return `${name} is written`
  }
  return null
}

function poisonChanged(state: LintState, event: SeenOf<'configAccess'>): Verdict {
  if (!event.write || !state.status.has(StatusBit.DRIVER_OK) || state.vhost.present) return null
  const value = state.config.written(ConfigField.POISON, event)
  return value < 0 ? null : `poison_val is changed to 0x${value.toString(16)} while DRIVER_OK is set`
}

function poisonMissing(state: LintState, { write, value }: SeenOf<'status'>): Verdict {
  if (!write || (value & StatusBit.DRIVER_OK) === 0 || state.status.has(StatusBit.DRIVER_OK) || !state.has(Feature.PAGE_POISON)) return null
  return state.config.poisonWritten ? null : 'DRIVER_OK is set with PAGE_POISON, and poison_val was not written'
}

function tornActual(state: LintState, { write, offset, data }: SeenOf<'configAccess'>): Verdict {
  if (!write || state.vhost.present || state.negotiated(Feature.VERSION_1) !== false) return null
  const touches = offset < ConfigField.ACTUAL + 4 && offset + data.length > ConfigField.ACTUAL
  return !touches || (offset === ConfigField.ACTUAL && data.length === 4) ? null : `actual is written with ${data.length} bytes at ${offset}`
}

/** Devices that number only what exists do not agree on what that is when a feature with a queue is declined. Silent where the recording tells. */
function numberingMatters(state: LintState, accepted: FeatureSet): Verdict {
  const offered = state.offered ?? accepted
  for (const role of Object.values(QueueRole)) {
    const numbers = NUMBERINGS.map((numbering) => queueIndex(role, numbering, offered, accepted))
    if (state.numberingKnown || numbers[1] === numbers[2]) continue
    const ways = NUMBERINGS.map((numbering, i) => `${numbering} ${numbers[i]}`).join(', ')
    return { text: `the number of ${QUEUE_ROLE_NAMES[role]} depends on who counts: ${ways}`, ambiguity: 'vq-index', actor: 'D' }
  }
  return null
}

/** Set up or used although its feature was not negotiated. */
function noSuchQueue(state: LintState, queue: number): Verdict {
  return state.role(queue) === NO_QUEUE ? { text: `queue ${queue} does not exist with the features negotiated (${state.numbering})`, actor: 'D' } : null
}

export const CONFIG_CHECKS: readonly Check[] = [
  ...onNegotiated(1, (state, accepted) => (declines(state, accepted, Feature.MUST_TELL_HOST) ? 'MUST_TELL_HOST was offered and is declined' : null)),
  on(2, 'status', (state, { write, value }) => {
    const { status, accepted } = state
    const stopped = status.afterFeatures >= 0 && (status.afterFeatures & StatusBit.FEATURES_OK) === 0
    if (!write || (value & StatusBit.DRIVER_OK) === 0 || !stopped || accepted === null) return null
    return declines(state, accepted, Feature.MUST_TELL_HOST) ? 'DRIVER_OK is set although the device refused features without MUST_TELL_HOST' : null
  }),
  on(5, 'configAccess', touchesOptional),
  on(6, 'configAccess', poisonChanged),
  on(6, 'status', poisonMissing),
  on(7, 'configAccess', tornActual),
  ...onNegotiated(48, numberingMatters),
  on(48, 'queueSetup', (state, { queue }) => (state.vhost.present ? null : noSuchQueue(state, queue))),
  on(48, 'chain', (state, { queue }) => noSuchQueue(state, queue)),
  on(48, 'used', (state, { queue }) => {
    return state.role(queue) === NO_QUEUE ? { text: `the device serves queue ${queue}, which does not exist with the features negotiated`, actor: 'V' } : null
  }),
]
