/**
 * One small guest on one kind of memory: what a discard really frees, found by running the model and looking at the host's counters, and at what the guest
 * reads afterwards.
 */
import { assert, Columns, gfn, vpn } from '@hintlab/kit'
import type { Hfn } from '@hintlab/kit'
import {
  addExitTask, AssignedDevice, FAULT, granuleOf, HostFrames, HostMm, HostReclaim, HugePool, IOMMU_FAULT, isHugetlb, Khugepaged, NO_SPTE, Vm,
} from '@hintlab/host'
import type { AssignedMode, Backing, Discard } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import { Kind, makeCosts, Measure, point } from '@hintlab/sim'
import type { Cpu, Point, Task } from '@hintlab/sim'
import { FrameTags } from '../frame-tags.ts'

const AT_FAULT = point(Kind.TRAP, 'backing: touch a page')

const HUGE = 512
/** Frames beside those of the guest. */
const SPARE = 1024
const MINUTE = 60e9

export interface BackingSetup {
  readonly backing: Backing
  readonly thp: 'always' | 'never'
  readonly discard: Discard
  /** Pages of the guest; a multiple of what the backing has as one. */
  readonly pages: number
  readonly assigned?: AssignedMode
  readonly khugepaged?: { readonly noneMax: number }
}

/** A guest of one vCPU on a host that has enough memory. */
export class TriedBacking {
  readonly frames: HostFrames
  readonly vm: Vm
  readonly pool: HugePool | undefined
  readonly device: AssignedDevice | null
  readonly reclaim: HostReclaim
  private readonly engine: Measure
  private readonly contents: FrameTags
  private readonly vcpu: Cpu
  private readonly setup: BackingSetup

  constructor(setup: BackingSetup) {
    const { backing, thp, discard, pages, assigned } = setup
    this.setup = setup
    this.engine = new Measure(new Columns(), makeCosts(), 1)
    const { cols } = this.engine
    const cpu = this.engine.addCpu('host0')
    this.vcpu = this.engine.addCpu('vcpu0', { halts: true })
    const count = Math.ceil(pages / HUGE) * HUGE + SPARE
    this.frames = new HostFrames(cols, count)
    this.contents = new FrameTags(cols, count)
    const pageFrames = granuleOf(backing)
    this.pool = isHugetlb(backing) ? new HugePool(cols, this.frames, { pageFrames, pages: pages / pageFrames }) : undefined
    this.reclaim = new HostReclaim(this.engine, this.frames, { contents: this.contents, cpu })
    const mm = new HostMm(cols, this.frames, { firstVpn: vpn(0), pages, pool: this.pool })
    mm.addVma({ start: vpn(0), pages, thp, backing })
    const { tag } = this.contents
    const witness = { zeroed: (hfn: number, n: number) => void tag.fill(0, hfn, hfn + n), discarding: () => {}, residentChanged: () => {} }
    const hostPagePages = isHugetlb(backing) ? 1 : pageFrames
    this.vm = new Vm(this.engine, mm, { vcpus: [this.vcpu], witness, reclaim: this.reclaim, discard, hostPagePages })
    this.vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages })
    addExitTask(this.engine, this.vcpu, this.vm, [])
    this.device = assigned === undefined ? null : new AssignedDevice(cols, this.vm, this.frames, { pages, mode: assigned })
    if (setup.khugepaged === undefined) return
    new Khugepaged(this.engine, this.frames, { cpu, contents: this.contents, ...setup.khugepaged }).addVm(this.vm)
  }

  /** The guest writes `tag` to each page. */
  write(pages: readonly number[], tag: number): void {
    this.run(function* (this: TriedBacking, task) {
      for (const page of pages) this.contents.tag[yield* this.access(task, page)] = tag
    })
  }

  /** What the guest reads from each page. */
  read(pages: readonly number[]): number[] {
    const found: number[] = []
    this.run(function* (this: TriedBacking, task) {
      for (const page of pages) found.push(this.contents.tag[yield* this.access(task, page)])
    })
    return found
  }

  /** Discards ranges of [first, count], those of one request. */
  discard(...ranges: readonly (readonly [number, number])[]): void {
    this.vm.nextRequest()
    this.run(function* (this: TriedBacking, task) {
      for (const [first, count] of ranges) yield* this.vm.discard(task, gfn(first), count)
    })
  }

  /** The assigned device writes to a guest page; false when the IOMMU has no mapping for it. */
  deviceWrites(page: number, tag: number): boolean {
    assert(this.device !== null, 'there is an assigned device')
    const hfn = this.device.translate(gfn(page))
    if (hfn === IOMMU_FAULT) return false
    this.contents.tag[hfn] = tag
    return true
  }

  /** Another program of the host takes all memory that it can get, and gives it back. */
  squeeze(): void {
    const taken: Hfn[] = []
    this.run(function* (this: TriedBacking, task) {
      do {
        for (let frame = this.frames.allocSmall(); frame >= 0; frame = this.frames.allocSmall()) taken.push(frame as Hfn)
      } while (yield* this.reclaim.direct(task))
    })
    for (const frame of taken) this.frames.freeSmall(frame)
  }

  /** Lets khugepaged pass by. */
  wait(): void {
    this.engine.run(this.engine.now + MINUTE)
  }

  /** Level of the SPTE that maps a page, or null. */
  leafAt(page: number): 1 | 2 | 3 | null {
    return this.vm.ept.walk(gfn(page)) === NO_SPTE ? null : this.vm.ept.level
  }

  check(): void {
    this.vm.check()
    this.frames.check()
  }

  private *access(task: Task, page: number): Generator<Point, number, void> {
    for (;;) {
      const hfn = this.vm.translate(0, gfn(page), true)
      if (hfn !== FAULT) return hfn
      task.trap(ExitReason.EPT_VIOLATION, page)
      yield AT_FAULT
      assert(task.trapResult === 0, () => `the host has memory for page ${page} on ${this.setup.backing}`)
    }
  }

  private run(body: (this: TriedBacking, task: Task) => Generator<Point, void, void>): void {
    this.engine.addTask('backing', this.vcpu, (task) => body.call(this, task))
    this.engine.run(this.engine.now + 2 * MINUTE)
  }
}
