/**
 * What a host virtual page resolves to, as one number. Negative values say why there is no frame.
 *
 *    30                              2   1       0
 *   +-----------------------------------+-------+------+
 *   | hfn of this very page             | fresh | huge |
 *   +-----------------------------------+-------+------+
 */
import type { Hfn } from '@hintlab/kit'

/** Nothing is mapped there. */
export const NOT_MAPPED = -1
/** A fault could not be served: the host has no frame, or no page table, left. */
export const NO_MEMORY = -1
/** The address lies in no VMA (SIGSEGV in a process, -EFAULT for a memslot). */
export const BAD_ADDRESS = -2
/** The page is in swap: a fault has to read it first. */
export const SWAPPED = -3

/** Bit: the page lies under a 2 MiB mapping. */
export const MAPPING_HUGE = 1
/** Bit: this fault allocated the frame, which therefore reads as zeroes. */
export const MAPPING_FRESH = 2

const BITS = 2

/** `hfn` below HFN_LIMIT; `bits` is a sum of MAPPING_HUGE and MAPPING_FRESH. */
export const packMapping = (hfn: number, bits: number): number => (hfn << BITS) | bits

/** The frame of the page that was looked up (inside a huge page: not its head). */
export const mappingHfn = (mapping: number): Hfn => (mapping >>> BITS) as Hfn
export const isHuge = (mapping: number): boolean => (mapping & MAPPING_HUGE) !== 0
export const isFresh = (mapping: number): boolean => (mapping & MAPPING_FRESH) !== 0
