/** Until a recorded time, and the turn at that time: when the other side has taken as many steps as it had then. */
import { Kind, point } from '@hintlab/sim'
import type { Measure, Point, Task } from '@hintlab/sim'

const AT_NEXT = point(Kind.SLEEP, 'recorded side: until the next recorded event')

/** Others that may be let go first at one nanosecond. Behind them it is not the side that was recorded. */
const TURNS_MAX = 1000

/** A task that is late goes on at once. */
export function* comesTo(engine: Measure, task: Task, timeNs: number, isTurn: () => boolean): Generator<Point, void, void> {
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    if (engine.now > timeNs || (engine.now === timeNs && isTurn())) return
    task.wakeAt = timeNs
    yield AT_NEXT
  }
}
