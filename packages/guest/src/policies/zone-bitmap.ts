/**
 * The bitmaps of guest free page hinting, v10 to v12 (Nitesh Narayan Lal, June 2019): one bit for each block of 2 MiB of a zone, set under the zone lock when
 * a free has made or enlarged a free block there, after the merge. When a zone has enough bits, a worker walks its bitmap and reports 16 blocks at a time, so
 * that a guest that runs out of memory misses little ("false OOM").
 *
 *   free (zone lock) --collect--> bit --threshold--> worker: [ clear bit, still free? isolate ] x 16 --> report, wait --> put back --> next 16
 *
 *   M1  A bit is cleared when its block is looked at, never when the block is allocated: what it says is checked again at isolation.
 *   M2  At most `capacity` blocks are away at a time.
 *
 * The order is chosen so that no huge page of the host is split. There is no Reported flag: a block that is put back and merges with a neighbour that is freed
 * later is reported again. v10 takes the zone lock for each block; here it is held for the up to 16 of a report.
 */
import { assert } from '@hintlab/kit'
import type { ColumnBatch, HintPort } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { HintPolicy, HintSafeguards } from '../hint-policy.ts'
import type { GuestKernel } from '../kernel.ts'
import type { ZoneBuddy } from '../mm/zone-buddy.ts'
import { HintRecords } from './hint-records.ts'
import { RequestMemory } from './request-memory.ts'
import type { RequestMemorySource } from './request-memory.ts'
import { SyncSender } from './sync-sender.ts'

const AT_IDLE = point(Kind.WAIT, 'zone bitmap: worker waits for set bits')
const AT_TAKE_LOCK = point(Kind.SPIN, 'zone bitmap: zone lock to isolate')
const AT_TAKE_UNLOCK = point(Kind.RUN, 'zone bitmap: blocks isolated, zone unlock')

/** Bits of a word of a bitmap; the walk pays for each word. */
const WORD_BITS = 32

export interface ZoneBitmapOptions {
  /** Blocks of a report: 16. */
  readonly capacity: number
  /** Set bits of a zone that start the worker: 16. */
  readonly threshold: number
  /** Order of the block behind a bit (MAX_ORDER - 2, 2 MiB on x86). */
  readonly order: number
  readonly requestMemory: RequestMemorySource
  /** Compact all memory before each pass, on the account of hinting; only in a guest that has compaction. Default: not. */
  readonly defragment?: boolean
  readonly safeguards: HintSafeguards
}

export class ZoneBitmap extends SyncSender implements HintPolicy {
  private readonly kernel: GuestKernel
  private readonly options: ZoneBitmapOptions
  private readonly cpus: readonly Cpu[]
  private readonly memory: RequestMemory
  private readonly batch: ColumnBatch
  /** By zone: shared objects, bitmaps, and how many bits are set. */
  private readonly object: number
  private readonly bitmaps: readonly Uint32Array[]
  private readonly set: Uint32Array
  private readonly work: WaitQueue
  private readonly worker: Task

  constructor(engine: Engine, kernel: GuestKernel, port: HintPort<Task>, cpus: readonly Cpu[], options: ZoneBitmapOptions) {
    assert(options.capacity <= port.entriesMax, 'a report fits in one request')
    const { cols } = engine
    const { mm } = kernel
    super(engine, port, new HintRecords(engine, kernel, 'zone_bitmap', options.safeguards), 'zone_bitmap')
    this.kernel = kernel
    this.options = options
    this.cpus = cpus
    this.memory = new RequestMemory(engine, kernel, 'zone_bitmap', 1, options.requestMemory)
    this.batch = this.records.makeBatch('zone_bitmap.batch', options.capacity)
    this.object = cols.objects('zone_bitmap', mm.zones.length)
    this.bitmaps = mm.zones.map((zone, i) => {
      return cols.u32(`zone_bitmap.bits ${zone.name}`, Math.ceil((zone.end - zone.start) / 2 ** options.order / WORD_BITS), this.object + i)
    })
    this.set = cols.u32('zone_bitmap.set', mm.zones.length, this.object, 1)
    this.work = new WaitQueue(engine, 'zone_bitmap work')
    for (const { events } of mm.buddies) events.setCaptureOrder(options.order)
    this.worker = engine.addTask('kworker zone_bitmap', cpus[0], (task) => this.workerBody(task), {
      priority: PRIORITY_HIGH,
      wakeNs: engine.costs.guestSwitch,
    })
  }

  collect(task: Task, cpu: number, zone: number): void {
    const buddy = this.kernel.mm.buddies[zone]
    const notes = buddy.events.captured
    if (notes === 0) return
    this.engine.cols.footprint.write(this.object + zone)
    task.charge(this.engine.costs.hintEntry * notes, Cause.HINT)
    for (let i = 0; i < notes; i++) this.setBit(buddy, buddy.events.pfnAt(i))
    buddy.events.discard(notes)
    if (!this.isDue(zone) || this.worker.waitingOn !== this.work) return
    this.worker.moveTo(this.cpus[cpu])
    this.work.wakeAll()
  }

  due(): boolean {
    return false
  }

  *handle(): Generator<Point, void, void> {
    // The worker does the rest.
  }

  check(): void {
    this.records.check()
    this.bitmaps.forEach((words, zone) => {
      let set = 0
      for (let word of words) for (; word !== 0; word = (word & (word - 1)) >>> 0) set++
      assert(set === this.set[zone], 'set bits are counted')
    })
  }

  private isDue(zone: number): boolean {
    return this.set[zone] >= this.options.threshold
  }

  private setBit({ zone }: ZoneBuddy, pfn: number): void {
    const bit = (pfn - zone.start) >> this.options.order
    const words = this.bitmaps[zone.index]
    const mask = (1 << (bit % WORD_BITS)) >>> 0
    const at = Math.floor(bit / WORD_BITS)
    if ((words[at] & mask) !== 0) return
    words[at] |= mask
    this.set[zone.index]++
  }

  private *workerBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      const zone = this.dueZone()
      if (zone < 0) {
        this.work.wait(task)
        yield AT_IDLE
        continue
      }
      this.records.count('passes')
      yield* this.scanZone(task, this.kernel.mm.buddies[zone])
    }
  }

  private dueZone(): number {
    for (let zone = 0; zone < this.set.length; zone++) {
      this.engine.cols.footprint.read(this.object + zone)
      if (this.isDue(zone)) return zone
    }
    return -1
  }

  /** One walk over a zone's bitmap, report by report; what is set behind the walk stays for the next. */
  private *scanZone(task: Task, { zone }: ZoneBuddy): Generator<Point, void, void> {
    const { batch, kernel, memory } = this
    const words = this.bitmaps[zone.index]
    const lock = kernel.zoneLocks[zone.index]
    const cpu = Math.max(0, this.cpus.indexOf(task.cpu))
    if (this.options.defragment === true) yield* kernel.compactNow(task, cpu)
    const hasMemory = yield* memory.take(task, cpu, 0)
    for (let at = 0; at < words.length;) {
      batch.count = 0
      if (lock.acquireIrq(task)) yield AT_TAKE_LOCK
      at = this.takeFrom(task, zone.index, at, hasMemory)
      yield AT_TAKE_UNLOCK
      lock.releaseIrq(task)
      if (batch.count === 0) continue
      yield* this.report(task, batch)
      yield* this.records.putBack(task, batch, false)
    }
    if (hasMemory) yield* memory.giveBack(task, cpu, 0)
  }

  /** Fills the batch from word `at` on; the word to go on with. Without memory for a request the bits are cleared and the hints lost. */
  private takeFrom(task: Task, zone: number, at: number, hasMemory: boolean): number {
    const words = this.bitmaps[zone]
    this.engine.cols.footprint.write(this.object + zone)
    for (; at < words.length; at++) {
      task.charge(this.engine.costs.hintEntry, Cause.HINT)
      while (words[at] !== 0) {
        if (this.batch.count === this.options.capacity) return at
        const bit = 31 - Math.clz32(words[at] & -words[at])
        words[at] = (words[at] & (words[at] - 1)) >>> 0
        this.set[zone]--
        if (hasMemory) this.takeBlock(task, this.kernel.mm.zones[zone].start + (at * WORD_BITS + bit) * 2 ** this.options.order)
        else this.records.count('dropped')
      }
    }
    return at
  }

  /** M1 */
  private takeBlock(task: Task, pfn: number): void {
    const { pages, core } = this.kernel.mm
    const order = pages.headOf(pfn) === pfn ? pages.orderOf(pfn) : -1
    if (order >= this.options.order && core.isFreeHead(pfn, order)) this.records.take(task, this.batch, pfn, order)
    else {
      task.charge(this.engine.costs.hintEntry, Cause.HINT)
      this.records.count('stale')
    }
  }
}
