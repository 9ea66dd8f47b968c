/**
 * Nanoseconds per request of the zone buddy: watermark check, migratetypes, page moves and assertions included, per-CPU lists and
 * observer off. The request mix is that of a C program that the target is stated against (at most three times its time): half
 * allocations, half frees of a random live block, order 0 in 15 of 16 requests, else uniform over 0 to 9; a random walk whose number of
 * live blocks the C program prints.
 */
import { assert, Columns } from '@hintlab/kit'
import { singleZoneLayout, ZoneKind } from './layout.ts'
import { Migratetype } from './migratetype.ts'
import { NONE, PageAllocator } from './page-allocator.ts'
import { Gfp } from './watermarks.ts'

/** Live blocks after 5,000,000 and 20,000,000 requests, as the C program prints at every size from 2^18 pages up. */
const LIVE_AFTER_25_MILLION = 5290
const WARMUP_OPS = 5_000_000
const TIMED_OPS = 20_000_000

/** The random walk over live blocks. One class, so that the state of the generator is a small field and not a module variable. */
class Walk {
  declare readonly allocator: PageAllocator
  live = 0
  private declare readonly blocks: Int32Array
  private declare readonly liveMax: number
  private seed = 12345

  constructor(pagesLog2: number) {
    const pages = 1 << pagesLog2
    this.allocator = new PageAllocator(new Columns(), singleZoneLayout(pages), { cpus: 1, minFreeKbytes: 0, perCpuLists: false })
    this.allocator.freeAll()
    this.blocks = new Int32Array(pages >>> 1)
    this.liveMax = this.blocks.length * 0.8
  }

  run(ops: number): void {
    for (let i = 0; i < ops; i++) this.step(this.next())
  }

  private step(r: number): void {
    const { blocks, allocator } = this
    if (this.live < this.liveMax && ((r & 1) !== 0 || this.live === 0)) {
      const order = (r >>> 4) % 16 === 0 ? (r >>> 8) % 10 : 0
      const pfn = allocator.allocSlow(0, order, Migratetype.MOVABLE, ZoneKind.NORMAL, Gfp.KERNEL)
      if (pfn !== NONE) blocks[this.live++] = pfn
    } else {
      // `| 0` makes this an integer division; without it V8 divides in floating point, which costs more than the free itself.
      const j = ((r >>> 0) % (this.live >>> 0)) | 0
      allocator.freeSlow(blocks[j])
      blocks[j] = blocks[--this.live]
    }
  }

  private next(): number {
    let s = this.seed
    s ^= s << 13
    s ^= s >>> 17
    s ^= s << 5
    this.seed = s
    return s
  }
}

/**
 * `now` is a clock in nanoseconds. Checks a smaller run and the timed one before it returns ns per request. `warmupOps` is for smoke
 * tests.
 */
export function benchBuddy(now: () => number, pagesLog2: number, ops: number, warmupOps = WARMUP_OPS): number {
  const small = new Walk(14)
  small.run(20_000)
  small.allocator.check()
  const walk = new Walk(pagesLog2)
  walk.run(warmupOps)
  const start = now()
  walk.run(ops)
  const nsPerOp = (now() - start) / ops
  walk.allocator.check()
  const comparable = ops === TIMED_OPS && warmupOps === WARMUP_OPS && pagesLog2 >= 18
  assert(!comparable || walk.live === LIVE_AFTER_25_MILLION, 'the walk is the one of the C program')
  return nsPerOp
}
