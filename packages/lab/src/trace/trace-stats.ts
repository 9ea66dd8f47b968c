/**
 * What a trace does to memory: which pages are live after each event, and so the peak and the frees and allocations that do not fit.
 *
 * One byte per frame number, 0 for a page that is not live, else the order of its live block plus one. Blocks are aligned to their size, so
 * the byte of any page leads to the head of its block. The bytes come in leaves of 64 Ki pages (256 MiB of memory), allocated where the
 * trace has events.
 *
 *   an order 2 block at 8, one page at 13:    0 1 2 3 4 5 6 7 | 3 3 3 3 . 1 . .
 *
 * A recording begins in the middle of a machine's life and the tracer misses some frees, hence the rules:
 *   - A free of a page that is not live is counted and changes nothing: the block was allocated before the recording began.
 *   - An allocation over live pages frees their blocks first, and is counted once.
 *   - A free of part of a block (the kernel has split it: split_page(), alloc_pages_exact()) turns the rest into single pages.
 */
import { EVENT_ALLOC } from './events.ts'
import type { TraceEvents } from './events.ts'

const LEAF_SHIFT = 16
const LEAF_PAGES = 1 << LEAF_SHIFT
const LEAVES = 1 << (32 - LEAF_SHIFT)
const ORDERS = 11

export interface TraceStats {
  allocs: number
  frees: number
  /** Different CPUs with at least one event, and the highest of their numbers. */
  cpus: number
  cpuMax: number
  durationNs: number
  /** Most pages live at once, of those allocated since the recording began, and those live at its end. */
  peakPages: number
  endPages: number
  /** By order, the most blocks of that order live at once (not at the same moment for all orders). */
  peakBlocksByOrder: number[]
  freesWithoutAlloc: number
  allocsOverLive: number
  /** Frees of another size than the block had. */
  freesOfPart: number
}

/** One pass over the columns, in file order. */
export function traceStats(events: TraceEvents): TraceStats {
  const live = new LivePages()
  const cpuSeen = new Uint8Array(0x10000)
  let allocs = 0
  let durationNs = 0
  for (let i = 0; i < events.length; i++) {
    cpuSeen[events.cpu[i]] = 1
    if (events.timeNs[i] > durationNs) durationNs = events.timeNs[i]
    if (events.kind[i] === EVENT_ALLOC) {
      allocs++
      live.alloc(events.pfn[i], events.order[i])
    } else {
      live.free(events.pfn[i], events.order[i])
    }
  }
  return {
    allocs,
    frees: events.length - allocs,
    cpus: cpuSeen.reduce((sum, seen) => sum + seen, 0),
    cpuMax: cpuSeen.lastIndexOf(1),
    durationNs,
    peakPages: live.peakPages,
    endPages: live.pages,
    peakBlocksByOrder: Array.from(live.peakBlocks),
    freesWithoutAlloc: live.freesWithoutAlloc,
    allocsOverLive: live.allocsOverLive,
    freesOfPart: live.freesOfPart,
  }
}

/** The live blocks. A pfn that is not aligned to its order means the aligned block that contains it. */
export class LivePages {
  pages = 0
  peakPages = 0
  freesWithoutAlloc = 0
  allocsOverLive = 0
  freesOfPart = 0
  readonly peakBlocks = new Int32Array(ORDERS)
  private readonly blocks = new Int32Array(ORDERS)
  private readonly leaves: (Uint8Array | undefined)[] = Array.from({ length: LEAVES })

  alloc(pfn: number, order: number): void {
    const leaf = this.leafOf(pfn)
    const head = headOf(pfn, order)
    const end = head + (1 << order)
    let overLive = 0
    for (let page = head; page < end; page++) {
      if (leaf[page] === 0) continue
      overLive = 1
      this.drop(leaf, page)
    }
    this.allocsOverLive += overLive
    paint(leaf, head, end, order + 1)
    this.pages += 1 << order
    this.countBlocks(order, 1)
    if (this.pages > this.peakPages) this.peakPages = this.pages
  }

  free(pfn: number, order: number): void {
    const leaf = this.leafOf(pfn)
    const head = headOf(pfn, order)
    if (leaf[head] === order + 1) {
      this.drop(leaf, head)
      return
    }
    const end = head + (1 << order)
    let anyLive = false
    for (let page = head; page < end; page++) {
      if (leaf[page] === 0) continue
      anyLive = true
      if (leaf[page] - 1 > order) this.split(leaf, page)
      this.drop(leaf, page)
    }
    if (anyLive) this.freesOfPart++
    else this.freesWithoutAlloc++
  }

  /** Recounts pages and blocks from the bytes: the counters are right when this returns the empty string. */
  check(): string {
    const blocks = new Int32Array(ORDERS)
    let pages = 0
    for (const leaf of this.leaves) {
      if (leaf === undefined) continue
      for (let page = 0; page < LEAF_PAGES; page++) {
        if (leaf[page] === 0) continue
        pages++
        if (headOf(page, leaf[page] - 1) === page) blocks[leaf[page] - 1]++
      }
    }
    if (pages !== this.pages) return `pages is ${this.pages}, counted ${pages}`
    return blocks.join(' ') === this.blocks.join(' ') ? '' : `blocks are ${this.blocks.join(' ')}, counted ${blocks.join(' ')}`
  }

  /** Makes the block of `page` not live. */
  private drop(leaf: Uint8Array, page: number): void {
    const order = leaf[page] - 1
    const head = headOf(page, order)
    paint(leaf, head, head + (1 << order), 0)
    this.pages -= 1 << order
    this.countBlocks(order, -1)
  }

  /** Makes single pages of the block of `page`. */
  private split(leaf: Uint8Array, page: number): void {
    const order = leaf[page] - 1
    const head = headOf(page, order)
    paint(leaf, head, head + (1 << order), 1)
    this.countBlocks(order, -1)
    this.countBlocks(0, 1 << order)
  }

  private countBlocks(order: number, change: number): void {
    const n = this.blocks[order] + change
    this.blocks[order] = n
    if (n > this.peakBlocks[order]) this.peakBlocks[order] = n
  }

  private leafOf(pfn: number): Uint8Array {
    const index = pfn >>> LEAF_SHIFT
    return (this.leaves[index] ??= new Uint8Array(LEAF_PAGES))
  }
}

/** Position within its leaf of the head of the block that contains `pfn`. A block of order 10 never crosses a leaf. */
const headOf = (pfn: number, order: number): number => pfn & (LEAF_PAGES - 1) & -(1 << order)

/** A loop, because nearly all blocks are single pages and `fill` costs more than that. */
function paint(leaf: Uint8Array, start: number, end: number, value: number): void {
  for (let page = start; page < end; page++) leaf[page] = value
}
