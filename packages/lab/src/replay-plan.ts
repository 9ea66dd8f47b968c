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
  const live = new Int32Array(maxOf(events.pfn) + 1).fill(NO_MATCH)
  let freesWithoutAlloc = 0
  let allocsOverLive = 0
  let liveAtEnd = 0
  for (let i = 0; i < events.length; i++) {
    const pfn = events.pfn[i]
    const before = live[pfn]
    match[i] = before
    if (events.kind[i] === EVENT_ALLOC) {
      if (before === NO_MATCH) liveAtEnd++
      else allocsOverLive++
      live[pfn] = i
    } else if (before === NO_MATCH) {
      freesWithoutAlloc++
    } else {
      live[pfn] = NO_MATCH
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
    lists[cpu]![counts[cpu]++] = i
  }
  return lists
}

function maxOf(values: Uint32Array): number {
  let max = 0
  for (const value of values) if (value > max) max = value
  return max
}
