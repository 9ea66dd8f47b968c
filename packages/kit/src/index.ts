export { assert, AssertionError, unreachable } from './assert.ts'
export { alignDown, alignUp, divCeil, isPowerOfTwo, log2Floor } from './bits.ts'
export { Columns } from './columns.ts'
export { Footprint } from './footprint.ts'
export { hashString, mix, Prng } from './prng.ts'
export {
  cpuId, framesIn, gfn, gfnOf, GIB, hfn, KIB, MAX_ORDER, MIB, MS, ns, order, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, PAGE_SHIFT, PAGE_SIZE,
  pagesIn, pfn, pfnOf, SECOND, slot, US, vpn,
} from './unit.ts'
export type { CpuId, Gfn, Hfn, Nanoseconds, Order, Pfn, Slot, Vpn } from './unit.ts'
