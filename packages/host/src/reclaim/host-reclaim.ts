/**
 * Reclaim of a host node: what happens when the guests want more than there is. One hand goes round the frames, as a clock; a page that was used since the
 * hand came by last (the A bits of its SPTEs, asked through the MMU notifier as mm/rmap.c folio_referenced does) is passed over once; any other goes to swap.
 *
 *     frames   [ A . . A | 2 MiB A | . . ]        A used: clear and go on      . not used: unmap, write, free
 *                  hand ->
 *
 *     fault: free < min  --direct--> reclaims in the vCPU's own time      kswapd: from low to high, on a host CPU
 *
 * Pages that were discarded with MADV_FREE go first, and are not written.
 *
 *   C1  A frame is freed only after its contents were written, and written only after no translation leads to it.
 *   C2  One task reclaims at a time: the others wait, and then look whether there is enough.
 *
 * The kernel's two lists differ from the clock in which page goes first, not in how many go. Pages go whether the guest needs them or not: a page that is free
 * in the guest and was never hinted is written and read back like any other.
 */
import { assert, Counters } from '@hintlab/kit'
import type { Hfn, Vpn } from '@hintlab/kit'
import type { FrameContents } from '@hintlab/protocol'
import { Cause, Kind, Mutex, point, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import { FrameKind } from '../mm/frames.ts'
import type { HostFrames } from '../mm/frames.ts'
import { HUGE_PAGES } from '../mm/limits.ts'
import type { SwapArea } from '../swap/swap-area.ts'
import { SwapDevice } from '../swap/swap-device.ts'
import { hostWatermarks } from './watermarks.ts'
import type { Watermarks } from './watermarks.ts'

const AT_IDLE = point(Kind.WAIT, 'kswapd: memory is enough')
const AT_TURN = point(Kind.WAIT, 'reclaim: wait until nobody else reclaims')
const AT_SCANNED = point(Kind.RUN, 'reclaim: some frames looked at')
const AT_FREED = point(Kind.RUN, 'reclaim: frames freed')

/** Pages that one round wants to free (SWAP_CLUSTER_MAX). */
const BATCH = 32
/** Frames looked at between two points at which others may run. */
const SCAN_STEP = 32
/** Rounds of the hand without a page to take after which reclaim gives up. The first may find every page used. */
const TURNS_MAX = 2

/** An address space whose pages can be taken. Its frames have owners from `firstOwner` on. */
export interface ReclaimSpace {
  readonly firstOwner: number
  readonly ownerCount: number
  vpnOf(owner: number): Vpn
  /** Whether a page of the range was used since the last call. */
  takeYoung(vpn: Vpn, count: number): boolean
  /** Unmaps a page, small or huge, and hands its frames to `HostReclaim.hold`; the number of pages. 0 when it is not what it was, or cannot go. */
  evict(task: Task, vpn: Vpn, frame: Hfn, count: number): Generator<Point, number, void>
}

/** What reclaim counts: pages looked at, passed over as used, unmapped, and unmapped without being written; rounds in the fault path; failures. */
export const RECLAIM_COUNTERS = ['scanned', 'referenced', 'evicted', 'unwritten', 'direct', 'kswapd', 'failed'] as const
export type ReclaimCounter = (typeof RECLAIM_COUNTERS)[number]

export interface HostReclaimOptions {
  /** Absent: a host without swap, on which only pages go that are free for the taking. */
  readonly swap?: SwapArea | undefined
  readonly contents: FrameContents
  /** Where kswapd runs. */
  readonly cpu: Cpu
  /** Pages read with one that is faulted in from swap, an aligned group (vm.page-cluster 3: 8). */
  readonly readahead?: number
}

// Indexes of the state column.
const HAND = 0
const HELD = 1
const UNWRITTEN = 2

export class HostReclaim {
  readonly frames: HostFrames
  readonly swap: SwapArea | undefined
  readonly device: SwapDevice
  readonly contents: FrameContents
  readonly readahead: number
  readonly marks: Watermarks
  private readonly engine: Engine
  private readonly lock: Mutex
  private readonly needed: WaitQueue
  private readonly spaces: ReclaimSpace[] = []
  private readonly held: Uint32Array
  private readonly state: Uint32Array
  private readonly object: number
  private readonly counts: Counters<ReclaimCounter>

  constructor(engine: Engine, frames: HostFrames, options: HostReclaimOptions) {
    const { cols } = engine
    this.engine = engine
    this.frames = frames
    this.swap = options.swap
    this.contents = options.contents
    this.readahead = options.readahead ?? 8
    this.marks = hostWatermarks(frames.frames)
    this.device = new SwapDevice(engine)
    this.lock = new Mutex(engine, 'reclaim')
    this.needed = new WaitQueue(engine, 'kswapd')
    this.object = cols.objects('reclaim')
    this.held = cols.u32('reclaim.held', BATCH + HUGE_PAGES, this.object)
    this.state = cols.u32('reclaim.state', 3, this.object)
    this.counts = new Counters(cols, 'reclaim.counts', this.object, RECLAIM_COUNTERS)
    engine.addTask('kswapd', options.cpu, (task) => this.kswapdBody(task), { wakeNs: engine.costs.deviceWake })
  }

  /** Pages of this space can be taken from now on. */
  addSpace(space: ReclaimSpace): void {
    this.spaces.push(space)
  }

  counter(name: ReclaimCounter): number {
    return this.counts.get(name)
  }

  /** So little is free that whoever wants a frame reclaims first. */
  get isShort(): boolean {
    return this.frames.free < this.marks.min
  }

  /** A frame was taken: wakes kswapd when free memory is low. */
  taken(): void {
    if (this.frames.free < this.marks.low) this.needed.wakeAll()
  }

  /** Direct reclaim, in the time of whoever wants a frame; false when nothing could be freed. */
  *direct(task: Task): Generator<Point, boolean, void> {
    this.needed.wakeAll()
    if (this.lock.acquire(task)) yield AT_TURN
    const enough = !this.isShort
    if (!enough) this.counts.add('direct')
    const freed = enough || (yield* this.shrink(task, BATCH)) > 0
    this.lock.release(task)
    return freed
  }

  /** An evicted page's frame: it is freed when this round's pages are written. `unwritten` pages need no write. */
  hold(frame: Hfn, unwritten: boolean): void {
    this.engine.cols.footprint.write(this.object)
    assert(this.state[HELD] < this.held.length, 'a round holds a batch and one huge page at most')
    this.held[this.state[HELD]++] = frame
    if (unwritten) this.state[UNWRITTEN]++
  }

  check(): void {
    this.swap?.check()
  }

  private *kswapdBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      // Woken below low, it goes on up to high; and waits to be woken again when there is nothing that it could free.
      this.needed.wait(task)
      yield AT_IDLE
      for (let freed = 1; freed > 0 && this.frames.free < this.marks.high; ) {
        if (this.lock.acquire(task)) yield AT_TURN
        this.counts.add('kswapd')
        freed = yield* this.shrink(task, BATCH)
        this.lock.release(task)
      }
    }
  }

  /** Whether the hand could find anything to take. */
  private get canFree(): boolean {
    return this.frames.lazy > 0 || (this.swap !== undefined && this.swap.freeSlots > 0)
  }

  /** Frees `wanted` pages or a few more; returns how many. */
  private *shrink(task: Task, wanted: number): Generator<Point, number, void> {
    if (!this.canFree) return 0
    let evicted = 0
    let looked = 0
    for (let passed = 0; evicted < wanted && passed < TURNS_MAX * this.frames.frames; ) {
      const frame = this.state[HAND] as Hfn
      const count = this.sizeAt(frame)
      this.advance(count)
      passed += count
      const got = yield* this.consider(task, frame, count)
      evicted += got
      if (++looked % SCAN_STEP === 0) yield AT_SCANNED
    }
    if (evicted === 0) this.counts.add('failed')
    yield* this.finish(task)
    return evicted
  }

  /** Frames from `frame` on that are looked at together: a huge page, a free chunk, or one. */
  private sizeAt(frame: Hfn): number {
    const whole = this.frames.kindOf(frame) === FrameKind.HUGE_HEAD || this.frames.isWholeFree(frame)
    return whole ? HUGE_PAGES : 1
  }

  private advance(count: number): void {
    this.engine.cols.footprint.write(this.object)
    this.state[HAND] += count
    if (this.state[HAND] >= this.frames.frames) this.state[HAND] = 0
  }

  private *consider(task: Task, frame: Hfn, count: number): Generator<Point, number, void> {
    const kind = this.frames.kindOf(frame)
    if (kind === FrameKind.FREE || kind === FrameKind.HUGE_TAIL) return 0
    // While there is memory that is free for the taking, nothing else goes.
    if (this.frames.isPinned(frame) || (this.frames.lazy > 0 && !this.frames.isLazy(frame))) return 0
    const owner = this.frames.ownerOf(frame)
    const space = this.spaces.find((s) => owner >= s.firstOwner && owner < s.firstOwner + s.ownerCount)
    if (space === undefined) return 0
    this.counts.add('scanned', count)
    task.charge(this.engine.costs.ageCheck, Cause.RECLAIM)
    const vpn = space.vpnOf(owner)
    const isNew = this.frames.takeNew(frame)
    if (space.takeYoung(vpn, count) || isNew) {
      this.counts.add('referenced', count)
      return 0
    }
    const got = yield* space.evict(task, vpn, frame, count)
    this.counts.add('evicted', got)
    return got
  }

  /** Writes what the round has unmapped, and frees it (C1). */
  private *finish(task: Task): Generator<Point, void, void> {
    const held = this.state[HELD]
    if (held === 0) return
    const written = held - this.state[UNWRITTEN]
    this.counts.add('unwritten', this.state[UNWRITTEN])
    if (written > 0) yield* this.device.write(task, written)
    this.engine.cols.footprint.write(this.object)
    for (let i = 0; i < held; i++) this.frames.freeSmall(this.held[i] as Hfn)
    this.state[HELD] = this.state[UNWRITTEN] = 0
    yield AT_FREED
  }
}
