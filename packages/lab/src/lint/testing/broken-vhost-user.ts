/** Wrong peers for the rules of vhost-user (110 to 121). */
import { QueueRole } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { QueueChange } from '../seen.ts'
import { Request } from '../state/vhost-user-state.ts'
import { conversation, le32 } from './conversation.ts'
import type { ConversationBuilder } from './conversation.ts'
import { byDevice, byDriver } from './example.ts'
import type { Examples } from './example.ts'

const { INFLATE } = QueueRole
const NEED_REPLY = 8
const U64 = new Uint8Array(8)
/** VERSION_1 and VHOST_USER_F_PROTOCOL_FEATURES. */
const WITH_PROTOCOL = { low: 0x4000_0000, high: 1 }

const ask = (request: number, payload: Uint8Array = new Uint8Array(0), flags = 1): TapEvent => ({
  vhostUser: { fromFrontEnd: true, request, flags, size: payload.length, payload },
})
const reply = (request: number, payload: Uint8Array = U64, flags = 5): TapEvent => ({
  vhostUser: { fromFrontEnd: false, request, flags, size: payload.length, payload },
})

/** Up to the queues, which are set up and not yet enabled. */
function session(protocolFeatures = 0x29): ConversationBuilder {
  const bits = Uint8Array.from([...le32(protocolFeatures), 0, 0, 0, 0])
  return conversation().raw(
    ask(Request.GET_FEATURES), reply(Request.GET_FEATURES), { offered: { features: WITH_PROTOCOL } },
    ask(Request.GET_PROTOCOL_FEATURES), reply(Request.GET_PROTOCOL_FEATURES), ask(Request.SET_PROTOCOL_FEATURES, bits),
    ask(Request.SET_FEATURES, U64), { accepted: { features: WITH_PROTOCOL } },
    { queueSetup: { queue: 0, size: 64, descGpa: 0x5000_0000, availGpa: 0x5000_8000, usedGpa: 0x5000_c000 } },
  )
}

const enabled = (): ConversationBuilder => session().change(0, QueueChange.ENABLED)

/** A request of one page that is answered; `before` stands between. */
function inflates(c: ConversationBuilder, before: TapEvent[]): ConversationBuilder {
  const head = c.postPfns(INFLATE, [1])
  return c.raw(...before).finish(INFLATE, head).updateActual(1).change(0, QueueChange.DISABLED)
}

export const BROKEN_VHOST_USER: Examples = {
  110: [
    byDriver(() => session().raw(ask(Request.SET_OWNER, undefined, 2))),
    byDevice(() => session().raw(ask(Request.GET_FEATURES), reply(Request.GET_FEATURES, U64, 1))),
    byDevice(() => session().raw(ask(Request.GET_FEATURES), ask(Request.GET_QUEUE_NUM), reply(Request.GET_QUEUE_NUM), reply(Request.GET_FEATURES))),
  ],
  111: [
    byDevice(() => session().raw(ask(Request.GET_QUEUE_NUM))),
    byDevice(() => session().raw(ask(Request.SET_VRING_ENABLE, U64, 1 | NEED_REPLY))),
    byDevice(() => session().raw(ask(Request.SET_OWNER), reply(Request.SET_OWNER))),
  ],
  112: [byDevice(() => inflates(enabled(), [{ queueState: { queue: 0, change: QueueChange.DISABLED } }]))],
  113: [byDevice(() => inflates(session(), []))],
  115: [byDevice(() => conversation().raw(ask(Request.GET_FEATURES), reply(Request.GET_FEATURES), ask(Request.GET_PROTOCOL_FEATURES)))],
  119: [byDriver(() => session(1 << 14))],
  121: [byDevice(() => session().raw(ask(Request.SET_VRING_ENABLE, new Uint8Array(4), 1 | NEED_REPLY), reply(Request.SET_VRING_ENABLE)))],
}
