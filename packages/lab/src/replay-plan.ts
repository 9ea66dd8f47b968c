/**
 * A trace made ready for replay, once for all configurations: which events run on which vCPU, and which allocation each free gives back. Recorded page frame
 * numbers serve only for that matching.
 *
 *     event         0 A p7   1 A p9   2 F p7   3 F p3   4 A p9
 *     match[]          -1       -1        0       -1        1      event 4 allocates over live p9: block 1 is freed first
 */
import { EVENT_ALLOC } from './trace/events.ts'
import type { TraceEvents } from './trace/events.ts'

/** No block: a free of something allocated before the recording. */
export const NO_MATCH = -1

export interface ReplayPlan {
  readonly events: TraceEvents
  /** For a free, the event that allocated its block; for an allocation, the live block of the same recorded pfn, whose free the recorder missed. */
  readonly match: Int32Array
  /** Event indexes per vCPU, in the order of the trace: recorded CPU n runs on vCPU n modulo their number. */
  readonly byCpu: readonly Int32Array[]
  readonly freesWithoutAlloc: number
  readonly allocsOverLive: number
  /** Blocks that nothing in the trace frees. */
  readonly liveAtEnd: number
}

export function planReplay(events: TraceEvents, vcpus: number): ReplayPlan {
  const match = new Int32Array(events.length).fill(NO_MATCH)
  const live = new LiveByPfn()
  let freesWithoutAlloc = 0
  let allocsOverLive = 0
  let liveAtEnd = 0
  for (let i = 0; i < events.length; i++) {
    const pfn = events.pfn[i]
    const before = live.get(pfn)
    match[i] = before
    if (events.kind[i] === EVENT_ALLOC) {
      if (before === NO_MATCH) liveAtEnd++
      else allocsOverLive++
      live.set(pfn, i)
    } else if (before === NO_MATCH) {
      freesWithoutAlloc++
    } else {
      live.set(pfn, NO_MATCH)
      liveAtEnd--
    }
  }
  return { events, match, byCpu: splitByCpu(events, vcpus), freesWithoutAlloc, allocsOverLive, liveAtEnd }
}

function splitByCpu(events: TraceEvents, vcpus: number): Int32Array[] {
  const counts = new Int32Array(vcpus)
  for (let i = 0; i < events.length; i++) counts[events.cpu[i] % vcpus]++
  const lists = Array.from(counts, (n) => new Int32Array(n))
  counts.fill(0)
  for (let i = 0; i < events.length; i++) {
    const cpu = events.cpu[i] % vcpus
    lists[cpu][counts[cpu]++] = i
  }
  return lists
}

const CHUNK_SHIFT = 16
const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1

/** Recorded pfn to the allocation that holds it; in chunks, because a pfn is any 32-bit number and most are never seen. */
class LiveByPfn {
  private readonly chunks: (Int32Array | undefined)[] = []

  get(pfn: number): number {
    return this.chunks[pfn >>> CHUNK_SHIFT]?.[pfn & CHUNK_MASK] ?? NO_MATCH
  }

  set(pfn: number, event: number): void {
    const chunk = (this.chunks[pfn >>> CHUNK_SHIFT] ??= new Int32Array(CHUNK_MASK + 1).fill(NO_MATCH))
    chunk[pfn & CHUNK_MASK] = event
  }
}
