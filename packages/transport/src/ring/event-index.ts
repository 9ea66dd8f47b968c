/**
 * When one end must notify the other with EVENT_IDX. Both ends ask the same question of the same three numbers, all modulo 2^16:
 *
 *          old          event        now
 *   -------|------------x------------|------>   entries `old` .. `now - 1` were published since the last question;
 *                                               notify when entry `event` is one of them
 */

/** Indexes count modulo 2^16. */
export const INDEX_MASK = 0xffff

/** True when entry `event` is among the entries `old` .. `now - 1` (include/uapi/linux/virtio_ring.h, vring_need_event). */
export const needsEvent = (event: number, now: number, old: number): boolean =>
  ((now - event - 1) & INDEX_MASK) < ((now - old) & INDEX_MASK)

/**
 * The event index that asks for no notification: half the circle ahead of the next entry. The peer cannot reach it before this end has
 * consumed entries in between, since no queue holds more than 2^15; after 2^15 entries consumed without asking again, one spurious
 * notification comes, which the specification allows. (Linux writes the constant 0, vhost leaves the last value: both are
 * also only hints.)
 */
export const farEvent = (next: number): number => (next + 0x8000) & INDEX_MASK
