/**
 * Latency histogram: 32 linear buckets per power of two, so a percentile is exact to about 3 %. Values are nanoseconds below 2^53; integer arithmetic
 * only, no allocation after construction.
 */
import { assert } from '@hintlab/kit'

const SUB_BITS = 5
const SUB = 1 << SUB_BITS
const BUCKETS = (54 - SUB_BITS) * SUB

export class Histogram {
  count = 0
  sum = 0
  max = 0
  private readonly buckets = new Float64Array(BUCKETS)

  add(ns: number): void {
    assert(ns >= 0, 'a latency is not negative')
    assert(ns < 9007199254740992, 'a latency is below 2^53 ns')
    this.count++
    this.sum += ns
    if (ns > this.max) this.max = ns
    this.buckets[bucketOf(ns)]++
  }

  merge(other: Histogram): void {
    this.count += other.count
    this.sum += other.sum
    this.max = Math.max(this.max, other.max)
    for (let i = 0; i < BUCKETS; i++) this.buckets[i] += other.buckets[i]
  }

  /** Smallest bucket's upper bound below which `perMille` thousandths of the values lie; 0 when empty. */
  percentile(perMille: number): number {
    if (this.count === 0) return 0
    const rank = Math.ceil((this.count * perMille) / 1000)
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.buckets[i]
      if (seen >= rank) return Math.min(upperBound(i), this.max)
    }
    return this.max
  }

  /** What is in it: the largest value that a bucket stands for, and how many values it holds, for each that has some, smallest first. */
  entries(): { upTo: number; count: number }[] {
    const entries: { upTo: number; count: number }[] = []
    for (let i = 0; i < BUCKETS; i++) if (this.buckets[i] > 0) entries.push({ upTo: Math.min(upperBound(i), this.max), count: this.buckets[i] })
    return entries
  }
}

function bucketOf(ns: number): number {
  if (ns < SUB) return Math.floor(ns)
  // Up to 2 s by shifts: the power below costs more than all the rest.
  if (ns < 0x8000_0000) {
    const shift = 31 - Math.clz32(ns) - SUB_BITS
    return (shift + 1) * SUB + (ns >>> shift) - SUB
  }
  const high = Math.floor(ns / 0x1_0000_0000)
  const exponent = high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(ns)
  const shift = exponent - SUB_BITS
  return (shift + 1) * SUB + (Math.floor(ns / 2 ** shift) - SUB)
}

function upperBound(bucket: number): number {
  if (bucket < SUB) return bucket
  const shift = Math.floor(bucket / SUB) - 1
  return ((bucket % SUB) + SUB + 1) * 2 ** shift - 1
}
