/**
 * Watermarks of a host node in frames (mm/page_alloc.c calculate_min_free_kbytes and __setup_per_zone_wmarks): `min` is sqrt(16 * KiB) KiB, between 128 KiB and
 * 256 MiB; `low` and `high` lie above it by a quarter of it or a thousandth of the node (watermark_scale_factor 10), whichever is more, once and twice.
 *
 *     free:   0 ... min ............ low ............ high
 *                direct reclaim       kswapd wakes     kswapd sleeps
 */
const KIB_PER_PAGE = 4
const MIN_KIB = 128
const MAX_KIB = 256 * 1024
const SCALE = 1000

export interface Watermarks {
  readonly min: number
  readonly low: number
  readonly high: number
}

export function hostWatermarks(frames: number): Watermarks {
  const kib = Math.min(MAX_KIB, Math.max(MIN_KIB, Math.floor(Math.sqrt(frames * KIB_PER_PAGE * 16))))
  const min = Math.ceil(kib / KIB_PER_PAGE)
  const gap = Math.max(Math.floor(min / 4), Math.floor(frames / SCALE))
  return { min, low: min + gap, high: min + 2 * gap }
}
