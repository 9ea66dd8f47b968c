/**
 * The smallest guest that can lose data: two vCPUs, four pages, a hint policy, a device thread. Each vCPU allocates, writes, reads back and frees, a few
 * times over. Every lock, kick, interrupt and atomic step is a yield, so a schedule decides everything.
 *
 *     vcpu0  workload  kworker  irq  exit      vcpu1  workload  exit      host0  device
 *                         4 pages, reporting order 0, no per-CPU lists, no watermarks
 */
import { Columns, gfn as asGfn } from '@hintlab/kit'
import { ALL_SAFEGUARDS, Migratetype, NONE, singleZoneLayout, ZoneKind } from '@hintlab/guest'
import { FAULT } from '@hintlab/host'
import { ExitReason } from '@hintlab/protocol'
import { Explore, Kind, makeCosts, point } from '@hintlab/sim'
import type { Point, Task } from '@hintlab/sim'
import { buildMachine } from '../machine.ts'
import type { Interface, Machine } from '../machine.ts'
import { parseRunOptions } from '../options.ts'
import { policyPart } from '../presets/policy-parts.ts'

const AT_ALLOCATED = point(Kind.RUN, 'workload: page allocated, not written yet')
const AT_WRITTEN = point(Kind.RUN, 'workload: page written')
const AT_READ = point(Kind.RUN, 'workload: page read back')
const AT_FAULT = point(Kind.TRAP, 'workload: EPT violation')

const PAGES = 4
/** Rings and buffers lie in a page behind the guest's own four. */
const DRIVER_PFN = 8
const ROUNDS = 2

/** Safeguards that this scenario can do without, and then loses data: isolate before reporting, put back only after the completion. */
export const SAFEGUARD_NAMES = ['F1', 'F2'] as const
export type SafeguardName = (typeof SAFEGUARD_NAMES)[number]

export interface FourPages {
  readonly engine: Explore
  readonly machine: Machine
}

/**
 * Builds the scenario once; `engine.reset()` starts it over. For a policy that hints what merging forms, tasks hold two pages at once: with one each they share
 * a pair, which merges only when all memory is free, and so large a block is not isolated (watermark).
 */
export function buildFourPages(face: Interface, without: readonly SafeguardName[] = []): FourPages {
  const held = face !== null && policyPart(face.policy).needsMerges?.(face.settings ?? {}) === true ? 2 : 1
  const off = (name: SafeguardName): boolean => without.includes(name)
  const engine = new Explore(new Columns(), makeCosts(), 1)
  const run = parseRunOptions({ guest: { vcpus: 2 }, start: 'fresh' })
  const machine = buildMachine(engine, {
    run,
    interface: tinyInterface(face),
    tiny: { layout: singleZoneLayout(PAGES), driverPfn: DRIVER_PFN },
    safeguards: { hint: { ...ALL_SAFEGUARDS, isolate: !off('F1'), putbackAfterCompletion: !off('F2') } },
  }, () => `step ${engine.steps}`)
  machine.vcpus.forEach((vcpu, cpu) => engine.addTask(`workload ${cpu}`, vcpu, (task) => workload(task, cpu, machine, held)))
  engine.cols.seal()
  return { engine, machine }
}

/** The interface with buffers and orders that four pages can fill. */
function tinyInterface(face: Interface): Interface {
  if (face === null) return null
  const settings = face.settings ?? {}
  return { ...face, settings: { ...settings, ...policyPart(face.policy).tiny(settings) } }
}

function* workload(task: Task, cpu: number, machine: Machine, held: number): Generator<Point, void, void> {
  const pfns = new Int32Array(held)
  for (let round = 0; round < ROUNDS; round++) {
    let count = 0
    while (count < held) {
      const pfn = yield* allocate(task, cpu, machine)
      if (pfn === NONE) break
      pfns[count++] = pfn
      yield AT_ALLOCATED
      yield* access(task, cpu, machine, pfn, true)
      yield AT_WRITTEN
    }
    while (count > 0) {
      yield* access(task, cpu, machine, pfns[--count], false)
      yield AT_READ
      yield* machine.kernel.free(task, cpu, pfns[count])
    }
  }
}

function* allocate(task: Task, cpu: number, { kernel }: Machine): Generator<Point, number, void> {
  const pfn = kernel.allocFast(task, cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL)
  return pfn === NONE ? yield* kernel.allocSlow(task, cpu, 0, Migratetype.MOVABLE, ZoneKind.NORMAL, 0) : pfn
}

/** One load or store: translated, or exited for until it is. Translation and access are one step, as in hardware. */
function* access(task: Task, cpu: number, machine: Machine, pfn: number, write: boolean): Generator<Point, void, void> {
  for (;;) {
    const hfn = machine.vm.translate(cpu, asGfn(pfn), write)
    if (hfn !== FAULT) {
      if (write) machine.ghost.write(pfn, hfn, cpu)
      else machine.ghost.read(pfn, hfn)
      return
    }
    task.trap(ExitReason.EPT_VIOLATION, pfn)
    yield AT_FAULT
  }
}
