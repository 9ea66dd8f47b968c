/**
 * khugepaged (mm/khugepaged.c): a task of the host that looks at some memory every ten seconds, and makes one huge page of 512 small ones where it finds one
 * in use among them. Pages that are missing are filled with zeroes, up to `noneMax` of them: with the kernel's default of 511 it takes back, silently, what a
 * guest gave away in pieces.
 *
 *     [ x . . x x . ... ] 512 PTEs  --invalidate, copy, zero the rest-->  [ huge page ]     resident memory grows by the dots
 */
import type { Vpn } from '@hintlab/kit'
import type { FrameContents } from '@hintlab/protocol'
import { Cause, Kind, point } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import { NO_FRAME } from '../mm/frames.ts'
import type { HostFrames } from '../mm/frames.ts'
import { HUGE_PAGES } from '../mm/limits.ts'
import { mappingHfn } from '../mm/mapping.ts'
import { NO_SLOT } from '../mmu/memslots.ts'
import type { Vm } from '../vm.ts'

const AT_SLEEP = point(Kind.SLEEP, 'khugepaged: sleeps')
const AT_SCANNED = point(Kind.RUN, 'khugepaged: 2 MiB looked at')

export interface KhugepagedOptions {
  readonly cpu: Cpu
  readonly contents: FrameContents
  /** max_ptes_none: 511. */
  readonly noneMax?: number
  /** scan_sleep_millisecs: 10 s. */
  readonly sleepNs?: number
  /** pages_to_scan: 4096. */
  readonly pagesPerScan?: number
}

export class Khugepaged {
  private readonly engine: Engine
  private readonly frames: HostFrames
  private readonly vms: Vm[] = []
  private readonly options: Required<KhugepagedOptions>
  /** Which VM, and how many slots of 2 MiB into it. */
  private readonly cursor: Uint32Array
  private readonly object: number

  constructor(engine: Engine, frames: HostFrames, options: KhugepagedOptions) {
    this.engine = engine
    this.frames = frames
    this.options = { noneMax: 511, sleepNs: 10e9, pagesPerScan: 4096, ...options }
    this.object = engine.cols.objects('khugepaged')
    this.cursor = engine.cols.u32('khugepaged.cursor', 2, this.object)
    engine.addTask('khugepaged', options.cpu, (task) => this.body(task), { wakeNs: engine.costs.deviceWake })
  }

  /** Looks at this VM's memory too (khugepaged_enter). */
  addVm(vm: Vm): void {
    this.vms.push(vm)
  }

  private *body(task: Task): Generator<Point, void, void> {
    for (;;) {
      task.wakeAt = this.engine.now + this.options.sleepNs
      yield AT_SLEEP
      for (let scanned = 0; scanned < this.options.pagesPerScan && this.vms.length > 0; scanned += HUGE_PAGES) yield* this.next(task)
    }
  }

  private *next(task: Task): Generator<Point, void, void> {
    this.engine.cols.footprint.write(this.object)
    const vm = this.vms[this.cursor[0]]
    const vpn = (vm.mm.firstVpn + this.cursor[1]++ * HUGE_PAGES) as Vpn
    if (this.cursor[1] * HUGE_PAGES >= vm.mm.ownerCount) {
      this.cursor[0] = (this.cursor[0] + 1) % this.vms.length
      this.cursor[1] = 0
    }
    task.charge(this.engine.costs.ageCheck, Cause.RECLAIM)
    if (this.mayCollapse(vm, vpn)) yield* this.collapse(task, vm, vpn)
    else yield AT_SCANNED
  }

  private mayCollapse(vm: Vm, vpn: Vpn): boolean {
    const gfn = vm.slots.gfnOf(vpn)
    return gfn !== NO_SLOT && vm.mm.isCollapsible(vpn, this.options.noneMax) && vm.ept.isYoung(gfn, HUGE_PAGES)
  }

  private *collapse(task: Task, vm: Vm, vpn: Vpn): Generator<Point, void, void> {
    const gfn = vm.slots.gfnOf(vpn)
    if (gfn === NO_SLOT) return
    yield* vm.invalidate(task, gfn, HUGE_PAGES)
    const head = vm.mm.isCollapsible(vpn, this.options.noneMax) ? this.frames.allocHuge() : NO_FRAME
    if (head !== NO_FRAME) {
      const { zero2m, splitHuge } = this.engine.costs
      task.charge(zero2m + splitHuge, Cause.RECLAIM)
      vm.zeroFrames(head, HUGE_PAGES)
      for (let i = 0; i < HUGE_PAGES; i++) {
        const mapping = vm.mm.resolve((vpn + i) as Vpn)
        if (mapping >= 0) this.options.contents.copied(mappingHfn(mapping), head + i)
      }
      vm.mm.collapse(vpn, head)
      vm.notePaged('collapsed', HUGE_PAGES)
    }
    yield* vm.endInvalidation(task)
  }
}
