/**
 * What an assigned device does all the time: at a steady rate it writes to, or reads, a page that the guest has in use now, wherever that is. Programs hand
 * their memory to devices (RDMA, reads past the page cache), so any page in use may be a target, one that no CPU has touched yet among them.
 *
 *     page in use --IOMMU--> no mapping                  a fault: the transfer fails, and the device says so
 *                       |--> the frame that the guest has     the ghost knows what was written, or compares what is read
 *                       +--> another frame                     stale: nobody is told; the ghost's rule V6
 *
 * It takes no CPU's time. Without the ghost nobody knows which pages are in use, and there is no agent.
 */
import { assert, Counters, gfn as asGfn, SECOND } from '@hintlab/kit'
import type { Prng } from '@hintlab/kit'
import { AssignedDevice, IOMMU_FAULT } from '@hintlab/host'
import type { AssignedMode, HostFrames, Vm } from '@hintlab/host'
import { PageOwner } from '@hintlab/protocol'
import { Kind, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import type { Ghost } from '../ghost.ts'
import type { RunOptions } from '../options.ts'

const AT_DMA = point(Kind.SLEEP, 'dma: between transfers')

/** Pages looked at for one in use, per transfer. */
const TRIES = 64

/** Transfers; those that found no page in use; those that the IOMMU refused; those that reached another frame than the guest's. */
export const DMA_COUNTERS = ['transfers', 'idle', 'faults', 'stale'] as const
export type DmaCounter = (typeof DMA_COUNTERS)[number]

export interface DmaAgentOptions {
  readonly pages: number
  readonly perSecond: number
  readonly random: Prng
  /** Begins the names of its CPU and task. */
  readonly prefix: string
}

export class DmaAgent {
  readonly device: AssignedDevice
  private readonly vm: Vm
  private readonly ghost: Ghost
  private readonly options: DmaAgentOptions
  private readonly counts: Counters<DmaCounter>

  constructor(engine: Engine, vm: Vm, ghost: Ghost, device: AssignedDevice, options: DmaAgentOptions) {
    assert(options.perSecond > 0, 'a device that does something')
    this.vm = vm
    this.ghost = ghost
    this.device = device
    this.options = options
    this.counts = new Counters(engine.cols, `${options.prefix}dma.counts`, engine.cols.objects('dma counters'), DMA_COUNTERS)
    // A device does not wait for a CPU of the host's: it has one for itself, on which nothing is ever booked.
    const cpu = engine.addCpu(`${options.prefix}dma`)
    engine.addTask(`${options.prefix}dma`, cpu, (task) => this.body(engine, task))
  }

  counter(name: DmaCounter): number {
    return this.counts.get(name)
  }

  private *body(engine: Engine, task: Task): Generator<Point, void, void> {
    const everyNs = Math.max(1, Math.round(SECOND / this.options.perSecond))
    for (let n = 0; ; n++) {
      task.wakeAt = engine.localNow(task) + everyNs
      yield AT_DMA
      this.transfer(n % 2 === 0)
    }
  }

  private transfer(isWrite: boolean): void {
    const page = this.pickPage()
    if (page < 0) return this.counts.add('idle')
    this.counts.add('transfers')
    const hfn = this.device.translate(asGfn(page))
    if (hfn === IOMMU_FAULT) return this.counts.add('faults')
    if (!this.ghost.deviceReaches(page, hfn, this.vm.frameOf(asGfn(page)))) return this.counts.add('stale')
    if (!isWrite) return this.ghost.read(page, hfn)
    this.ghost.write(page, hfn, 0)
    // A migration learns of the device's writes from the IOMMU (VFIO_IOMMU_DIRTY_PAGES).
    this.vm.dirtyLog?.(asGfn(page))
  }

  /** A page that the guest has given out, or -1 when none was found. */
  private pickPage(): number {
    const { pages, random } = this.options
    for (let i = 0; i < TRIES; i++) {
      const page = random.below(pages)
      if (this.ghost.ownerOf(page) === PageOwner.ALLOCATED) return page
    }
    return -1
  }
}

export interface AssignedParts {
  readonly engine: Engine
  readonly vm: Vm
  readonly ghost: Ghost
  readonly frames: HostFrames
  readonly run: RunOptions
  readonly guestPages: number
  readonly prefix: string
}

/** Assigns a device to the guest where the scenario says so, and pins the guest's memory for it: after that the host backs all of it. */
export function addAssignedDevice({ engine, vm, ghost, frames, run, guestPages, prefix }: AssignedParts): DmaAgent | null {
  const mode: AssignedMode | 'none' = run.host['assigned-device']
  if (mode === 'none') return null
  const device = new AssignedDevice(engine.cols, vm, frames, { pages: guestPages, mode })
  const perSecond = run.host['dma-per-second']
  if (!run.ghost || perSecond === 0) return null
  return new DmaAgent(engine, vm, ghost, device, { pages: guestPages, perSecond, random: engine.stream(`${prefix}dma`), prefix })
}
