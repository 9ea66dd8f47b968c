/** vhost-user (rules 110 to 121). */
import { on } from '../check.ts'
import type { Check, EndCheck, Verdict } from '../check.ts'
import type { LintState } from '../lint-state.ts'
import type { SeenOf } from '../seen.ts'
import { HeaderFlag, isLongEnough, ProtocolFeature, Request } from '../state/vhost-user-state.ts'
import { hasProtocolFeatures } from './device-general.ts'

type Message = SeenOf<'vhostUser'>

/** Messages of the back-end's own channel run the other way: there the front-end answers. */
const isRequest = ({ fromFrontEnd, backChannel }: Message): boolean => fromFrontEnd !== backChannel

function badHeader(state: LintState, event: Message): Verdict {
  const { flags, request, fromFrontEnd } = event
  const actor = fromFrontEnd ? 'D' : 'V'
  if ((flags & HeaderFlag.VERSION) !== 1) return { text: `message ${request} has version ${flags & HeaderFlag.VERSION}`, actor }
  const reply = (flags & HeaderFlag.REPLY) !== 0
  if (isRequest(event) === reply) return { text: `message ${request} ${reply ? 'is a request and has' : 'is a reply and lacks'} the reply bit`, actor }
  const [first] = state.vhost.outstanding
  const swapped = !isRequest(event) && !event.backChannel && first !== undefined && first.request !== request
  return swapped ? { text: `a reply to ${request}, and ${first.request} is to be answered first`, actor } : null
}

function unaskedReply({ vhost }: LintState, event: Message): Verdict {
  if (event.backChannel || event.fromFrontEnd) return null
  return vhost.mayReply(event.request) ? null : `a reply to ${event.request}, which needs none`
}

/** Rules 112 and 113: a queue of a front-end that enables rings. */
function servesStill(state: LintState, queue: number, everEnabled: boolean, protocolOnly: boolean): boolean {
  const { vhost, accepted } = state
  const known = state.queue(queue)
  if (!vhost.present || known.everEnabled !== everEnabled || (protocolOnly && !hasProtocolFeatures(accepted))) return false
  return known.enabled !== true
}

function inBand(_: LintState, { request, fromFrontEnd, backChannel, payload }: Message): Verdict {
  if (backChannel || request !== Request.SET_PROTOCOL_FEATURES || !fromFrontEnd || payload.length < 4) return null
  const bits = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true)
  const has = (bit: number): boolean => ((bits >>> bit) & 1) === 1
  const { INBAND_NOTIFICATIONS, REPLY_ACK, BACKEND_REQ } = ProtocolFeature
  const wrong = has(INBAND_NOTIFICATIONS) && !(has(REPLY_ACK) && has(BACKEND_REQ))
  return wrong ? { text: 'in-band notifications without REPLY_ACK and the back-end channel', actor: 'D' } : null
}

export const VHOST_USER_CHECKS: readonly Check[] = [
  on(110, 'vhostUser', badHeader),
  on(111, 'vhostUser', unaskedReply),
  on(112, 'used', (state, { queue }) => (servesStill(state, queue, true, false) ? `queue ${queue} uses a buffer although it was stopped` : null)),
  on(113, 'used', (state, { queue }) => (servesStill(state, queue, false, true) ? `queue ${queue} uses a buffer before it is enabled` : null)),
  on(119, 'vhostUser', inBand),
  on(121, 'vhostUser', ({ vhost }, event) => {
    const answers = !event.fromFrontEnd && !event.backChannel ? vhost.outstanding.find(({ request }) => request === event.request) : undefined
    return answers !== undefined && !isLongEnough(answers) ? `message ${event.request} of ${answers.size} bytes is too short, and is answered` : null
  }),
]

export const VHOST_USER_ENDS: readonly EndCheck[] = [
  {
    rule: 111,
    find({ vhost }) {
      const [first] = vhost.outstanding
      // A driver that begins anew ends what was before, inside the request that says so: its answer is still to come.
      if (first === undefined || isProtocolQuery(first) || first.request === Request.SET_FEATURES) return null
      return `message ${first.request} of step ${first.sequence} was not answered`
    },
  },
  {
    rule: 115,
    find({ vhost }) {
      const [first] = vhost.outstanding
      const untold = first !== undefined && isProtocolQuery(first) && !vhost.featuresSet
      return untold ? `the protocol features, asked for in step ${first.sequence}, were not told` : null
    },
  },
]

const isProtocolQuery = ({ request }: Message): boolean => request === Request.GET_PROTOCOL_FEATURES
