/**
 * The programs of a driven guest, in one task: takes memory from the guest's allocator, writes it, and frees it again, when told to.
 *
 *   order --wake--> task: allocate and write | free, the oldest block first --> done
 */
import { assert } from '@hintlab/kit'
import { FreeResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import type { GuestKernel } from '@hintlab/guest'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { PageContents } from './page-contents.ts'

const AT_IDLE = point(Kind.WAIT, 'tenant: nothing to do')

export class Tenant {
  /** First pages of the blocks it holds, oldest first. */
  readonly blocks: number[] = []
  /** Blocks that it could not get. */
  refused = 0
  private readonly kernel: GuestKernel
  private readonly contents: PageContents
  private readonly told: WaitQueue
  private wanted = 0
  private order = 0

  constructor(engine: Engine, kernel: GuestKernel, cpu: Cpu, contents: PageContents) {
    this.kernel = kernel
    this.contents = contents
    this.told = new WaitQueue(engine, 'tenant')
    engine.addTask('tenant', cpu, (task) => this.body(task))
  }

  /** Holds `blocks` blocks of `2 ** order` pages as soon as the machine has run. The order may change only when it holds nothing. */
  hold(blocks: number, order: number): void {
    assert(this.blocks.length === 0 || order === this.order, 'a tenant holds blocks of one order')
    this.wanted = blocks
    this.order = order
    this.refused = 0
    this.told.wakeAll()
  }

  private *body(task: Task): Generator<Point, void, void> {
    for (;;) {
      while (this.blocks.length < this.wanted && this.refused === 0) yield* this.take(task)
      while (this.blocks.length > this.wanted) yield* this.free(task)
      this.told.wait(task)
      yield AT_IDLE
    }
  }

  private *take(task: Task): Generator<Point, void, void> {
    const { kernel, order } = this
    let pfn = kernel.allocFast(task, 0, order, Migratetype.MOVABLE, ZoneKind.NORMAL)
    if (pfn === NONE) pfn = yield* kernel.allocSlow(task, 0, order, Migratetype.MOVABLE, ZoneKind.NORMAL, 0)
    if (pfn === NONE) {
      this.refused++
      return
    }
    for (let i = 0; i < 2 ** order; i++) this.contents.write(pfn + i)
    this.blocks.push(pfn)
  }

  private *free(task: Task): Generator<Point, void, void> {
    const pfn = this.blocks.shift()!
    const result = this.kernel.freeFast(task, 0, pfn)
    if (result !== FreeResult.DONE) yield* this.kernel.freeSlow(task, 0, pfn, result)
  }
}
