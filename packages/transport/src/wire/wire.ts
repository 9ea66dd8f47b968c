/**
 * How requests look on their way, and what they travel in: the two ends of a wire. A port (guest-port.ts, device-port.ts) knows slots, tasks and
 * completions, and nothing of bytes; a wire is the reverse.
 *
 *     GuestPort --GuestWire--> bytes in guest memory --HostWire--> DevicePort
 *
 *   messages   protobuf, over a carrier: virtqueue or hypercall         message-driver.ts   message-device.ts
 *   native     the payloads of virtio-balloon, on a queue per role      native-driver.ts    native-device.ts
 */
import type { RequestOutcome, Status } from '@hintlab/protocol'
import type { GuestEnd, HostEnd } from '../ends.ts'

/** Guest side. A slot names a request from `post` until `reap` returns it. */
export interface GuestWire<Request> extends GuestEnd {
  /** Slots that can be posted. */
  readonly slots: number
  /** Most entries of a request. */
  readonly entriesMax: number
  /** Copies the request and shows it to the host: bytes of it in guest memory, or NONE when there is no room or the host has broken the wire. */
  post(slot: number, request: Request): number
  /** A slot that the host has answered, validated against what was posted; NONE when there is none. The next three speak of it. */
  reap(): number
  /** How its request ended; FAILED when the answer makes no sense. */
  readonly status: Status
  /** The answer could be read. */
  readonly readable: boolean
  /** Bytes that the host says it wrote. */
  readonly answerLength: number
}

/** Host side. A handle, below `handles`, names a request until it is answered. */
export interface HostWire<Request> extends HostEnd {
  readonly handles: number
  /** The next request, or the next part of the one taken last, copied into `request`: its handle, or NONE. One that cannot be read is emptied. */
  take(request: Request): number
  readonly readable: boolean
  /** The request taken last has another part. */
  readonly more: boolean
  /** Answers a request; false when the answer found no room. The guest may see it from now on. */
  answer(handle: number, outcome: RequestOutcome): boolean
}
