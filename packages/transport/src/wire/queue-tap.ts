/**
 * Tells a tap what happens on one queue, as one end of it sees it: chains as they are posted or taken, used elements as they are pushed or reaped, kicks
 * and interrupts. Set at one end only; both ends would say everything twice.
 *
 * The words of the ring are read at that moment, when the tap was told where the ring lies. This is the slow path: it allocates.
 */
import type { GuestMemory, messages, Tap, TapEvent } from '@hintlab/protocol'
import type { BufferChain } from '../ring/buffer-chain.ts'
import { availEventOffset, DESC_F_NEXT, DESC_F_WRITE, RING_FLAGS, RING_IDX, usedEventOffset } from '../ring/layout.ts'
import { EVENT_FLAGS, EVENT_OFFSET } from '../ring/packed-layout.ts'
import type { QueuePlace } from '../ring/queue-options.ts'

/** Bytes of a chain's device-readable buffers that an event carries at most. */
export const PAYLOAD_BYTES_MAX = 16_384

export interface QueueTapOptions {
  /** Index of the queue in its device. */
  readonly queue: number
  /** Where the ring lies: events then carry its words. */
  readonly place?: QueuePlace
  /** There is no queue: requests are hypercalls, which tell of themselves. */
  readonly calls?: boolean
}

export class QueueTap {
  private readonly tap: Tap
  private readonly memory: GuestMemory
  private readonly options: QueueTapOptions

  constructor(tap: Tap, memory: GuestMemory, options: QueueTapOptions) {
    this.tap = tap
    this.memory = memory
    this.options = options
  }

  /** A chain was made available (driver) or taken (device). A malformed one has no descriptors. */
  chain(head: number, chain: BufferChain): void {
    const descriptors = Array.from({ length: chain.count }, (_, i) => ({
      gpa: chain.gpa[i],
      len: chain.len[i],
      flags: (i < chain.readableCount ? 0 : DESC_F_WRITE) | (i + 1 < chain.count ? DESC_F_NEXT : 0),
    }))
    this.tell({ chain: { queue: this.options.queue, head, descriptors }, payload: this.payload(chain) })
  }

  /** A chain was given back. With IN_ORDER the driver may see it later, with those before it. What was written is at `gpa`, where the end knows that. */
  used(head: number, len: number, gpa?: number): void {
    const event = { used: { queue: this.options.queue, head, len } }
    this.tell(gpa === undefined ? event : { ...event, payload: this.bytesAt(gpa, len) })
  }

  kick(): void {
    if (this.options.calls !== true) this.tell({ kick: { queue: this.options.queue } })
  }

  /** The driver is about to make a hypercall to `target`; its request has `length` bytes at `gpa`. */
  call(target: number, arg: number, gpa: number, length: number): void {
    this.tell({ hypercall: { nr: target, a0: arg }, payload: this.bytesAt(gpa, length) })
  }

  /** The host has answered the call with argument `arg`. */
  returned(arg: number, gpa: number, length: number): void {
    this.tell({ hypercallReturn: { value: 0, a0: arg }, payload: this.bytesAt(gpa, length) })
  }

  interrupt(): void {
    this.tell({ interrupt: { queue: this.options.queue } })
  }

  private tell(event: TapEvent): void {
    const { place } = this.options
    const words = place === undefined ? null : this.words(place)
    this.tap.event(words === null ? event : { ...event, words })
  }

  /** The readable buffers joined, as far as they lie in memory. */
  private payload(chain: BufferChain): Uint8Array {
    const bytes = new Uint8Array(Math.min(chain.readableBytes, PAYLOAD_BYTES_MAX))
    let at = 0
    for (let i = 0; i < chain.readableCount && at < bytes.length; i++) {
      const part = bytes.subarray(at, at + chain.len[i])
      if (!this.memory.read(chain.gpa[i], part)) return bytes.slice(0, at)
      at += part.length
    }
    return bytes
  }

  private bytesAt(gpa: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(length, PAYLOAD_BYTES_MAX))
    return this.memory.read(gpa, bytes) ? bytes : bytes.slice(0, 0)
  }

  private words(place: QueuePlace): messages.RingWords.$Properties {
    const { size, availGpa, usedGpa } = place
    if (place.packed === true) {
      return {
        availFlags: this.word(availGpa + EVENT_FLAGS), usedEvent: this.word(availGpa + EVENT_OFFSET),
        usedFlags: this.word(usedGpa + EVENT_FLAGS), availEvent: this.word(usedGpa + EVENT_OFFSET),
      }
    }
    return {
      availFlags: this.word(availGpa + RING_FLAGS), availIdx: this.word(availGpa + RING_IDX), usedEvent: this.word(availGpa + usedEventOffset(size)),
      usedFlags: this.word(usedGpa + RING_FLAGS), usedIdx: this.word(usedGpa + RING_IDX), availEvent: this.word(usedGpa + availEventOffset(size)),
    }
  }

  private word(gpa: number): number {
    const bytes = new Uint8Array(2)
    return this.memory.read(gpa, bytes) ? bytes[0] | (bytes[1] << 8) : 0
  }
}
