export { assert, AssertionError, unreachable } from './assert.ts'
export { alignDown, alignUp, divCeil, isPowerOfTwo, log2Floor } from './bits.ts'
export {
  BODY, BuddyCore, FREE_TAG, HEAD_MASK, MARK, NO_PAGE, ORDER_SHIFT, Place, TAG_MASK,
} from './buddy-core.ts'
export { Columns } from './columns.ts'
export { Footprint } from './footprint.ts'
export { hashString, mix, Prng } from './prng.ts'
export {
  cpuId, framesIn, gfn, gfnOf, GIB, hfn, KIB, MAX_ORDER, MIB, MS, ns, order, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, PAGE_SHIFT, PAGE_SIZE,
  pagesIn, pfn, pfnOf, SECOND, slot, US, vpn,
} from './unit.ts'
export type { CpuId, Gfn, Hfn, Nanoseconds, Order, Pfn, Slot, Vpn } from './unit.ts'
