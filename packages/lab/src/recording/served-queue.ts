/** One queue of a served recording: what the recorded device did there, and what ours has done, in their order. */
import type { TapEvent } from '@hintlab/protocol'
import type { DriverRing } from './driver-ring.ts'

export class ServedQueue {
  ring: DriverRing | null = null
  /** Recorded used elements and interrupts. */
  count = 0
  private readonly used: TapEvent[] = []
  /** Used elements of this device so far, as places in `used`; and of the recording that were compared. */
  private given = 0
  private compared = 0
  private readonly pending: TapEvent[] = []

  get state(): Record<string, number> {
    return { used: this.given, recordedUsed: this.compared }
  }

  /** This device has done something that has not been compared yet. */
  get isAhead(): boolean {
    return this.pending.length > 0
  }

  recorded(event: TapEvent): void {
    this.count++
    if (event.used) this.used.push(event)
  }

  /** The queue starts: whatever was under way on it is gone. */
  begins(ring: DriverRing): void {
    this.ring = ring
    this.given = this.compared
    this.pending.length = 0
  }

  did(event: TapEvent): void {
    this.pending.push(event)
    if (!event.used) return
    const recorded = this.used[this.given++]
    this.ring?.answered(event.used.head ?? 0)
    if (recorded?.words) this.ring?.setWords(recorded.words)
  }

  /** What this device has done next, or null. */
  next(): TapEvent | null {
    const event = this.pending.shift() ?? null
    if (event?.used) this.compared++
    return event
  }
}
