/**
 * The model behind `study page-faults`: will-it-scale page_fault1 (huge pages) or page_fault2 (4 KiB) in a guest of 32 GiB with 16 vCPUs on the 16 hardware
 * threads of one node, with free page reporting or without. The device thread shares the last of them.
 *
 *     0 ---- idle: all free memory is reported once ---- storm: warm-up | measured ----|        pages touched, CPU time by who spent it
 *
 * Memory is divided by `scale`, and a page then stands for `scale` pages: what is paid per page or block costs `scale` times as much, a report has capacity /
 * scale entries and is paid once, as before. So passes last as long, budgets cover the same share of a list, and shares of time are the same.
 */
import { assert, Columns, GIB, MIB, SECOND } from '@hintlab/kit'
import { Cause, CAUSES, COST_NAMES, COST_TABLE, Measure, TaskKind } from '@hintlab/sim'
import type { CostName, Task } from '@hintlab/sim'
import { PRESETS } from '../interfaces.ts'
import { buildMachine, checkMachine } from '../machine.ts'
import { costsOf, InputError, parseRunOptions } from '../options.ts'
import { parsePhases } from '../workload/phase-schema.ts'
import { PhaseWorkload } from '../workload/phase-workload.ts'

export type FaultTest = 'page_fault1' | 'page_fault2'

/**
 * Stated, not fitted, but for `workNs`: the program and the guest's own fault, per page, so that one task without reporting makes as many faults a second as
 * published. A node of the published host (E5-2630 v3) has 8 cores of two hardware threads each: with more tasks than cores everything takes longer, so that
 * the two threads of a core do `threadGain` of what one does alone.
 */
export const FAULTS_SETUP = {
  guestBytes: 32 * GIB, vcpus: 16, cores: 8, threadGain: 1.2, regionBytes: 128 * MIB, capacity: 32, idleS: 34, warmUpS: 4, measuredS: 16, minFreeKbytes: 66_000,
  workNs: { page_fault1: 787, page_fault2: 2600 },
} as const

/** Costs that are paid once per report or pass, whatever is in it. */
const PER_REPORT: readonly CostName[] = ['kick', 'deviceWake', 'irqPosted', 'irqHalted', 'irqEntry', 'guestSwitch']

/** Reporting as Linux has it, or with another delay or order; null is the guest without. */
export interface FaultReporting {
  readonly delayMs: number
  readonly order: number
}

export interface FaultRun {
  readonly test: FaultTest
  readonly tasks: number
  readonly reporting: FaultReporting | null
  readonly scale: number
  readonly measuredS?: number | undefined
}

/** Who spends the time that reporting takes. */
export const FAULT_PARTS = ['refault', 'zeroing', 'guest worker', 'device thread', 'TLB flushes'] as const
export type FaultPart = (typeof FAULT_PARTS)[number]

export interface FaultOutcome {
  /** Pages touched by all tasks in a second, in pages of 4 KiB of the guest that is not scaled. */
  readonly perSecond: number
  /** Share of the time of as many CPUs as there are tasks, by who spent it. */
  readonly parts: Readonly<Record<FaultPart, number>>
  /** Guest memory that the host gives, on average. */
  readonly residentGiB: number
}

/** Runs one configuration; deterministic. */
export function runFaults({ test, tasks, reporting, scale, measuredS = FAULTS_SETUP.measuredS }: FaultRun): FaultOutcome {
  if (!Number.isInteger(scale) || 32 % scale !== 0) throw new InputError(`--scale: found ${scale}; accepted is 1, 2, 4, 8, 16 or 32`)
  const { guestBytes, vcpus, cores, threadGain, regionBytes, capacity, idleS, warmUpS, workNs, minFreeKbytes } = FAULTS_SETUP
  const warmNs = (idleS + warmUpS) * SECOND
  const spanNs = measuredS * SECOND
  const slower = tasks > cores ? vcpus / (cores * threadGain) : 1
  const run = parseRunOptions({
    start: 'fresh',
    guest: { memory: guestBytes / scale, vcpus, 'min-free-kbytes': Math.round(minFreeKbytes / scale), 'thp-defrag': 'madvise' },
    host: { cpus: vcpus },
    reporting: { order: reporting?.order ?? 9, 'delay-ms': reporting?.delayMs ?? 2000, capacity: Math.max(1, capacity / scale) },
    ghost: false,
    cost: scaledCosts(scale, slower),
  })
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  const face = reporting === null ? null : PRESETS.find(({ name }) => name === 'page-reporting')!.interface
  const machine = buildMachine(engine, { run, interface: face }, () => `${engine.now} ns`)
  const order = test === 'page_fault1' ? 9 : 0
  const storm = { do: 'fault-storm', size: regionBytes / scale, order, 'work-ns': Math.round(workNs[test] * scale * slower), tasks }
  const load = new PhaseWorkload(machine, parsePhases([{ seconds: idleS }, { seconds: warmUpS + measuredS, run: [storm] }]))
  engine.run(warmNs)
  const before = { pages: load.phases[1].touchedPages, parts: partsOf(engine), footprint: machine.ghost.footprint() }
  engine.run(warmNs + spanNs)
  const after = { pages: load.phases[1].touchedPages, parts: partsOf(engine), footprint: machine.ghost.footprint() }
  engine.run(warmNs + spanNs + 10 * SECOND)
  assert(load.finishedAt > 0, 'the tasks end')
  engine.check()
  checkMachine(machine)
  const cpuNs = tasks * spanNs
  return {
    perSecond: ((after.pages - before.pages) * scale * SECOND) / spanNs,
    parts: Object.fromEntries(FAULT_PARTS.map((part) => [part, (after.parts[part] - before.parts[part]) / cpuNs])) as Record<FaultPart, number>,
    residentGiB: ((after.footprint - before.footprint) / spanNs) * (4096 / GIB) * scale,
  }
}

/** Costs are whole nanoseconds. */
function scaledCosts(scale: number, slower: number): Partial<Record<CostName, number>> {
  const costs: Partial<Record<CostName, number>> = {}
  for (const name of COST_NAMES) costs[name] = Math.round(COST_TABLE[name].ns * slower * (PER_REPORT.includes(name) ? 1 : scale))
  return costs
}

/** Nanoseconds of CPU time so far, by who spent it. */
function partsOf(engine: Measure): Record<FaultPart, number> {
  const parts = Object.fromEntries(FAULT_PARTS.map((part) => [part, 0])) as Record<FaultPart, number>
  for (const task of engine.tasks) {
    for (const cpu of engine.cpus) {
      const account = task.accountOn(cpu)
      for (let cause = 0; cause < CAUSES; cause++) {
        const part = partOf(task, cause)
        if (part !== null) parts[part] += account[cause]
      }
    }
  }
  return parts
}

/** Null: the program's own faults, which it makes without reporting too. */
function partOf(task: Task, cause: number): FaultPart | null {
  if (task.name === 'hint device') return 'device thread'
  if (cause === Cause.TLB_FLUSH) return 'TLB flushes'
  if (cause === Cause.ZEROING) return 'zeroing'
  if (task.kind === TaskKind.EXIT) return cause === Cause.KICK ? 'guest worker' : 'refault'
  return task.kind === TaskKind.IRQ || task.name.startsWith('kworker') ? 'guest worker' : null
}
