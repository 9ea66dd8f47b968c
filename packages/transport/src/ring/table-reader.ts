/**
 * The device's reading of an indirect table. The whole table is copied out of guest memory first, once, so that what is judged is what is
 * used, whatever the driver does to its own copy meanwhile. Its address and length come from a peer: each is checked before the copy.
 *
 *   guest memory  | table |  --read-->  scratch  --judge-->  `into`, behind the buffers that are there already
 *
 *   I1  at most as many entries are read as the queue has descriptors
 *   I2  no table is read from inside a table
 */
import type { Columns } from '@hintlab/kit'
import { GPA_LIMIT } from '@hintlab/protocol'
import type { GuestMemory } from '@hintlab/protocol'
import type { BufferChain } from './buffer-chain.ts'
import { ChainFault } from './chain-fault.ts'
import { DESC_BYTES, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_FLAGS_NEXT, DESC_GPA_HIGH, DESC_GPA_LOW, DESC_LEN } from './layout.ts'
import { PACKED_FLAGS } from './packed-layout.ts'

export class TableReader {
  private readonly memory: GuestMemory
  private readonly scratch: Uint8Array
  private readonly words: DataView

  /** Reads tables of at most `entriesMax` descriptors; the scratch belongs to shared object `object`, which the caller declares. */
  constructor(cols: Columns, object: number, label: string, memory: GuestMemory, entriesMax: number) {
    this.memory = memory
    this.scratch = cols.u8(`${label}.table`, entriesMax * DESC_BYTES, object)
    this.words = new DataView(this.scratch.buffer)
  }

  /** Appends the buffers of a split ring's table at `gpa`, of `bytes` bytes: from entry 0 along the `next` links. */
  readLinked(gpa: number, bytes: number, into: BufferChain): ChainFault {
    const fault = this.copy(gpa, bytes)
    if (fault !== ChainFault.NONE) return fault
    const entries = bytes / DESC_BYTES
    let index = 0
    for (let count = 1; count <= entries; count++) {
      const word = this.words.getUint32(index * DESC_BYTES + DESC_FLAGS_NEXT, true)
      if ((word & DESC_F_INDIRECT) !== 0) return ChainFault.NESTED
      const fault = this.accept(index, (word & DESC_F_WRITE) !== 0, into)
      if (fault !== ChainFault.NONE) return fault
      if ((word & DESC_F_NEXT) === 0) return ChainFault.NONE
      index = word >>> 16
      if (index >= entries) return ChainFault.NEXT_RANGE
    }
    return ChainFault.LOOP
  }

  /** Appends the buffers of a packed ring's table: all entries, in their order. Flags other than WRITE are reserved and ignored. */
  readSequence(gpa: number, bytes: number, into: BufferChain): ChainFault {
    const fault = this.copy(gpa, bytes)
    if (fault !== ChainFault.NONE) return fault
    for (let index = 0; index < bytes / DESC_BYTES; index++) {
      const flags = this.words.getUint16(index * DESC_BYTES + PACKED_FLAGS, true)
      const fault = this.accept(index, (flags & DESC_F_WRITE) !== 0, into)
      if (fault !== ChainFault.NONE) return fault
    }
    return ChainFault.NONE
  }

  private copy(gpa: number, bytes: number): ChainFault {
    if (bytes === 0 || bytes % DESC_BYTES !== 0 || bytes > this.scratch.length) return ChainFault.TABLE_LENGTH
    if (gpa + bytes > GPA_LIMIT) return ChainFault.ADDRESS
    return this.memory.read(gpa, this.scratch.subarray(0, bytes)) ? ChainFault.NONE : ChainFault.TABLE_OUTSIDE
  }

  private accept(index: number, writable: boolean, into: BufferChain): ChainFault {
    const { words } = this
    const at = index * DESC_BYTES
    const address = words.getUint32(at + DESC_GPA_HIGH, true) * 0x1_0000_0000 + words.getUint32(at + DESC_GPA_LOW, true)
    return into.accept(address, words.getUint32(at + DESC_LEN, true), writable)
  }
}
