/** Small integer arithmetic that is easy to get wrong by one; each is property-tested in bits.test.ts. */

/** Rounds up to a multiple of `align`, a power of two. `alignUp(4096, 4096) === 4096`, `alignUp(0, 4096) === 0`. Exact below 2^53. */
export const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align

/** True for 1, 2, 4, ... below 2^31. */
export const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0

/** floor(log2(n)) for 1 <= n < 2^32. */
export const log2Floor = (n: number): number => 31 - Math.clz32(n)

/** ceil(a / b) for non-negative integers. */
export const divCeil = (a: number, b: number): number => Math.ceil(a / b)
