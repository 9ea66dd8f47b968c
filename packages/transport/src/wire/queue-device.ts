/**
 * The device's end of one queue, as wires use it: chains out of a ring that comes and goes. Constructed before the driver has set anything up; a kick
 * on a queue that is not there does nothing.
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { NONE } from '../carrier.ts'
import type { DeviceRing } from '../ring/ring.ts'
import type { QueueTap } from './queue-tap.ts'

export class QueueDevice {
  tap: QueueTap | null = null
  protected readonly cols: Columns
  private attached: DeviceRing | null = null

  constructor(cols: Columns) {
    this.cols = cols
  }

  get ring(): DeviceRing | null {
    return this.attached
  }

  /** The driver has started the queue. */
  attach(ring: DeviceRing): void {
    assert(this.attached === null, 'a queue has one ring at a time')
    this.attached = ring
  }

  /** The queue was stopped: what was popped from it is never pushed. */
  detach(): void {
    this.attached = null
  }

  needsInterrupt(): boolean {
    return this.attached !== null && this.attached.needsInterrupt()
  }

  enableKicks(): boolean {
    return this.attached !== null && this.attached.enableKicks()
  }

  disableKicks(): void {
    this.attached?.disableKicks()
  }

  /** The ring itself says what is there. */
  rung(): void {
    this.tap?.kick()
  }

  /** A kick returns nothing. */
  answered(): boolean {
    return false
  }

  reset(): void {
    this.attached?.reset()
  }

  check(): void {
    this.attached?.check()
  }

  /** Takes the next chain, which is then `ring.chain`; its name, or NONE. */
  protected popChain(): number {
    const { attached, tap } = this
    if (attached === null) return NONE
    const name = attached.pop()
    if (name < 0) return NONE
    if (tap !== null) tap.chain(name, attached.chain)
    return name
  }

  /** Gives a chain back, of whose writable bytes the first `written` were filled: those at `gpa`, for a listener, where the wire knows. */
  protected pushChain(name: number, written: number, gpa?: number): void {
    const { attached } = this
    assert(attached !== null, 'a chain is pushed to the ring that it was popped from')
    attached.push(name, written)
    attached.publish()
    this.tap?.used(name, written, gpa)
  }
}
