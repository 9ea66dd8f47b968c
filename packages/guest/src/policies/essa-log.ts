/**
 * Collaborative memory management of s390 (arch/s390/mm/page-states.c): an instruction says of each page of 4 KiB whether its contents matter. The hardware
 * interprets it and logs what became unused in a page of the vCPU's; the vCPU leaves the guest only when that log is full, and the host discards what is in it
 * and still unused.
 *
 *   free:  SET_UNUSED per page --> log[cpu] --511 entries--> exit: host zaps what is unused now        alloc: SET_STABLE per page
 *
 *   E1  The host looks at the state at the moment of the zap, under the lock that the instruction takes: a page that was allocated again is stable, and is
 *       left alone. It is the instruction at the allocation that makes this safe (F1), not an isolation: no page is ever away from the guest.
 *   E2  Nothing comes back, so there is nothing to wait for, to put back or to lose; what is left in a log waits for the next frees.
 *
 * A block's pages are logged in one go, and the exits of a block that is larger than the log follow its free at once, where the hardware takes them in between.
 */
import { assert } from '@hintlab/kit'
import { FULL } from '@hintlab/protocol'
import type { ColumnBatch, HintPort } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import type { PageHooks } from '../page-hooks.ts'
import { CpuBuffers } from './cpu-buffers.ts'
import { HintRecords } from './hint-records.ts'
import { SyncSender } from './sync-sender.ts'

/** Entries of a log page of 4 KiB, less the one that its end takes. */
export const ESSA_LOG_ENTRIES = 511

export interface EssaLogOptions {
  readonly entries: number
  /** `isolate` stands for the SET_STABLE of an allocation (E1). */
  readonly safeguards: HintSafeguards
}

export class EssaLog extends SyncSender implements HintPolicy, PageHooks {
  private readonly logs: CpuBuffers
  /** By CPU: what its exit is about. */
  private readonly exits: readonly ColumnBatch[]
  /** The hardware's state of each page, beside its page table entry: 1 is unused. */
  private readonly unused: Uint8Array
  private readonly object: number
  private readonly options: EssaLogOptions

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpus: readonly Cpu[], options: EssaLogOptions) {
    assert(options.entries <= port.entriesMax && cpus.length <= port.slots, 'every vCPU can hand over its log')
    super(engine, port, new HintRecords(engine, kernel, 'essa_log', options.safeguards), 'essa_log')
    const { layout } = kernel.mm
    this.options = options
    // The pages of the largest block come in one go.
    this.logs = new CpuBuffers(engine.cols, cpus.length, options.entries, 2 ** layout.maxOrder)
    this.exits = cpus.map((_, cpu) => this.records.makeBatch(`essa_log.exit${cpu}`, options.entries))
    this.object = engine.cols.objects('essa_log.page', layout.pages)
    this.unused = engine.cols.u8('essa_log.unused', layout.pages, this.object, 1)
  }

  /** Whether the contents of a page do not matter now: what the host reads under the page's lock. */
  isUnused(pfn: number): boolean {
    this.engine.cols.footprint.read(this.object + pfn)
    return this.unused[pfn] === 1
  }

  /** set_page_unused */
  freed(task: Task, cpu: number, pfn: number, order: number): void {
    task.charge(this.engine.costs.essa * 2 ** order, Cause.HINT)
    for (let p = pfn; p < pfn + 2 ** order; p++) {
      this.setState(p, 1)
      if (!this.logs.add(cpu, p, 0)) this.records.count('dropped')
    }
  }

  /** set_page_stable */
  allocated(task: Task, pfn: number, order: number): void {
    task.charge(this.engine.costs.essa * 2 ** order, Cause.HINT)
    if (!this.options.safeguards.isolate) return
    for (let p = pfn; p < pfn + 2 ** order; p++) this.setState(p, 0)
  }

  collect(): void {
    // Pages are logged one by one, before they merge.
  }

  due(cpu: number): boolean {
    return this.logs.isFull(cpu)
  }

  /** The exits of a full log. */
  *handle(task: Task, cpu: number): Generator<Point, void, void> {
    const batch = this.exits[cpu]
    while (this.logs.isFull(cpu)) {
      // The batch is read before the first yield: a handler that frees on this vCPU may fill it again.
      this.logs.moveInto(cpu, batch)
      const slot = this.submit(task, batch)
      if (slot === FULL) return
      this.records.count('batches')
      this.records.count('hintedBlocks', batch.count)
      this.records.count('hintedPages', batch.count)
      yield* this.finish(task, slot)
    }
  }

  check(): void {
    this.records.check()
    this.logs.check()
  }

  private setState(pfn: number, unused: number): void {
    this.engine.cols.footprint.write(this.object + pfn)
    this.unused[pfn] = unused
  }
}
