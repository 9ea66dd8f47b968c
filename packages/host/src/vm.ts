/**
 * A VM of the host: memslots over one mm, the EPT, a TLB per vCPU, mmu_lock and the MMU notifier. Three things happen to a guest frame here:
 *
 *     translate   hardware: TLB, then EPT walk, A and D set         no lock
 *     fault       EPT violation: resolve in the mm, map the SPTE    mmu_lock for reading, retried if an invalidation ran
 *     discard     MADV_DONTNEED: zap SPTEs, flush, free frames      mmu_lock for writing around the zap and the end
 *
 * On a host that can be short of memory, `paging` (swap/vm-paging.ts) makes room before a fault and takes pages between faults.
 *
 *   N1  a fault never maps a frame that an invalidation has released meanwhile (notifier sequence)
 *   N2  no translation outlives its frame: zap and flush come before the free
 */
import { assert, Counters, gfn as asGfn } from '@hintlab/kit'
import type { Gfn, Vpn } from '@hintlab/kit'
import type { HostWitness } from '@hintlab/protocol'
import { Cause, Kind, point, RwLock } from '@hintlab/sim'
import type { Costs, Cpu, Engine, Point, Task } from '@hintlab/sim'
import { Fate, granuleOf } from './backing/backing.ts'
import type { Discard, DiscardPlan } from './backing/backing.ts'
import type { AssignedDevice } from './backing/assigned-device.ts'
import { NO_WHOLE, SubPages } from './backing/sub-pages.ts'
import { isFresh, isHuge, mappingHfn } from './mm/mapping.ts'
import type { HostReclaim } from './reclaim/host-reclaim.ts'
import { VmPaging } from './swap/vm-paging.ts'
import type { HostMm } from './mm/host-mm.ts'
import { HUGE_PAGES, TABLE_MASK } from './mm/limits.ts'
import { Ept } from './mmu/ept.ts'
import { Memslots, NO_SLOT } from './mmu/memslots.ts'
import { MmuNotifier } from './mmu-notifier.ts'
import { NO_SPTE, SPTE_ACCESSED, SPTE_DIRTY, SPTE_EXEC, SPTE_PRESENT, SPTE_WRITABLE } from './mmu/spte.ts'
import { Tlb } from './mmu/tlb.ts'

const AT_RESOLVED = point(Kind.RUN, 'fault: host page found, not mapped yet')
const AT_MMU_READ = point(Kind.SPIN, 'fault: mmu_lock for reading')
const AT_MAPPED = point(Kind.RUN, 'fault: mapped')
const AT_MMU_WRITE = point(Kind.SPIN, 'discard: mmu_lock for writing')
const AT_ZAPPED = point(Kind.RUN, 'discard: SPTEs zapped')
const AT_FLUSHED = point(Kind.RUN, 'discard: TLBs flushed')
const AT_FREED = point(Kind.RUN, 'discard: frames freed')
const AT_MMU_END = point(Kind.SPIN, 'discard: mmu_lock for the end of the invalidation')
const AT_ENDED = point(Kind.RUN, 'discard: done')

/** No translation: the access exits to the host. */
export const FAULT = -1

/** Flags of a new SPTE: KVM maps what the guest may write writable at once, and a fault counts as an access. */
const NEW_SPTE = SPTE_PRESENT | SPTE_WRITABLE | SPTE_EXEC | SPTE_ACCESSED

export interface VmSafeguards {
  /** N1 */
  readonly notifierRetry: boolean
  /** N2 */
  readonly flushBeforeFree: boolean
}

export interface VmOptions {
  readonly vcpus: readonly Cpu[]
  readonly witness: HostWitness
  readonly safeguards?: Partial<VmSafeguards>
  /** Fixed table storage and small TLBs, for a machine that is reset often. */
  readonly eptTablesMax?: number
  readonly tlbEntries?: { small: number; large: number }
  /** Reclaim of the host that this VM runs on: then its pages can go to swap. Absent: a host that is never short. */
  readonly reclaim?: HostReclaim | undefined
  /** What the VMM calls for a discard; MADV_DONTNEED when absent. */
  readonly discard?: Discard
  /** Pages of 4 KiB in one of the host; 1 when absent. Smaller discards of one request are gathered until they are a whole one. */
  readonly hostPagePages?: number
}

/** What a VM counts. */
export const VM_COUNTERS = [
  'faults4k', 'faults2m', 'faultsResident', 'retries', 'outOfMemory', 'zapped4k', 'zapped2m', 'splits', 'flushes',
  // Pages that went to swap or came back; of discards: pages of refused ones, marked as free for the taking, unmapped only, zeroed and kept.
  'swappedOut', 'swappedIn', 'refused', 'lazy', 'lazyFreed', 'collapsed', 'kept', 'zeroed',
] as const
export type VmCounter = (typeof VM_COUNTERS)[number]

export class Vm {
  readonly slots: Memslots
  readonly ept: Ept
  readonly mm: HostMm
  readonly mmuLock: RwLock
  readonly tlbs: readonly Tlb[]
  readonly paging: VmPaging | null
  /** A device of the host's that writes to guest memory by itself. */
  assigned: AssignedDevice | null = null
  private readonly operation: Discard
  private readonly subPages: SubPages | null
  /** Told of each page that the guest writes, while somebody migrates it. */
  dirtyLog: ((gfn: Gfn) => void) | null = null
  private readonly costs: Costs
  private readonly notifier: MmuNotifier
  private readonly witness: HostWitness
  private readonly vcpus: readonly Cpu[]
  private readonly flushBeforeFree: boolean
  private readonly counts: Counters<VmCounter>

  constructor(engine: Engine, mm: HostMm, options: VmOptions) {
    const { cols } = engine
    this.costs = engine.costs
    this.mm = mm
    this.vcpus = options.vcpus
    this.witness = options.witness
    this.flushBeforeFree = options.safeguards?.flushBeforeFree ?? true
    this.slots = new Memslots(cols)
    this.ept = new Ept(cols, { tablesMax: options.eptTablesMax })
    this.notifier = new MmuNotifier(cols, options.safeguards?.notifierRetry ?? true)
    this.mmuLock = new RwLock(engine, 'mmu_lock')
    const { small, large } = options.tlbEntries ?? { small: 1024, large: 64 }
    this.tlbs = options.vcpus.map((_, vcpu) => new Tlb(cols, { vcpu, smallEntries: small, largeEntries: large }))
    this.counts = new Counters(cols, 'vm.counts', cols.objects('vm counters'), VM_COUNTERS)
    this.operation = options.discard ?? 'dontneed'
    const granule = options.hostPagePages ?? 1
    this.subPages = granule > 1 ? new SubPages(cols, granule) : null
    this.paging = options.reclaim === undefined ? null : new VmPaging(engine, this, options.reclaim)
  }

  counter(name: VmCounter): number {
    return this.counts.get(name)
  }

  /** The hardware's translation for an access by vCPU number `vcpu`: a host frame number, or FAULT. */
  translate(vcpu: number, gfn: Gfn, write: boolean): number {
    if (write && this.dirtyLog !== null) this.dirtyLog(gfn)
    const tlb = this.tlbs[vcpu]
    const cached = tlb.lookup(gfn)
    // A write through an entry without D walks again, so that the hardware can set D in the table.
    const need = write ? SPTE_WRITABLE | SPTE_DIRTY : SPTE_PRESENT
    if (cached !== NO_SPTE && (cached & need) === need) return tlb.hfn
    const flags = this.ept.walk(gfn)
    if (flags === NO_SPTE || (write && (flags & SPTE_WRITABLE) === 0)) return FAULT
    const bits = write ? SPTE_ACCESSED | SPTE_DIRTY : SPTE_ACCESSED
    if ((flags & bits) !== bits) this.ept.setAccessedDirty(gfn, bits)
    tlb.insert(gfn, this.ept.hfn, flags | bits)
    return this.ept.hfn
  }

  /**
   * EPT violation, in the exit task of the vCPU (arch/x86/kvm/mmu/tdp_mmu.c kvm_tdp_mmu_map, mmu.c kvm_faultin_pfn). The trapping task's `trapResult`
   * becomes 0, or -1 when the host has no memory or the frame lies in no slot.
   */
  *fault(task: Task, gfn: Gfn): Generator<Point, void, void> {
    task.charge(this.costs.exitKernel, Cause.EXIT)
    const vpn = this.slots.vpnOf(gfn)
    let mapping = -1
    for (;;) {
      if (this.paging !== null && vpn !== NO_SLOT) yield* this.paging.makeRoom(task, vpn)
      const sequence = this.notifier.sequence
      mapping = vpn === NO_SLOT ? -1 : this.mm.populate(vpn)
      if (mapping < 0) {
        if (this.paging !== null && vpn !== NO_SLOT && (yield* this.paging.resolve(task, vpn, mapping))) continue
        break
      }
      this.noteFault(task, mapping)
      yield AT_RESOLVED
      if (this.mmuLock.acquireRead(task)) yield AT_MMU_READ
      const retry = this.notifier.mustRetry(sequence, gfn)
      if (!retry) this.map(gfn, mapping)
      yield AT_MAPPED
      this.mmuLock.releaseRead(task)
      if (!retry) break
      this.counts.add('retries', 1)
    }
    if (mapping < 0) this.counts.add('outOfMemory', 1)
    task.trappedBy!.trapResult = mapping < 0 ? -1 : 0
  }

  /**
   * Drops the contents of guest frames, as far as their backing lets it (backing/backing.ts); the range lies in the memslots. What was freed is counted; the
   * next access faults.
   */
  *discard(task: Task, gfn: Gfn, count: number): Generator<Point, void, void> {
    const vpn = this.slots.vpnOf(gfn)
    assert(vpn !== NO_SLOT && this.slots.contains(gfn, count), 'a discard was validated against the memslots')
    task.charge(this.costs.madvise, Cause.DISCARD)
    const plan = this.mm.planDiscard(vpn, count, this.operation)
    if (plan.fate === Fate.REFUSE || this.assigned?.keeps === true) {
      this.counts.add('refused', count)
      const whole = this.subPages?.add(gfn, count) ?? NO_WHOLE
      if (whole !== NO_WHOLE) yield* this.discard(task, asGfn(whole), this.subPages!.granule)
      return
    }
    if (plan.fate !== Fate.UNMAP) this.witness.discarding(gfn, plan.zeroesRest ? count : plan.count)
    let mapped = yield* this.invalidate(task, gfn, count)
    // A huge page that is covered in part is split, and its split invalidates all of it (mm/huge_memory.c __split_huge_pmd): else a fault on another
    // of its pages would map what is freed here. Nobody runs between this look and the free, unless the invalidation of the split keeps faults out.
    const first = this.edgeOf(gfn, 0)
    const end = this.edgeOf(asGfn(gfn + count - 1), HUGE_PAGES - 1) + 1
    const splits = first < gfn || end > gfn + count
    if (splits && (yield* this.invalidate(task, asGfn(first), end - first))) mapped = true
    this.assigned?.discarding(gfn, count)
    this.carryOut(task, vpn, count, plan)
    yield AT_FREED
    if (mapped && !this.flushBeforeFree) this.flush(task, gfn, count)
    yield* this.endInvalidation(task, splits ? 2 : 1)
  }

  /**
   * As `discard`, but only when every page of the range is still unused, by the guest's own record that the host can read: the look and the discard are one
   * step, so that nobody runs between them. False, with nothing done, when one is in use again.
   */
  *discardUnused(task: Task, gfn: Gfn, count: number, stillUnused: (pfn: number) => boolean): Generator<Point, boolean, void> {
    assert(this.slots.contains(gfn, count), 'a discard was validated against the memslots')
    task.charge(this.costs.madvise, Cause.DISCARD)
    if (this.mmuLock.acquireWrite(task)) yield AT_MMU_WRITE
    // What cannot be freed as it is named stays (backing/backing.ts).
    let unused = this.mm.planDiscard(this.slots.vpnOf(gfn) as Vpn, count, this.operation).fate === Fate.FREE
    for (let page = gfn as number; page < gfn + count; page++) if (!stillUnused(page)) unused = false
    if (unused) this.dropNow(task, gfn, count)
    yield AT_ENDED
    this.mmuLock.releaseWrite(task)
    return unused
  }

  /**
   * Backs the 2 MiB of guest memory at `gfn`, an aligned range inside one slot, without a task: how a guest that has touched all its memory looks. With
   * `huge` false the range is left in 4 KiB pages, as after a split.
   */
  prefault(gfn: Gfn, huge: boolean): void {
    const vpn = this.slots.vpnOf(gfn)
    assert(vpn !== NO_SLOT && this.slots.contains(gfn, HUGE_PAGES), 'a whole range of guest memory is backed')
    let mapping = this.mm.populate(vpn)
    if (!huge && mapping >= 0 && isHuge(mapping) && granuleOf(this.mm.backingAt(vpn)!) === 1) {
      this.mm.zapRange(vpn, 1)
      mapping = this.mm.populate(vpn)
    }
    for (let i = 0; i < HUGE_PAGES; i++) {
      mapping = this.mm.populate((vpn + i) as typeof vpn)
      assert(mapping >= 0, 'the host has memory for a guest that touched all of its own')
      this.map(asGfn(gfn + i), mapping)
      if (isHuge(mapping)) break
    }
  }

  /** The host frame that backs a guest frame, whatever any TLB believes; FAULT when there is none. For checks. */
  frameOf(gfn: Gfn): number {
    const vpn = this.slots.vpnOf(gfn)
    const mapping = vpn === NO_SLOT ? FAULT : this.mm.resolve(vpn)
    return mapping < 0 ? FAULT : mappingHfn(mapping)
  }

  /** The swap slot that holds a guest frame's contents, or -1. For checks. */
  swapSlotOf(gfn: Gfn): number {
    const vpn = this.slots.vpnOf(gfn)
    return vpn === NO_SLOT ? -1 : this.mm.slotOf(vpn)
  }

  /** The device model turns to another request: what was gathered of a host page is forgotten. */
  nextRequest(): void {
    this.subPages?.reset()
  }

  /** Pages of 4 KiB that the host gives to this VM. */
  get residentPages(): number {
    return this.mm.residentPages
  }

  check(): void {
    this.mm.check()
    this.ept.check()
    this.notifier.check()
    for (const tlb of this.tlbs) tlb.check()
  }

  /**
   * Begins an invalidation: zaps and flushes. True when something was mapped. The caller takes the frames away, and ends the invalidation; until then no fault
   * maps a page of the range.
   */
  *invalidate(task: Task, gfn: Gfn, count: number): Generator<Point, boolean, void> {
    if (this.mmuLock.acquireWrite(task)) yield AT_MMU_WRITE
    this.notifier.begin(gfn, count)
    this.ept.zap(gfn, count)
    const mapped = this.ept.zapped4k + this.ept.zapped2m > 0
    yield AT_ZAPPED
    this.mmuLock.releaseWrite(task)
    if (mapped && this.flushBeforeFree) this.flush(task, gfn, count)
    yield AT_FLUSHED
    return mapped
  }

  /** A whole invalidation in one step, with mmu_lock held for writing. */
  private dropNow(task: Task, gfn: Gfn, count: number): void {
    this.witness.discarding(gfn, count)
    const first = asGfn(this.edgeOf(gfn, 0))
    const pages = this.edgeOf(asGfn(gfn + count - 1), HUGE_PAGES - 1) + 1 - first
    this.notifier.begin(first, pages)
    this.ept.zap(first, pages)
    if (this.ept.zapped4k + this.ept.zapped2m > 0) this.flush(task, first, pages)
    this.free(task, this.slots.vpnOf(gfn), count)
    this.notifier.end()
  }

  /** Ends as many invalidations: faults that looked before start over (N1). */
  *endInvalidation(task: Task, begun = 1): Generator<Point, void, void> {
    if (this.mmuLock.acquireWrite(task)) yield AT_MMU_END
    for (let i = 0; i < begun; i++) this.notifier.end()
    yield AT_ENDED
    this.mmuLock.releaseWrite(task)
  }

  /** The host has filled frames with zeroes. */
  zeroFrames(hfn: number, count: number): void {
    this.witness.zeroed(hfn, count)
  }

  /** Pages that the host's own memory management took, brought back or replaced. */
  notePaged(name: 'swappedOut' | 'swappedIn' | 'lazyFreed' | 'collapsed', pages: number): void {
    this.counts.add(name, pages)
    this.witness.residentChanged(this.mm.residentPages)
  }

  /** Page number `inside` of the huge page that backs a guest frame; the frame itself when none does. */
  private edgeOf(gfn: Gfn, inside: number): number {
    const vpn = this.slots.vpnOf(gfn)
    const mapping = vpn === NO_SLOT ? FAULT : this.mm.resolve(vpn)
    return mapping >= 0 && isHuge(mapping) ? gfn - (vpn & TABLE_MASK) + inside : gfn
  }

  private noteFault(task: Task, mapping: number): void {
    const { fault4k, fault2m, zero4k, zero2m, exitKernel, faultResident } = this.costs
    const huge = isHuge(mapping)
    if (!isFresh(mapping)) {
      this.counts.add('faultsResident', 1)
      return task.charge(faultResident, Cause.FAULT)
    }
    this.zeroFresh(mapping)
    this.witness.residentChanged(this.mm.residentPages)
    this.paging?.reclaim.taken()
    this.counts.add(huge ? 'faults2m' : 'faults4k', 1)
    // A page of 1 GiB is zeroed as 512 of 2 MiB, one of 64 KiB as 16 of 4.
    const zero = huge ? (zero2m * this.mm.freshPages) / HUGE_PAGES : zero4k * this.mm.freshPages
    task.charge(zero, Cause.ZEROING)
    task.charge(Math.max(0, (huge ? fault2m - zero2m : fault4k - zero4k) - exitKernel), Cause.FAULT)
    this.assigned?.populated(this.slots.gfnOf(this.mm.freshFirst), this.mm.freshPages)
  }

  /** What the fault allocated holds zeroes: a huge page in one piece, small ones one by one. */
  private zeroFresh(mapping: number): void {
    const { freshFirst, freshPages } = this.mm
    if (isHuge(mapping)) return this.witness.zeroed(mappingHfn(mapping) - (mappingHfn(mapping) % freshPages), freshPages)
    for (let page = 0; page < freshPages; page++) this.witness.zeroed(mappingHfn(this.mm.resolve((freshFirst + page) as Vpn)), 1)
  }

  /** Installs the SPTE, at the size of the host's mapping where guest and host are aligned to each other. */
  private map(gfn: Gfn, mapping: number): void {
    const hfn = mappingHfn(mapping)
    const present = this.ept.walk(gfn)
    if (present !== NO_SPTE) return // another vCPU was faster
    const inside = gfn & TABLE_MASK
    if (isHuge(mapping) && this.slots.allowsHuge(gfn)) this.ept.map2m(asGfn(gfn - inside), (hfn - inside) as typeof hfn, NEW_SPTE)
    else this.ept.map4k(gfn, hfn, NEW_SPTE)
  }

  /** Flushes the range from every TLB. Other vCPUs that are running are kicked: the initiator waits for them, and they lose an exit. */
  private flush(task: Task, gfn: Gfn, count: number): void {
    this.counts.add('flushes', 1)
    this.tlbs.forEach((tlb, i) => {
      tlb.flushRange(gfn, count)
      const victim = this.vcpus[i].current
      if (this.vcpus[i] === task.cpu || victim === null) return
      task.charge(this.costs.tlbFlushRemote, Cause.TLB_FLUSH)
      victim.charge(this.costs.exitKernel, Cause.TLB_FLUSH)
    })
  }

  /** The discard itself, with the range unmapped. */
  private carryOut(task: Task, vpn: Vpn, count: number, plan: DiscardPlan): void {
    const { mm } = this
    if (plan.fate === Fate.FREE) this.free(task, plan.first, plan.count)
    else if (plan.fate === Fate.LAZY) {
      this.counts.add('lazy', mm.markLazy(plan.first as Vpn, plan.count))
      task.charge(mm.splits * this.costs.splitHuge, Cause.DISCARD)
      this.counts.add('splits', mm.splits)
    } else for (let page = vpn as number; page < vpn + count; page++) if (mm.resolve(page as Vpn) >= 0) this.counts.add('kept', 1)
    if (!plan.zeroesRest) return
    for (let page = vpn as number; page < vpn + count; page++) {
      const mapping = page >= plan.first && page < plan.first + plan.count ? FAULT : mm.resolve(page as Vpn)
      if (mapping < 0) continue
      this.witness.zeroed(mappingHfn(mapping), 1)
      task.charge(this.costs.zero4k, Cause.ZEROING)
      this.counts.add('zeroed', 1)
    }
  }

  private free(task: Task, vpn: number, count: number): void {
    const { mm, costs } = this
    mm.zapRange(vpn as Parameters<HostMm['zapRange']>[0], count)
    if (mm.zappedSmall + mm.zappedHuge > 0) this.witness.residentChanged(mm.residentPages)
    task.charge(mm.zappedSmall * costs.zap4k + mm.zappedHuge * costs.zap2m + mm.splits * costs.splitHuge, Cause.DISCARD)
    this.counts.add('zapped4k', mm.zappedSmall)
    this.counts.add('zapped2m', mm.zappedHuge)
    this.counts.add('splits', mm.splits)
  }
}
