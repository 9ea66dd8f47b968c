/**
 * The rounds of free page hinting.
 *
 *   device  cmd id := n ------------------------------> cmd id := STOP | DONE | next round
 *   driver              [n] page page page ... [STOP]
 */
import { HintCommand } from '@hintlab/protocol'
import { PageSet } from './page-set.ts'

/** No round. */
export const NO_ROUND = -1

export class HintRounds {
  /** Every id that the device has announced since the last reset. */
  readonly announced = new Set<number>()
  /** Ids whose round the driver has not stopped. */
  readonly unstopped = new Set<number>()
  /** The id that the device wants now: a round, STOP or DONE; NO_ROUND when nobody has shown it. */
  current: number = NO_ROUND
  /** The round that the driver is in. */
  round: number = NO_ROUND
  /** The driver has stopped the round that the device announced last. */
  stopped = false
  /** The device has said DONE since the last announcement. */
  done = false
  /** Pages hinted in the device's current round. */
  readonly hinted = new PageSet()
  /** Pages hinted in a round that is not the current one. */
  readonly stale = new PageSet()
  /** Pages hinted in a round that is DONE, and not hinted since. */
  readonly finished = new PageSet()
  /** Pages that the guest wrote since the current id was announced. */
  readonly written = new PageSet()
  /** Pages hinted and not written since. */
  readonly unwritten = new PageSet()

  /** The device shows a command id. */
  announce(id: number): void {
    if (id === this.current) return
    this.current = id
    if (id === HintCommand.STOP) return
    this.done = id === HintCommand.DONE
    const now = this.done ? this.finished : this.stale
    now.addAll(this.hinted)
    this.hinted.clear()
    this.written.clear()
    if (this.done) return
    this.stopped = false
    this.announced.add(id)
  }

  /** The driver sends a command. */
  command(id: number): void {
    if (id === HintCommand.STOP) {
      this.unstopped.delete(this.round)
      if (this.round === this.current || this.round === NO_ROUND) this.stopped = true
      this.round = NO_ROUND
    } else {
      this.unstopped.add(id)
      this.round = id
    }
  }

  /** The driver hints pages. */
  hint(pfn: number, pages: number): void {
    this.offered(pfn, pages)
    const current = this.round !== NO_ROUND && this.round === this.current
    if (current) this.hinted.add(pfn, pages)
    else if (this.done) this.finished.add(pfn, pages)
    else this.stale.add(pfn, pages)
    this.unwritten.add(pfn, pages)
    this.written.delete(pfn, pages)
  }

  /** Pages are offered to the device in another way: it may drop them again. */
  offered(pfn: number, pages: number): void {
    this.stale.delete(pfn, pages)
    this.finished.delete(pfn, pages)
  }

  wrote(pfn: number, pages: number): void {
    if (this.current > HintCommand.DONE) this.written.add(pfn, pages)
    this.unwritten.delete(pfn, pages)
  }

  reset(): void {
    this.announced.clear()
    this.unstopped.clear()
    this.round = NO_ROUND
    this.stopped = false
    this.done = this.current === HintCommand.DONE
    for (const set of [this.hinted, this.stale, this.finished, this.written, this.unwritten]) set.clear()
  }
}
