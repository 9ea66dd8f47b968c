/**
 * A stretch of a program's memory: blocks of one order that come into being when they are touched, in the order of the access pattern.
 *
 *     sequential  0 1 2 3 4 5 ...      random  4 0 5 2 ...      every 3rd  0 3 6 ...   (the blocks between are never touched, so never allocated)
 */
import { pagesIn } from '@hintlab/kit'
import type { GuestKernel } from '@hintlab/guest'
import type { Prng } from '@hintlab/kit'
import type { Point } from '@hintlab/sim'
import { SlotHolder } from '../guest-memory/slot-holder.ts'
import type { Request } from './page-user.ts'
import type { AccessPattern } from './phase-schema.ts'
import { giveBlock, isOver, keepPace, requestOf, useBlock, work } from './worker.ts'
import type { Worker } from './worker.ts'

/** Frees between two points at which time passes: a folio_batch of the kernel holds 15. */
export const FREE_BATCH = 15

export interface RegionShape {
  readonly size: number
  readonly order: number
  readonly access: AccessPattern
  readonly nth: number
  readonly mobility: 'movable' | 'unmovable' | 'reclaimable'
  readonly 'work-ns': number
}

/** What a generator touches and gives back. */
export interface Stretch {
  /** Touches it once, evenly over `overNs`. False when the phase is over or the guest out of memory: then part of it is touched. */
  map(worker: Worker, overNs?: number): Generator<Point, boolean, void>
  /** Gives back every block but the share `keep`, from the lowest address on, as munmap does. */
  unmap(worker: Worker, keep?: number): Generator<Point, void, void>
  /** Calls `visit` for each block that is allocated. */
  each(visit: (pfn: number, order: number) => void): void
}

export class Region implements Stretch {
  readonly order: number
  /** Blocks of one turn, and of them those that are allocated now. */
  readonly blocks: number
  used = 0
  private readonly pfns: Int32Array
  private readonly holder: SlotHolder
  /** Which block of the stretch is touched when; shuffled for random access. */
  private readonly turns: Int32Array
  private readonly isRandom: boolean
  private readonly request: Request
  private readonly workNs: number

  constructor(kernel: GuestKernel, { size, order, access, nth, mobility, 'work-ns': workNs }: RegionShape) {
    this.order = order
    const all = Math.ceil(pagesIn(size) / 2 ** order)
    this.blocks = access === 'every-nth' ? Math.ceil(all / nth) : all
    this.pfns = new Int32Array(this.blocks).fill(-1)
    this.holder = new SlotHolder(kernel, this.pfns)
    this.turns = Int32Array.from({ length: this.blocks }, (_, i) => i)
    this.isRandom = access === 'random'
    this.request = requestOf(mobility, order)
    this.workNs = workNs
  }

  *map(worker: Worker, overNs = 0): Generator<Point, boolean, void> {
    const start = worker.engine.localNow(worker.task)
    if (this.isRandom) shuffle(this.turns, worker.random)
    for (let i = 0; i < this.blocks; i++) {
      if (overNs > 0) yield* keepPace(worker, start + Math.floor((overNs * i) / this.blocks))
      if (isOver(worker)) return false
      const pfn = yield* useBlock(worker, this.request, this.workNs)
      if (pfn < 0) return false
      this.pfns[this.turns[i]] = pfn
      this.holder.hold(this.turns[i], this.order)
      this.used++
    }
    return true
  }

  *unmap(worker: Worker, keep = 0): Generator<Point, void, void> {
    let freed = 0
    let kept = 0
    for (let i = 0; i < this.blocks; i++) {
      const pfn = this.pfns[i]
      if (pfn < 0) continue
      this.pfns[i] = -1
      this.holder.release(pfn, this.order)
      this.used--
      if (Math.floor((kept + freed + 1) * keep) > kept) {
        kept++
        worker.keep(pfn, this.order)
        continue
      }
      yield* giveBlock(worker, pfn, this.order)
      if (++freed % FREE_BATCH === 0) yield* work(worker, 0)
    }
    yield* work(worker, 0)
  }

  each(visit: (pfn: number, order: number) => void): void {
    for (const pfn of this.pfns) if (pfn >= 0) visit(pfn, this.order)
  }
}

/** Fisher and Yates. */
export function shuffle(items: Int32Array, random: Prng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const swap = items[i]
    items[i] = items[j]
    items[j] = swap
  }
}
