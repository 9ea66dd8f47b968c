/**
 * Who compacts, and when (mm/compaction.c of Linux 6.1); how is in compact-zone.ts.
 *
 *   direct      the task whose allocation of several pages failed, until one block is there, which it takes on the spot
 *   kcompactd   one task: when kswapd has freed pages but no block, and, where proactive, every 500 ms while memory is scattered
 *   compactAll  all of every zone (vm.compact_memory): for a guest that wants large blocks before it hints
 *
 * Not modeled: skip bits of pageblocks, contention and need_resched as reasons to stop. Linux 6.1 moves no compound pages here either.
 */
import { Counters, MS, ns } from '@hintlab/kit'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import type { ZoneKind } from '../mm/layout.ts'
import { Migratetype } from '../mm/migratetype.ts'
import { NONE } from '../mm/page-allocator.ts'
import { COMPACTION_COUNTERS, ZoneCompactor } from './compact-zone.ts'
import type { CompactionCounter } from './compact-zone.ts'
import { Deferral } from './deferral.ts'
import { COSTLY_ORDER, nodeScore, suitable } from './fragmentation.ts'

const AT_IDLE = point(Kind.WAIT, 'kcompactd: nothing to put together')

/** HPAGE_FRAG_CHECK_INTERVAL_MSEC, COMPACT_MAX_DEFER_SHIFT. */
const CHECK_NS = ns(500 * MS)
const DEFER_SHIFT_MAX = 6
/** fragmentation_score_wmark at vm.compaction_proactiveness 20: begins above the high mark, ends at the low one. */
const SCORE_LOW = 80
const SCORE_HIGH = 90

const WANTED = 0
const ORDER = 1
const ZONE = 2
/** Looks at the score that are left out after one that changed nothing. */
const LEFT_OUT = 3
const WORDS = 4

export interface CompactionOptions {
  /** Looks every 500 ms whether memory is scattered (vm.compaction_proactiveness). */
  readonly proactive: boolean
}

export class Compaction {
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly counts: Counters<CompactionCounter>
  private readonly zones: ZoneCompactor
  private readonly deferral: Deferral
  private readonly object: number
  private readonly state: Int32Array
  private readonly wanted: WaitQueue
  private readonly proactive: boolean

  /** kcompactd runs on `cpu`, which is number `cpuNumber` of the guest. */
  constructor(engine: Engine, kernel: GuestKernel, cpu: Cpu, cpuNumber: number, { proactive }: CompactionOptions) {
    this.engine = engine
    this.kernel = kernel
    this.proactive = proactive
    this.counts = new Counters(engine.cols, 'compaction.counts', engine.cols.objects('compaction counters'), COMPACTION_COUNTERS)
    this.zones = new ZoneCompactor(engine, kernel, this.counts)
    this.deferral = new Deferral(engine.cols, kernel.mm.zones.length)
    this.object = engine.cols.objects('kcompactd')
    this.state = engine.cols.i32('compaction.kcompactd', WORDS, this.object)
    this.wanted = new WaitQueue(engine, 'kcompactd wanted')
    engine.addTask('kcompactd', cpu, (task) => this.daemonBody(task, cpuNumber), { wakeNs: engine.costs.guestSwitch })
  }

  counter(name: CompactionCounter): number {
    return this.counts.get(name)
  }

  /** wakeup_kcompactd: there are pages enough, but no block of this order. */
  wake(order: number, zone: ZoneKind): void {
    const { mm } = this.kernel
    if (!mm.zones.some((each) => each.kind <= zone && suitable(mm, each, order, zone) === 'go')) return
    this.engine.cols.footprint.write(this.object)
    this.state[ORDER] = Math.max(this.state[ORDER], order)
    this.state[ZONE] = Math.max(this.state[ZONE], zone)
    if (this.state[WANTED] === 1) return
    this.state[WANTED] = 1
    this.counts.add('daemonWakes')
    this.wanted.wakeAll()
  }

  /** try_to_compact_pages: a block for this task, or NONE. A costly order gets the quick attempt only, which leaves blocks of other types alone. */
  *direct(task: Task, cpu: number, order: number, migratetype: Migratetype, pref: ZoneKind): Generator<Point, number, void> {
    this.counts.add('stalls')
    const sync = order <= COSTLY_ORDER
    const { mm } = this.kernel
    for (let i = mm.zones.length - 1; i >= 0; i--) {
      const zone = mm.zones[i]
      if (zone.kind > pref || (sync && this.deferral.deferred(i, order)) || suitable(mm, zone, order, pref) !== 'go') continue
      const goal = { order, migratetype, sync, whole: false, untilScore: null, capture: true, cause: Cause.ALLOC }
      const { result, pfn } = yield* this.zones.compact(task, cpu, zone, goal)
      if (result === 'success') {
        this.counts.add('success')
        this.deferral.succeeded(i, order)
      } else if (sync) this.deferral.failed(i, order)
      if (pfn !== NONE) return pfn
    }
    return NONE
  }

  /** compact_nodes: all of every zone, on the account of `cause`; pages moved. */
  *compactAll(task: Task, cpu: number, cause: Cause): Generator<Point, number, void> {
    const moved = (): number => this.counts.get('migrated') + this.counts.get('balloonPages')
    const before = moved()
    for (const zone of this.kernel.mm.zones) {
      yield* this.zones.compact(task, cpu, zone, {
        order: -1, migratetype: Migratetype.MOVABLE, sync: true, whole: true, untilScore: null, capture: false, cause,
      })
    }
    return moved() - before
  }

  private *daemonBody(task: Task, cpu: number): Generator<Point, void, void> {
    for (;;) {
      this.engine.cols.footprint.write(this.object)
      if (this.state[WANTED] === 1) yield* this.doWork(task, cpu)
      else {
        if (this.proactive) this.engine.wakeAt(task, this.engine.localNow(task) + CHECK_NS)
        this.wanted.wait(task)
        yield AT_IDLE
        if (this.proactive && this.state[WANTED] === 0) yield* this.look(task, cpu)
      }
    }
  }

  /** kcompactd_do_work. */
  private *doWork(task: Task, cpu: number): Generator<Point, void, void> {
    const { mm } = this.kernel
    const order = this.state[ORDER]
    const highest = this.state[ZONE]
    this.state[WANTED] = this.state[ORDER] = this.state[ZONE] = 0
    for (const zone of mm.zones) {
      if (zone.kind > highest || this.deferral.deferred(zone.index, order) || suitable(mm, zone, order, highest) !== 'go') continue
      const goal = { order, migratetype: Migratetype.MOVABLE, sync: true, whole: false, untilScore: null, capture: false, cause: Cause.ALLOC }
      const { result } = yield* this.zones.compact(task, cpu, zone, goal)
      if (result === 'success') this.deferral.succeeded(zone.index, order)
      else if (result === 'complete') this.deferral.failed(zone.index, order)
    }
  }

  /** proactive_compact_node, when the score of all zones is above the high mark. What changes nothing is left out for 64 turns. */
  private *look(task: Task, cpu: number): Generator<Point, void, void> {
    const { mm } = this.kernel
    this.engine.cols.footprint.write(this.object)
    if (this.state[LEFT_OUT] > 0) {
      this.state[LEFT_OUT]--
      return
    }
    const before = nodeScore(mm)
    if (before <= SCORE_HIGH) return
    for (const zone of mm.zones) {
      const goal = { order: -1, migratetype: Migratetype.MOVABLE, sync: true, whole: false, untilScore: SCORE_LOW, capture: false, cause: Cause.ALLOC }
      yield* this.zones.compact(task, cpu, zone, goal)
    }
    if (nodeScore(mm) >= before) this.state[LEFT_OUT] = 1 << DEFER_SHIFT_MAX
  }
}
