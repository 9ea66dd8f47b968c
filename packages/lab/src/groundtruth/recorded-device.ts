/**
 * The other end of the reporting queue in a steered replay: writes down each request, and answers after the time that the recorded device took.
 *
 *   submit --guest work--> device takes it --recorded latency--> complete
 *
 * The work is what an emulated CPU needs to isolate and put back a report's blocks: about a millisecond, some hundred times what our cost table says. It
 * decides which bucket of the timer wheel the next pass falls into, so it belongs to the recording, not to the model.
 */
import { slot as asSlot } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { Status } from '@hintlab/protocol'
import type { HintBatch, HintClient, HintPort } from '@hintlab/protocol'
import { Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { TruthBuffer } from './scenario.ts'

const AT_WORK = point(Kind.SLEEP, 'page_reporting: recorded CPU')
const AT_DEVICE = point(Kind.SLEEP, 'page_reporting: recorded device')

export class RecordedDevice implements HintPort<Task> {
  readonly slots = 1
  readonly waits = true
  readonly entriesMax: number
  inFlight = 0
  client: HintClient<Task> | null = null
  /** What was sent so far. */
  readonly buffers: TruthBuffer[] = []
  private readonly engine: Engine
  private readonly truth: readonly TruthBuffer[]
  private readonly workNs: number

  constructor(engine: Engine, truth: readonly TruthBuffer[], options: { entriesMax: number; workNs: number }) {
    this.engine = engine
    this.truth = truth
    this.entriesMax = options.entriesMax
    this.workNs = options.workNs
  }

  submit({ count, pfn, order }: HintBatch): Slot {
    // The n-th request takes as long as the n-th recorded one; more than were recorded take as long as the last.
    const like = this.truth[Math.min(this.buffers.length, this.truth.length - 1)]
    this.buffers.push({
      atNs: this.engine.now + this.workNs,
      latencyNs: like === undefined ? 0 : like.latencyNs,
      pfns: [...pfn.subarray(0, count)],
      orders: [...order.subarray(0, count)],
    })
    this.inFlight = 1
    return asSlot(0)
  }

  *finish(task: Task, slot: Slot): Generator<Point, void, void> {
    task.wakeAt = this.engine.now + this.workNs
    yield AT_WORK
    task.wakeAt = this.engine.now + this.buffers[this.buffers.length - 1].latencyNs
    yield AT_DEVICE
    this.client?.complete(slot, Status.OK, 'process')
  }

  release(): void {
    this.inFlight = 0
  }
}
