/**
 * The bytes of a chain's device-readable buffers, as one stream: how they are cut into descriptors says nothing (framing independence). Each byte is read
 * once, however often a hostile driver changes it.
 */
import type { Columns } from '@hintlab/kit'
import type { GuestMemory } from '@hintlab/protocol'
import type { BufferChain } from '../ring/buffer-chain.ts'

const BUFFER = 0
const OFFSET = 1

export class ChainReader {
  private readonly memory: GuestMemory
  /** The buffer and the byte in it that come next. */
  private readonly at: Float64Array

  /** Its columns belong to shared object `object`, which the owner declares. */
  constructor(cols: Columns, memory: GuestMemory, object: number, label: string) {
    this.memory = memory
    this.at = cols.f64(`${label}.chainAt`, 2, object)
  }

  /** Stands before the first byte of the next chain. */
  begin(): void {
    this.at.fill(0)
  }

  /** Fills `into` with the next bytes of the chain, which has them; false when a part of them lies outside guest memory. */
  read(chain: BufferChain, into: Uint8Array): boolean {
    const { at, memory } = this
    let done = 0
    while (done < into.length) {
      const buffer = at[BUFFER]
      const left = chain.len[buffer] - at[OFFSET]
      const count = Math.min(left, into.length - done)
      const part = count === into.length ? into : into.subarray(done, done + count)
      if (!memory.read(chain.gpa[buffer] + at[OFFSET], part)) return false
      done += count
      at[OFFSET] += count
      if (count < left) continue
      at[BUFFER]++
      at[OFFSET] = 0
    }
    return true
  }
}
