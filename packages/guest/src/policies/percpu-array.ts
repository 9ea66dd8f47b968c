/**
 * The per-CPU arrays of guest free page hinting, v8 (Nitesh Narayan Lal, February 2019): each vCPU notes what it frees, as it is freed, in an array of
 * 1000 entries. When it is full, the vCPU drains its per-CPU page list and scans the array: a page that has merged gives its place to the block that
 * holds it, once, and what has been allocated again leaves. When all entries are different blocks of the buddy allocator, a thread of this CPU looks
 * once more, takes the blocks out, reports them in one request, polls until the host is done, and starts the array over.
 *
 *   free --freed--> array[cpu] --full--> drain, scan: keep each block in the buddy once --1000 of them--> thread[cpu]: isolate
 *                      ^                                                                                      |
 *                      +----------------- index back to 0 <-- put back <-- poll <-- report of up to 1000 <----+
 *
 *   A1  While it is scanned and while its thread has it, an array takes nothing: those frees are lost hints.
 *   A2  There is no Reported flag: a block that merged with one that the host knows is reported again.
 *
 * The hook comes before any merge, so a block is noted at the order of its free. Its author names the costs: a fixed size that large frees overflow, and
 * the zone lock taken anew for entries that are not sorted by zone (v8: for each entry; here: at each change of zone). v8 also looks through the whole
 * array for each entry that has merged; here an entry of a scan costs the same, merged or not.
 */
import { assert } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import type { ColumnBatch, HintPort } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import type { PageHooks } from '../page-hooks.ts'
import { HintRecords } from './hint-records.ts'
import { RequestMemory } from './request-memory.ts'
import type { RequestMemorySource } from './request-memory.ts'
import { SyncSender } from './sync-sender.ts'

const AT_IDLE = point(Kind.WAIT, 'percpu array: thread waits for a full array')
const AT_TAKE_LOCK = point(Kind.SPIN, 'percpu array: zone lock to isolate')
const AT_TAKE_UNLOCK = point(Kind.RUN, 'percpu array: blocks isolated, zone unlock')

export interface PercpuArrayOptions {
  /** Entries of a CPU's array (MAX_FGPT_ENTRIES): 1000. */
  readonly entries: number
  /** Smallest order noted. v8 notes every free. */
  readonly order: number
  readonly requestMemory: RequestMemorySource
  /** Compact all memory before each pass, on the account of hinting; only in a guest that has compaction. Default: not. */
  readonly defragment?: boolean
  readonly safeguards: HintSafeguards
}

export class PercpuArray extends SyncSender implements HintPolicy, PageHooks {
  private readonly kernel: GuestKernel
  private readonly options: PercpuArrayOptions
  private readonly memory: RequestMemory
  /** By CPU: an array, then how much of it is filled and whether its thread has it. */
  private readonly arrays: number
  private readonly pfn: Uint32Array
  private readonly order: Uint8Array
  private readonly filled: Uint32Array
  private readonly busy: Uint8Array
  private readonly isolated: readonly ColumnBatch[]
  private readonly work: readonly WaitQueue[]

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpus: readonly Cpu[], options: PercpuArrayOptions) {
    assert(options.entries <= port.entriesMax && cpus.length <= port.slots, 'every thread can send a whole array')
    const { cols } = engine
    const records = new HintRecords(engine, kernel, 'percpu_array', options.safeguards)
    super(engine, port, records, 'percpu_array')
    this.kernel = kernel
    this.options = options
    this.memory = new RequestMemory(engine, kernel, 'percpu_array', cpus.length, options.requestMemory)
    this.arrays = cols.objects('percpu_array', cpus.length)
    this.pfn = cols.u32('percpu_array.pfn', cpus.length * options.entries, this.arrays, options.entries)
    this.order = cols.u8('percpu_array.order', cpus.length * options.entries, this.arrays, options.entries)
    this.filled = cols.u32('percpu_array.filled', cpus.length, this.arrays, 1)
    this.busy = cols.u8('percpu_array.busy', cpus.length, this.arrays, 1)
    this.isolated = cpus.map((_, cpu) => records.makeBatch(`percpu_array.isolated${cpu}`, options.entries))
    this.work = cpus.map((_, cpu) => new WaitQueue(engine, `percpu_array work ${cpu}`))
    cpus.forEach((vcpu, cpu) => {
      engine.addTask(`hinting ${cpu}`, vcpu, (task) => this.threadBody(task, cpu), { priority: PRIORITY_HIGH, wakeNs: engine.costs.guestSwitch })
    })
  }

  freed(task: Task, cpu: number, pfn: number, order: number): void {
    if (order < this.options.order) return
    this.engine.cols.footprint.write(this.arrays + cpu)
    task.charge(this.engine.costs.hintEntry, Cause.HINT)
    if (this.filled[cpu] === this.options.entries) return this.records.count('dropped')
    const at = cpu * this.options.entries + this.filled[cpu]++
    this.pfn[at] = pfn
    this.order[at] = order
  }

  collect(): void {
    // Frees are seen one by one, before they merge.
  }

  due(cpu: number): boolean {
    this.engine.cols.footprint.read(this.arrays + cpu)
    return this.busy[cpu] === 0 && this.filled[cpu] === this.options.entries
  }

  /** guest_free_page with a full array. */
  *handle(task: Task, cpu: number): Generator<Point, void, void> {
    yield* this.kernel.drainCpu(task, cpu)
    if (this.due(cpu)) this.scan(task, cpu)
  }

  check(): void {
    this.records.check()
    for (const filled of this.filled) assert(filled <= this.options.entries, 'an array is filled up to its end')
  }

  /** scan_array: keeps each free block of a full array once; hands the array to the thread when it is full all the same. */
  private scan(task: Task, cpu: number): void {
    const { entries } = this.options
    const { pages } = this.kernel.mm
    const first = cpu * entries
    const seen = new Set<number>()
    this.engine.cols.footprint.write(this.arrays + cpu)
    task.charge(this.engine.costs.hintEntry * entries, Cause.HINT)
    for (let at = first; at < first + entries; at++) {
      const head = pages.headOf(this.pfn[at])
      if (seen.has(head) || pages.ownerOf(head) !== PageOwner.FREE) continue
      this.pfn[first + seen.size] = head
      this.order[first + seen.size] = pages.orderOf(head)
      seen.add(head)
    }
    this.records.count('stale', entries - seen.size)
    this.filled[cpu] = seen.size
    if (seen.size < entries) return
    this.busy[cpu] = 1
    this.work[cpu].wakeAll()
  }

  private *threadBody(task: Task, cpu: number): Generator<Point, void, void> {
    const batch = this.isolated[cpu]
    for (;;) {
      while (this.busy[cpu] === 0) {
        this.work[cpu].wait(task)
        yield AT_IDLE
      }
      this.records.count('passes')
      if (this.options.defragment === true) yield* this.kernel.compactNow(task, cpu)
      if (yield* this.memory.take(task, cpu, cpu)) {
        yield* this.isolateAll(task, cpu, batch)
        if (batch.count > 0) {
          yield* this.report(task, batch)
          yield* this.records.putBack(task, batch, false)
        }
        yield* this.memory.giveBack(task, cpu, cpu)
      } else this.records.count('dropped', this.options.entries)
      this.engine.cols.footprint.write(this.arrays + cpu)
      this.filled[cpu] = 0
      this.busy[cpu] = 0
    }
  }

  /** Takes out of the buddy what is still there of the array, in its order; the zone lock is kept from one entry to the next of the same zone. */
  private *isolateAll(task: Task, cpu: number, batch: ColumnBatch): Generator<Point, void, void> {
    const { mm, zoneLocks } = this.kernel
    const first = cpu * this.options.entries
    batch.count = 0
    for (let at = first, end = first + this.filled[cpu]; at < end;) {
      const zone = mm.zoneOf(this.pfn[at])
      const lock = zoneLocks[zone]
      if (lock.acquireIrq(task)) yield AT_TAKE_LOCK
      for (; at < end && mm.zoneOf(this.pfn[at]) === zone; at++) this.takeEntry(task, batch, this.pfn[at])
      yield AT_TAKE_UNLOCK
      lock.releaseIrq(task)
    }
  }

  /** The free block that holds the page now, which may have merged, or nothing. */
  private takeEntry(task: Task, batch: ColumnBatch, pfn: number): void {
    const { pages, core } = this.kernel.mm
    const head = pages.headOf(pfn)
    if (pages.ownerOf(head) === PageOwner.FREE && core.isFreeHead(head, pages.orderOf(head)) && !holds(batch, head)) {
      this.records.take(task, batch, head, pages.orderOf(head))
      return
    }
    task.charge(this.engine.costs.hintEntry, Cause.HINT)
    this.records.count('stale')
  }
}

/** Two entries can have merged into one block. Isolated, it is in the buddy no more, so only a policy without F1 finds it again. */
const holds = (batch: ColumnBatch, head: number): boolean => batch.count > 0 && batch.pfn[batch.count - 1] === head
