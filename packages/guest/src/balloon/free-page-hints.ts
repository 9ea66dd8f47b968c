/**
 * Free page hinting, for migration (virtio_balloon_report_free_page). The host names a run in the configuration; the driver takes the largest free blocks
 * from the allocator, names them to the host one by one, and holds them until the host is done with the migration, because writing to them would undo
 * what was won.
 *
 *   config: run id --> HINT_COMMAND id, HINT, HINT, ... no block left or another id --> HINT_COMMAND STOP --> blocks held
 *   config: DONE   --> all blocks back                                  reclaim --> some blocks back, early (rule 32)
 *
 *   H1  A run's id is sent once, and its STOP once (rules 28, 29).   H2  One slot stays free for the STOP.
 *
 * Linux goes on taking and freeing blocks while its queue is full; this driver sleeps until a request comes back.
 */
import { assert, MAX_ORDER } from '@hintlab/kit'
import type { Slot } from '@hintlab/kit'
import { ColumnBatch, ConfigField, FULL, HintCommand, RequestKind } from '@hintlab/protocol'
import type { HintClient, HintPort } from '@hintlab/protocol'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { FreeResult, NONE } from '../mm/page-allocator.ts'
import { AllocFlag } from '../mm/watermarks.ts'
import type { MemoryGiver } from '../oom.ts'
import type { ConfigAccess } from './config-access.ts'
import { PageStack } from './page-stack.ts'

const AT_IDLE = point(Kind.WAIT, 'free page hints: no run')
const AT_FULL = point(Kind.WAIT, 'free page hints: wait for room in the queue')
const AT_PAUSE = point(Kind.WAIT, 'free page hints: wait for the worker to stop')

/** Blocks that one call of the shrinker gives back: 128 pages are asked for (SHRINK_BATCH), and a block is the least. */
const SHRINK_BLOCKS = 1

// Elements of the state column.
const CACHED = 0
const ACTIVE = 1
/** 1 when the configuration has changed since the id was read. */
const STALE = 2
const BUSY = 3
const PAUSED = 4
const RUNS = 5
const HINTED = 6
const EARLY = 7
const HELD_MAX = 8
const WORDS = 9

export class FreePageHints implements HintClient<Task>, MemoryGiver {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly port: HintPort<Task>
  private readonly config: ConfigAccess
  private readonly cpu: number
  /** Order of every block. */
  readonly order: number
  private readonly object: number
  private readonly state: Float64Array
  private readonly held: PageStack
  private readonly batch: ColumnBatch
  private readonly changed: WaitQueue
  private readonly room: WaitQueue
  private readonly stopped: WaitQueue

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, config: ConfigAccess, cpu: Cpu, cpuNumber: number) {
    assert(!port.waits, 'a hint is sent without waiting for its completion')
    this.engine = engine
    this.kernel = kernel
    this.port = port
    this.config = config
    this.cpu = cpuNumber
    this.order = Math.min(MAX_ORDER, kernel.mm.core.maxOrder)
    this.object = engine.cols.objects('free page hints')
    this.state = engine.cols.f64('free_page_hints.state', WORDS, this.object)
    this.held = new PageStack(engine.cols, kernel.mm, 'free_page_hints', this.order)
    this.batch = new ColumnBatch(engine.cols, 'free_page_hints.batch', 1, RequestKind.HINT)
    this.changed = new WaitQueue(engine, 'free page hint config changed')
    this.room = new WaitQueue(engine, 'free page hint queue has room')
    this.stopped = new WaitQueue(engine, 'free page hint worker stopped')
    this.state[PAUSED] = 1
    engine.addTask('kworker free page hints', cpu, (task) => this.workerBody(task), { wakeNs: engine.costs.guestSwitch })
  }

  /** Blocks that are held for the host. */
  get heldBlocks(): number {
    return this.held.blocks
  }

  get heldMax(): number {
    return this.state[HELD_MAX]
  }

  /** Runs begun, blocks hinted in all, and blocks that reclaim took back before the host was done. */
  get runs(): number {
    return this.state[RUNS]
  }

  get hintedBlocks(): number {
    return this.state[HINTED]
  }

  get earlyBlocks(): number {
    return this.state[EARLY]
  }

  /** The configuration has changed: the id is read again at the next look. */
  configChanged(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[STALE] = 1
    this.changed.wakeAll()
  }

  resume(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[PAUSED] = 0
    this.state[CACHED] = this.state[ACTIVE] = HintCommand.STOP
    this.configChanged()
  }

  /** Ends a run that is under way, and begins no other. */
  *pause(task: Task): Generator<Point, void, void> {
    this.engine.cols.footprint.write(this.object)
    this.state[PAUSED] = 1
    while (this.state[BUSY] === 1) {
      this.stopped.wait(task)
      yield AT_PAUSE
    }
  }

  /** return_free_pages_to_mm: up to `blocks` held blocks go back to the allocator; pages freed. */
  *giveBack(task: Task, blocks: number): Generator<Point, number, void> {
    let given = 0
    while (given < blocks) {
      const pfn = this.held.pop()
      if (pfn === NONE) break
      given++
      this.held.own(pfn)
      yield* this.free(task, pfn)
    }
    return given * 2 ** this.order
  }

  /** The shrinker: memory is short, and the pages can be used although the host may not have looked at them yet. */
  *give(task: Task): Generator<Point, number, void> {
    const pages = yield* this.giveBack(task, SHRINK_BLOCKS)
    this.engine.cols.footprint.write(this.object)
    this.state[EARLY] += pages / 2 ** this.order
    return pages
  }

  complete(slot: Slot): void {
    this.port.release(slot)
    this.room.wakeAll()
  }

  *bottomHalf(): Generator<Point, void, void> {
    // The blocks are held, whatever the host has made of them.
  }

  check(): void {
    this.held.check()
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      if (yield* this.step(task)) continue
      this.changed.wait(task)
      yield AT_IDLE
    }
  }

  /** report_free_page_func; false when the configuration asks for nothing new. */
  private *step(task: Task): Generator<Point, boolean, void> {
    this.engine.cols.footprint.write(this.object)
    if (this.state[PAUSED] === 1) return false
    const id = this.received(task)
    if (id === HintCommand.DONE && this.held.blocks > 0) yield* this.giveBack(task, Infinity)
    if (id === HintCommand.STOP || id === HintCommand.DONE || id === this.state[ACTIVE]) return this.state[STALE] === 1
    this.state[BUSY] = 1
    yield* this.run(task, id)
    this.engine.cols.footprint.write(this.object)
    this.state[BUSY] = 0
    this.stopped.wakeAll()
    return true
  }

  private *run(task: Task, id: number): Generator<Point, void, void> {
    this.state[ACTIVE] = id
    this.state[RUNS]++
    yield* this.command(task, id)
    while (this.state[PAUSED] === 0 && this.received(task) === id) if (!(yield* this.hintBlock(task))) break
    yield* this.command(task, HintCommand.STOP)
  }

  /** virtio_balloon_cmd_id_received: read once after each change. */
  private received(task: Task): number {
    this.engine.cols.footprint.write(this.object)
    if (this.state[STALE] === 1) {
      this.state[STALE] = 0
      this.state[CACHED] = this.config.read(task, ConfigField.COMMAND_ID)
    }
    return this.state[CACHED]
  }

  /** get_free_page_and_send; false when there is no block left, or no queue. */
  private *hintBlock(task: Task): Generator<Point, boolean, void> {
    const pfn = yield* this.kernel.allocSlow(task, this.cpu, this.order, Migratetype.UNMOVABLE, ZoneKind.NORMAL, AllocFlag.NO_RECLAIM)
    if (pfn === NONE) return false
    this.held.push(pfn)
    this.state[HELD_MAX] = Math.max(this.state[HELD_MAX], this.held.blocks)
    this.batch.kind = RequestKind.HINT
    this.batch.pfn[0] = pfn
    this.batch.order[0] = this.order
    this.batch.count = 1
    if (!(yield* this.send(task, 2))) return false
    this.engine.cols.footprint.write(this.object)
    this.state[HINTED]++
    return true
  }

  private *command(task: Task, id: number): Generator<Point, void, void> {
    this.batch.kind = RequestKind.HINT_COMMAND
    this.batch.count = 0
    this.batch.commandId = id
    yield* this.send(task, 1)
    this.batch.commandId = this.state[ACTIVE]
  }

  /** Submits the batch once `free` slots are free; false when there is no queue: nothing is in flight, and still it takes nothing. */
  private *send(task: Task, free: number): Generator<Point, boolean, void> {
    task.charge(this.engine.costs.hintEntry, Cause.PROTOCOL)
    for (;;) {
      if (this.port.inFlight <= this.port.slots - free) {
        const slot = this.port.submit(this.batch)
        if (slot !== FULL) {
          yield* this.port.finish(task, slot)
          return true
        }
        if (this.port.inFlight === 0) return false
      }
      this.room.wait(task)
      yield AT_FULL
    }
  }

  private *free(task: Task, pfn: number): Generator<Point, void, void> {
    const result = this.kernel.freeFast(task, this.cpu, pfn)
    if (result !== FreeResult.DONE) yield* this.kernel.freeSlow(task, this.cpu, pfn, result)
  }
}
