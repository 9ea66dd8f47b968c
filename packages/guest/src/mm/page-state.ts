/**
 * The state byte of a guest page. It is kit's buddy byte with the page owners of the protocol as tags:
 *
 *     7          6 . . . 3    2 . 0
 *   | Reported |   order    | owner |      of the first page of a block; its other pages hold BODY
 *
 * The byte 0 is owner OFFLINE at order 0: a page that was never brought online. `PageStates.move` is the only way from one owner to
 * another. Splitting and merging free blocks (kit) changes heads and orders, never owners.
 */
import { assert, BODY, FREE_TAG, HEAD_MASK, MARK, ORDER_SHIFT, TAG_MASK } from '@hintlab/kit'
import type { BuddyCore, Footprint } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import type { PageObserver } from '@hintlab/protocol'

// Constants of the hot paths once more: V8 folds a module's own into the code, and loads imported ones from a cell.
const SHIFT = ORDER_SHIFT
const HEAD = HEAD_MASK
const INSIDE = BODY

export const OFFLINE_BYTE = 0
export const REPORTED = MARK

export const packHead = (owner: number, order: number): number => owner | (order << ORDER_SHIFT)
export const ownerOfByte = (byte: number): PageOwner => (byte & TAG_MASK) as PageOwner
export const orderOfByte = (byte: number): number => (byte & HEAD_MASK) >> ORDER_SHIFT
export const isReportedByte = (byte: number): boolean => (byte & REPORTED) !== 0
export const isBodyByte = (byte: number): boolean => byte === BODY

const freeTag: number = FREE_TAG
assert(PageOwner.FREE === freeTag, 'the buddy core and the protocol agree on what free is')
assert(Object.values(PageOwner).every((owner) => owner <= TAG_MASK), 'every owner fits its three bits')

export class PageStates {
  /** Told of every move; null switches it off. */
  observer: PageObserver | null = null
  private declare readonly core: BuddyCore
  private declare readonly state: Uint8Array
  private declare readonly firstObject: number
  private declare readonly footprint: Footprint

  constructor(core: BuddyCore, footprint: Footprint) {
    this.core = core
    this.state = core.state
    this.firstObject = core.pageObject
    this.footprint = footprint
  }

  /** Gives the block of `2 ** order` pages at `pfn` from one owner to another. It must be exactly such a block, and not Reported. */
  move(pfn: number, order: number, from: PageOwner, to: PageOwner): void {
    const { state } = this
    assert(state[pfn] === (from | (order << SHIFT)), 'a block moves from the owner that has it')
    state[pfn] = to | (order << SHIFT)
    if (this.footprint.recording) this.footprint.write(this.firstObject + pfn)
    if (this.observer !== null) this.observer.moved(pfn, order, from, to)
  }

  /** Makes a block FREE without telling the observer, who was told: it is in limbo until it is listed. */
  take(pfn: number, order: number, from: PageOwner): void {
    assert(this.state[pfn] === (from | (order << SHIFT)), 'a block moves from the owner that has it')
    this.state[pfn] = packHead(PageOwner.FREE, order)
  }

  /** Brings an offline block online, owned by the buddy allocator but not on a list yet. */
  online(pfn: number, order: number): void {
    const end = pfn + (1 << order)
    assert(this.isOffline(pfn, order), 'only an offline page comes online')
    this.footprint.writeRange(this.firstObject + pfn, 1 << order)
    this.state.fill(BODY, pfn, end)
    this.state[pfn] = packHead(PageOwner.FREE, order)
    if (this.observer !== null) this.observer.moved(pfn, order, PageOwner.OFFLINE, PageOwner.FREE)
  }

  /** Whether every page of a block is offline. A block of at least four pages, which is aligned, is read four bytes at a time: boot looks at every page. */
  private isOffline(pfn: number, order: number): boolean {
    if (order < 2) {
      for (let p = pfn; p < pfn + (1 << order); p++) if (this.state[p] !== OFFLINE_BYTE) return false
      return true
    }
    const words = new Uint32Array(this.state.buffer, pfn, 1 << (order - 2))
    for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false
    return true
  }

  /** Says in the footprint that all pages of a block change. */
  declare(pfn: number, order: number): void {
    this.footprint.writeRange(this.firstObject + pfn, 1 << order)
  }

  /** First page of the block that holds `pfn`; the page itself when it is offline. */
  headOf(pfn: number): number {
    assert(pfn >= 0 && pfn < this.state.length, 'the page is inside the guest')
    if (this.state[pfn] !== BODY) return pfn
    for (let order = 1; order <= this.core.maxOrder; order++) {
      const head = pfn & ~((1 << order) - 1)
      if (this.state[head] !== BODY && orderOfByte(this.state[head]) >= order) return head
    }
    assert(false, 'a page inside a block has a head')
  }

  ownerOf(pfn: number): PageOwner {
    const head = this.headOf(pfn)
    if (this.footprint.recording) this.footprint.read(this.firstObject + head)
    return ownerOfByte(this.state[head])
  }

  /** Order of the block whose first page is `pfn`. */
  orderOf(pfn: number): number {
    const byte = this.state[pfn]
    assert(byte !== INSIDE, 'only the first page of a block has an order')
    return (byte & HEAD) >> SHIFT
  }
}
