/**
 * Every limit of the host's memory structures, and the relations between them, asserted when the module is loaded. A limit here is a
 * width of a packed word or the size of a fixed column; what a machine is given (memory, vCPUs) is configuration and not here.
 */
import { assert, PAGEBLOCK_PAGES } from '@hintlab/kit'

/** Entries of one table, in the host's page table and in the EPT: 4 KiB of 8-byte entries on x86-64. */
export const TABLE_SHIFT = 9
export const TABLE_ENTRIES = 1 << TABLE_SHIFT
export const TABLE_MASK = TABLE_ENTRIES - 1

/** Pages under one huge mapping: a whole last-level table. */
export const HUGE_PAGES = PAGEBLOCK_PAGES

/** Width of a host frame number: 2^29 frames are 2 TiB of host memory. */
export const HFN_BITS = 29
export const HFN_LIMIT = 2 ** HFN_BITS

/** Guest frame numbers and host virtual page numbers stay below 2^31, so that shifts and small integers never see a sign. */
export const GFN_LIMIT = 2 ** 31
export const VPN_LIMIT = 2 ** 31

/** Tables by which a growing pool grows: 64 tables hold the entries of 128 MiB. */
export const CHUNK_TABLES_SHIFT = 6
export const CHUNK_TABLES = 1 << CHUNK_TABLES_SHIFT

/** Tables of one pool: those of 4 TiB and a half more for the levels above. */
export const TABLES_MAX = 3 * 2 ** 20

/** Mapped areas of one mm: guest RAM below and above the hole, and room for what later parts add. */
export const VMAS_MAX = 16

/** Memory slots of one VM. */
export const MEMSLOTS_MAX = 32

assert(TABLE_ENTRIES === HUGE_PAGES, 'a huge mapping stands for exactly one table')
assert(2 ** (HFN_BITS + 2) <= 2 ** 31, 'a frame number and two bits of a mapping make a small non-negative integer')
assert(2 ** (HFN_BITS + 3) <= 2 ** 32, 'a frame number and a kind fit into one 32-bit PTE')
assert(TABLES_MAX * TABLE_ENTRIES <= 2 ** 31, 'the position of a table entry is a small non-negative integer')
