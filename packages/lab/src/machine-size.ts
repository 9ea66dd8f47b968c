/**
 * How much memory a machine's columns can come to hold, told from its options, so that workers side by side stay within a limit: the model of 1 TiB of guest
 * is 6 GiB. What a machine really holds is `bytesByLabel` of its columns.
 */
import { GIB, pagesIn } from '@hintlab/kit'
import type { RunOptions } from './options.ts'

/** For all machines that one process runs side by side. */
export const MACHINES_BYTES_MAX = 8 * GIB

/** Links, state and kind of the buddy allocator, owner and tag of the ghost. */
const GUEST_PAGE_BYTES = 8 + 1 + 1 + 1 + 4
/** Owner, flags and free bit of the host, tag of the ghost, and what is kept by chunks. */
const HOST_FRAME_BYTES = 4 + 1 + 1 + 4
/** PTE, SPTE and its flags of a page that is mapped by itself. */
const SMALL_PAGE_BYTES = 4 + 4 + 1

/** Bytes of a machine of these options, tables for the small pages of an aged guest included. Page cache and swap are not. */
export function machineBytes({ guest, host, aged, start }: RunOptions): number {
  const pages = pagesIn(guest.memory)
  const frames = pagesIn(host.memory ?? guest.memory)
  const small = start === 'fresh' ? 0 : host.thp === 'never' ? pages : pages * (1 - aged.huge)
  return pages * GUEST_PAGE_BYTES + frames * HOST_FRAME_BYTES + small * SMALL_PAGE_BYTES
}

/** So many of the wanted workers can each run the largest of these machines, at least one. */
export function workersThatFit(wanted: number, runs: readonly RunOptions[]): number {
  const largest = Math.max(1, ...runs.map(machineBytes))
  return Math.max(1, Math.min(wanted, Math.floor(MACHINES_BYTES_MAX / largest)))
}
