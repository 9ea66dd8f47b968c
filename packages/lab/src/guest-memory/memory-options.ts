/** Settings of the guest's own memory management: page cache, compaction, huge pages. All are off by default. */
import { PAGEBLOCK_PAGES, PAGE_SIZE } from '@hintlab/kit'
import { THP_DEFRAG } from '@hintlab/guest'
import { z } from 'zod'
import { sizeOrSame } from '../size.ts'

/** Fields of the group `guest`. */
export const guestMemoryFields = {
  /** How much the files have that the guest reads: bytes, or below 4096 times its memory. 0 is a guest without page cache, and so without kswapd. */
  'page-cache': z.preprocess(sizeOrSame, z.number().min(0).max(2 ** 40)).default(0),
  /** What puts scattered pages together: nothing; an allocation that fails, and kcompactd when it is called; kcompactd by itself too. */
  compaction: z.enum(['off', 'direct', 'proactive']).default('off'),
  /** How hard a program's page fault tries for a huge page; off: the guest has none. */
  'thp-defrag': z.enum(['off', ...THP_DEFRAG]).default('off'),
  /** Whether khugepaged makes huge pages of small ones; only in a guest with huge pages. */
  khugepaged: z.boolean().default(false),
}

/** The group `khugepaged`: the files of /sys/kernel/mm/transparent_hugepage/khugepaged, without effect where guest.khugepaged is false. */
export const khugepagedGroup = z.strictObject({
  'pages-to-scan': z.int().min(1).max(2 ** 28).default(4096),
  'scan-sleep-ms': z.number().min(1).max(3_600_000).default(10_000),
  'alloc-sleep-ms': z.number().min(1).max(3_600_000).default(60_000),
  'max-ptes-none': z.int().min(0).max(PAGEBLOCK_PAGES - 1).default(PAGEBLOCK_PAGES - 1),
  /** Whether it reclaims and compacts for a huge page. */
  defrag: z.boolean().default(true),
})

/** The group `files`: who reads and writes them. Without effect where guest.page-cache is 0. */
export const filesGroup = z.strictObject({
  'accesses-per-second': z.number().min(0).max(1e6).default(1000),
  /** Share of the accesses that write. */
  'write-share': z.number().min(0).max(1).default(0),
  /** skewed: four of five accesses go to a fifth of the pages. */
  access: z.enum(['sequential', 'random', 'skewed']).default('skewed'),
  /** Pages that a miss reads at once. */
  'read-ahead': z.int().min(1).max(32).default(8),
})

const SHARE_MAX = 16

/** Pages of the files. */
export function filePages(setting: number, memory: number): number {
  const bytes = setting < PAGE_SIZE ? setting * memory : setting
  return Math.ceil(bytes / PAGE_SIZE)
}

/** What is wrong with the setting, or null: 2000 is neither a number of bytes nor a share that anybody means. */
export function brokenPageCache(setting: number): string | null {
  if (setting <= SHARE_MAX || setting >= PAGE_SIZE) return null
  return `guest.page-cache: found ${setting}; accepted is a share of the guest's memory up to ${SHARE_MAX}, or bytes from ${PAGE_SIZE}`
}
