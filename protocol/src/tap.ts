/**
 * Where a conversation can be listened to. An end that has a tap tells it each thing it does or sees, in the order in which the other side could have
 * seen it; recorders and the conformance checker are taps. An end without one pays a comparison with null.
 */
import type { hintlab } from './generated/messages.js'

/** One of the `what` fields of `Event` (conversation.proto), with `payload` and `words` where they are known. */
export type TapEvent = hintlab.Event.$Properties

export interface Tap {
  /** Whoever listens adds time and sequence. The event is the listener's; byte arrays in it are not reused. */
  event(event: TapEvent): void
}
