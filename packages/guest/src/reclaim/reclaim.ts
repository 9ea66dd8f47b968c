/**
 * Reclaim: who drops pages of the page cache, and how many. Linux 6.1 mm/vmscan.c.
 *
 *   free pages   |---- min ---- low ---------- high ---------|
 *                 direct        wakes kswapd    kswapd sleeps
 *                 reclaim
 *
 *   kswapd          one task; drops until a zone that the allocation could use is above high (balance_pgdat, pgdat_balanced)
 *   direct reclaim  the allocating task itself, 32 pages at a time (try_to_free_pages), on its own account
 *
 * Not modeled: swap, slab, the watermark boost, memory cgroups, the throttling of direct reclaim.
 */
import { Counters } from '@hintlab/kit'
import { Cause, Kind, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import type { ZoneKind } from '../mm/layout.ts'
import { watermarkOk } from '../mm/watermarks.ts'
import { ZoneField } from '../mm/zones.ts'
import type { PageCache } from './page-cache.ts'
import { DEF_PRIORITY, inactiveIsLow, makeBatch, shrinkActiveList, shrinkInactiveList, SWAP_CLUSTER_MAX } from './vmscan.ts'
import { Writeback } from './writeback.ts'

const AT_SHRINK = point(Kind.RUN, 'reclaim: a batch of pages judged')
const AT_KSWAPD_IDLE = point(Kind.WAIT, 'kswapd: the zones are balanced')

/** MAX_RECLAIM_RETRIES: rounds without a page after which kswapd leaves it to direct reclaim. */
const FAILURES_MAX = 16

/** As in /proc/vmstat: pgscan_kswapd, pgsteal_kswapd, allocstall, pgscan_direct, pgsteal_direct. */
export const RECLAIM_COUNTERS = ['kswapdWakes', 'kswapdScanned', 'kswapdReclaimed', 'directStalls', 'directScanned', 'directReclaimed'] as const
export type ReclaimCounter = (typeof RECLAIM_COUNTERS)[number]

// Elements of the state column.
const WANTED = 0
const ORDER = 1
const ZONE = 2
const FAILURES = 3
const WORDS = 4

/** One look over the lists. */
interface Scan {
  readonly goal: number
  readonly priority: number
  readonly zone: ZoneKind
  readonly by: 'kswapd' | 'direct'
}

export class Reclaim {
  readonly cache: PageCache
  readonly writeback: Writeback
  private readonly engine: Engine
  private readonly kernel: GuestKernel
  private readonly cpu: number
  private readonly object: number
  private readonly state: Int32Array
  private readonly counts: Counters<ReclaimCounter>
  private readonly wanted: WaitQueue

  /** kswapd and the flusher run on `cpu`, which is number `cpuNumber` of the guest. */
  constructor(engine: Engine, kernel: GuestKernel, cache: PageCache, cpu: Cpu, cpuNumber: number) {
    this.engine = engine
    this.kernel = kernel
    this.cache = cache
    this.cpu = cpuNumber
    this.object = engine.cols.objects('kswapd')
    this.state = engine.cols.i32('pageCache.kswapd', WORDS, this.object)
    this.counts = new Counters(engine.cols, 'pageCache.reclaim', engine.cols.objects('reclaim counters'), RECLAIM_COUNTERS)
    this.wanted = new WaitQueue(engine, 'kswapd wanted')
    this.writeback = new Writeback(engine, kernel, cache, cpu)
    engine.addTask('kswapd', cpu, (task) => this.kswapdBody(task), { wakeNs: engine.costs.guestSwitch })
  }

  counter(name: ReclaimCounter): number {
    return this.counts.get(name)
  }

  /** wakeup_kswapd: an allocation has found no zone above low. When only its order is missing, kcompactd is the one to wake. */
  wake(order: number, zone: ZoneKind): void {
    this.engine.cols.footprint.write(this.object)
    const balanced = this.isBalanced(order, zone)
    if (balanced || this.state[FAILURES] >= FAILURES_MAX) {
      if (order > 0) this.kernel.compaction?.wake(order, zone)
      return
    }
    this.state[ORDER] = Math.max(this.state[ORDER], order)
    this.state[ZONE] = Math.max(this.state[ZONE], zone)
    if (this.state[WANTED] === 1) return
    this.state[WANTED] = 1
    this.counts.add('kswapdWakes')
    this.wanted.wakeAll()
  }

  /** try_to_free_pages, in the task of the allocation; pages reclaimed. */
  *direct(task: Task, cpu: number, zone: ZoneKind): Generator<Point, number, void> {
    this.counts.add('directStalls')
    let reclaimed = 0
    for (let priority = DEF_PRIORITY; priority >= 0 && reclaimed < SWAP_CLUSTER_MAX; priority--) {
      reclaimed += yield* this.shrink(task, cpu, { goal: SWAP_CLUSTER_MAX - reclaimed, priority, zone, by: 'direct' })
    }
    this.engine.cols.footprint.write(this.object)
    if (reclaimed > 0) this.state[FAILURES] = 0
    return reclaimed
  }

  /** Drops up to `pages` clean pages, whatever the watermarks say (a guest that empties its cache before it hints); their number. */
  *dropCache(task: Task, cpu: number, pages: number): Generator<Point, number, void> {
    const zone = this.kernel.mm.zones[this.kernel.mm.zones.length - 1].kind
    let dropped = 0
    for (let before = -1; dropped < pages && dropped !== before; ) {
      before = dropped
      dropped += yield* this.shrink(task, cpu, { goal: pages - dropped, priority: 0, zone, by: 'direct' })
    }
    return dropped
  }

  check(): void {
    this.cache.check()
  }

  private *kswapdBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      this.engine.cols.footprint.write(this.object)
      if (this.state[WANTED] === 0) {
        this.wanted.wait(task)
        yield AT_KSWAPD_IDLE
        continue
      }
      const order = this.state[ORDER]
      const zone = this.state[ZONE] as ZoneKind
      this.state[WANTED] = this.state[ORDER] = this.state[ZONE] = 0
      yield* this.balance(task, order, zone)
      // kswapd_try_to_sleep: the pages are there, and it is for kcompactd to put them together.
      if (order > 0) this.kernel.compaction?.wake(order, zone)
    }
  }

  /** balance_pgdat. For more than a page it stops asking for the block once twice its pages were dropped (compact_gap). */
  private *balance(task: Task, wantedOrder: number, zone: ZoneKind): Generator<Point, void, void> {
    let order = wantedOrder
    let total = 0
    for (let priority = DEF_PRIORITY; priority >= 1 && !this.isBalanced(order, zone); ) {
      const goal = this.goal(zone)
      const scanned = this.counts.get('kswapdScanned')
      const reclaimed = yield* this.shrink(task, this.cpu, { goal, priority, zone, by: 'kswapd' })
      total += reclaimed
      if (order > 0 && total >= 2 << order) order = 0
      if (this.counts.get('kswapdScanned') - scanned < goal || reclaimed === 0) priority--
    }
    this.engine.cols.footprint.write(this.object)
    this.state[FAILURES] = total > 0 ? 0 : this.state[FAILURES] + 1
  }

  /** pgdat_balanced: one zone that the request may use is above high and has the block. */
  private isBalanced(order: number, zone: ZoneKind): boolean {
    const { zones, lists } = this.kernel.mm
    return zones.some((each) => {
      this.engine.cols.footprint.read(each.object)
      return each.kind <= zone && watermarkOk(each, lists, order, each.fields[ZoneField.HIGH], zone, 0)
    })
  }

  /** kswapd_shrink_node: as many pages as the zones' high watermarks. */
  private goal(zone: ZoneKind): number {
    let goal = 0
    for (const each of this.kernel.mm.zones) if (each.kind <= zone) goal += Math.max(each.fields[ZoneField.HIGH], SWAP_CLUSTER_MAX)
    return goal
  }

  /** shrink_lruvec: a share of each list, in batches; pages dropped and freed. */
  private *shrink(task: Task, cpu: number, { goal, priority, zone, by }: Scan): Generator<Point, number, void> {
    const { cache, kernel } = this
    const batch = makeBatch()
    const end = kernel.mm.zones.reduce((most, each) => (each.kind <= zone ? Math.max(most, each.end) : most), 0)
    let inactive = cache.inactive >> priority
    let active = inactiveIsLow(cache) ? cache.active >> priority : 0
    let reclaimed = 0
    while ((inactive > 0 || active > 0) && reclaimed < goal) {
      const moved = shrinkActiveList(cache, Math.min(active, SWAP_CLUSTER_MAX))
      active -= Math.min(active, SWAP_CLUSTER_MAX)
      shrinkInactiveList(cache, Math.min(inactive, SWAP_CLUSTER_MAX), end, batch)
      inactive -= Math.min(inactive, SWAP_CLUSTER_MAX)
      task.charge((moved + batch.scanned) * this.engine.costs.reclaimPage, Cause.ALLOC)
      this.counts.add(by === 'kswapd' ? 'kswapdScanned' : 'directScanned', batch.scanned)
      this.counts.add(by === 'kswapd' ? 'kswapdReclaimed' : 'directReclaimed', batch.count)
      if (batch.dirty > 0 && batch.dirty === batch.scanned) this.writeback.ask()
      yield AT_SHRINK
      yield* kernel.freeAll(task, cpu, batch.pfns, batch.count)
      reclaimed += batch.count
    }
    return reclaimed
  }
}
