/**
 * Split and merge of power-of-two blocks, and the lists that hold the free ones. No policy: which list a caller searches, and when it stops
 * merging, is its own decision. Guest zones use it with pages of 4 KiB, host nodes with chunks of 2 MiB; here both are "pages".
 *
 *   links         [ page 0 | page 1 | ... | page n-1 | list 0 | list 1 | ... ]   two numbers each: the one behind, the one before
 *                   of a listed page                   head: first and last page, both itself when empty
 *   state         one byte per page, of its block's first page (the head):   MARK | order 3..6 | tag 0..2
 *                   tag FREE_TAG is a free block; the other tags are the caller's; MARK is a flag of the caller on a listed block
 *                   every other page of a block holds BODY
 *   kind          one byte per page: which family of lists a free block is on (the guest's migratetype); else the caller's
 *
 * A group is a set of `kinds` x `orders` lists (a guest has one per zone): list = base(group) + kind * orders + order. `extraLists` more
 * lists follow, which the caller numbers itself from `extraBase` (per-CPU lists).
 *
 *   B1  A block on a group's list has the state FREE_TAG of that list's order, and the kind of that list.
 *   B2  `count[list]` is the number of blocks on it.
 *   B3  A block that is off the lists with FREE_TAG is in limbo: between `take` and the caller's own tag, or between the caller's FREE_TAG
 *       and `merge` with an insertion. Limbo never outlives one call of the caller.
 */
import { assert } from './assert.ts'
import { isPowerOfTwo } from './bits.ts'
import type { Columns } from './columns.ts'
import type { Footprint } from './footprint.ts'

// Two habits of the hot classes, worth about a third of their instructions together. Constants appear twice: V8 folds a module's own into
// the code, and loads exported ones from a cell at each use. Fields are `declare`d: a plain field declaration first stores undefined, after
// which V8 no longer knows that the field always holds a small integer, or always this kind of array, and checks at each use.
const NONE = -1
const FREE = 1
const SHIFT = 3
const HEAD = 0x7f
const INSIDE = 0x78
const AT_TAIL = 1
const AT_LIKELY = 2

/** No block, no page, no list. */
export const NO_PAGE = NONE
export const TAG_MASK = 0x07
export const FREE_TAG = FREE
export const ORDER_SHIFT = SHIFT
/** Tag and order of a head, without MARK. */
export const HEAD_MASK = HEAD
export const MARK = 0x80
/** A page inside a block. Its order field is 15, so no head of order 0 to 14 looks like it. */
export const BODY = INSIDE

/** Which end of a list a block joins. Allocations take from the head. LIKELY: see `put`. */
export const Place = { HEAD: 0, TAIL: AT_TAIL, LIKELY: AT_LIKELY } as const
export type Place = (typeof Place)[keyof typeof Place]

export interface BuddyOptions {
  /** Pages covered, a multiple of `2 ** maxOrder`, below 2^29. */
  pages: number
  /** Largest order of a block, 0 to 14. */
  maxOrder: number
  /** Families of lists in a group, 1 to 256. */
  kinds?: number
  groups?: number
  extraLists?: number
}

export class BuddyCore {
  declare readonly pages: number
  declare readonly maxOrder: number
  /** Lists of one kind: `maxOrder + 1`. */
  declare readonly orders: number
  /** Lists of one group. */
  declare readonly groupLists: number
  declare readonly extraBase: number
  /** Of page or list head i: the one behind it at 2 i, the one before it at 2 i + 1. Side by side, they share a cache line. */
  declare readonly links: Int32Array
  declare readonly state: Uint8Array
  declare readonly kind: Uint8Array
  declare readonly count: Int32Array
  /** Shared object of page 0; page p is object `pageObject + p`, and list l is `pageObject + pages + l`. */
  declare readonly pageObject: number
  /** Order of the block that the last `merge` made. */
  mergedOrder = 0
  private declare readonly footprint: Footprint

  constructor(cols: Columns, label: string, options: BuddyOptions) {
    const { pages, maxOrder, kinds = 1, groups = 1, extraLists = 0 } = options
    assert(maxOrder >= 0 && maxOrder <= 14, 'maxOrder fits the state byte beside BODY')
    assert(pages > 0 && pages < 2 ** 29 && pages % 2 ** maxOrder === 0, 'pages are whole blocks of maxOrder')
    assert(kinds >= 1 && kinds <= 256, 'kinds fit their byte')
    // `| 0`: a caller's product or power is a double, and a field that was ever a double makes all arithmetic on it floating point.
    this.pages = pages | 0
    this.maxOrder = maxOrder | 0
    this.orders = maxOrder + 1
    this.groupLists = kinds * this.orders
    this.extraBase = groups * this.groupLists
    const lists = (this.extraBase + extraLists) | 0
    this.footprint = cols.footprint
    this.pageObject = cols.objects(`${label} page`, pages)
    const listObject = cols.objects(`${label} list`, lists)
    assert(listObject === this.pageObject + pages, 'lists are numbered behind the pages, as their heads are')
    this.links = cols.i32(`${label}.links`, 2 * (pages + lists), this.pageObject, 2)
    this.state = cols.u8(`${label}.state`, pages, this.pageObject, 1)
    this.kind = cols.u8(`${label}.kind`, pages, this.pageObject, 1)
    this.count = cols.i32(`${label}.count`, lists, listObject, 1)
    for (let head = pages; head < pages + lists; head++) this.links[head << 1] = this.links[(head << 1) | 1] = head
  }

  base(group: number): number {
    return group * this.groupLists
  }

  listOf(base: number, kind: number, order: number): number {
    return base + kind * this.orders + order
  }

  /** First page of a list, NONE when it is empty. */
  first(list: number): number {
    const page = this.links[(this.pages + list) << 1]
    return page < this.pages ? page : NONE
  }

  last(list: number): number {
    const page = this.links[((this.pages + list) << 1) | 1]
    return page < this.pages ? page : NONE
  }

  /** The page behind a listed page, NONE behind the last. */
  after(page: number): number {
    const behind = this.links[page << 1]
    return behind < this.pages ? behind : NONE
  }

  insertHead(list: number, page: number): void {
    const head = this.pages + list
    this.link(page, head, this.links[head << 1])
    this.count[list]++
  }

  insertTail(list: number, page: number): void {
    const head = this.pages + list
    this.link(page, this.links[(head << 1) | 1], head)
    this.count[list]++
  }

  /** Unlinks a page from the list that holds it. State and kind stay. */
  remove(list: number, page: number): void {
    this.unlink(page, list)
    assert(this.count[list] > 0, 'a block is removed from the list that counts it')
    this.count[list]--
  }

  /** Turns the ring of a list so that `page`, which is on it, becomes its first: include/linux/list.h list_rotate_to_front. */
  rotateToFront(list: number, page: number): void {
    const head = this.pages + list
    if (this.links[head << 1] === page) return
    this.unlink(head, list)
    this.link(head, this.links[(page << 1) | 1], page)
  }

  /** Smallest order from `order` up with a block on the list of (base, kind), NONE when there is none. */
  smallestFrom(base: number, kind: number, order: number): number {
    const start = base + kind * this.orders
    for (let o = order; o < this.orders; o++) if (this.count[start + o] > 0) return o
    return NONE
  }

  /**
   * Takes the first block of the smallest order that will do from the lists of (base, kind), splits it to `order`, and gives it the caller's
   * `tag` (FREE_TAG leaves it in limbo): its first page, or NONE. The upper halves go to the heads of their lists (mm/page_alloc.c
   * __rmqueue_smallest, expand). One body, because this is the hot half of every allocation.
   */
  takeSmallest(base: number, kind: number, order: number, tag: number = FREE): number {
    const { links, state, kind: kinds, count } = this
    const lists = base + kind * this.orders
    let from = order
    while (count[lists + from] === 0) if (++from > this.maxOrder) return NONE
    const rings = this.pages + lists
    const page = links[(rings + from) << 1]
    assert((state[page] & HEAD) === (FREE | (from << SHIFT)), 'the block taken is free and of its list order')
    if (this.footprint.recording) this.declareTake(page, from, order, lists)
    const behind = links[page << 1]
    const before = links[(page << 1) | 1]
    links[before << 1] = behind
    links[(behind << 1) | 1] = before
    count[lists + from]--
    for (let o = from - 1; o >= order; o--) {
      const upper = page + (1 << o)
      const ring = rings + o
      const first = links[ring << 1]
      state[upper] = FREE | (o << SHIFT)
      kinds[upper] = kind
      links[upper << 1] = first
      links[(upper << 1) | 1] = ring
      links[(first << 1) | 1] = upper
      links[ring << 1] = upper
      count[lists + o]++
    }
    state[page] = tag | (order << SHIFT)
    kinds[page] = kind
    return page
  }

  /**
   * Takes a free block of `from` off its list and splits it down to `to`. Leaves the first `2 ** to` pages in limbo as a block of that
   * order without MARK (mm/page_alloc.c del_page_from_free_list).
   */
  take(page: number, from: number, to: number, base: number): void {
    const { links, state, count } = this
    assert((state[page] & HEAD) === (FREE | (from << SHIFT)), 'the block taken is free and of its list order')
    const lists = base + this.kind[page] * this.orders
    if (this.footprint.recording) this.declareTake(page, from, to, lists)
    const behind = links[page << 1]
    const before = links[(page << 1) | 1]
    links[before << 1] = behind
    links[(behind << 1) | 1] = before
    count[lists + from]--
    state[page] = FREE | (to << SHIFT)
    if (from > to) this.listUpperHalves(page, from, to, lists)
  }

  /** Puts the upper halves of a block, from its order down to `to`, at the heads of their lists (mm/page_alloc.c expand). */
  private listUpperHalves(page: number, from: number, to: number, lists: number): void {
    const { links, state, kind, count } = this
    for (let o = from - 1; o >= to; o--) {
      const upper = page + (1 << o)
      const ring = this.pages + lists + o
      const first = links[ring << 1]
      state[upper] = FREE | (o << SHIFT)
      kind[upper] = kind[page]
      links[upper << 1] = first
      links[(upper << 1) | 1] = ring
      links[(first << 1) | 1] = upper
      links[ring << 1] = upper
      count[lists + o]++
    }
  }

  /**
   * Joins a block in limbo with its free buddies while the order is below `limit`. Returns the first page of the result, again in limbo,
   * and leaves its order in `mergedOrder`. A joined buddy leaves its list and loses MARK. Callers insert the result.
   */
  merge(page: number, order: number, limit: number, base: number): number {
    const { links, state, kind, count } = this
    if (this.footprint.recording) this.declareMerge(page, order, limit, base)
    let head = page
    let o = order
    while (o < limit) {
      const buddy = head ^ (1 << o)
      if ((state[buddy] & HEAD) !== (FREE | (o << SHIFT))) break
      const list = base + kind[buddy] * this.orders + o
      const behind = links[buddy << 1]
      const before = links[(buddy << 1) | 1]
      links[before << 1] = behind
      links[(behind << 1) | 1] = before
      count[list]--
      state[head | buddy] = INSIDE
      head &= buddy
      o++
    }
    state[head] = FREE | (o << SHIFT)
    this.mergedOrder = o
    return head
  }

  /**
   * Gives a block back that has the caller's `tag` (FREE_TAG: it is in limbo): merges it as `merge` does and lists the result under `kind`. `place`
   * says where; with Place.LIKELY a block goes to the tail when the buddy of its parent is free: its own buddy will probably be freed soon, and the
   * two will merge further (mm/page_alloc.c buddy_merge_likely). Returns the first page of the listed block; its order is in `mergedOrder`. One body,
   * because this is the hot half of every free.
   */
  put(page: number, order: number, limit: number, base: number, kind: number, place: Place, tag: number = FREE): number {
    const { links, state, kind: kinds, count } = this
    assert(state[page] === (tag | (order << SHIFT)), 'the block put back is of its owner and order')
    const { recording } = this.footprint
    if (recording) this.declareMerge(page, order, limit, base)
    let head = page
    let o = order
    while (o < limit) {
      const buddy = head ^ (1 << o)
      if ((state[buddy] & HEAD) !== (FREE | (o << SHIFT))) break
      const joined = base + kinds[buddy] * this.orders + o
      const behind = links[buddy << 1]
      const before = links[(buddy << 1) | 1]
      links[before << 1] = behind
      links[(behind << 1) | 1] = before
      count[joined]--
      state[head | buddy] = INSIDE
      head &= buddy
      o++
    }
    state[head] = FREE | (o << SHIFT)
    kinds[head] = kind
    this.mergedOrder = o
    const list = base + kind * this.orders + o
    const ring = this.pages + list
    let before = ring
    let behind = links[ring << 1]
    const parentBuddy = (head & ~(1 << o)) ^ (2 << o)
    const likely = place === AT_LIKELY && o < this.maxOrder - 1 && (state[parentBuddy] & HEAD) === (FREE | ((o + 1) << SHIFT))
    if (likely || place === AT_TAIL) {
      before = links[(ring << 1) | 1]
      behind = ring
    }
    if (recording) this.declarePut(head, before, behind, parentBuddy)
    links[head << 1] = behind
    links[(head << 1) | 1] = before
    links[before << 1] = head
    links[(behind << 1) | 1] = head
    count[list]++
    return head
  }

  /** True when the page is the head of a free block of exactly this order. */
  isFreeHead(page: number, order: number): boolean {
    return (this.state[page] & HEAD) === (FREE | (order << SHIFT))
  }

  /** The list a free block is on, from its own state and kind. */
  listOfBlock(base: number, page: number): number {
    const order = (this.state[page] & HEAD) >> SHIFT
    return base + this.kind[page] * this.orders + order
  }

  /** Walks one list against its count and its back links; returns the pages in its blocks. For a group's list also checks B1. */
  checkList(list: number): number {
    const head = this.pages + list
    const grouped = list < this.extraBase
    const within = list % this.groupLists
    let blocks = 0
    let pages = 0
    for (let at = head; ; ) {
      const behind = this.links[at << 1]
      assert(this.links[(behind << 1) | 1] === at, 'links agree in both directions')
      if (behind === head) break
      assert(behind < this.pages, 'a list holds pages only')
      const order = (this.state[behind] & HEAD) >> SHIFT
      if (grouped) {
        assert(this.isFreeHead(behind, within % this.orders), 'B1: a listed block is free and of the order of its list')
        assert(this.kind[behind] === Math.floor(within / this.orders), 'B1: a listed block has the kind of its list')
      }
      assert(++blocks <= this.count[list], 'B2: no more blocks on the list than counted')
      pages += 1 << order
      at = behind
    }
    assert(blocks === this.count[list], 'B2: as many blocks on the list as counted')
    return pages
  }

  private link(page: number, before: number, behind: number): void {
    const { links } = this
    if (this.footprint.recording) this.declare(page, before, behind)
    links[page << 1] = behind
    links[(page << 1) | 1] = before
    links[before << 1] = page
    links[(behind << 1) | 1] = page
  }

  private unlink(page: number, list: number): void {
    const { links } = this
    const behind = links[page << 1]
    const before = links[(page << 1) | 1]
    if (this.footprint.recording) {
      this.declare(page, before, behind)
      this.footprint.write(this.pageObject + this.pages + list)
    }
    links[before << 1] = behind
    links[(behind << 1) | 1] = before
  }

  /** Links of pages and of list heads change under the objects of their pages and lists, which are numbered like the links. */
  private declare(page: number, before: number, behind: number): void {
    this.footprint.write(this.pageObject + page)
    this.footprint.write(this.pageObject + before)
    this.footprint.write(this.pageObject + behind)
  }

  /** What `put` reads and writes after merging. The parent's buddy may lie outside when no block of that order can exist. */
  private declarePut(head: number, before: number, behind: number, parentBuddy: number): void {
    if (parentBuddy < this.pages) this.footprint.read(this.pageObject + parentBuddy)
    this.declare(head, before, behind)
  }

  /** What `take` will write: the block and its neighbours, and for each upper half that page, its list and the list's first page. */
  private declareTake(page: number, from: number, to: number, lists: number): void {
    this.declare(page, this.links[(page << 1) | 1], this.links[page << 1])
    this.footprint.write(this.pageObject + this.pages + lists + from)
    for (let o = from - 1; o >= to; o--) {
      const head = this.pages + lists + o
      this.declare(page + (1 << o), head, this.links[head << 1])
    }
  }

  /** What `merge` will read and write: each buddy it looks at, and the neighbours and the list of each that it joins. */
  private declareMerge(page: number, order: number, limit: number, base: number): void {
    this.footprint.write(this.pageObject + page)
    for (let o = order, head = page; o < limit; o++) {
      const buddy = head ^ (1 << o)
      this.footprint.read(this.pageObject + buddy)
      if (!this.isFreeHead(buddy, o)) break
      this.declare(buddy, this.links[(buddy << 1) | 1], this.links[buddy << 1])
      this.footprint.write(this.pageObject + this.pages + this.listOfBlock(base, buddy))
      head &= buddy
    }
  }
}

/** Relations of the state byte that the tests of a head rely on. */
assert(isPowerOfTwo(MARK) && (BODY & TAG_MASK) === 0 && BODY >> ORDER_SHIFT === 15, 'MARK is one bit and BODY is no head')
