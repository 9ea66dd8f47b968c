/**
 * How reclaim looks for pages to drop: plain functions on the page cache (mm/vmscan.c of Linux 6.1: shrink_lruvec, shrink_inactive_list, shrink_active_list,
 * shrink_folio_list). The caller pays, frees what was dropped, and decides how often to come back.
 */
import { assert, PAGE_SIZE } from '@hintlab/kit'
import { CacheFlag } from './page-cache.ts'
import type { PageCache } from './page-cache.ts'

/** SWAP_CLUSTER_MAX: pages that are isolated and judged at once. */
export const SWAP_CLUSTER_MAX = 32
/** DEF_PRIORITY: the first look is at a 4096th of a list; each further one at twice as many. */
export const DEF_PRIORITY = 12

/** Pages of the present batch; reused for each. */
export interface Batch {
  readonly pfns: Int32Array
  count: number
  scanned: number
  /** Dirty pages among those scanned. */
  dirty: number
}

export const makeBatch = (): Batch => ({ pfns: new Int32Array(SWAP_CLUSTER_MAX), count: 0, scanned: 0, dirty: 0 })

/** inactive_is_low: whether active pages should move over. The larger memory is, the smaller a share of it the inactive list needs. */
export function inactiveIsLow(cache: PageCache): boolean {
  const gb = Math.floor(((cache.inactive + cache.active) * PAGE_SIZE) / 2 ** 30)
  const ratio = gb === 0 ? 1 : Math.floor(Math.sqrt(10 * gb))
  return cache.inactive * ratio < cache.active
}

/** Moves up to `pages` from the tail of the active list; their number. */
export function shrinkActiveList(cache: PageCache, pages: number): number {
  const moved = Math.min(pages, cache.active)
  for (let i = 0; i < moved; i++) cache.deactivateTail()
  return moved
}

/**
 * Judges up to `pages` from the tail of the inactive list: a clean one below `endPfn` is dropped into the batch, a dirty one is made active until it is
 * written, one of a zone that is not short is left at the head (isolate_lru_folios skips it).
 */
export function shrinkInactiveList(cache: PageCache, pages: number, endPfn: number, batch: Batch): void {
  assert(pages <= batch.pfns.length, 'a batch holds what is judged at once')
  batch.count = batch.scanned = batch.dirty = 0
  for (const most = Math.min(pages, cache.inactive); batch.scanned < most; batch.scanned++) {
    const file = cache.tail('inactive')
    if (file < 0) break
    if (cache.pageAt(file) >= endPfn || cache.has(file, CacheFlag.LOCKED)) cache.rotate(file)
    else if (cache.has(file, CacheFlag.DIRTY | CacheFlag.WRITEBACK)) {
      if (cache.has(file, CacheFlag.DIRTY)) batch.dirty++
      cache.activateForWriteback(file)
    } else batch.pfns[batch.count++] = cache.drop(file)
  }
}
