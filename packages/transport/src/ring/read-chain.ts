/**
 * The device's reading of one descriptor chain. Every word comes from a driver that may be hostile and may change it meanwhile, so each
 * is loaded exactly once, and judged before it is used. At most `size` descriptors are visited, whatever the table says.
 *
 *   head -> desc -> desc -> desc          NEXT links; `next` of the last is not looked at
 *           read    read    write         a readable one behind a writable one is a fault
 */
import { GPA_LIMIT } from '@hintlab/protocol'
import type { MemoryWindow } from '@hintlab/protocol'
import type { BufferChain } from './buffer-chain.ts'
import {
  DESC_BYTES, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_FLAGS_NEXT, DESC_GPA_HIGH, DESC_GPA_LOW, DESC_LEN,
} from './layout.ts'

/** What is wrong with a chain. The numbers index the device's counters. */
export const ChainFault = {
  NONE: 0,
  /** More descriptors than the queue has: the chain runs in a circle. */
  LOOP: 1,
  /** `next` names no descriptor. */
  NEXT_RANGE: 2,
  /** A device-readable buffer behind a device-writable one. */
  ORDER: 3,
  /** A buffer of no bytes (QEMU's virtqueue_map_desc refuses it as well). */
  ZERO_LENGTH: 4,
  /** More than 2^32 bytes in total. */
  TOO_LONG: 5,
  /** An indirect table that was not negotiated. */
  INDIRECT: 6,
  /** A buffer that reaches beyond 2^52, where no guest memory can be. */
  ADDRESS: 7,
} as const
export type ChainFault = (typeof ChainFault)[keyof typeof ChainFault]

export const CHAIN_FAULT_NAMES = [
  'none', 'loop', 'next out of range', 'readable after writable', 'zero length', 'longer than 4 GiB', 'indirect not negotiated', 'address',
] as const

const CHAIN_BYTES_MAX = 2 ** 32

/** Reads the chain that begins at descriptor `head` (below `size`) into `into`, which is left empty when the chain is malformed. */
export function readChain(desc: MemoryWindow, size: number, head: number, into: BufferChain): ChainFault {
  into.clear()
  const { gpa, len } = into
  let index = head
  let readable = 0
  let readableBytes = 0
  let writableBytes = 0
  for (let count = 1; count <= size; count++) {
    const at = index * DESC_BYTES
    const address = desc.load32(at + DESC_GPA_HIGH) * 0x1_0000_0000 + desc.load32(at + DESC_GPA_LOW)
    const length = desc.load32(at + DESC_LEN)
    const word = desc.load32(at + DESC_FLAGS_NEXT)
    if ((word & DESC_F_INDIRECT) !== 0) return ChainFault.INDIRECT
    if (length === 0) return ChainFault.ZERO_LENGTH
    if (address + length > GPA_LIMIT) return ChainFault.ADDRESS
    gpa[count - 1] = address
    len[count - 1] = length
    if ((word & DESC_F_WRITE) !== 0) {
      writableBytes += length
    } else {
      if (writableBytes > 0) return ChainFault.ORDER
      readable = count
      readableBytes += length
    }
    if ((word & DESC_F_NEXT) === 0) {
      if (readableBytes + writableBytes > CHAIN_BYTES_MAX) return ChainFault.TOO_LONG
      into.finish(readable, count - readable, readableBytes, writableBytes)
      return ChainFault.NONE
    }
    index = word >>> 16
    if (index >= size) return ChainFault.NEXT_RANGE
  }
  return ChainFault.LOOP
}
