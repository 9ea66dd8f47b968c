/**
 * The model behind `study reporting-knobs`: one configuration of free page reporting under a parallel build in a guest of 16 GiB with 12 vCPUs, each on a host
 * CPU, and the device thread on another.
 *
 *     0 --------- warm-up --------- measured ---------|        progress, footprint, and CPU time of all CPUs by who spent it
 *
 * Memory is scaled down by `scale`, and a page then stands for `scale` pages: what is paid per page or block costs `scale` times as much, a report has
 * capacity / scale entries and is paid once, as before. So passes last as long, budgets cover the same share of a list, and shares of time are the same.
 *
 * What makes order 0 dear is all mechanism: a call, a flush of every running vCPU and a fault for each small block, and a host that keeps emptied page tables
 * (host/src/mm/page-table.ts), so that memory which was once returned in pieces comes back page by page. What order 9 costs is a first touch of 2 MiB for
 * each block that a job took whole, gave back, and that lay free until a pass found it.
 */
import { Columns, GIB, PAGE_SIZE, SECOND } from '@hintlab/kit'
import { Cause, CAUSES, COST_NAMES, COST_TABLE, Measure, TaskKind } from '@hintlab/sim'
import type { CostName } from '@hintlab/sim'
import { PRESETS } from '../interfaces.ts'
import { buildMachine, checkMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { costsOf, InputError, parseRunOptions } from '../options.ts'
import { CompileLoad } from './compile-load.ts'
import { PUBLISHED } from './knobs-rows.ts'
import { sprinkle } from './sprinkle.ts'
import { unitCost } from './unit-costs.ts'

/** Stated, not fitted. `jobBytesMin` and `jobBytesMax` are a choice (KNOB_ASSUMPTIONS). */
export const KNOBS_SETUP = {
  guestBytes: 16 * GIB, vcpus: 12, jobBytesMin: 64 * 2 ** 20, jobBytesMax: GIB, warmUpS: 60, measuredS: 60, minFreeKbytes: 66_000, workUs: 40,
} as const

/**
 * Share of time that the host's kernel spends on a VM that does not report, on what is not modelled: timers, devices. It is what the table says, and no
 * result: nothing of the model spends host time in such a guest.
 */
export const BACKGROUND = PUBLISHED.none.system / (PUBLISHED.none.system + PUBLISHED.none.user)

/** Costs that are paid once per report or pass, whatever is in it. */
const PER_REPORT: readonly CostName[] = ['kick', 'deviceWake', 'irqPosted', 'irqHalted', 'irqEntry', 'guestSwitch']

/** What the host's kernel does for a vCPU in these is system time of the VM's process, in whatever task it is booked. */
const HOST_CAUSES: ReadonlySet<number> = new Set([
  Cause.KICK, Cause.EXIT, Cause.BLOCKED, Cause.FAULT, Cause.ZEROING, Cause.DISCARD, Cause.TLB_FLUSH, Cause.DEVICE, Cause.RECLAIM,
])

/** What is fitted; `knobs-parameters.ts` says on what. */
export interface KnobParameters {
  /** Share of pageblocks that hold pages in use all the time: system, page cache, objects of the build. */
  readonly sprinkled: number
  /** Share of the pages of such a pageblock that are in use, each by itself. */
  readonly kept: number
  /** Share of a job's memory that it asks for in blocks of 2 MiB, as a program's heap in a guest with huge pages. */
  readonly huge: number
  /** Share by which work takes longer when the host backs the guest with small pages only. */
  readonly walkTax: number
  /** Factor on what small pages, calls, flushes and exits cost the host, which the table has from one thread, while 12 vCPUs fault and are flushed. */
  readonly contention: number
}

/** A row of the published table; order null is the guest without reporting. */
export interface KnobConfig {
  readonly order: number | null
  readonly delayMs: number
  readonly capacity: number
}

/** Of the same amount of work, CPU time and wall time in ns per page worked on, memory as an average over the measured time. */
export interface KnobOutcome {
  readonly residentGiB: number
  readonly wallNs: number
  readonly systemNs: number
  readonly userNs: number
  readonly pages: number
}

/** How it is run: at which scale, for how long, with which random numbers. */
export interface KnobRun {
  readonly scale: number
  readonly warmUpS?: number | undefined
  readonly measuredS?: number | undefined
  readonly seed?: number
}

/**
 * What the host's kernel does for the memory of a running VM, but for whole huge pages: the time of those goes into 2 MiB of memory and not into locks. An exit
 * is also what a flush costs the vCPU.
 */
const CONTENDED: readonly CostName[] = ['exitKernel', 'madvise', 'zap4k', 'fault4k', 'faultResident', 'splitHuge', 'tlbFlushRemote']

/** What the balloon of the same machine cost (study unit-costs): its lookup of a page and its empty system call. */
const MEASURED: readonly CostName[] = ['deviceEntry', 'madvise']

/** Runs one configuration; deterministic. */
export function runKnobs(config: KnobConfig, parameters: KnobParameters, options: KnobRun): KnobOutcome {
  const { scale, warmUpS = KNOBS_SETUP.warmUpS, measuredS = KNOBS_SETUP.measuredS, seed = 1 } = options
  if (!Number.isInteger(scale) || 32 % scale !== 0) throw new InputError(`--scale: found ${scale}; accepted is 1, 2, 4, 8, 16 or 32`)
  const { guestBytes, vcpus, jobBytesMin, jobBytesMax, minFreeKbytes, workUs } = KNOBS_SETUP
  const run = parseRunOptions({
    seed,
    start: 'aged',
    guest: { memory: guestBytes / scale, vcpus, 'min-free-kbytes': Math.round(minFreeKbytes / scale), 'thp-defrag': 'madvise' },
    host: { cpus: vcpus + 1 },
    aged: { used: 0, fragmented: 0, huge: 1 },
    reporting: { order: config.order ?? 9, 'delay-ms': config.delayMs, capacity: Math.max(1, config.capacity / scale) },
    ghost: false,
    cost: scaledCosts(scale, parameters.contention),
  })
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  const face = config.order === null ? null : PRESETS.find(({ name }) => name === 'page-reporting')!.interface
  const machine = buildMachine(engine, { run, interface: face }, () => `${engine.now} ns`)
  sprinkle(machine.kernel, engine.stream('sprinkle'), parameters)
  const load = new CompileLoad(machine, {
    jobPagesMin: jobBytesMin / PAGE_SIZE / scale,
    jobPagesMax: jobBytesMax / PAGE_SIZE / scale,
    huge: parameters.huge,
    workNs: workUs * 1000 * scale,
    walkTax: parameters.walkTax,
    endNs: (warmUpS + measuredS) * SECOND,
  })
  engine.run(warmUpS * SECOND)
  const before = totals(machine, engine, load)
  engine.run((warmUpS + measuredS) * SECOND)
  const after = totals(machine, engine, load)
  engine.run((warmUpS + measuredS + 10) * SECOND)
  engine.check()
  checkMachine(machine)
  const pages = (after.pages - before.pages) * scale
  const residentGiB = ((after.footprint - before.footprint) / (measuredS * SECOND)) * (PAGE_SIZE / GIB) * scale
  const outcome = { residentGiB, wallNs: 0, systemNs: (after.system - before.system) / pages, userNs: (after.user - before.user) / pages, pages }
  return withBackground(outcome, BACKGROUND)
}

/** What is not modelled takes the same share of every configuration's time; added to the outcome of a run without. */
export function withBackground(outcome: KnobOutcome, background: number): KnobOutcome {
  const systemNs = (outcome.systemNs + background * outcome.userNs) / (1 - background)
  return { ...outcome, systemNs, wallNs: (systemNs + outcome.userNs) / KNOBS_SETUP.vcpus }
}

/** Costs are whole nanoseconds. */
function scaledCosts(scale: number, contention: number): Partial<Record<CostName, number>> {
  const costs: Partial<Record<CostName, number>> = {}
  for (const name of COST_NAMES) {
    const factor = (PER_REPORT.includes(name) ? 1 : scale) * (CONTENDED.includes(name) ? contention : 1)
    costs[name] = Math.round((MEASURED.includes(name) ? unitCost(name) : COST_TABLE[name].ns) * factor)
  }
  return costs
}

/** Time of the guest is user time of the VM's process; all that the host's kernel does for it is system time. */
function totals({ ghost, vcpus }: Machine, engine: Measure, load: CompileLoad): { pages: number; footprint: number; user: number; system: number } {
  let user = 0
  let system = 0
  for (const task of engine.tasks) {
    for (const cpu of engine.cpus) {
      const account = task.accountOn(cpu)
      const isGuest = vcpus.includes(cpu) && task.kind !== TaskKind.EXIT
      for (let cause = 0; cause < CAUSES; cause++) {
        if (isGuest && !HOST_CAUSES.has(cause)) user += account[cause]
        else system += account[cause]
      }
    }
  }
  return { pages: load.pagesDone, footprint: ghost.footprint(), user, system }
}
