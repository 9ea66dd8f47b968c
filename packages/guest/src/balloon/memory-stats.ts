/**
 * The guest's statistics as Linux counts them (update_balloon_stats, mm/show_mem.c si_mem_available). The modelled kernel has no swap and no huge
 * page pool: those are 0, as is the page cache of a guest without one. The order is Linux's: events first, then sizes in bytes.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { SPEC_STAT_TAGS, STAT_TAGS, StatTag } from '@hintlab/protocol'
import type { StatsBatch } from '@hintlab/protocol'
import type { GuestKernel } from '../kernel.ts'
import { ZONE_KINDS } from '../mm/layout.ts'
import { ZoneField } from '../mm/zones.ts'
import type { Zone } from '../mm/zones.ts'

const EVENTS = [StatTag.SWAP_IN, StatTag.SWAP_OUT, StatTag.MAJOR_FAULTS, StatTag.MINOR_FAULTS] as const
/** Since Linux 6.12. */
const NEW_EVENTS = [
  StatTag.OOM_KILLS, StatTag.ALLOC_STALLS, StatTag.ASYNC_SCANNED, StatTag.DIRECT_SCANNED, StatTag.ASYNC_RECLAIMED, StatTag.DIRECT_RECLAIMED,
] as const
const HUGETLB = [StatTag.HUGETLB_ALLOCATIONS, StatTag.HUGETLB_FAILURES] as const
const SIZES = [StatTag.FREE, StatTag.TOTAL, StatTag.AVAILABLE, StatTag.CACHES] as const

/** The tags a driver sends: ten of the specification, or all that Linux has sent since 6.12. The same subset every time (rule 24). */
export function statTags(count: typeof SPEC_STAT_TAGS | typeof STAT_TAGS): readonly StatTag[] {
  return count === SPEC_STAT_TAGS ? [...EVENTS, ...HUGETLB, ...SIZES] : [...EVENTS, ...NEW_EVENTS, ...HUGETLB, ...SIZES]
}

/** Fills the batch with the values of these tags (rule 22: all of them). `managedPages` is what the guest counts as its memory. */
export function fillStats(batch: StatsBatch, tags: readonly StatTag[], kernel: GuestKernel, managedPages: number): void {
  batch.count = tags.length
  for (let i = 0; i < tags.length; i++) {
    batch.tag[i] = tags[i]
    batch.value[i] = valueOf(tags[i], kernel, managedPages)
  }
}

function valueOf(tag: StatTag, kernel: GuestKernel, managedPages: number): number {
  if (tag === StatTag.FREE) return kernel.mm.freePages() * PAGE_SIZE
  if (tag === StatTag.TOTAL) return managedPages * PAGE_SIZE
  if (tag === StatTag.AVAILABLE) return availablePages(kernel) * PAGE_SIZE
  if (tag === StatTag.CACHES) return (kernel.reclaim?.cache.cached ?? 0) * PAGE_SIZE
  if (tag === StatTag.ASYNC_SCANNED) return kernel.reclaim?.counter('kswapdScanned') ?? 0
  if (tag === StatTag.ASYNC_RECLAIMED) return kernel.reclaim?.counter('kswapdReclaimed') ?? 0
  if (tag === StatTag.DIRECT_SCANNED) return kernel.reclaim?.counter('directScanned') ?? 0
  if (tag === StatTag.DIRECT_RECLAIMED) return kernel.reclaim?.counter('directReclaimed') ?? 0
  if (tag === StatTag.OOM_KILLS) return kernel.counter('oom')
  if (tag === StatTag.ALLOC_STALLS) return kernel.reclaim?.counter('directStalls') ?? kernel.counter('drains')
  return 0
}

/** si_mem_available without slab: what is free beyond the reserves, and of the page cache what is more than half of it, or than the low watermarks. */
function availablePages(kernel: GuestKernel): number {
  let reserve = 0
  let low = 0
  for (const zone of kernel.mm.zones) {
    reserve += Math.min(zone.fields[ZoneField.HIGH] + largestReserve(zone), zone.fields[ZoneField.MANAGED])
    low += zone.fields[ZoneField.LOW]
  }
  const cached = kernel.reclaim?.cache.cached ?? 0
  return Math.max(0, kernel.mm.freePages() - reserve + cached - Math.min(Math.floor(cached / 2), low))
}

function largestReserve(zone: Zone): number {
  let largest = 0
  for (let kind = 0; kind < ZONE_KINDS; kind++) largest = Math.max(largest, zone.fields[ZoneField.RESERVE + kind])
  return largest
}
