/**
 * What a replay needs to know of an allocation's gfp_flags: the highest zone it may use, whether it is zeroed, and whether it may wait.
 *
 * The kernel prints the mask by names (include/trace/events/mmflags.h): combinations first, then single bits, then what is left in
 * hexadecimal. A name stands for bits, and only the bits below matter here. Their values are those of include/linux/gfp_types.h; kernels
 * of other versions have some of them elsewhere, which matters only for what they print in hexadecimal.
 *
 *   GFP_NOWAIT|__GFP_HIGHMEM|0x8  ->  KSWAPD_RECLAIM | HIGHMEM | MOVABLE  ->  ZONE_MOVABLE, atomic
 */

/** Zones in the order of the kernel's `enum zone_type` on x86-64. */
export const ZONE_DMA = 0
export const ZONE_DMA32 = 1
export const ZONE_NORMAL = 2
export const ZONE_MOVABLE = 3

/** __GFP_ZERO: the page is cleared before it is handed out. */
export const GFP_FLAG_ZERO = 1
/** The caller cannot wait for reclaim: no __GFP_DIRECT_RECLAIM, or __GFP_HIGH. */
export const GFP_FLAG_ATOMIC = 2

const DMA = 0x01
const HIGHMEM = 0x02
const DMA32 = 0x04
const MOVABLE = 0x08
const RECLAIMABLE = 0x10
const HIGH = 0x20
const ZERO = 0x100
const DIRECT_RECLAIM = 0x400
const KNOWN_BITS = DMA | HIGHMEM | DMA32 | MOVABLE | RECLAIMABLE | HIGH | ZERO | DIRECT_RECLAIM

/** Names without an entry have none of the bits above. */
const BITS_BY_NAME = new Map<string, number>([
  ['none', 0],
  ['GFP_TRANSHUGE', HIGHMEM | MOVABLE | DIRECT_RECLAIM],
  ['GFP_TRANSHUGE_LIGHT', HIGHMEM | MOVABLE],
  ['GFP_HIGHUSER_MOVABLE', HIGHMEM | MOVABLE | DIRECT_RECLAIM],
  ['GFP_HIGHUSER', HIGHMEM | DIRECT_RECLAIM],
  ['GFP_USER', DIRECT_RECLAIM],
  ['GFP_KERNEL_ACCOUNT', DIRECT_RECLAIM],
  ['GFP_KERNEL', DIRECT_RECLAIM],
  ['GFP_TEMPORARY', RECLAIMABLE | DIRECT_RECLAIM],
  ['GFP_NOFS', DIRECT_RECLAIM],
  ['GFP_NOIO', DIRECT_RECLAIM],
  ['GFP_ATOMIC', HIGH],
  ['GFP_NOWAIT', 0],
  ['GFP_DMA', DMA],
  ['GFP_DMA32', DMA32],
  ['__GFP_DMA', DMA],
  ['__GFP_HIGHMEM', HIGHMEM],
  ['__GFP_DMA32', DMA32],
  ['__GFP_MOVABLE', MOVABLE],
  ['__GFP_RECLAIMABLE', RECLAIMABLE],
  ['__GFP_HIGH', HIGH],
  ['__GFP_ATOMIC', HIGH],
  ['__GFP_ZERO', ZERO],
  ['__GFP_RECLAIM', DIRECT_RECLAIM],
  ['__GFP_DIRECT_RECLAIM', DIRECT_RECLAIM],
  ['__GFP_WAIT', DIRECT_RECLAIM],
])

/** The other names, which say nothing about zone, zeroing or waiting. Only used to notice a name that was cut off. */
const OTHER_NAMES = new Set(
  [
    'IO FS NOWARN RETRY_MAYFAIL REPEAT NOFAIL NORETRY COMP MEMALLOC NOMEMALLOC HARDWALL THISNODE ACCOUNT WRITE KSWAPD_RECLAIM COLD',
    'NOTRACK NO_KSWAPD OTHER_NODE ZEROTAGS SKIP_ZERO SKIP_KASAN SKIP_KASAN_POISON SKIP_KASAN_UNPOISON NOLOCKDEP NO_OBJ_EXT',
  ].join(' ').split(' ').map((name) => `__GFP_${name}`),
)

/** An answer of `classifyGfp` in one number: zone in bits 0-1, flags in bits 2-3, migratetype in bits 4-5. */
export const gfpZone = (packed: number): number => packed & 3
export const gfpFlags = (packed: number): number => (packed >> 2) & 3
/** The migratetype that the mask asks for (gfp_migratetype() of include/linux/gfp.h): 0 unmovable, 1 movable, 2 reclaimable. */
export const gfpMigratetype = (packed: number): number => (packed >> 4) & 3

/** What a printed mask says, in one number. An unknown name (of a newer kernel) has none of the bits that matter here. */
export function classifyGfp(text: string): number {
  let bits = 0
  for (const name of text.split('|')) bits |= bitsOf(name)
  const flags = ((bits & ZERO) === 0 ? 0 : GFP_FLAG_ZERO) | (isAtomic(bits) ? GFP_FLAG_ATOMIC : 0)
  return zoneOf(bits) | (flags << 2) | (migratetypeOf(bits) << 4)
}

/** For a line that does not print its mask: a normal kernel allocation, GFP_KERNEL. */
export const GFP_UNKNOWN = ZONE_NORMAL

/** True when the last name of the mask is one that a kernel prints: the text was not cut in the middle of a name. */
export function gfpEndsWithKnownName(text: string): boolean {
  const name = text.slice(text.lastIndexOf('|') + 1)
  return BITS_BY_NAME.has(name) || OTHER_NAMES.has(name) || /^0x[0-9a-f]+$/.test(name)
}

function bitsOf(name: string): number {
  if (name.startsWith('0x')) return Number.parseInt(name, 16) & KNOWN_BITS
  return BITS_BY_NAME.get(name) ?? 0
}

/** gfp_zone() of include/linux/gfp.h: MOVABLE alone is only a mobility hint; with HIGHMEM it allows ZONE_MOVABLE. */
function zoneOf(bits: number): number {
  if ((bits & DMA) !== 0) return ZONE_DMA
  if ((bits & DMA32) !== 0) return ZONE_DMA32
  return (bits & HIGHMEM) !== 0 && (bits & MOVABLE) !== 0 ? ZONE_MOVABLE : ZONE_NORMAL
}

function migratetypeOf(bits: number): number {
  if ((bits & MOVABLE) !== 0) return 1
  return (bits & RECLAIMABLE) !== 0 ? 2 : 0
}

const isAtomic = (bits: number): boolean => (bits & HIGH) !== 0 || (bits & DIRECT_RECLAIM) === 0
