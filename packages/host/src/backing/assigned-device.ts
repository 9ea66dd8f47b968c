/**
 * A device of the host's that is assigned to the guest: it writes to guest memory by itself, through an IOMMU whose mappings were made when memory was pinned
 * (VFIO). A discard that the IOMMU does not hear of leaves the device with the old frame, and the guest with a new one.
 *
 *     guest   gfn --EPT----> new frame      after a discard and a fault
 *     device  gfn --IOMMU--> old frame      pinned: not free, and nobody's
 *
 * What the VMM can do about it is `mode`:
 *
 *     inhibit  discards are off while a device is assigned: QEMU with VFIO (ram_block_uncoordinated_discard_disable; virtio-balloon looks)
 *     ignore   pinned pages stay, others would go: the request is served, and its blocks are ignored
 *     unpin    IOMMU unmap and unpin before the free, map and pin again at the fault (the prototypes of the mailing list)
 *     unsafe   nothing: the mistake that safeguard F10 prevents
 *
 * Every page of the guest is pinned, so the first two have the same effect on memory; they differ in what the guest is told (device.ts).
 *
 *   A1  What the IOMMU maps is pinned.
 *   A2  What the IOMMU maps is the frame that the guest has.
 *
 * Both hold in every mode but `unsafe`, which is there to break them.
 */
import { assert, gfn as asGfn, vpn as asVpn } from '@hintlab/kit'
import type { Columns, Gfn, Hfn } from '@hintlab/kit'
import type { HostFrames } from '../mm/frames.ts'
import { HUGE_PAGES } from '../mm/limits.ts'
import { isHuge, mappingHfn } from '../mm/mapping.ts'
import type { Vm } from '../vm.ts'

export const ASSIGNED_MODES = ['inhibit', 'ignore', 'unpin', 'unsafe'] as const
export type AssignedMode = (typeof ASSIGNED_MODES)[number]

/** The device's access found no mapping. */
export const IOMMU_FAULT = -1

export class AssignedDevice {
  readonly mode: AssignedMode
  /** Frame and one by guest frame; 0 where nothing is mapped. */
  private readonly iommu: Uint32Array
  private readonly vm: Vm
  private readonly frames: HostFrames
  private readonly cols: Columns
  private readonly object: number

  /** Pins all that the guest has, its first `pages` frames, for which the host needs the memory; where it has none, the page is pinned as it comes. */
  constructor(cols: Columns, vm: Vm, frames: HostFrames, { pages, mode }: { pages: number; mode: AssignedMode }) {
    this.mode = mode
    this.vm = vm
    this.frames = frames
    this.cols = cols
    this.object = cols.objects('iommu')
    this.iommu = cols.u32('iommu.hfn', pages, this.object)
    vm.assigned = this
    for (let page = 0; page < pages; page++) {
      const vpn = vm.slots.vpnOf(asGfn(page))
      if (vpn >= 0 && vm.mm.populate(asVpn(vpn)) >= 0) this.populated(asGfn(page), 1)
    }
  }

  /** Whether a discard leaves memory as it is. */
  get keeps(): boolean {
    return this.mode === 'inhibit' || this.mode === 'ignore'
  }

  /** Whether a discard takes the device's mapping away with the memory. */
  get unpins(): boolean {
    return this.mode === 'unpin'
  }

  /** The frame that the device's access to a guest page goes to, or IOMMU_FAULT. */
  translate(gfn: Gfn): Hfn | typeof IOMMU_FAULT {
    this.cols.footprint.read(this.object)
    return this.iommu[gfn] === 0 ? IOMMU_FAULT : ((this.iommu[gfn] - 1) as Hfn)
  }

  /** The range is unmapped from the guest and about to be freed, or left to its file. A huge page of which a part is freed was split before. */
  discarding(gfn: Gfn, count: number): void {
    assert(!this.keeps, 'a device that keeps memory is asked first')
    if (!this.unpins) return
    this.cols.footprint.write(this.object)
    const end = Math.min(gfn + count, this.iommu.length)
    for (let page = gfn as number; page < end; page++) {
      if (this.iommu[page] === 0) continue
      const frame = (this.iommu[page] - 1) as Hfn
      this.iommu[page] = 0
      const inside = frame % HUGE_PAGES
      if (!this.isHugeAt(page)) this.frames.unpin(frame)
      else if (!this.mapsOther(page, inside)) this.frames.unpin((frame - inside) as Hfn)
    }
  }

  /** The host has backed guest pages: they are pinned and mapped, where nothing is mapped yet. */
  populated(gfn: number, count: number): void {
    this.cols.footprint.write(this.object)
    for (let page = gfn; page < gfn + count && page < this.iommu.length; page++) {
      if (this.iommu[page] !== 0) continue
      const hfn = this.vm.frameOf(asGfn(page))
      if (hfn < 0) continue
      this.frames.pin(this.pinned(hfn as Hfn))
      this.iommu[page] = hfn + 1
    }
  }

  /** A1, A2; an `unsafe` device keeps neither. */
  check(): void {
    for (let page = 0; page < this.iommu.length && this.mode !== 'unsafe'; page++) {
      if (this.iommu[page] === 0) continue
      const frame = (this.iommu[page] - 1) as Hfn
      assert(this.frames.isPinned(this.pinned(frame)), 'what the IOMMU maps is pinned')
      assert(this.vm.frameOf(asGfn(page)) === frame, 'device and guest have the same frame')
    }
  }

  private isHugeAt(page: number): boolean {
    const vpn = this.vm.slots.vpnOf(asGfn(page))
    const mapping = vpn < 0 ? -1 : this.vm.mm.resolve(asVpn(vpn))
    return mapping >= 0 && isHuge(mapping)
  }

  /** Whether the device has another page of the huge page of which `page` is number `inside`; the next one usually tells. */
  private mapsOther(page: number, inside: number): boolean {
    for (let i = 1; i < HUGE_PAGES; i++) if (this.iommu[page - inside + ((inside + i) % HUGE_PAGES)] !== 0) return true
    return false
  }

  /** The frame whose flags count: the head of a huge page, or itself. */
  private pinned(frame: Hfn): Hfn {
    const mapping = this.vm.mm.resolve(this.vm.mm.vpnOfFrame(frame))
    return (mapping >= 0 && isHuge(mapping) && mappingHfn(mapping) === frame ? frame - (frame % HUGE_PAGES) : frame) as Hfn
  }
}
