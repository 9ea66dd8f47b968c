/** Compares what a guest does by itself, besides leaving for the host, with what the recorded one did: contents, vCPU, time. */
import type { TapEvent } from '@hintlab/protocol'
import type { Machine } from '../machine.ts'
import { assertAlike, Diverged } from './divergence.ts'
import { eventText, kindOf } from './event-text.ts'
import type { GuestOnlyMeasure } from './guest-only-measure.ts'
import { cpuNumbers, GUEST_SAYS, tapOf } from './record-machine.ts'

export class GuestEvents {
  alike = 0
  private readonly recorded: readonly TapEvent[]
  private readonly engine: GuestOnlyMeasure
  private readonly numbers: readonly number[]

  /** Listens to the driver's ends of all queues. */
  constructor(engine: GuestOnlyMeasure, machine: Machine, events: readonly TapEvent[]) {
    this.engine = engine
    this.numbers = cpuNumbers(machine)
    this.recorded = events.filter((event) => GUEST_SAYS.has(kindOf(event) ?? ''))
    for (const queue of machine.queues) queue.transport.guestWire.tap = tapOf(queue, machine, GUEST_SAYS, (event) => this.event(event))
  }

  get count(): number {
    return this.recorded.length
  }

  /** The recorded event that was to be by now and has not been. */
  missed(): TapEvent | null {
    const next = this.recorded[this.alike]
    return next !== undefined && (next.timeNs ?? 0) < this.engine.now ? next : null
  }

  end(): void {
    const left = this.recorded[this.alike]
    if (left !== undefined) throw new Diverged('the guest has ended, and the recorded one went on', left, null)
  }

  private event(event: TapEvent): void {
    const recorded = this.recorded[this.alike] ?? null
    const mine: TapEvent = { ...event, timeNs: this.engine.now, cpu: this.numbers[this.engine.stepCpu] ?? 0 }
    if (recorded === null) throw new Diverged('the guest goes on where the recorded one had no more to say', null, eventText(mine))
    assertAlike(recorded, mine, 'guest')
    this.alike++
  }
}
