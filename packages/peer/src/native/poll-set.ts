/**
 * The descriptors of one poll(2) call: filled anew for each, because what a server waits for changes with every message.
 *
 *   begin -> add* -> wait -> ready(i)        i in the order of `add`
 */
import { assert } from '@hintlab/kit'
import { libc } from './libc.ts'

const ENTRY_BYTES = 8
const EVENTS = 4
const REVENTS = 6
const POLLIN = 1

/** What poll saw: readable, or at an end (hung up, error, not open). */
export const Ready = { NO: 0, READABLE: 1, ENDED: 2 } as const
export type Ready = (typeof Ready)[keyof typeof Ready]

export class PollSet {
  count = 0
  private entries = Buffer.alloc(64 * ENTRY_BYTES)

  begin(): void {
    this.count = 0
  }

  /** Waits for `fd` to be readable; returns its number for `ready`. */
  add(fd: number): number {
    const at = this.count * ENTRY_BYTES
    if (at === this.entries.length) this.entries = Buffer.concat([this.entries], 2 * at)
    this.entries.writeInt32LE(fd, at)
    this.entries.writeInt16LE(POLLIN, at + EVENTS)
    this.entries.writeInt16LE(0, at + REVENTS)
    return this.count++
  }

  /** Waits at most `timeoutMs`, or without limit when it is negative; the number that is ready, 0 also when a signal came between. */
  wait(timeoutMs: number): number {
    const ready = libc().poll(this.entries, this.count, timeoutMs)
    if (ready > 0) return ready
    for (let i = 0; i < this.count; i++) this.entries.writeInt16LE(0, i * ENTRY_BYTES + REVENTS)
    return 0
  }

  ready(index: number): Ready {
    assert(index >= 0 && index < this.count, 'the descriptor was added')
    const seen = this.entries.readInt16LE(index * ENTRY_BYTES + REVENTS)
    if ((seen & POLLIN) !== 0) return Ready.READABLE
    return seen === 0 ? Ready.NO : Ready.ENDED
  }
}
