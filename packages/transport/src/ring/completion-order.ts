/**
 * With VIRTIO_F_IN_ORDER a device uses chains in the order in which they were made available. A device model may still finish them in any
 * order: this holds back what was finished too early.
 *
 *     oldest                        newest
 *       | done | done | open | done |          the first two can be used; the fourth waits for the third
 *
 *   O1  a chain is held from `popped` to `shift`, once
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { NONE } from './queue-options.ts'

const OLDEST = 0
const HELD = 1
const STATE_WORDS = 2

const FREE = 0
const OPEN = 1
const DONE = 2
/** Done, and every byte of its writable buffers was written. */
const DONE_COMPLETE = 3

export class CompletionOrder {
  private readonly state: Int32Array
  private readonly names: Uint16Array
  private readonly phase: Uint8Array
  private readonly written: Float64Array

  /** Holds at most `size` chains, named 0 .. size - 1; its columns belong to shared object `object`, which the caller declares. */
  constructor(cols: Columns, object: number, label: string, size: number) {
    this.state = cols.i32(`${label}.order`, STATE_WORDS, object)
    this.names = cols.u16(`${label}.orderNames`, size, object)
    this.phase = cols.u8(`${label}.orderPhase`, size, object)
    this.written = cols.f64(`${label}.orderWritten`, size, object)
  }

  holds(name: number): boolean {
    return this.phase[name] !== FREE
  }

  popped(name: number): void {
    assert(this.phase[name] === FREE, 'a chain is popped once until it is used')
    this.names[(this.state[OLDEST] + this.state[HELD]) % this.names.length] = name
    this.state[HELD]++
    this.phase[name] = OPEN
  }

  done(name: number, written: number, writable: number): void {
    assert(this.phase[name] === OPEN, 'a chain is done once')
    this.phase[name] = written === writable ? DONE_COMPLETE : DONE
    this.written[name] = written
  }

  /** Lets go of the oldest chain when it is done: its name, else NONE. */
  shift(): number {
    const name = this.oldestDone()
    if (name === NONE) return NONE
    this.state[OLDEST] = (this.state[OLDEST] + 1) % this.names.length
    this.state[HELD]--
    return name
  }

  /**
   * Whether the chain that `shift` returned last needs no used entry of its own: another will follow at once, and a driver takes a chain
   * that was left out for one whose buffers were written completely. Frees its name either way.
   */
  mayOmit(name: number): boolean {
    const complete = this.phase[name] === DONE_COMPLETE
    this.phase[name] = FREE
    return complete && this.oldestDone() !== NONE
  }

  writtenInto(name: number): number {
    return this.written[name]
  }

  reset(): void {
    this.state.fill(0)
    this.phase.fill(FREE)
  }

  /** Recomputes O1, and that as many chains are open as the owner says are in flight. */
  check(open: number): void {
    let held = 0
    let opened = 0
    for (const phase of this.phase) {
      if (phase !== FREE) held++
      if (phase === OPEN) opened++
    }
    assert(held === this.state[HELD], 'held chains are counted')
    assert(opened === open, 'an open chain is in flight')
  }

  private oldestDone(): number {
    if (this.state[HELD] === 0) return NONE
    const name = this.names[this.state[OLDEST]]
    return this.phase[name] >= DONE ? name : NONE
  }
}
