/** What a guest says about its memory: the texts and bits of its /proc, as numbers. */

/** Bits of a word of /proc/kpageflags (include/uapi/linux/kernel-page-flags.h). */
export const PageFlag = {
  /** The first page of a free block of the buddy allocator. */
  BUDDY: 10,
  /** No struct page: a hole. */
  NOPAGE: 20,
  /** Logically offline: the balloon has it. */
  OFFLINE: 23,
} as const

/** Lines `name: value kB` or `name value`, as in meminfo (kB) and vmstat (counts). */
export function parseNumbers(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^([^\s:]+):?\s+(\d+)/gm)].map(([, name, value]) => [name, Number(value)]))
}

export interface FreeBlocks {
  node: number
  zone: string
  /** Free blocks of each order, from 0. */
  counts: number[]
}

/** /proc/buddyinfo. */
export function parseBuddyinfo(text: string): FreeBlocks[] {
  return [...text.matchAll(/^Node (\d+), zone\s+(\S+)\s+([\d ]+)/gm)].map(([, node, zone, counts]) => ({
    node: Number(node),
    zone,
    counts: counts.trim().split(/ +/).map(Number),
  }))
}

/**
 * /proc/kpageflags at one time: 64 bits a page, from page 0. User-mode Linux ends it early: it takes the number of its pages for the
 * highest one, so the top of memory is missing (6 % in 256 MiB).
 */
export class KpageFlags {
  /** Pages that it tells about: 0 to pages - 1. */
  readonly pages: number
  /** Two words a page, low one first. */
  private readonly words: Uint32Array

  constructor(bytes: Uint8Array) {
    this.pages = Math.floor(bytes.length / 8)
    this.words = new Uint32Array(bytes.slice(0, 8 * this.pages).buffer)
  }

  has(pfn: number, flag: number): boolean {
    return ((this.words[2 * pfn + (flag >>> 5)] >>> (flag & 31)) & 1) === 1
  }

  /** All pages with the flag, ascending. */
  pfns(flag: number): number[] {
    const found: number[] = []
    for (let pfn = 0; pfn < this.pages; pfn++) if (this.has(pfn, flag)) found.push(pfn)
    return found
  }
}

export interface PageComparison {
  /** Pages that both sides name. */
  both: number
  /** Pages that the host names and the guest's flags deny. */
  hostOnly: number[]
  /** Pages that only the guest names. */
  guestOnly: number[]
  /** Pages of the host beyond the end of the guest's flags: nothing is known of them. */
  unseen: number
}

/** Compares page numbers that the host has collected with the guest's own flag, page for page. */
export function comparePages(host: Iterable<number>, flags: KpageFlags, flag: number): PageComparison {
  const named = new Set(host)
  const hostOnly: number[] = []
  let both = 0
  let unseen = 0
  for (const pfn of named) {
    if (pfn >= flags.pages) unseen++
    else if (flags.has(pfn, flag)) both++
    else hostOnly.push(pfn)
  }
  return { both, hostOnly, guestOnly: flags.pfns(flag).filter((pfn) => !named.has(pfn)), unseen }
}
