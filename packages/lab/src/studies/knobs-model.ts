/**
 * The model behind `study reporting-knobs`: one configuration of free page reporting under a parallel build in a guest of 16 GiB with 12 vCPUs on 12 host
 * CPUs, which the device thread shares.
 *
 *     0 --------- warm-up --------- measured ---------|        progress, footprint, and CPU time of all CPUs by who spent it
 *
 * Memory is scaled down by `scale`, and a page then stands for `scale` pages: what is paid per page or block costs `scale` times as much, a report has
 * capacity / scale entries and is paid once, as before. So passes last as long, budgets cover the same share of a list, and shares of time are the same.
 */
import { Columns, GIB, PAGE_SIZE, SECOND } from '@hintlab/kit'
import { Cause, CAUSES, COST_NAMES, COST_TABLE, Measure } from '@hintlab/sim'
import type { CostName } from '@hintlab/sim'
import { PRESETS } from '../interfaces.ts'
import { buildMachine, checkMachine } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { costsOf, InputError, parseRunOptions } from '../options.ts'
import { CompileLoad } from './compile-load.ts'

/** Stated, not fitted. The last two and `jobBytesMax` were chosen by hand with the published rows in sight (KNOB_ASSUMPTIONS). */
export const KNOBS_SETUP = {
  guestBytes: 16 * GIB, vcpus: 12, jobBytesMin: 64 * 2 ** 20, jobBytesMax: GIB, warmUpS: 60, measuredS: 60, minFreeKbytes: 66_000,
  guestFaultUs: 0.35, hugeShare: 0.3,
} as const

/** Costs that are paid once per report or pass, whatever is in it. */
const PER_REPORT: readonly CostName[] = ['kick', 'deviceWake', 'irqPosted', 'irqHalted', 'irqEntry', 'guestSwitch']

/** What is fitted; `knobs-calibration.ts` says on what. */
export interface KnobParameters {
  /** Share of pageblocks that the guest uses all the time: system, page cache, objects of the build. */
  readonly used: number
  /** The program's own work on a page that it touches, us: how much memory the build goes through. */
  readonly workUs: number
  /** Share of the other pageblocks that hold a few pages in use all the time. */
  readonly fragmented: number
  /** Share by which work takes longer when the host backs the guest with small pages only. */
  readonly walkTax: number
  /** Factor on what the host pays for a discard or a fault of small pages while 12 vCPUs run: locks of the mm, remote flushes. */
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
  readonly measuredS?: number | undefined
  readonly seed?: number
}

/** Small pages cost more when vCPUs contend; huge ones are rare enough not to. */
const CONTENDED: readonly CostName[] = ['zap4k', 'fault4k', 'madvise', 'tlbFlushRemote']

/** Runs one configuration; deterministic. */
export function runKnobs(config: KnobConfig, parameters: KnobParameters, { scale, measuredS = KNOBS_SETUP.measuredS, seed = 1 }: KnobRun): KnobOutcome {
  if (!Number.isInteger(scale) || 32 % scale !== 0) throw new InputError(`--scale: found ${scale}; accepted is 1, 2, 4, 8, 16 or 32`)
  const { guestFaultUs, hugeShare, guestBytes, vcpus, jobBytesMin, jobBytesMax, warmUpS, minFreeKbytes } = KNOBS_SETUP
  const run = parseRunOptions({
    seed,
    start: 'aged',
    guest: { memory: guestBytes / scale, vcpus, 'min-free-kbytes': Math.round(minFreeKbytes / scale) },
    host: { cpus: vcpus + 1 },
    aged: { used: parameters.used, fragmented: parameters.fragmented, huge: 1 },
    reporting: { order: config.order ?? 9, 'delay-ms': config.delayMs, capacity: Math.max(1, config.capacity / scale) },
    ghost: false,
    cost: scaledCosts(scale, parameters.contention),
  })
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  const face = config.order === null ? null : PRESETS.find(({ name }) => name === 'page-reporting')!.interface
  const machine = buildMachine(engine, { run, interface: face }, () => `${engine.now} ns`)
  const load = new CompileLoad(machine, {
    jobPagesMin: jobBytesMin / PAGE_SIZE / scale,
    jobPagesMax: jobBytesMax / PAGE_SIZE / scale,
    hugeShare,
    workNs: Math.round(parameters.workUs * 1000 * scale),
    walkTax: parameters.walkTax,
    guestFaultNs: Math.round(guestFaultUs * 1000 * scale),
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
  const systemNs = (after.system - before.system) / pages
  const userNs = (after.user - before.user) / pages
  return {
    residentGiB: ((after.footprint - before.footprint) / (measuredS * SECOND)) * (PAGE_SIZE / GIB) * scale,
    wallNs: (systemNs + userNs) / vcpus,
    systemNs,
    userNs,
    pages,
  }
}

/** Costs are whole nanoseconds. */
function scaledCosts(scale: number, contention: number): Partial<Record<CostName, number>> {
  const costs: Partial<Record<CostName, number>> = {}
  for (const name of COST_NAMES) {
    const factor = (PER_REPORT.includes(name) ? 1 : scale) * (CONTENDED.includes(name) ? contention : 1)
    costs[name] = Math.round(COST_TABLE[name].ns * factor)
  }
  return costs
}

function totals({ ghost }: Machine, engine: Measure, load: CompileLoad): { pages: number; footprint: number; user: number; system: number } {
  let user = 0
  let system = 0
  for (const task of engine.tasks) {
    for (const cpu of engine.cpus) {
      const account = task.accountOn(cpu)
      for (let cause = 0; cause < CAUSES; cause++) {
        if (cause === Cause.WORK) user += account[cause]
        else system += account[cause]
      }
    }
  }
  return { pages: load.pagesDone, footprint: ghost.footprint(), user, system }
}
