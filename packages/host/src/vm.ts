/**
 * A VM of the host: memslots over one mm, the EPT, a TLB per vCPU, mmu_lock and the MMU notifier. Three things happen to a guest frame here:
 *
 *     translate   hardware: TLB, then EPT walk, A and D set         no lock
 *     fault       EPT violation: resolve in the mm, map the SPTE    mmu_lock for reading, retried if an invalidation ran
 *     discard     zap SPTEs, flush, free frames (discard.ts)        mmu_lock for writing around the zap and the end
 *
 * On a host that can be short of memory, `paging` (swap/vm-paging.ts) makes room before a fault and takes pages between faults.
 *
 *   N1  a fault never maps a frame that an invalidation has released meanwhile (notifier sequence)
 *   N2  no translation outlives its frame: zap and flush come before the free
 */
import { assert, Counters, gfn as asGfn } from '@hintlab/kit'
import type { Columns, Gfn, Hfn, Vpn } from '@hintlab/kit'
import type { HostWitness } from '@hintlab/protocol'
import { Cause, Kind, point, RwLock } from '@hintlab/sim'
import type { Costs, Cpu, Engine, Point, Task } from '@hintlab/sim'
import { granuleOf } from './backing/backing.ts'
import type { Discard } from './backing/backing.ts'
import type { AssignedDevice } from './backing/assigned-device.ts'
import { VmDiscard } from './discard.ts'
import type { Discarded } from './discard.ts'
import { isFresh, isHuge, mappingHfn } from './mm/mapping.ts'
import type { HostReclaim } from './reclaim/host-reclaim.ts'
import { VmPaging } from './swap/vm-paging.ts'
import type { HostMm } from './mm/host-mm.ts'
import { HUGE_PAGES, TABLE_MASK } from './mm/limits.ts'
import { Ept } from './mmu/ept.ts'
import { GIGA_PAGES, Level, pagesAt } from './mmu/level.ts'
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
  readonly tlbEntries?: { small: number; large: number; giga: number }
  /** Reclaim of the host that this VM runs on: then its pages can go to swap. Absent: a host that is never short. */
  readonly reclaim?: HostReclaim | undefined
  /** What the VMM calls for a discard; MADV_DONTNEED when absent. */
  readonly discard?: Discard
  /** Pages of 4 KiB in one of the host; 1 when absent. Smaller discards of one request are gathered until they are a whole one. */
  readonly hostPagePages?: number
}

/** What a VM counts. */
export const VM_COUNTERS = [
  // Faults that took a page from the host, by its size; 64 KiB count as small ones. What discards freed of the mm, 4 KiB and 2 MiB.
  'faults4k', 'faults2m', 'faults1g', 'faultsResident', 'retries', 'outOfMemory', 'zapped4k', 'zapped2m', 'splits', 'flushes',
  // Pages that went to swap or came back, or that reclaim dropped because the guest has marked them as unused; of discards: marked as free for the
  // taking, unmapped only, zeroed and kept.
  'swappedOut', 'swappedIn', 'unusedDropped', 'lazy', 'lazyFreed', 'collapsed', 'kept', 'zeroed',
  // Pages of discards with which nothing was done: this memory knows no such call; parts of a page of the host, and those that a later part of the
  // request completed after all; pages that an assigned device holds.
  'refusedBacking', 'refusedPartial', 'gathered', 'refusedPinned',
] as const
export type VmCounter = (typeof VM_COUNTERS)[number]

export class Vm {
  readonly slots: Memslots
  readonly ept: Ept
  readonly mm: HostMm
  readonly mmuLock: RwLock
  readonly tlbs: readonly Tlb[]
  readonly paging: VmPaging | null
  /** Makes a vCPU leave the guest for a flush; false when it is halted, and flushes at its next entry. */
  kickForFlush: (vcpu: number) => boolean
  /** A device of the host's that writes to guest memory by itself. */
  assigned: AssignedDevice | null = null
  private readonly discards: VmDiscard
  /** Told of each page that the guest writes, where somebody may migrate it. */
  dirtyLog: ((gfn: Gfn) => void) | null = null
  private readonly costs: Costs
  private readonly notifier: MmuNotifier
  private readonly witness: HostWitness
  private readonly vcpus: readonly Cpu[]
  private readonly flushBeforeFree: boolean
  private readonly counts: Counters<VmCounter>
  private readonly frameScratch = new Int32Array(HUGE_PAGES)
  private readonly logging: Uint8Array
  private readonly object: number
  private readonly cols: Columns

  constructor(engine: Engine, mm: HostMm, options: VmOptions) {
    const { cols } = engine
    this.costs = engine.costs
    this.mm = mm
    this.vcpus = options.vcpus
    this.witness = options.witness
    this.kickForFlush = (vcpu) => this.kick(vcpu)
    this.flushBeforeFree = options.safeguards?.flushBeforeFree ?? true
    this.slots = new Memslots(cols)
    this.ept = new Ept(cols, { tablesMax: options.eptTablesMax })
    this.notifier = new MmuNotifier(cols, options.safeguards?.notifierRetry ?? true)
    this.mmuLock = new RwLock(engine, 'mmu_lock')
    const { small, large, giga } = options.tlbEntries ?? { small: 1024, large: 64, giga: 16 }
    this.tlbs = options.vcpus.map((_, vcpu) => new Tlb(cols, { vcpu, smallEntries: small, largeEntries: large, gigaEntries: giga }))
    this.cols = cols
    this.object = cols.objects('vm counters')
    this.counts = new Counters(cols, 'vm.counts', this.object, VM_COUNTERS)
    this.logging = cols.u8('vm.logging', 1, this.object)
    this.discards = new VmDiscard(engine, this, {
      operation: options.discard ?? 'dontneed',
      hostPagePages: options.hostPagePages ?? 1,
      witness: options.witness,
      flushBeforeFree: this.flushBeforeFree,
      counts: this.counts,
    })
    this.paging = options.reclaim === undefined ? null : new VmPaging(engine, this, options.reclaim, options.witness)
  }

  counter(name: VmCounter): number {
    return this.counts.get(name)
  }

  /**
   * Writes are logged from now on, or no more: a migration begins or ends (KVM_MEM_LOG_DIRTY_PAGES). While they are, faults map single pages. SPTEs that are
   * there stay as they are, in both directions.
   */
  set logsWrites(on: boolean) {
    this.cols.footprint.write(this.object)
    this.logging[0] = on ? 1 : 0
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
    tlb.insert(gfn, this.ept.hfn, flags | bits, this.ept.level)
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
      if (!retry) this.mapAndFlush(task, gfn, mapping)
      yield AT_MAPPED
      this.mmuLock.releaseRead(task)
      if (!retry) break
      this.counts.add('retries', 1)
    }
    if (mapping < 0) this.counts.add('outOfMemory', 1)
    task.trappedBy!.trapResult = mapping < 0 ? -1 : 0
  }

  /** Drops the contents of guest frames, as far as their memory lets it (discard.ts). */
  discard(task: Task, gfn: Gfn, count: number): Generator<Point, Discarded, void> {
    return this.discards.discard(task, gfn, count)
  }

  /** As `discard`, if every page is still unused in the step in which it goes. */
  discardUnused(task: Task, gfn: Gfn, count: number, stillUnused: (pfn: number) => boolean): Generator<Point, Discarded, void> {
    return this.discards.discardUnused(task, gfn, count, stillUnused)
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
    if (mapping >= 0 && !isHuge(mapping) && this.mm.framesAt(vpn, this.frameScratch) && this.ept.map512(gfn, this.frameScratch, NEW_SPTE)) return
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

  /** How many of the `count` pages from `gfn` on, which are backed, lie in frames that follow each other: as many as a huge page has left, or one. */
  framesInRow(gfn: Gfn, count: number): number {
    const vpn = this.slots.vpnOf(gfn)
    const mapping = vpn === NO_SLOT ? FAULT : this.mm.resolve(vpn)
    return mapping >= 0 && isHuge(mapping) ? Math.min(count, HUGE_PAGES - (vpn & TABLE_MASK)) : 1
  }

  /** The swap slot that holds a guest frame's contents, or -1. For checks. */
  swapSlotOf(gfn: Gfn): number {
    const vpn = this.slots.vpnOf(gfn)
    return vpn === NO_SLOT ? -1 : this.mm.slotOf(vpn)
  }

  /** The device model turns to another request: what was gathered of a host page is forgotten. */
  nextRequest(): void {
    this.discards.nextRequest()
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
    this.assigned?.check()
  }

  /**
   * Begins an invalidation: zaps and flushes. True when something was mapped. The caller takes the frames away, and ends the invalidation; until then no fault
   * maps a page of the range.
   */
  *invalidate(task: Task, gfn: Gfn, count: number): Generator<Point, boolean, void> {
    if (this.mmuLock.acquireWrite(task)) yield AT_MMU_WRITE
    this.notifier.begin(gfn, count)
    this.ept.zap(gfn, count)
    const mapped = this.ept.zappedAny
    yield AT_ZAPPED
    this.mmuLock.releaseWrite(task)
    if (mapped && this.flushBeforeFree) this.flush(task, gfn, count)
    yield AT_FLUSHED
    return mapped
  }

  /** As `invalidate`, in one step and with mmu_lock held for writing; `finishInvalidation` ends it in the same step. */
  beginInvalidation(task: Task, gfn: Gfn, count: number): void {
    this.notifier.begin(gfn, count)
    this.ept.zap(gfn, count)
    if (this.ept.zappedAny) this.flush(task, gfn, count)
  }

  finishInvalidation(): void {
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
  notePaged(name: 'swappedOut' | 'swappedIn' | 'unusedDropped' | 'lazyFreed' | 'collapsed', pages: number): void {
    this.counts.add(name, pages)
    this.witness.residentChanged(this.mm.residentPages)
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
    this.counts.add(!huge ? 'faults4k' : this.mm.freshPages === GIGA_PAGES ? 'faults1g' : 'faults2m', 1)
    // A page of 1 GiB is zeroed as 512 of 2 MiB, one of 64 KiB as 16 of 4; one of 2 MiB that is mapped in small pages (mm/fault-in.ts) in one piece.
    const { freshPages } = this.mm
    const zero = freshPages >= HUGE_PAGES ? (zero2m * freshPages) / HUGE_PAGES : zero4k * freshPages
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

  /** Installs the SPTE; where it takes the place of smaller ones, its range leaves the TLBs, so that none is cached that a later zap would not find. */
  private mapAndFlush(task: Task, gfn: Gfn, mapping: number): void {
    if (!this.map(gfn, mapping)) return
    const pages = pagesAt(this.levelOf(gfn, mapping))
    this.flush(task, asGfn(gfn - (gfn & (pages - 1))), pages)
  }

  /**
   * Installs the SPTE. True when it took the place of smaller ones, which TLBs may still hold: the caller flushes its range. What an assigned device lost with
   * the last discard is its own again.
   */
  private map(gfn: Gfn, mapping: number): boolean {
    if (this.ept.walk(gfn) !== NO_SPTE) return false // another vCPU was faster
    const level = this.levelOf(gfn, mapping)
    const inside = gfn & (pagesAt(level) - 1)
    const head = asGfn(gfn - inside)
    const hfn = (mappingHfn(mapping) - inside) as Hfn
    this.assigned?.populated(head, pagesAt(level))
    if (level === Level.SMALL) this.ept.map4k(head, hfn, NEW_SPTE)
    else if (level === Level.LARGE) this.ept.map2m(head, hfn, NEW_SPTE)
    else this.ept.map1g(head, hfn, NEW_SPTE)
    return level !== Level.SMALL && this.ept.zappedAny
  }

  /**
   * Size of the SPTE for a page (arch/x86/kvm/mmu/mmu.c kvm_mmu_hugepage_adjust): that of the host's mapping (host_pfn_mapping_level), where guest and host are
   * aligned to each other, and a single page while writes are logged.
   */
  private levelOf(gfn: Gfn, mapping: number): Level {
    this.cols.footprint.read(this.object)
    if (!isHuge(mapping) || this.logging[0] !== 0) return Level.SMALL
    const backing = this.mm.backingAt(this.slots.vpnOf(gfn) as Vpn)
    return this.slots.largestLevel(gfn, granuleOf(backing!) === GIGA_PAGES ? Level.GIGA : Level.LARGE)
  }

  /** Flushes the range from every TLB. Other vCPUs that are running are kicked: the initiator waits for them, and they lose an exit. */
  flush(task: Task, gfn: Gfn, count: number): void {
    this.counts.add('flushes', 1)
    this.tlbs.forEach((tlb, i) => {
      tlb.flushRange(gfn, count)
      if (this.vcpus[i] !== task.cpu && this.kickForFlush(i)) task.charge(this.costs.tlbFlushRemote, Cause.TLB_FLUSH)
    })
  }

  private kick(vcpu: number): boolean {
    const victim = this.vcpus[vcpu].current
    victim?.charge(this.costs.exitKernel, Cause.TLB_FLUSH)
    return victim !== null
  }
}
