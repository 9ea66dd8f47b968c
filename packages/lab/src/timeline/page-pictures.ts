/**
 * Pictures of the guest's memory: all RAM in cells of equal size, and for each cell which share of it is in which state. Nine states divide a cell; the
 * last plane, huge, says how much of it the host backs with huge pages, whatever the guest does there.
 *
 *                     the host holds it   it does not   it has it in swap
 *     in use          inUse               untouched     swapped             a plane each, cell after cell, a byte per cell:
 *     free            freeHeld            returned      freeSwapped         0 none of the cell, 255 all of it
 *     on its way      isolated, inFlight, ballooned
 *
 * Cells follow each other in physical order and leave out what is no RAM. Pictures lie closer together while the workload runs than afterwards.
 */
import { assert, gfn as asGfn, vpn as asVpn } from '@hintlab/kit'
import { isHuge } from '@hintlab/host'
import { PageOwner } from '@hintlab/protocol'
import type { Machine } from '../machine.ts'
import { packFrames } from './delta-runs.ts'

export const PLANE_NAMES = [
  'inUse', 'untouched', 'swapped', 'freeHeld', 'returned', 'freeSwapped', 'isolated', 'inFlight', 'ballooned', 'huge',
] as const
export type PlaneName = (typeof PLANE_NAMES)[number]

/** Those that the code below names; the two after IN_USE and FREE_HELD have what of it the host does not hold, and what it has in swap. */
const Plane = { IN_USE: 0, FREE_HELD: 3, ISOLATED: 6, IN_FLIGHT: 7, BALLOONED: 8, HUGE: 9 } as const
const NOT_HELD = 1
const IN_SWAP = 2

export interface PagePictures {
  /** Names of the planes, in their order. */
  readonly planes: readonly PlaneName[]
  readonly cellPages: number
  readonly cells: number
  /** First page of each stretch of RAM, and its first cell. */
  readonly stretches: readonly { readonly firstPfn: number; readonly firstCell: number }[]
  /** When each picture was taken, ns. */
  readonly timesNs: readonly number[]
  /** The pictures, planes one after the other in each: delta-runs.ts, base64. */
  readonly packed: string
}

const CELLS_MAX = 4096
const PICTURES = 100
/** Pictures of a large guest are fewer: looking at a page costs the same whatever the guest's size. */
const PAGES_LOOKED_AT = 2 ** 29
const PICTURES_MIN = 6
/** Share of the pictures that the workload gets. */
const WORKLOAD_SHARE = 0.6
const HUGE_PAGES = 512
/** No virtual page needs to be asked. No difference of a virtual page and a page is that small. */
const NO_VPN = -(2 ** 52)

/** By owner: the plane of what the host holds. */
const PLANES: Readonly<Record<PageOwner, number>> = {
  [PageOwner.OFFLINE]: -1,
  [PageOwner.FREE]: Plane.FREE_HELD,
  [PageOwner.PCP]: Plane.FREE_HELD,
  [PageOwner.ALLOCATED]: Plane.IN_USE,
  [PageOwner.ISOLATED]: Plane.ISOLATED,
  [PageOwner.IN_FLIGHT]: Plane.IN_FLIGHT,
  [PageOwner.BALLOON]: Plane.BALLOONED,
  [PageOwner.PINNED]: Plane.IN_USE,
}

interface Stretch {
  readonly start: number
  readonly end: number
  readonly firstCell: number
}

export class PagePictureRecorder {
  private readonly machine: Machine
  private readonly stretches: Stretch[] = []
  private readonly cellPages: number
  private readonly cells: number
  private readonly counts: Uint32Array
  private readonly frames: Uint8Array[] = []
  private readonly timesNs: number[] = []
  private readonly dueNs: number[]

  /** The workload is planned to take `workloadNs`, and the run `plannedNs`. */
  constructor(machine: Machine, workloadNs: number, plannedNs: number) {
    this.machine = machine
    const ram = ramOf(machine)
    const pages = ram.reduce((sum, { start, end }) => sum + end - start, 0)
    this.cellPages = cellPagesFor(pages)
    let firstCell = 0
    for (const { start, end } of ram) {
      this.stretches.push({ start, end, firstCell })
      firstCell += Math.ceil((end - start) / this.cellPages)
    }
    this.cells = firstCell
    this.counts = new Uint32Array(PLANE_NAMES.length * this.cells)
    this.dueNs = pictureTimes(workloadNs, plannedNs, Math.max(PICTURES_MIN, Math.min(PICTURES, Math.floor(PAGES_LOOKED_AT / pages))))
  }

  /** Whether a picture is due at this sample; several that fall on one sample become one. */
  takeIfDue(now: number): void {
    if (this.dueNs.length === 0 || now < this.dueNs[0]) return
    while (this.dueNs.length > 0 && now >= this.dueNs[0]) this.dueNs.shift()
    this.take(now)
  }

  take(now: number): void {
    if (this.timesNs.at(-1) === now) return
    this.counts.fill(0)
    for (const stretch of this.stretches) this.look(stretch)
    const frame = new Uint8Array(this.counts.length)
    for (let i = 0; i < frame.length; i++) if (this.counts[i] > 0) frame[i] = Math.max(1, Math.round((this.counts[i] * 255) / this.cellPages))
    this.frames.push(frame)
    this.timesNs.push(now)
  }

  result(): PagePictures {
    const { cellPages, cells, timesNs } = this
    return {
      planes: PLANE_NAMES,
      cellPages,
      cells,
      stretches: this.stretches.map(({ start, firstCell }) => ({ firstPfn: start, firstCell })),
      timesNs,
      packed: Buffer.from(packFrames(this.frames)).toString('base64'),
    }
  }

  /** Stretch by stretch of at most 2 MiB, inside one cell and under one slot of the host's page table. */
  private look({ start, end, firstCell }: Stretch): void {
    const { mm, slots } = this.machine.vm
    const step = Math.min(HUGE_PAGES, this.cellPages)
    for (let pfn = start; pfn < end; pfn += step) {
      const first = slots.vpnOf(asGfn(pfn))
      assert(first >= 0, 'all RAM lies in the memslots')
      const mapping = mm.resolve(asVpn(first))
      const huge = mapping >= 0 && isHuge(mapping)
      const cell = firstCell + Math.floor((pfn - start) / this.cellPages)
      if (huge) this.counts[Plane.HUGE * this.cells + cell] += step
      this.walk(pfn, pfn + step, cell, huge ? NO_VPN : first - pfn)
    }
  }

  /** Adds pages to a cell, block by block. `toVpn` makes a page the host's virtual page; NO_VPN where the host backs all of them. */
  private walk(from: number, end: number, cell: number, toVpn: number): void {
    const { pages: states } = this.machine.kernel.mm
    for (let head = states.headOf(from), pfn = from; pfn < end;) {
      const owner = states.ownerOf(head)
      const next = Math.min(end, head + (owner === PageOwner.OFFLINE ? 1 : 2 ** states.orderOf(head)))
      const plane = PLANES[owner]
      const divided = toVpn !== NO_VPN && (plane === Plane.IN_USE || plane === Plane.FREE_HELD)
      if (divided) this.divide(pfn + toVpn, next + toVpn, plane, cell)
      else if (plane >= 0) this.counts[plane * this.cells + cell] += next - pfn
      head = pfn = next
    }
  }

  /** Adds virtual pages of one owner to its three planes, by where the host has them. */
  private divide(from: number, end: number, plane: number, cell: number): void {
    const { mm } = this.machine.vm
    const swaps = mm.swappedPages > 0
    for (let v = from; v < end; v++) {
      const where = mm.resolve(asVpn(v)) >= 0 ? 0 : swaps && mm.slotOf(asVpn(v)) >= 0 ? IN_SWAP : NOT_HELD
      this.counts[(plane + where) * this.cells + cell]++
    }
  }
}

/** RAM without its internal borders. */
function ramOf({ kernel }: Machine): { start: number; end: number }[] {
  const merged: { start: number; end: number }[] = []
  for (const { start, end } of kernel.mm.layout.ram) {
    const last = merged.at(-1)
    if (last !== undefined && last.end === start) last.end = end
    else merged.push({ start, end })
  }
  return merged
}

/** The smallest power of two that leaves few enough cells. */
function cellPagesFor(pages: number): number {
  let cellPages = 1
  while (pages / cellPages > CELLS_MAX) cellPages *= 2
  return cellPages
}

function pictureTimes(workloadNs: number, plannedNs: number, count: number): number[] {
  const split = Math.min(workloadNs, plannedNs)
  const early = split >= plannedNs * WORKLOAD_SHARE ? Math.round((count * split) / plannedNs) : Math.round(count * WORKLOAD_SHARE)
  const late = count - early
  const during = Array.from({ length: early }, (_, i) => (split * i) / early)
  return [...during, ...Array.from({ length: late }, (_, i) => split + ((plannedNs - split) * i) / late)]
}
