/**
 * A new interface from scratch: "rich hints". Every half second a guest hints the huge blocks that were freed, and says with each request how much free memory
 * it has left. A host that knows this can leave a guest its memory when that guest is about to run short, because it would only fault it in again.
 *
 *     guest   free lists --worker--> request, extra = free MiB
 *     host    extra below the limit? keep everything : discard
 *
 * docs/tutorial.md builds this file step by step. Run it from the root:  npx tsx examples/006-new-interface/main.ts
 */
import { HintRecords, SyncSender } from '@hintlab/guest'
import type { GuestKernel, HintPolicy, HintSafeguards } from '@hintlab/guest'
import { MIB, PAGE_SIZE } from '@hintlab/kit'
import { ownPolicy } from '@hintlab/lab'
import type { NamedInterface } from '@hintlab/lab'
import type { ColumnBatch, HintPort } from '@hintlab/protocol'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'

// #region points
const AT_IDLE = point(Kind.WAIT, 'rich hints: until something is freed')
const AT_REST = point(Kind.SLEEP, 'rich hints: until the next pass')
const AT_LOCK = point(Kind.SPIN, 'rich hints: zone lock to take what was freed')
const AT_UNLOCK = point(Kind.RUN, 'rich hints: blocks taken, zone unlock')
// #endregion

// #region guest
interface GuestOptions {
  readonly order: number
  readonly intervalNs: number
  readonly safeguards: HintSafeguards
}

/** The guest's half. What it shares with other policies whose worker waits is in SyncSender and HintRecords. */
class RichHints extends SyncSender implements HintPolicy {
  private readonly kernel: GuestKernel
  private readonly options: GuestOptions
  private readonly batch: ColumnBatch
  private readonly freed: WaitQueue

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpu: Cpu, options: GuestOptions) {
    super(engine, port, new HintRecords(engine, kernel, 'rich', options.safeguards), 'rich')
    this.kernel = kernel
    this.options = options
    this.batch = this.records.makeBatch('rich.batch', port.entriesMax)
    this.freed = new WaitQueue(engine, 'rich freed')
    for (const { events } of kernel.mm.buddies) events.setCaptureOrder(options.order)
    engine.addTask('kworker rich', cpu, (task) => this.worker(task), { wakeNs: engine.costs.guestSwitch })
  }

  /** Called under the zone lock after each free. The notes that blocks leave wait for the worker. */
  collect(): void {
    if (this.notes()) this.freed.wakeAll()
  }

  due(): boolean {
    return false
  }

  *handle(): Generator<Point, void, void> {}

  check(): void {
    this.records.check()
  }
  // #endregion

  // #region worker
  private *worker(task: Task): Generator<Point, void, void> {
    for (;;) {
      while (!this.notes()) {
        this.freed.wait(task)
        yield AT_IDLE
      }
      task.wakeAt = this.engine.now + this.options.intervalNs
      yield AT_REST
      for (let zone = 0; zone < this.kernel.mm.zones.length; zone++) {
        for (let left = true; left; ) {
          left = yield* this.take(task, zone)
          if (this.batch.count === 0) break
          this.batch.extra = Math.floor((this.kernel.mm.freePages() * PAGE_SIZE) / MIB)
          const taken = yield* this.report(task, this.batch)
          yield* this.records.putBack(task, this.batch, taken)
        }
      }
    }
  }

  private notes(): boolean {
    return this.kernel.mm.buddies.some(({ events }) => events.captured > 0)
  }

  /** Moves blocks that were noted and are still free into the batch, out of everybody's reach; true when there are more notes. */
  private *take(task: Task, zone: number): Generator<Point, boolean, void> {
    const { mm, zoneLocks } = this.kernel
    const { events } = mm.buddies[zone]
    if (zoneLocks[zone].acquireIrq(task)) yield AT_LOCK
    const notes = Math.min(events.captured, this.batch.pfn.length)
    for (let i = 0; i < notes; i++) {
      const [pfn, order] = [events.pfnAt(i), events.orderAt(i)]
      if (mm.core.isFreeHead(pfn, order)) this.records.take(task, this.batch, pfn, order)
    }
    events.discard(notes)
    yield AT_UNLOCK
    zoneLocks[zone].releaseIrq(task)
    return events.captured > 0
  }
}
// #endregion

// #region host
/** The host's half: a guest with less free memory than this keeps what it hints. */
const keepBelow = (freeMib: number) => ({ keeps: (_kind: number, extra: number) => extra < freeMib })
// #endregion

// #region interface
/** Both halves as one policy. The settings are the interface's own: order, interval and limit. */
const richHints = ownPolicy({
  name: 'rich-hints',
  captures: true,
  queue: () => ({ entriesMax: 64, slots: 1 }),
  build: ({ engine, kernel, ports: [port], vcpus, settings, safeguards }) => {
    const { order = 9, 'interval-ms': interval = 500 } = settings as { order?: number; 'interval-ms'?: number }
    const policy = new RichHints(engine, kernel, port, vcpus[0], { order: Math.min(order, kernel.mm.core.maxOrder), intervalNs: interval * 1e6, safeguards })
    return { policy, client: policy }
  },
  hostSide: (_built, settings) => keepBelow(Number(settings['keep-below'] ?? 0)),
  tiny: () => ({ order: 0, 'interval-ms': 0.001 }),
})

const axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' } as const

export const ROWS: readonly NamedInterface[] = [
  { name: 'no hinting', interface: null },
  { name: 'rich hints', interface: { policy: richHints, axes } },
  { name: 'rich hints, keep below 128', interface: { policy: richHints, axes, settings: { 'keep-below': 128 } } },
]
// #endregion
