/**
 * The driver's descriptor table and its private record of it. Which descriptor follows which is kept here and only written to guest
 * memory, never read back.
 *
 *   free list   FREE_HEAD -> d -> d -> d     `next` links, one per descriptor; a chain in flight keeps its links, so that it goes back
 *   a chain     head -> d -> tail            to the free list in one step
 *
 *   T1  every descriptor is on the free list or in exactly one chain
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { FULL } from '@hintlab/protocol'
import type { MemoryWindow } from '@hintlab/protocol'
import type { BufferChain } from './buffer-chain.ts'
import type { IndirectTables } from './indirect-tables.ts'
import { DESC_BYTES, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_FLAGS_NEXT, writeBuffer } from './layout.ts'

const FREE_HEAD = 0
const FREE_COUNT = 1
const STATE_WORDS = 2

interface TableOptions {
  readonly size: number
  /** Chains are released in the order in which they were taken. */
  readonly inOrder?: boolean
}

export class DescriptorTable {
  private readonly desc: MemoryWindow
  private readonly inOrder: boolean
  private readonly state: Int32Array
  private readonly next: Uint16Array
  /** By head: the last descriptor of its chain, and the number of its descriptors. */
  private readonly tail: Uint16Array
  private readonly chainCount: Uint16Array

  /** A table of `options.size` descriptors in the window `desc`; its columns belong to shared object `object`, which the owner declares. */
  constructor(cols: Columns, object: number, label: string, desc: MemoryWindow, options: TableOptions) {
    const { size, inOrder = false } = options
    this.desc = desc
    this.inOrder = inOrder
    this.state = cols.i32(`${label}.free`, STATE_WORDS, object)
    this.next = cols.u16(`${label}.next`, size, object)
    this.tail = cols.u16(`${label}.tail`, size, object)
    this.chainCount = cols.u16(`${label}.chainCount`, size, object)
  }

  get freeCount(): number {
    return this.state[FREE_COUNT]
  }

  /** Writes one descriptor per buffer; the head of the new chain, or FULL with nothing written. */
  take(chain: BufferChain): number {
    const { state, next, desc } = this
    const { gpa, len, count, readableCount } = chain
    if (count > state[FREE_COUNT]) return FULL
    const head = state[FREE_HEAD]
    const last = count - 1
    let index = head
    for (let i = 0; i < last; i++) {
      const following = next[index]
      const flags = i < readableCount ? DESC_F_NEXT : DESC_F_NEXT | DESC_F_WRITE
      writeDescriptor(desc, index, gpa[i], len[i], (following << 16) | flags)
      index = following
    }
    writeDescriptor(desc, index, gpa[last], len[last], last < readableCount ? 0 : DESC_F_WRITE)
    this.claim(head, index, count)
    return head
  }

  /** As `take`, with the buffers in an indirect table and one descriptor that refers to it. */
  takeIndirect(chain: BufferChain, tables: IndirectTables): number {
    const { state } = this
    if (state[FREE_COUNT] === 0) return FULL
    const head = state[FREE_HEAD]
    tables.writeLinked(head, chain)
    writeDescriptor(this.desc, head, tables.addressOf(head), chain.count * DESC_BYTES, DESC_F_INDIRECT)
    this.claim(head, head, 1)
    return head
  }

  /**
   * Puts a chain's descriptors in front of the free list, as Linux does; with IN_ORDER behind it, where they are by themselves: chains come
   * back as they went, so that no link ever changes and descriptors are taken in the order of the table.
   */
  release(head: number): void {
    const { state } = this
    if (!this.inOrder) {
      this.next[this.tail[head]] = state[FREE_HEAD]
      state[FREE_HEAD] = head
    }
    state[FREE_COUNT] += this.chainCount[head]
  }

  /** Every descriptor is free, in ascending order. */
  reset(): void {
    const size = this.next.length
    for (let i = 0; i < size; i++) this.next[i] = (i + 1) & (size - 1)
    this.state[FREE_HEAD] = 0
    this.state[FREE_COUNT] = size
  }

  /** Recomputes T1 from the links, given the heads of all chains in flight. */
  check(heads: readonly number[]): void {
    const { next, tail, chainCount } = this
    const taken = new Uint8Array(next.length)
    walk(next, this.state[FREE_HEAD], this.state[FREE_COUNT], taken)
    for (const head of heads) {
      assert(chainCount[head] > 0, 'a chain in flight has descriptors')
      assert(walk(next, head, chainCount[head], taken) === tail[head], 'a chain ends at its recorded tail')
    }
    assert(!taken.includes(0), 'every descriptor is free or in a chain')
  }

  private claim(head: number, tail: number, count: number): void {
    const { state } = this
    state[FREE_HEAD] = this.next[tail]
    state[FREE_COUNT] -= count
    this.tail[head] = tail
    this.chainCount[head] = count
  }
}

/** One descriptor; `word` holds flags and next. */
function writeDescriptor(desc: MemoryWindow, index: number, address: number, length: number, word: number): void {
  const at = index * DESC_BYTES
  writeBuffer(desc, at, address, length)
  desc.store32(at + DESC_FLAGS_NEXT, word >>> 0)
}

/** Marks `count` descriptors from `first` on; returns the last of them. */
function walk(next: Uint16Array, first: number, count: number, taken: Uint8Array): number {
  let index = first
  let last = first
  for (let i = 0; i < count; i++) {
    assert(taken[index] === 0, 'a descriptor is in one place only')
    taken[index] = 1
    last = index
    index = next[index]
  }
  return last
}
