/** Cases out of a seed: fresh bytes, or an earlier case that reached something new with a few of its bytes changed. No case depends on the clock. */
import { Prng } from '@hintlab/kit'

const FRESH_MAX = 64
const CASE_BYTES_MAX = 192
const POOL_MAX = 1024
/** The first bytes of a case choose features and sizes. So many cases in a row have the same, because a world that changes them has to make new rings. */
const HEAD_BYTES = 2
const HEAD_CASES = 64
/** Bytes at which decoders change their mind. */
const EDGES: readonly number[] = [0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 191, 192, 223, 224, 240, 254, 255]

export class CaseGenerator {
  private readonly random: Prng
  private readonly pool: Uint8Array[] = []
  private readonly head = new Uint8Array(HEAD_BYTES)
  private made = 0

  constructor(seed: number, corpus: readonly Uint8Array[] = []) {
    this.random = new Prng(seed)
    this.pool.push(...corpus)
  }

  next(): Uint8Array {
    const { head, random } = this
    if (this.made++ % HEAD_CASES === 0) for (let i = 0; i < HEAD_BYTES; i++) head[i] = random.u32()
    const bytes = this.body()
    bytes.set(head.subarray(0, bytes.length))
    return bytes
  }

  private body(): Uint8Array {
    const { pool, random } = this
    if (pool.length === 0 || random.chance(1, 3)) return this.fresh(8 + random.below(FRESH_MAX - 8))
    let bytes: Uint8Array = pool[random.below(pool.length)].slice()
    for (let changes = 1 + random.below(4); changes > 0; changes--) bytes = this.mutate(bytes)
    return bytes
  }

  /** Remembers a case that reached something new; an old one makes room. */
  keep(bytes: Uint8Array): void {
    if (this.pool.length < POOL_MAX) this.pool.push(bytes)
    else this.pool[this.random.below(POOL_MAX)] = bytes
  }

  private fresh(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.random.u32()
    return bytes
  }

  private mutate(bytes: Uint8Array): Uint8Array {
    const { random, pool } = this
    if (bytes.length === 0) return this.fresh(8)
    const at = random.below(bytes.length)
    switch (random.below(7)) {
      case 0: bytes[at] ^= 1 << random.below(8); return bytes
      case 1: bytes[at] += random.below(17) - 8; return bytes
      case 2: bytes[at] = EDGES[random.below(EDGES.length)]; return bytes
      case 3: bytes[at] = random.u32(); return bytes
      case 4: return cut([bytes.subarray(0, at), this.fresh(1 + random.below(12)), bytes.subarray(at)])
      case 5: return cut([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))])
      default: {
        const other = pool.length === 0 ? bytes : pool[random.below(pool.length)]
        return cut([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))])
      }
    }
  }
}

function cut(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(Math.min(CASE_BYTES_MAX, parts.reduce((sum, part) => sum + part.length, 0)))
  let at = 0
  for (const part of parts) {
    const fitting = part.subarray(0, bytes.length - at)
    bytes.set(fitting, at)
    at += fitting.length
  }
  return bytes
}
