export { assert, AssertionError, unreachable } from './assert.ts'
export { alignUp, divCeil, isPowerOfTwo, log2Floor } from './bits.ts'
export {
  BODY, BuddyCore, FREE_TAG, HEAD_MASK, MARK, NO_PAGE, ORDER_SHIFT, Place, TAG_MASK,
} from './buddy-core.ts'
export { ColumnStore } from './column-store.ts'
export { Columns } from './columns.ts'
export { Counters } from './counters.ts'
export { Footprint } from './footprint.ts'
export { hashString, mix, Prng } from './prng.ts'
export {
  framesIn, gfn, gfnOf, GIB, hfn, MAX_ORDER, MIB, MS, ns, order, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, PAGE_SIZE,
  pagesIn, pfn, SECOND, slot, US, vpn,
} from './unit.ts'
export type { Gfn, Hfn, Nanoseconds, Order, Pfn, Slot, Vpn } from './unit.ts'
