/**
 * The vhost-user protocol by its numbers (QEMU docs/interop/vhost-user.rst): requests with the payload and descriptors that each may carry, header, feature
 * bits. One table, so that a message is judged in one place, before anything looks at its content.
 *
 *   | request u32 | flags u32 | size u32 | payload of `size` bytes |        native byte order
 *
 * What this back-end does not offer is not in the table: it is refused as unknown.
 */
import { FDS_MAX } from '../native/message-socket.ts'

export const HEADER_BYTES = 12

/** Header flags. */
export const VERSION_MASK = 3
export const VERSION = 1
export const FLAG_REPLY = 4
export const FLAG_NEED_REPLY = 8

/** From the front-end. */
export const Request = {
  GET_FEATURES: 1, SET_FEATURES: 2, SET_OWNER: 3, RESET_OWNER: 4, SET_MEM_TABLE: 5, SET_VRING_NUM: 8, SET_VRING_ADDR: 9, SET_VRING_BASE: 10,
  GET_VRING_BASE: 11, SET_VRING_KICK: 12, SET_VRING_CALL: 13, SET_VRING_ERR: 14, GET_PROTOCOL_FEATURES: 15, SET_PROTOCOL_FEATURES: 16,
  GET_QUEUE_NUM: 17, SET_VRING_ENABLE: 18, SET_BACKEND_REQ_FD: 21, GET_CONFIG: 24, SET_CONFIG: 25, RESET_DEVICE: 34, VRING_KICK: 35,
  SET_STATUS: 39, GET_STATUS: 40,
} as const
export type Request = (typeof Request)[keyof typeof Request]

/** From the back-end, on the back channel. */
export const BackRequest = { CONFIG_CHANGE: 2, VRING_CALL: 4, VRING_ERR: 5 } as const
export type BackRequest = (typeof BackRequest)[keyof typeof BackRequest]

/** Bits of the protocol features. */
export const ProtocolFeature = { MQ: 0, REPLY_ACK: 3, BACKEND_REQ: 5, CONFIG: 9, RESET_DEVICE: 13, INBAND_NOTIFICATIONS: 14, STATUS: 16 } as const
export type ProtocolFeature = (typeof ProtocolFeature)[keyof typeof ProtocolFeature]

/** VHOST_USER_F_PROTOCOL_FEATURES among the virtio features: the connection's own, never the guest's. */
export const PROTOCOL_FEATURES_BIT = 30

/** In the payload of SET_VRING_KICK, CALL, ERR: the queue in the low 8 bits, and whether no descriptor comes along. */
export const VRING_INDEX_MASK = 0xff
export const VRING_NO_FD = 0x100

export const U64_BYTES = 8
export const VRING_STATE_BYTES = 8
export const VRING_ADDR_BYTES = 4 + 4 + 4 * 8
export const MEM_TABLE_HEADER_BYTES = 8
export const MEM_REGION_BYTES = 4 * 8
export const MEM_REGIONS_MAX = FDS_MAX
export const CONFIG_HEADER_BYTES = 3 * 4
/** VHOST_USER_MAX_CONFIG_SIZE. */
export const CONFIG_BYTES_MAX = 256

/** The longest payload of any request here. */
export const PAYLOAD_BYTES_MAX = Math.max(MEM_TABLE_HEADER_BYTES + MEM_REGIONS_MAX * MEM_REGION_BYTES, CONFIG_HEADER_BYTES + CONFIG_BYTES_MAX)

interface Shape {
  readonly name: string
  /** Payload bytes, least and most. */
  readonly least: number
  readonly most: number
  /** Most descriptors; whether fewer are right depends on the payload. */
  readonly fds: number
  /** The reply is the request's own, and NEED_REPLY adds nothing. */
  readonly replies: boolean
  /** The protocol feature that must have been negotiated for it. */
  readonly needs: ProtocolFeature | null
}

const SHAPES: ReadonlyMap<number, Shape> = new Map(Object.entries(Request).map(([name, request]) => [request, shapeOf(name, request)]))

function shapeOf(name: string, request: Request): Shape {
  const plain: Shape = { name, least: 0, most: 0, fds: 0, replies: false, needs: null }
  const exactly = (bytes: number, more: Partial<Shape> = {}): Shape => ({ ...plain, least: bytes, most: bytes, ...more })
  switch (request) {
    case Request.GET_FEATURES:
    case Request.GET_PROTOCOL_FEATURES:
      return exactly(0, { replies: true })
    case Request.GET_QUEUE_NUM: return exactly(0, { replies: true, needs: ProtocolFeature.MQ })
    case Request.GET_STATUS: return exactly(0, { replies: true, needs: ProtocolFeature.STATUS })
    case Request.SET_STATUS: return exactly(U64_BYTES, { needs: ProtocolFeature.STATUS })
    case Request.SET_OWNER:
    case Request.RESET_OWNER:
      return plain
    case Request.RESET_DEVICE: return exactly(0, { needs: ProtocolFeature.RESET_DEVICE })
    case Request.SET_FEATURES:
    case Request.SET_PROTOCOL_FEATURES:
      return exactly(U64_BYTES)
    case Request.SET_VRING_NUM:
    case Request.SET_VRING_BASE:
    case Request.SET_VRING_ENABLE:
      return exactly(VRING_STATE_BYTES)
    case Request.GET_VRING_BASE: return exactly(VRING_STATE_BYTES, { replies: true })
    case Request.VRING_KICK: return exactly(VRING_STATE_BYTES, { needs: ProtocolFeature.INBAND_NOTIFICATIONS })
    case Request.SET_VRING_ADDR: return exactly(VRING_ADDR_BYTES)
    case Request.SET_VRING_KICK:
    case Request.SET_VRING_CALL:
    case Request.SET_VRING_ERR:
      return exactly(U64_BYTES, { fds: 1 })
    case Request.SET_BACKEND_REQ_FD: return exactly(0, { fds: 1, needs: ProtocolFeature.BACKEND_REQ })
    case Request.SET_MEM_TABLE:
      return { ...plain, least: MEM_TABLE_HEADER_BYTES, most: MEM_TABLE_HEADER_BYTES + MEM_REGIONS_MAX * MEM_REGION_BYTES, fds: MEM_REGIONS_MAX }
    case Request.GET_CONFIG:
    case Request.SET_CONFIG:
      return {
        ...plain, least: CONFIG_HEADER_BYTES, most: CONFIG_HEADER_BYTES + CONFIG_BYTES_MAX, replies: request === Request.GET_CONFIG,
        needs: ProtocolFeature.CONFIG,
      }
  }
}

/** The name of a request, or its number. */
export const requestName = (request: number): string => SHAPES.get(request)?.name ?? `request ${request}`

/** Whether the request has a reply of its own. */
export const hasReply = (request: number): boolean => SHAPES.get(request)?.replies === true

/** What the request needs to have been negotiated; null for nothing, undefined for a request that is not known. */
export const neededFeature = (request: number): ProtocolFeature | null | undefined => SHAPES.get(request)?.needs

/** Why a header cannot be followed by a message, or null. A request that is not known may be of any size up to the longest. */
export function headerFault(request: number, flags: number, size: number): string | null {
  if ((flags & VERSION_MASK) !== VERSION) return 'of another version'
  if ((flags & FLAG_REPLY) !== 0) return 'a reply that nobody asked for'
  const shape = SHAPES.get(request)
  if (size > PAYLOAD_BYTES_MAX) return 'longer than any message'
  if (shape !== undefined && (size < shape.least || size > shape.most)) return 'of the wrong size'
  return null
}

/** Why a message cannot carry so many descriptors, or null. */
export function fdsFault(request: number, fds: number): string | null {
  return fds > (SHAPES.get(request)?.fds ?? 0) ? 'with descriptors that do not belong to it' : null
}
