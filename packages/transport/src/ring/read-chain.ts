/**
 * The device's reading of one descriptor chain. Every word comes from a driver that may be hostile and may change it meanwhile, so each
 * is loaded exactly once, and judged before it is used. At most `size` descriptors are visited, whatever the table says.
 *
 *   head -> desc -> desc -> desc          NEXT links; `next` of the last is not looked at
 *           read    read    write         a readable one behind a writable one is a fault
 *                   table                 an indirect table ends the chain; its WRITE flag says nothing
 */
import { GPA_LIMIT } from '@hintlab/protocol'
import type { MemoryWindow } from '@hintlab/protocol'
import { CHAIN_BYTES_MAX } from './buffer-chain.ts'
import type { BufferChain } from './buffer-chain.ts'
import { ChainFault } from './chain-fault.ts'
import {
  DESC_BYTES, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_FLAGS_NEXT, DESC_GPA_HIGH, DESC_GPA_LOW, DESC_LEN,
} from './layout.ts'
import type { TableReader } from './table-reader.ts'

/**
 * Reads the chain that begins at descriptor `head` (below `size`) into `into`, which is left empty when the chain is malformed. `tables` is
 * `null` when INDIRECT_DESC was not negotiated.
 */
export function readChain(desc: MemoryWindow, size: number, head: number, into: BufferChain, tables: TableReader | null): ChainFault {
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
    if ((word & DESC_F_INDIRECT) !== 0) {
      if (tables === null) return ChainFault.INDIRECT
      if ((word & DESC_F_NEXT) !== 0) return ChainFault.INDIRECT_NEXT
      into.finish(readable, count - 1 - readable, readableBytes, writableBytes)
      return into.orEmpty(tables.readLinked(address, length, into))
    }
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
