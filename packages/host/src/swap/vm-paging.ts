/**
 * The pages of one VM between memory and swap.
 *
 *     evict    invalidate (zap, flush) -> swap entry in place of the page -> end          the frame goes to reclaim, which writes and frees it
 *     swapIn   frame -> read -> the entry still the same? -> the page is there again, small, without SPTE: the fault goes on and maps it
 *
 * A page that the guest itself has marked as unused (s390: the state beside its page table entry) is dropped instead, and nothing is written
 * (mm/rmap.c try_to_unmap_one with pte_unused). It takes no slot in the end; but reclaim turns to it only on a host that has swap.
 *
 * There is no swap cache: a fault on a page that is being written reads it back.
 */
import { gfn as asGfn } from '@hintlab/kit'
import type { Gfn, Hfn, Vpn } from '@hintlab/kit'
import type { HostWitness } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { NO_FRAME } from '../mm/frames.ts'
import { HUGE_PAGES } from '../mm/limits.ts'
import { isHuge, mappingHfn, NO_MEMORY, NOT_MAPPED, SWAPPED } from '../mm/mapping.ts'
import { NO_SLOT as NOT_SWAPPED } from '../mm/page-table.ts'
import { NO_SLOT } from '../mmu/memslots.ts'
import type { HostReclaim, ReclaimSpace } from '../reclaim/host-reclaim.ts'
import type { Vm } from '../vm.ts'

export class VmPaging implements ReclaimSpace {
  readonly reclaim: HostReclaim
  private readonly engine: Engine
  private readonly vm: Vm
  private readonly witness: HostWitness
  /** Whether the guest has marked a page as unused, where it has a way to. */
  stillUnused: ((pfn: number) => boolean) | null = null

  constructor(engine: Engine, vm: Vm, reclaim: HostReclaim, witness: HostWitness) {
    this.engine = engine
    this.vm = vm
    this.reclaim = reclaim
    this.witness = witness
    reclaim.addSpace(this)
  }

  get firstOwner(): number {
    return this.vm.mm.firstOwner
  }

  get ownerCount(): number {
    return this.vm.mm.ownerCount
  }

  vpnOf(owner: number): Vpn {
    return this.vm.mm.vpnOfOwner(owner)
  }

  /** Clears the A bits of the range (mmu_notifier_clear_young). */
  takeYoung(vpn: Vpn, count: number): boolean {
    const gfn = this.vm.slots.gfnOf(vpn)
    return gfn !== NO_SLOT && this.vm.ept.clearAccessed(gfn, count) > 0
  }

  *evict(task: Task, vpn: Vpn, frame: Hfn, count: number): Generator<Point, number, void> {
    const gfn = this.vm.slots.gfnOf(vpn)
    const { swap } = this.reclaim
    const isLazy = this.reclaim.frames.isLazy(frame)
    if (gfn === NO_SLOT || (!isLazy && (swap === undefined || swap.freeSlots < count))) return 0
    const { zap4k, zap2m, splitHuge } = this.engine.costs
    task.charge(count === HUGE_PAGES ? zap2m + splitHuge : zap4k, Cause.RECLAIM)
    yield* this.vm.invalidate(task, gfn, count)
    // It may have been discarded, split or taken since reclaim looked. Nobody runs between this look and the swap entries.
    const mapping = this.vm.mm.resolve(vpn)
    // A page that is free for the taking and was touched in the meantime stays.
    const mapped = mapping !== NOT_MAPPED && mappingHfn(mapping) === frame && isHuge(mapping) === (count === HUGE_PAGES)
    const same = mapped && this.reclaim.frames.isLazy(frame) === isLazy
    // Its page table entries go one by one, also those of a huge page (TTU_SPLIT_HUGE_PMD), so that a table is left. Since Linux 6.11 a clean huge page
    // that is free for the taking goes whole, table and all (mm/huge_memory.c __discard_anon_folio_pmd_locked): not modeled.
    if (same && isLazy && count === HUGE_PAGES) this.vm.mm.splitHuge(vpn)
    if (same && isLazy) {
      this.vm.mm.zapRange(vpn, count)
      this.vm.notePaged('lazyFreed', count)
    } else if (same) this.evictAll(gfn, vpn, frame, count)
    yield* this.vm.endInvalidation(task)
    return same ? count : 0
  }

  /** Before a fault that may need a frame: reclaims when the host is short. */
  *makeRoom(task: Task, vpn: Vpn): Generator<Point, void, void> {
    if (this.reclaim.isShort && this.vm.mm.resolve(vpn) === NOT_MAPPED) yield* this.reclaim.direct(task)
  }

  /** A fault found no page: reads it from swap, or makes room. False when neither helps. */
  *resolve(task: Task, vpn: Vpn, mapping: number): Generator<Point, boolean, void> {
    if (mapping === SWAPPED) return yield* this.swapIn(task, vpn)
    return mapping === NO_MEMORY && (yield* this.reclaim.direct(task))
  }

  private evictAll(gfn: Gfn, vpn: Vpn, frame: Hfn, count: number): void {
    if (count === HUGE_PAGES) this.vm.mm.splitHuge(vpn)
    let dropped = 0
    for (let i = 0; i < count; i++) {
      if (this.stillUnused?.(gfn + i) === true) {
        this.dropUnused(asGfn(gfn + i), (vpn + i) as Vpn)
        dropped++
      } else this.evictSmall((vpn + i) as Vpn, (frame + i) as Hfn)
    }
    this.vm.notePaged('unusedDropped', dropped)
    this.vm.notePaged('swappedOut', count - dropped)
  }

  /** The look and the drop are one step, so the guest cannot take the page into use between them. */
  private dropUnused(gfn: Gfn, vpn: Vpn): void {
    this.witness.discarding(gfn, 1)
    this.vm.mm.zapRange(vpn, 1)
  }

  private evictSmall(vpn: Vpn, frame: Hfn): void {
    const { contents, swap } = this.reclaim
    const isZero = contents.isZero(frame)
    const slot = swap!.alloc(isZero)
    contents.swappedOut(frame, slot)
    this.reclaim.hold(this.vm.mm.swapOut(vpn, slot), isZero)
  }

  /** Reads the page, and with it those of its aligned group that are in swap too (mm/swap_state.c swap_vma_readahead); false when no frame can be had. */
  private *swapIn(task: Task, vpn: Vpn): Generator<Point, boolean, void> {
    const { reclaim, vm } = this
    const group = this.group(vpn)
    if (group.length === 0) return yield* reclaim.direct(task)
    const { fault4k, zero4k, exitKernel } = this.engine.costs
    const toRead = group.filter(({ slot }) => !reclaim.swap!.isZero(slot)).length
    task.charge((group.length - toRead) * zero4k, Cause.ZEROING)
    task.charge(Math.max(0, fault4k - zero4k - exitKernel), Cause.FAULT)
    if (toRead > 0) yield* reclaim.device.read(task, toRead)
    let came = 0
    for (const { page, slot, frame } of group) {
      const same = vm.mm.slotOf(page) === slot
      if (same) reclaim.contents.swappedIn(slot, frame)
      if (same && vm.mm.swapIn(page, slot, frame)) came++
      else reclaim.frames.freeSmall(frame)
    }
    vm.notePaged('swappedIn', came)
    reclaim.taken()
    return true
  }

  /** The pages to read with `vpn`, with a frame for each: only `vpn` when the host is short, none when there is no frame for it. */
  private group(vpn: Vpn): { page: Vpn; slot: number; frame: Hfn }[] {
    const { reclaim, vm } = this
    const group: { page: Vpn; slot: number; frame: Hfn }[] = []
    const add = (page: Vpn): void => {
      const slot = vm.mm.slotOf(page)
      if (slot === NOT_SWAPPED) return
      const frame = reclaim.frames.allocSmall()
      if (frame !== NO_FRAME) group.push({ page, slot, frame })
    }
    add(vpn)
    const first = vpn - (vpn % reclaim.readahead)
    if (group.length > 0 && !reclaim.isShort) for (let page = first; page < first + reclaim.readahead; page++) if (page !== vpn) add(page as Vpn)
    return group
  }
}
