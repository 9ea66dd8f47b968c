/**
 * The two words of the host's page table.
 *
 *   PTE (32 bits), one per 4 KiB page            PMD slot (Int32), one per 2 MiB
 *    31                       3 2    0             0          nothing mapped
 *   +--------------------------+------+            n > 0      huge page at hfn (n - 1) * 512
 *   | payload: hfn             | kind |            n < 0      table number -n - 1
 *   +--------------------------+------+
 *
 * Zero means "none" in both, so that a fresh column needs no initialisation.
 */
import type { Hfn } from '@hintlab/kit'
import { TABLE_SHIFT } from './limits.ts'

export const PTE_NONE = 0
export const PTE_PRESENT = 1
/** Not present: the contents are in a slot of the swap area, the payload. */
export const PTE_SWAP = 2

const KIND_BITS = 3
const KIND_MASK = (1 << KIND_BITS) - 1

/**
 * A signed 32-bit word, as the table holds it. `kind` is one of PTE_*; `payload` has 29 bits. There are numbers left for more kinds (markers).
 */
export const packPte = (kind: number, payload: number): number => (payload << KIND_BITS) | kind
export const pteKind = (pte: number): number => pte & KIND_MASK
/** The frame of a PTE_PRESENT entry. */
export const pteHfn = (pte: number): Hfn => (pte >>> KIND_BITS) as Hfn
/** The slot of a PTE_SWAP entry. */
export const pteSlot = (pte: number): number => pte >>> KIND_BITS

export const PMD_NONE = 0

/** A slot that maps the huge page at `head`, a multiple of 512. */
export const packPmdHuge = (head: number): number => (head >>> TABLE_SHIFT) + 1
export const isPmdHuge = (slot: number): boolean => slot > 0
export const pmdHuge = (slot: number): Hfn => ((slot - 1) << TABLE_SHIFT) as Hfn

/** A slot that points to table `table` of the pool. */
export const packPmdTable = (table: number): number => -table - 1
export const isPmdTable = (slot: number): boolean => slot < 0
export const pmdTable = (slot: number): number => -slot - 1
