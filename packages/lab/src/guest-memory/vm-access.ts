/** How a guest kernel reaches its pages on our host: through a vCPU's translations, with an exit where there is none, and with the ghost looking on. */
import { gfn as asGfn } from '@hintlab/kit'
import { COPIED } from '@hintlab/guest'
import type { PageAccess } from '@hintlab/guest'
import { FAULT } from '@hintlab/host'
import type { Vm } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import { Kind, point } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import type { Ghost } from '../ghost.ts'

const AT_FAULT = point(Kind.TRAP, 'guest kernel: touch a page')

export class VmAccess implements PageAccess {
  private readonly vm: Vm
  private readonly ghost: Ghost | null

  /** Without a ghost nobody checks contents. */
  constructor(vm: Vm, ghost: Ghost | null) {
    this.vm = vm
    this.ghost = ghost
  }

  *write(task: Task, cpu: number, pfn: number): Generator<Point, void, void> {
    for (;;) {
      const hfn = this.vm.translate(cpu, asGfn(pfn), true)
      if (hfn !== FAULT) return this.ghost?.write(pfn, hfn, cpu)
      if (!(yield* this.fault(task, cpu, pfn))) return
    }
  }

  read(pfn: number): void {
    const hfn = this.vm.frameOf(asGfn(pfn))
    this.ghost?.verify(pfn, hfn, hfn === FAULT && this.vm.paging !== null ? this.vm.swapSlotOf(asGfn(pfn)) : FAULT)
  }

  copy(cpu: number, from: number, to: number): number {
    const source = this.vm.translate(cpu, asGfn(from), false)
    if (source === FAULT) return from
    const target = this.vm.translate(cpu, asGfn(to), true)
    if (target === FAULT) return to
    this.ghost?.copied(source, target)
    return COPIED
  }

  clear(cpu: number, pfn: number): number {
    const hfn = this.vm.translate(cpu, asGfn(pfn), true)
    if (hfn === FAULT) return pfn
    this.ghost?.write(pfn, hfn, cpu)
    return COPIED
  }

  *fault(task: Task, _cpu: number, pfn: number): Generator<Point, boolean, void> {
    task.trap(ExitReason.EPT_VIOLATION, pfn)
    yield AT_FAULT
    return task.trapResult >= 0
  }
}
