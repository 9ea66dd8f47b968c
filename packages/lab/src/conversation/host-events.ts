/** Compares what a host does with what the recorded one did: discards, answers, interrupts, stays of vCPUs, wishes, looks; contents, CPU, time. */
import type { TapEvent } from '@hintlab/protocol'
import { MemoryKind } from '../lint/seen.ts'
import { assertAlike, Diverged } from './divergence.ts'
import { eventText, kindOf } from './event-text.ts'

/** What the host did. */
const DID = new Set(['memory', 'used', 'interrupt', 'hypercallReturn', 'exit', 'config', 'look', 'cpuTime'])

const isHosts = (event: TapEvent): boolean => {
  const kind = kindOf(event)
  return DID.has(kind ?? '') && (kind !== 'memory' || event.memory?.kind === MemoryKind.DISCARD)
}

export class HostEvents {
  alike = 0
  private readonly recorded: readonly TapEvent[]

  constructor(events: readonly TapEvent[]) {
    this.recorded = events.filter(isHosts)
  }

  get count(): number {
    return this.recorded.length
  }

  get next(): TapEvent | null {
    return this.recorded[this.alike] ?? null
  }

  /** `mine` has the time and CPU of the replay; the recorded event that it is. */
  event(mine: TapEvent): TapEvent {
    const recorded = this.next
    if (recorded === null) throw new Diverged('the host goes on where the recorded one had no more to do', null, eventText(mine))
    assertAlike(recorded, mine, 'host')
    this.alike++
    return recorded
  }

  /** Whatever was recorded before `timeNs` has been done. */
  assertDone(timeNs: number): void {
    const { next } = this
    if (next !== null && (next.timeNs ?? 0) < timeNs) throw new Diverged('the recorded host did something that this one did not', next, null)
  }
}
