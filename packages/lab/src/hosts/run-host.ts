/** A run of several guests on one host, each with a load of its own; what the host had to do for them comes beside the guests' results. */
import { assert, Columns, SECOND } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import { costsOf } from '../options.ts'
import { collect } from '../result.ts'
import type { RunResult } from '../result.ts'
import type { Workload } from '../workload/workload.ts'
import type { Machine } from '../machine.ts'
import { buildHost, checkHost } from './build-host.ts'
import type { HostMachine, HostSpec } from './build-host.ts'

/** A run that is this many times longer than its loads does not end by itself. */
const OVERRUN_MAX = 100

export interface HostRunInput<Load extends Workload> extends HostSpec {
  /** Adds the tasks of guest number `index`. */
  readonly load: (machine: Machine, index: number) => Load
  /** Ends the run when a guest found the host out of memory, after the second in which it did. */
  readonly stopWhenFull?: boolean
}

/** Pages of 4 KiB. */
export interface GuestOutcome<Load> {
  readonly result: RunResult
  readonly load: Load
  readonly swappedOut: number
  readonly swappedIn: number
  readonly residentEnd: number
}

/** Pages of 4 KiB, but for counts. */
export interface HostRunResult<Load extends Workload> {
  readonly guests: readonly GuestOutcome<Load>[]
  readonly frames: number
  readonly usedMax: number
  readonly usedEnd: number
  readonly swapUsedMax: number
  readonly swapUsedEnd: number
  readonly swapWritten: number
  readonly swapRead: number
  readonly directReclaims: number
  readonly virtualSeconds: number
  readonly eventHash: string
  readonly violations: number
}

/** Runs to the end of the last guest's load. Deterministic. */
export function runHost<Load extends Workload>({ guests, host, load, stopWhenFull = false }: HostRunInput<Load>): HostRunResult<Load> {
  const run = { ...guests[0].run, host }
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  const machine = buildHost(engine, { guests, host })
  const workloads = machine.guests.map(({ machine: guest }, i) => load(guest, i))
  const limit = (Math.max(...workloads.map(({ durationNs }) => durationNs)) + SECOND) * OVERRUN_MAX
  const most = { used: 0, swap: 0 }
  const isFull = (): boolean => stopWhenFull && workloads.some(({ pages }) => pages.hostFailures > 0)
  while (workloads.some(({ finishedAt }) => finishedAt === 0) && !isFull()) {
    assert(engine.now < limit, 'the guests end')
    engine.run(engine.now + SECOND / 10)
    most.used = Math.max(most.used, usedFrames(machine))
    most.swap = Math.max(most.swap, usedSlots(machine))
  }
  for (const workload of workloads) workload.verifyLive()
  engine.check()
  checkHost(machine)
  const { device } = machine.parts.reclaim ?? { device: null }
  return {
    guests: machine.guests.map(({ name, machine: guest }, i) => ({
      result: collect(name, guest, engine, workloads[i], { residentPages: 0, hugePages: 0 }),
      load: workloads[i],
      swappedOut: guest.vm.counter('swappedOut'),
      swappedIn: guest.vm.counter('swappedIn'),
      residentEnd: guest.vm.residentPages,
    })),
    frames: machine.parts.frames.frames,
    usedMax: most.used,
    usedEnd: usedFrames(machine),
    swapUsedMax: most.swap,
    swapUsedEnd: usedSlots(machine),
    swapWritten: device?.pagesWritten ?? 0,
    swapRead: device?.pagesRead ?? 0,
    directReclaims: machine.parts.reclaim?.counter('direct') ?? 0,
    virtualSeconds: engine.now / SECOND,
    eventHash: engine.eventHash.toString(16).padStart(8, '0'),
    violations: machine.guests.reduce((sum, { machine: guest }) => sum + guest.ghost.violationCount, 0),
  }
}

const usedFrames = ({ parts }: HostMachine): number => parts.frames.frames - parts.frames.free
const usedSlots = ({ parts }: HostMachine): number => parts.reclaim?.swap?.used ?? 0
