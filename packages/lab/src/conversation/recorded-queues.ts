/** The queues of a recording against those of the machine that is built from its header: as many, as large, at the same addresses. */
import type { TapEvent } from '@hintlab/protocol'
import type { Machine } from '../machine.ts'
import { assertAlike, Diverged } from './divergence.ts'
import { eventText, kindOf } from './event-text.ts'
import { queueEvents } from './record-machine.ts'

const SETS_UP: ReadonlySet<string> = new Set(['queueSetup', 'queueState'])

/** Throws Diverged at the first queue that is another. */
export function assertSameQueues(machine: Machine, events: readonly TapEvent[]): void {
  const recorded = events.filter((event) => SETS_UP.has(kindOf(event) ?? ''))
  const mine = machine.queues.flatMap(queueEvents)
  for (let i = 0; i < Math.max(recorded.length, mine.length); i++) {
    if (recorded[i] === undefined) throw new Diverged('the recording lacks a queue', null, eventText(mine[i]))
    if (mine[i] === undefined) throw new Diverged('the recording has a queue that is not here', recorded[i], null)
    // Both sides know of a queue; who set it up at what time is no question here.
    assertAlike(recorded[i], { ...mine[i], cpu: recorded[i].cpu ?? 0, timeNs: 0 }, 'guest')
  }
}
