/** Sizes of a leaf of the EPT, numbered as KVM numbers them (PG_LEVEL_4K, PG_LEVEL_2M, PG_LEVEL_1G): the level of the table that the leaf lies in. */
import { assert } from '@hintlab/kit'
import { HUGE_PAGES, TABLE_SHIFT } from '../mm/limits.ts'

export const Level = { SMALL: 1, LARGE: 2, GIGA: 3 } as const
export type Level = (typeof Level)[keyof typeof Level]

export const GIGA_SHIFT = 2 * TABLE_SHIFT
/** Pages of 4 KiB in 1 GiB. */
export const GIGA_PAGES = 2 ** GIGA_SHIFT
export const GIGA_MASK = GIGA_PAGES - 1

/** Pages of 4 KiB under a leaf of this level (KVM_PAGES_PER_HPAGE). */
export const pagesAt = (level: Level): number => 1 << (TABLE_SHIFT * (level - 1))

/** First page behind the leaf of this level around `gfn`. */
export const behind = (gfn: number, level: Level): number => gfn - (gfn & (pagesAt(level) - 1)) + pagesAt(level)

assert(pagesAt(Level.LARGE) === HUGE_PAGES && pagesAt(Level.GIGA) === GIGA_PAGES, 'a level has 512 times the pages of the one below')
