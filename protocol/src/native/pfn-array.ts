/**
 * Inflate and deflate requests as virtio-balloon has them: an array of little-endian 32-bit page frame numbers, one per page of 4096 bytes whatever
 * the guest's page size. There are no orders: every entry is one page. A rest of less than four bytes is not a number, and is left alone (as QEMU does).
 */
import { assert } from '@hintlab/kit'
import type { HintBatch } from '../ports.ts'

export const PFN_BYTES = 4

/** Numbers of one request that a device reads; the Linux driver sends 256, others 1024. What a longer buffer holds is ignored and counted. */
export const REQUEST_PFNS_MAX = 65_536

/** Writes the pages of a batch; returns the bytes written. Every block is one page. */
export function putPfns(batch: HintBatch, into: Uint8Array): number {
  const { count, pfn, order } = batch
  assert(count * PFN_BYTES <= into.length, 'the array has room for every page')
  let at = 0
  for (let i = 0; i < count; i++) {
    assert(order[i] === 0, 'a balloon holds single pages')
    const page = pfn[i]
    into[at] = page
    into[at + 1] = page >>> 8
    into[at + 2] = page >>> 16
    into[at + 3] = page >>> 24
    at += PFN_BYTES
  }
  return at
}

/** Reads the first `count` numbers into the columns of `into`, as blocks of one page. */
export function readPfns(bytes: Uint8Array, count: number, into: HintBatch): void {
  assert(count <= into.pfn.length && count * PFN_BYTES <= bytes.length, 'the numbers are there and fit the columns')
  const { pfn } = into
  let at = 0
  for (let i = 0; i < count; i++) {
    pfn[i] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    at += PFN_BYTES
  }
  into.order.fill(0, 0, count)
  into.count = count
}
