/**
 * The driver's indirect tables (VIRTIO_RING_F_INDIRECT_DESC): a chain in a table takes one descriptor of the ring, however long it is.
 * There is one table for each name a chain can have, in memory of the driver's choice, and none is ever read back.
 *
 *   ring   ... | INDIRECT gpa, 16 * n | ...            table   | buffer 0 | buffer 1 | ... | buffer n-1 |
 */
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import type { BufferChain } from './buffer-chain.ts'
import { DESC_BYTES, DESC_F_NEXT, DESC_F_WRITE, DESC_FLAGS_NEXT, writeBuffer } from './layout.ts'
import type { QueueOptions } from './queue-options.ts'

export const tableAreaBytes = (size: number, tableBuffers: number): number => DESC_BYTES * tableBuffers * size

export class IndirectTables {
  private readonly window: MemoryWindow
  private readonly gpa: number
  private readonly buffersMax: number

  /** `size` tables of `buffersMax` buffers each, from `gpa` on. */
  constructor(memory: GuestMemory, gpa: number, size: number, buffersMax: number) {
    this.window = memory.window(gpa, tableAreaBytes(size, buffersMax))!
    this.gpa = gpa
    this.buffersMax = buffersMax
  }

  /** As Linux does, a chain of one buffer never goes into a table (virtqueue_use_indirect). */
  holds(count: number): boolean {
    return count > 1 && count <= this.buffersMax
  }

  /** Guest physical address of a table, in bytes. */
  addressOf(table: number): number {
    return this.gpa + table * this.buffersMax * DESC_BYTES
  }

  /** Fills a table for a split ring: `next` runs 1, 2, ..., which IN_ORDER demands. */
  writeLinked(table: number, chain: BufferChain): void {
    const last = chain.count - 1
    for (let i = 0; i <= last; i++) {
      const link = i < last ? ((i + 1) << 16) | DESC_F_NEXT : 0
      this.write(table, chain, i, link | (i < chain.readableCount ? 0 : DESC_F_WRITE))
    }
  }

  /** Fills a table for a packed ring: the order of the entries is that of the buffers, ids are reserved, WRITE is the only flag. */
  writeSequence(table: number, chain: BufferChain): void {
    for (let i = 0; i < chain.count; i++) this.write(table, chain, i, i < chain.readableCount ? 0 : DESC_F_WRITE << 16)
  }

  private write(table: number, chain: BufferChain, i: number, word: number): void {
    const at = (table * this.buffersMax + i) * DESC_BYTES
    writeBuffer(this.window, at, chain.gpa[i], chain.len[i])
    this.window.store32(at + DESC_FLAGS_NEXT, word >>> 0)
  }
}

/** The tables of a driver that negotiated INDIRECT_DESC and has memory for them, else `null`. */
export function makeIndirectTables(memory: GuestMemory, options: QueueOptions): IndirectTables | null {
  const { size, indirect = false, tablesGpa, tableBuffers = 0 } = options
  if (!indirect || tablesGpa === undefined || tableBuffers === 0) return null
  return new IndirectTables(memory, tablesGpa, size, tableBuffers)
}
