/**
 * A stretch of a program's memory in a guest with huge pages: as Region, but with a page table that knows small and huge pages, so that a page fault can ask
 * the guest kernel for a huge page, and khugepaged can make one later.
 *
 *     virtual   0 .. 511        512 .. 1023          1024 ..
 *               heads[0] = h    heads[1] = -1        ...             a huge page backs all of a range, or
 *                               pfns[512 ..]                         small pages those of it that were touched
 *
 *   R1  A range with a huge page has no small page.
 */
import { assert, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, pagesIn } from '@hintlab/kit'
import { NONE } from '@hintlab/guest'
import type { AnonArea, GuestKernel } from '@hintlab/guest'
import type { Point } from '@hintlab/sim'
import { SlotHolder } from '../guest-memory/slot-holder.ts'
import type { Request } from './page-user.ts'
import { FREE_BATCH, shuffle } from './region.ts'
import type { RegionShape, Stretch } from './region.ts'
import { giveBlock, isOver, keepPace, requestOf, touchAt, useBlock, useHugePage, work } from './worker.ts'
import type { Worker } from './worker.ts'

export class AnonRegion implements AnonArea, Stretch {
  readonly ranges: number
  /** By virtual page: the small page there, or -1. By range: first page of its huge page, or -1. */
  private readonly pfns: Int32Array
  private readonly heads: Int32Array
  private readonly holder: SlotHolder
  /** First virtual page of what is touched when; shuffled for random access. */
  private readonly turns: Int32Array
  private readonly isRandom: boolean
  private readonly faultsHuge: boolean
  private readonly request: Request
  private readonly workNs: number
  private isUnmapping = false

  /** Faults are for huge pages where the shape's order is 9, else for small ones; khugepaged looks at it where the guest has one. */
  constructor(kernel: GuestKernel, { size, order, access, nth, mobility, 'work-ns': workNs }: RegionShape) {
    assert(order === 0 || order === PAGEBLOCK_ORDER, 'a page table has small and huge pages')
    const unit = 2 ** order
    const all = Math.ceil(pagesIn(size) / unit)
    const stride = access === 'every-nth' ? nth * unit : unit
    this.turns = Int32Array.from({ length: access === 'every-nth' ? Math.ceil(all / nth) : all }, (_, i) => i * stride)
    this.pfns = new Int32Array(all * unit).fill(NONE)
    this.ranges = Math.floor(this.pfns.length / PAGEBLOCK_PAGES)
    this.heads = new Int32Array(Math.ceil(this.pfns.length / PAGEBLOCK_PAGES)).fill(NONE)
    this.holder = new SlotHolder(kernel, this.pfns)
    this.isRandom = access === 'random'
    this.faultsHuge = order > 0
    this.request = requestOf(mobility, 0)
    this.workNs = workNs
    kernel.khugepaged?.add(this)
  }

  *map(worker: Worker, overNs = 0): Generator<Point, boolean, void> {
    const start = worker.engine.localNow(worker.task)
    if (this.isRandom) shuffle(this.turns, worker.random)
    const { turns } = this
    for (let i = 0; i < turns.length; i++) {
      if (overNs > 0) yield* keepPace(worker, start + Math.floor((overNs * i) / turns.length))
      if (isOver(worker)) return false
      const whole = this.faultsHuge ? yield* this.touchRange(worker, turns[i]) : yield* this.touchPage(worker, turns[i])
      if (!whole) return false
    }
    return true
  }

  *unmap(worker: Worker, keep = 0): Generator<Point, void, void> {
    this.isUnmapping = true
    const done = { kept: 0, pages: 0, blocks: 0 }
    for (let range = 0; range < this.heads.length; range++) {
      const head = this.heads[range]
      this.heads[range] = NONE
      if (head !== NONE) yield* this.release(worker, { pfn: head, order: PAGEBLOCK_ORDER }, keep, done)
      else yield* this.unmapSmall(worker, range * PAGEBLOCK_PAGES, keep, done)
    }
    this.isUnmapping = false
    yield* work(worker, 0)
  }

  each(visit: (pfn: number, order: number) => void): void {
    for (const head of this.heads) if (head !== NONE) visit(head, PAGEBLOCK_ORDER)
    for (const pfn of this.pfns) if (pfn !== NONE) visit(pfn, 0)
  }

  mayCollapse(range: number): boolean {
    return !this.isUnmapping && this.heads[range] === NONE
  }

  pageAt(range: number, index: number): number {
    return this.pfns[range * PAGEBLOCK_PAGES + index]
  }

  collapse(range: number, head: number): void {
    assert(this.heads[range] === NONE && !this.isUnmapping, 'R1: only a range without a huge page gets one')
    this.pfns.fill(NONE, range * PAGEBLOCK_PAGES, (range + 1) * PAGEBLOCK_PAGES)
    this.heads[range] = head
  }

  /** A fault for a huge page; where the guest has none, each small page faults by itself. */
  private *touchRange(worker: Worker, first: number): Generator<Point, boolean, void> {
    const range = first / PAGEBLOCK_PAGES
    const head = yield* useHugePage(worker, this.workNs)
    if (head !== NONE) {
      this.heads[range] = head
      return true
    }
    for (let page = first; page < first + PAGEBLOCK_PAGES; page++) {
      if (isOver(worker) || !(yield* this.touchPage(worker, page))) return false
    }
    return true
  }

  /** A fault for a small page, or none where khugepaged has been. False when the guest is out of memory. */
  private *touchPage(worker: Worker, page: number): Generator<Point, boolean, void> {
    const range = Math.floor(page / PAGEBLOCK_PAGES)
    if (this.heads[range] === NONE) {
      const pfn = yield* useBlock(worker, this.request, this.workNs)
      if (pfn === NONE) return false
      if (this.heads[range] === NONE) {
        this.pfns[page] = pfn
        this.holder.hold(page, 0)
        return true
      }
      // khugepaged was faster: the fault finds the huge page, and gives back its own.
      yield* giveBlock(worker, pfn, 0)
    }
    yield* touchAt(worker, this.heads[range] + (page % PAGEBLOCK_PAGES), this.workNs)
    return true
  }

  private *unmapSmall(worker: Worker, first: number, keep: number, done: Done): Generator<Point, void, void> {
    const end = Math.min(first + PAGEBLOCK_PAGES, this.pfns.length)
    for (let page = first; page < end; page++) {
      const pfn = this.pfns[page]
      if (pfn === NONE) continue
      this.pfns[page] = NONE
      this.holder.release(pfn, 0)
      yield* this.release(worker, { pfn, order: 0 }, keep, done)
    }
  }

  /** Frees a block, or keeps it when the share allows it. */
  private *release(worker: Worker, { pfn, order }: { pfn: number; order: number }, keep: number, done: Done): Generator<Point, void, void> {
    const pages = 2 ** order
    done.pages += pages
    if (Math.floor(done.pages * keep) >= done.kept + pages) {
      done.kept += pages
      worker.keep(pfn, order)
      return
    }
    yield* giveBlock(worker, pfn, order)
    if (++done.blocks % FREE_BATCH === 0) yield* work(worker, 0)
  }
}

/** Of an unmapping: pages kept, pages seen, blocks freed. */
interface Done {
  kept: number
  pages: number
  blocks: number
}
