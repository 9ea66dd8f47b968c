/**
 * Who sets a balloon's target: a task of the host that asks the guest for its statistics every now and then and takes what is free beyond a reserve, as
 * managers of overcommitted hosts do. The balloon answers to nobody else, so free memory goes to the host at the manager's pace, and comes back at it too,
 * unless the guest runs out before (DEFLATE_ON_OOM).
 *
 *     every interval:   ask for statistics -> a tenth of it later: target = actual + free - reserve, in steps that are worth a message
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { BALLOON_PFNS } from '@hintlab/guest'
import type { StatsCollector } from '@hintlab/host'
import { STAT_UNSET, StatTag } from '@hintlab/protocol'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { LookAt } from './side-channel.ts'
import type { SideChannel } from './side-channel.ts'

const AT_INTERVAL = point(Kind.SLEEP, 'balloon manager: wait for the next look')
const AT_ANSWER = point(Kind.SLEEP, 'balloon manager: wait for the statistics')
const AT_DONE = point(Kind.RUN, 'balloon manager: done')

/** The statistics have this part of an interval to arrive, and the balloon the rest to reach its target. */
const ANSWER_PART = 10

export interface BalloonManagerOptions {
  readonly intervalNs: number
  /** Pages that stay free in the guest. */
  readonly reservePages: number
  /** Looks until it stops; 0: never. */
  readonly rounds: number
}

/** Body of the manager's task. */
export function* balloonManager(
  task: Task, engine: Engine, balloon: SideChannel, stats: StatsCollector, options: BalloonManagerOptions,
): Generator<Point, void, void> {
  for (let round = 0; options.rounds === 0 || round < options.rounds; round++) {
    task.wakeAt = engine.localNow(task) + options.intervalNs
    yield AT_INTERVAL
    stats.ask()
    task.wakeAt = engine.localNow(task) + Math.floor(options.intervalNs / ANSWER_PART)
    yield AT_ANSWER
    const free = stats.value(StatTag.FREE)
    if (free !== STAT_UNSET) {
      const actual = balloon.look(LookAt.BALLOON_ACTUAL)
      const target = Math.max(0, actual + Math.floor(free / PAGE_SIZE) - options.reservePages)
      if (Math.abs(target - actual) >= Math.min(BALLOON_PFNS, options.reservePages)) {
        task.charge(engine.costs.irqPosted, Cause.DEVICE)
        balloon.tell({ numPages: target })
      }
    }
  }
  yield AT_DONE
}
