/**
 * Nanoseconds per request of the zone's buddy allocator: migratetypes, pageblocks, ownership and assertions included, per-CPU lists and
 * observer off. The request mix is that of a C program that the target is stated against (at most three times its time): half
 * allocations, half frees of a random live block, order 0 in 15 of 16 requests, else uniform over 0 to 9; a random walk whose number of
 * live blocks the C program prints.
 */
import { assert, Columns } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { singleZoneLayout } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { NONE, PageAllocator } from './page-allocator.ts'
import type { Pageblocks } from './pageblocks.ts'
import type { PageStates } from './page-state.ts'
import type { ZoneBuddy } from './zone-buddy.ts'

const { ALLOCATED } = PageOwner

/** Live blocks after 5,000,000 and 20,000,000 requests, as the C program prints at every size from 2^18 pages up. */
const LIVE_AFTER_25_MILLION = 5290
const WARMUP_OPS = 5_000_000
const TIMED_OPS = 20_000_000
/** The quickest stretch counts, each about as long in time as a run of the C program: whatever else the machine does only ever adds. */
const STRETCHES = 12
const STRETCHES_IN_A_RUN = 4
/** After so many requests every counter is compared with the slow truth. */
const CHECKED_OPS = 20_000

/** The random walk over live blocks. */
class Walk {
  declare readonly allocator: PageAllocator
  live = 0
  private readonly buddy: ZoneBuddy
  private readonly pages: PageStates
  private readonly pageblocks: Pageblocks
  private declare readonly blocks: Int32Array
  private declare readonly liveMax: number
  private seed = 12345

  constructor(pagesLog2: number) {
    const pages = 1 << pagesLog2
    this.allocator = new PageAllocator(new Columns(), singleZoneLayout(pages), { cpus: 1, minFreeKbytes: 0, perCpuLists: false })
    this.allocator.freeAll()
    this.buddy = this.allocator.buddies[0]
    this.pages = this.allocator.pages
    this.pageblocks = this.allocator.pageblocks
    this.blocks = new Int32Array(pages >>> 1)
    this.liveMax = Math.ceil(this.blocks.length * 0.8)
  }

  /** The walk's own state is in locals while it runs: what is timed is the allocator, not the harness. */
  run(ops: number): void {
    const { blocks, buddy, pages, pageblocks, liveMax } = this
    let { live, seed } = this
    for (let i = 0; i < ops; i++) {
      seed ^= seed << 13
      seed ^= seed >>> 17
      seed ^= seed << 5
      if (live < liveMax && ((seed & 1) !== 0 || live === 0)) {
        const order = (seed >>> 4) % 16 === 0 ? (seed >>> 8) % 10 : 0
        const pfn = buddy.rmqueue(order, Migratetype.MOVABLE, 0, ALLOCATED)
        if (pfn !== NONE) blocks[live++] = pfn
      } else {
        // `| 0` makes this an integer division; without it V8 divides in floating point, which costs more than the free itself.
        const j = ((seed >>> 0) % (live >>> 0)) | 0
        const pfn = blocks[j]
        buddy.freeOne(pfn, pages.orderOf(pfn), pageblocks.typeOf(pfn), 0, ALLOCATED)
        blocks[j] = blocks[--live]
      }
    }
    this.live = live
    this.seed = seed
  }
}

/**
 * `now` is a clock in nanoseconds. Checks the beginning of the walk before it is timed, and its end before it returns ns per request. `warmupOps` is for smoke
 * tests.
 */
export function benchBuddy(now: () => number, pagesLog2: number, ops: number, warmupOps = WARMUP_OPS): number {
  const walk = new Walk(pagesLog2)
  // One allocator, as in a run: a second one would make every call site see two shapes.
  const first = Math.min(CHECKED_OPS, warmupOps)
  walk.run(first)
  walk.allocator.check()
  walk.run(warmupOps - first)
  const stretches: number[] = []
  for (let n = 1; n <= STRETCHES; n++) {
    const start = now()
    walk.run(ops / STRETCHES_IN_A_RUN)
    stretches.push(((now() - start) * STRETCHES_IN_A_RUN) / ops)
    const comparable = n === STRETCHES_IN_A_RUN && ops === TIMED_OPS && warmupOps === WARMUP_OPS && pagesLog2 >= 18
    assert(!comparable || walk.live === LIVE_AFTER_25_MILLION, 'the walk is the one of the C program')
  }
  walk.allocator.check()
  return Math.min(...stretches)
}
