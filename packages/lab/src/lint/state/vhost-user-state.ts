/** The messages of a vhost-user conversation that are still to be answered. */
import type { SeenOf } from '../seen.ts'

export const Request = {
  GET_FEATURES: 1, SET_FEATURES: 2, SET_OWNER: 3, SET_MEM_TABLE: 5, SET_LOG_BASE: 6, SET_VRING_NUM: 8, SET_VRING_ADDR: 9, SET_VRING_BASE: 10,
  GET_VRING_BASE: 11, SET_VRING_KICK: 12, SET_VRING_CALL: 13, GET_PROTOCOL_FEATURES: 15, SET_PROTOCOL_FEATURES: 16, GET_QUEUE_NUM: 17,
  SET_VRING_ENABLE: 18, GET_CONFIG: 24, SET_CONFIG: 25, GET_INFLIGHT_FD: 31, GET_MAX_MEM_SLOTS: 36, GET_STATUS: 40, GET_SHARED_OBJECT: 41,
} as const

export const HeaderFlag = { VERSION: 3, REPLY: 4, NEED_REPLY: 8 } as const
export const ProtocolFeature = { MQ: 0, REPLY_ACK: 3, BACKEND_REQ: 5, INBAND_NOTIFICATIONS: 14 } as const

/** VHOST_USER_F_PROTOCOL_FEATURES among the feature bits. */
export const PROTOCOL_FEATURES_BIT = 30

/** Requests that are answered whether or not NEED_REPLY is set. */
const ANSWERED: ReadonlySet<number> = new Set([
  Request.GET_FEATURES, Request.GET_PROTOCOL_FEATURES, Request.GET_VRING_BASE, Request.GET_QUEUE_NUM, Request.GET_CONFIG, Request.SET_LOG_BASE,
  Request.GET_INFLIGHT_FD, Request.GET_MAX_MEM_SLOTS, Request.GET_STATUS, Request.GET_SHARED_OBJECT,
])

/** VHOST_USER_BACKEND_CONFIG_CHANGE_MSG, on the back-end's channel. */
export const CONFIG_CHANGE = 2

export const announcesConfig = ({ backChannel, fromFrontEnd, request }: SeenOf<'vhostUser'>): boolean =>
  backChannel && !fromFrontEnd && request === CONFIG_CHANGE

export class VhostUserState {
  /** There are such messages. */
  present = false
  protocolFeatures = 0
  /** Requests of the front-end that wait for a reply, in order. */
  readonly outstanding: SeenOf<'vhostUser'>[] = []
  /** SET_FEATURES was seen. */
  featuresSet = false
  /** The present protocol features came in a message that asked for a reply, which they allow. */
  private agreedAsking = false

  /** Whether the back-end must answer a request of the front-end. */
  needsReply({ request, flags }: SeenOf<'vhostUser'>): boolean {
    const acknowledged = ((this.protocolFeatures >>> ProtocolFeature.REPLY_ACK) & 1) === 1 && (flags & HeaderFlag.NEED_REPLY) !== 0
    return acknowledged || (ANSWERED.has(request) && request !== Request.SET_LOG_BASE)
  }

  /**
   * Whether a reply to a request is in order now: one is due, or the request itself agreed to REPLY_ACK and asked for one, where the specification does not
   * say from when on the feature counts. Linux as UML waits for that reply.
   */
  mayReply(request: number): boolean {
    return this.outstanding.some((due) => due.request === request) || (request === Request.SET_PROTOCOL_FEATURES && this.agreedAsking)
  }

  message(message: SeenOf<'vhostUser'>): void {
    this.present = true
    if (message.backChannel) return
    if (!message.fromFrontEnd) {
      const first = this.outstanding.findIndex(({ request }) => request === message.request)
      if (first >= 0) this.outstanding.splice(first, 1)
      if (message.request === Request.SET_PROTOCOL_FEATURES) this.agreedAsking = false
      return
    }
    if (this.needsReply(message)) this.outstanding.push(message)
    if (message.request === Request.SET_FEATURES) this.featuresSet = true
    if (message.request === Request.SET_PROTOCOL_FEATURES && message.payload.length >= 4) {
      this.protocolFeatures = new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0, true)
      this.agreedAsking = this.needsReply(message)
    }
  }
}

/** Whether a message has the bytes that its request needs at least. */
export function isLongEnough({ request, size, payload, fromFrontEnd }: SeenOf<'vhostUser'>): boolean {
  if (payload.length < size) return false
  if (!fromFrontEnd) return true
  const least = LEAST.get(request)
  return least === undefined || size >= least
}

/** Bytes of the front-end's messages without their lists. */
const LEAST: ReadonlyMap<number, number> = new Map([
  [Request.SET_FEATURES, 8], [Request.SET_MEM_TABLE, 8], [Request.SET_VRING_NUM, 8], [Request.SET_VRING_ADDR, 40], [Request.SET_VRING_BASE, 8],
  [Request.GET_VRING_BASE, 8], [Request.SET_VRING_KICK, 8], [Request.SET_VRING_CALL, 8], [Request.SET_PROTOCOL_FEATURES, 8], [Request.SET_VRING_ENABLE, 8],
  [Request.GET_CONFIG, 12], [Request.SET_CONFIG, 12],
])
