/** What a run reports of the guest's own memory: its zones always, the rest where the guest has it. Pages unless a name says otherwise. */
import { ZoneField } from '@hintlab/guest'
import type { GuestKernel } from '@hintlab/guest'
import type { GuestFiles } from './add-guest-memory.ts'

export interface ZoneResult {
  readonly name: string
  /** RAM in the zone, and what of it the allocator manages: all, as the guest has no other use for it. */
  readonly present: number
  readonly managed: number
  readonly free: number
  readonly min: number
  readonly low: number
  readonly high: number
}

/** Huge pages, but for pages freed and cleared. */
export interface KhugepagedResult {
  readonly collapsed: number
  readonly allocFailed: number
  readonly fullScans: number
  /** Small pages that became free, and pages that the program had not touched and that are its own now. */
  readonly pagesFreed: number
  readonly pagesCleared: number
}

export interface GuestMemoryResult {
  readonly zones: readonly ZoneResult[]
  readonly cache: null | {
    readonly pages: number
    readonly active: number
    readonly dirty: number
    readonly hits: number
    readonly misses: number
    readonly written: number
    readonly kswapdWakes: number
    readonly kswapdReclaimed: number
    readonly directStalls: number
    readonly directReclaimed: number
  }
  readonly compaction: null | { readonly stalls: number; readonly success: number; readonly migrated: number; readonly balloonPages: number }
  readonly thp: null | { readonly faultAlloc: number; readonly faultFallback: number; readonly khugepaged: KhugepagedResult | null }
}

export function guestMemoryOf({ mm, reclaim, compaction, thp, khugepaged }: GuestKernel, files: GuestFiles | null): GuestMemoryResult {
  return {
    zones: mm.zones.map(({ name, fields }) => ({
      name, present: fields[ZoneField.MANAGED], managed: fields[ZoneField.MANAGED], free: fields[ZoneField.FREE],
      min: fields[ZoneField.MIN], low: fields[ZoneField.LOW], high: fields[ZoneField.HIGH],
    })),
    cache: reclaim === null || files === null ? null : {
      pages: reclaim.cache.cached,
      active: reclaim.cache.active,
      dirty: reclaim.cache.dirty,
      hits: files.counts.hits,
      misses: files.counts.misses,
      written: reclaim.writeback.written,
      kswapdWakes: reclaim.counter('kswapdWakes'),
      kswapdReclaimed: reclaim.counter('kswapdReclaimed'),
      directStalls: reclaim.counter('directStalls'),
      directReclaimed: reclaim.counter('directReclaimed'),
    },
    compaction: compaction === null ? null : {
      stalls: compaction.counter('stalls'),
      success: compaction.counter('success'),
      migrated: compaction.counter('migrated'),
      balloonPages: compaction.counter('balloonPages'),
    },
    thp: thp === null ? null : {
      faultAlloc: thp.counter('faultAlloc'),
      faultFallback: thp.counter('faultFallback'),
      khugepaged: khugepaged === null ? null : {
        collapsed: khugepaged.counter('pagesCollapsed'),
        allocFailed: khugepaged.counter('collapseAllocFailed'),
        fullScans: khugepaged.counter('fullScans'),
        pagesFreed: khugepaged.counter('pagesFreed'),
        pagesCleared: khugepaged.counter('pagesCleared'),
      },
    },
  }
}
