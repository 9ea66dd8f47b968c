/**
 * One leaf entry of the secondary MMU. It lives in two columns, so that no 64-bit word is needed: the host frame number (Uint32) and a
 * byte of flags.
 *
 *     7     6    5     4   3   2   1   0
 *   +-----+-----+----+---+---+---+---+---+
 *   | mmu | host| lg | D | A | X | W | P |      hfn: 29 bits, of a large SPTE the first frame
 *   +-----+-----+----+---+---+---+---+---+
 *
 * The two software bits say why a cleared W may be set again (arch/x86/kvm/mmu/spte.h): host-writable = the host maps the page writable;
 * MMU-writable = no write tracking needs it read-only, so that a fault may set W without mmu_lock.
 */
import type { Hfn } from '@hintlab/kit'
import { assert } from '@hintlab/kit'
import { HFN_LIMIT } from '../mm/limits.ts'

export const SPTE_PRESENT = 1
export const SPTE_WRITABLE = 2
export const SPTE_EXEC = 4
export const SPTE_ACCESSED = 8
export const SPTE_DIRTY = 16
/** Maps 2 MiB or 1 GiB rather than pointing to a table; where it lies says which (level.ts). */
export const SPTE_LARGE = 32
export const SPTE_HOST_WRITABLE = 64
export const SPTE_MMU_WRITABLE = 128

/** What the hardware cannot translate by: an EPT violation, or a TLB miss. */
export const NO_SPTE = -1

const FLAG_BITS = 8
const FLAG_LIMIT = 1 << FLAG_BITS

/** A whole SPTE as one number below 2^37, exact in a double: for logs and comparisons, not for hot paths. */
export function packSpte(hfn: Hfn, flags: number): number {
  assert(hfn >= 0 && hfn < HFN_LIMIT, 'a frame number has 29 bits')
  assert(flags >= 0 && flags < FLAG_LIMIT, 'SPTE flags are one byte')
  return hfn * FLAG_LIMIT + flags
}

export const spteHfn = (spte: number): Hfn => Math.floor(spte / FLAG_LIMIT) as Hfn
export const spteFlags = (spte: number): number => spte % FLAG_LIMIT

const LETTERS = 'pwxadlhm'

/** An SPTE for messages: `h0x200 pwxad---`, one letter per flag from bit 0. */
export function formatSpte(spte: number): string {
  const flags = spteFlags(spte)
  const shown = Array.from(LETTERS, (letter, bit) => ((flags >> bit) & 1 ? letter : '-')).join('')
  return `h0x${spteHfn(spte).toString(16)} ${shown}`
}
