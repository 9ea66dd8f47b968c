/** What a test's own guest task does: allocate, touch, free, through the same paths as a workload. */
import { gfn as asGfn } from '@hintlab/kit'
import { FreeResult, Migratetype, NONE, ZoneKind } from '@hintlab/guest'
import { FAULT } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import { Kind, point } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import type { Machine } from '../machine.ts'

const AT_FAULT = point(Kind.TRAP, 'script: EPT violation')
const AT_SLEEP = point(Kind.SLEEP, 'script: sleep')
const AT_CHARGED = point(Kind.RUN, 'script: let the charged time pass')

/** A block from anywhere in the guest, or NONE. */
export function* allocate(machine: Machine, task: Task, cpu: number, order: number): Generator<Point, number, void> {
  const { kernel } = machine
  const pfn = kernel.allocFast(task, cpu, order, Migratetype.MOVABLE, ZoneKind.NORMAL)
  return pfn === NONE ? yield* kernel.allocSlow(task, cpu, order, Migratetype.MOVABLE, ZoneKind.NORMAL, 0) : pfn
}

export function* release(machine: Machine, task: Task, cpu: number, pfn: number): Generator<Point, void, void> {
  const result = machine.kernel.freeFast(task, cpu, pfn)
  if (result !== FreeResult.DONE) yield* machine.kernel.freeSlow(task, cpu, pfn, result)
}

/** One load or store: translated, or exited for until it is. False when the host has no memory. */
export function* access(machine: Machine, task: Task, cpu: number, pfn: number, write: boolean): Generator<Point, boolean, void> {
  for (;;) {
    const hfn = machine.vm.translate(cpu, asGfn(pfn), write)
    if (hfn !== FAULT) {
      if (write) machine.ghost.write(pfn, hfn, cpu)
      else machine.ghost.read(pfn, hfn)
      return true
    }
    task.trap(ExitReason.EPT_VIOLATION, pfn)
    yield AT_FAULT
    if (task.trapResult < 0) return false
  }
}

/** Off the CPU until virtual time `until`, ns. */
export function* sleepUntil(task: Task, until: number): Generator<Point, void, void> {
  task.wakeAt = until
  yield AT_SLEEP
}

/** Lets what the task has charged pass, so that the clock shows it. */
export function* settle(): Generator<Point, void, void> {
  yield AT_CHARGED
}
