/**
 * The integer generator behind every random stream (xorshift128, Marsaglia 2003; seeded through a splitmix-style mixer). It holds no policy: who may
 * draw, and from which stream, is decided in packages/sim.
 */
import { assert } from './assert.ts'

export class Prng {
  private a = 0
  private b = 0
  private c = 0
  private d = 0

  constructor(seed: number) {
    this.seed(seed)
  }

  /** Starts over from a 32-bit seed; different seeds give unrelated sequences. */
  seed(seed: number): void {
    this.a = mix(seed)
    this.b = mix(seed ^ 0x9e3779b9)
    this.c = mix(seed ^ 0x3c6ef372)
    this.d = mix(seed ^ 0xdaa66d2b) | 1
  }

  /** Uniform over 0 .. 2^32 - 1. */
  u32(): number {
    let t = this.d
    t ^= t << 11
    t ^= t >>> 8
    this.d = this.c
    this.c = this.b
    this.b = this.a
    this.a = t ^ this.a ^ (this.a >>> 19)
    return this.a >>> 0
  }

  /** Uniform over 0 .. bound - 1, for 1 <= bound <= 2^32 (bias below bound / 2^32). */
  below(bound: number): number {
    assert(bound >= 1, 'bound must be positive')
    return Math.floor((this.u32() / 0x1_0000_0000) * bound)
  }

  /** True with probability numerator / denominator, both integers. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator
  }
}

/** One round of a 32-bit finaliser: neighbouring inputs give unrelated outputs. */
export function mix(n: number): number {
  let h = n | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** FNV-1a of a string: turns a stream's name into a seed. */
export function hashString(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}
