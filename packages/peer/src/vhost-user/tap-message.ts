/** One vhost-user message as an event of a recorded conversation. */
import type { Tap } from '@hintlab/protocol'

export interface SeenMessage {
  readonly request: number
  readonly flags: number
  readonly payload: Uint8Array
  readonly fds: number
  readonly fromFrontEnd: boolean
  readonly backChannel: boolean
}

/** Tells `tap`, if there is one, with a copy of the payload. */
export function tapMessage(tap: Tap | null, { request, flags, payload, fds, fromFrontEnd, backChannel }: SeenMessage): void {
  if (tap === null) return
  tap.event({ vhostUser: { fromFrontEnd, request, flags, size: payload.length, fds, payload: Uint8Array.from(payload), backChannel } })
}
