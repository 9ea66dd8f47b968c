/**
 * The runs behind the density experiments. Memory is scaled down: every size by the same factor, everything else (block sizes, delays, costs) as it is. What
 * fits is a ratio of sizes and does not change, and times of runs are proportional to sizes: hosts.test.ts compares scales. What does not scale is the page or
 * two that per-CPU lists and block ends break out of a block of 4 MiB: a small guest has as many of these as a large one.
 */
import { MIB, PAGE_SIZE } from '@hintlab/kit'
import type { CostName } from '@hintlab/sim'
import type { Interface } from '../interfaces.ts'
import { parseRunOptions } from '../options.ts'
import { DISK, GUESTS_MAX, MEMHOG, PEAKS, SWAP_BYTES, V8_SETUP } from './density-setup.ts'
import type { DensitySetup, HintedBy } from './density-setup.ts'
import { HogGuest, Turns } from './hog-guest.ts'
import type { HogPlan, HogRun } from './hog-guest.ts'
import { runHost } from './run-host.ts'
import type { HostRunResult } from './run-host.ts'

/** How many guests had all that they touched before the host was out of memory, and what each of these holds of the host when its turn is over, on average. */
export interface Fit {
  readonly guests: number
  readonly keptBytes: number
  readonly violations: number
}

/** Over several seeds: the median, the least and the most guests. */
export interface FitRange extends Fit {
  readonly min: number
  readonly max: number
}

export interface FitOptions {
  readonly setup?: DensitySetup
  readonly seed?: number
  readonly guestsMax?: number
}

/** Starts guests in turn until the host is out of memory, or until there are no more guests. Bytes as before scaling. */
export function guestsThatFit(by: HintedBy, scale: number, { setup = V8_SETUP, seed = 1, guestsMax = GUESTS_MAX }: FitOptions = {}): Fit {
  const run = runHogs(by, scale, { setup, seed, guests: guestsMax, startsS: 'turns', holdS: 0 })
  const whole = run.guests.filter(({ load }) => load.runs.length > 0 && load.runs[0].whole)
  const ended = whole.filter(({ load }) => load.finishedAt > 0)
  const kept = ended.reduce((sum, { residentEnd }) => sum + residentEnd, 0) / Math.max(1, ended.length)
  return { guests: whole.length, keptBytes: kept * PAGE_SIZE * scale, violations: run.violations }
}

/** As `guestsThatFit`, over seeds: how full its arrays are when a guest has started is chance. */
export function fitOverSeeds(by: HintedBy, scale: number, seeds: readonly number[], options: Omit<FitOptions, 'seed'> = {}): FitRange {
  const fits = seeds.map((seed) => guestsThatFit(by, scale, { ...options, seed }))
  const guests = fits.map((fit) => fit.guests).sort((a, b) => a - b)
  return {
    guests: guests[guests.length >> 1],
    min: guests[0],
    max: guests[guests.length - 1],
    keptBytes: fits.reduce((sum, fit) => sum + fit.keptBytes, 0) / fits.length,
    violations: fits.reduce((sum, fit) => sum + fit.violations, 0),
  }
}

/** Three guests in turn on a host with swap that has room for the programs of two. */
export function memhogRuns(by: HintedBy, scale: number, disk: 'NVMe' | 'disk' = 'NVMe'): { runs: HogRun[]; swapWritten: number; violations: number } {
  const setup = { ...V8_SETUP, guestBytes: MEMHOG.guestBytes, hogBytes: MEMHOG.hogBytes, swapBytes: SWAP_BYTES }
  const run = runHogs(by, scale, { setup, guests: MEMHOG.guests, startsS: 'turns', holdS: 0, ...(disk === 'disk' ? { cost: DISK } : {}) })
  return { runs: run.guests.map(({ load }) => load.runs[0]), swapWritten: run.swapWritten, violations: run.violations }
}

/** Four guests with two peaks each, at the same time or one after the other. Pages, and seconds as run. */
export function peaks(by: HintedBy, scale: number, offset: boolean): { usedMax: number; swapWritten: number; slowest: number; violations: number } {
  const { guests, hogBytes, holdS, everyS, offsetS } = PEAKS
  const startsS = (index: number): number[] => [0, 1].map((n) => 30 + n * everyS + (offset ? index * offsetS : 0))
  const run = runHogs(by, scale, { setup: { ...V8_SETUP, hogBytes, swapBytes: SWAP_BYTES }, guests, startsS, holdS })
  const slowest = Math.max(...run.guests.flatMap(({ load }) => load.runs.map(secondsOf)))
  return { usedMax: run.usedMax, swapWritten: run.swapWritten, slowest, violations: run.violations }
}

export const secondsOf = ({ beginNs, touchedNs }: HogRun): number => (touchedNs - beginNs) / 1e9

/** MAX_FGPT_ENTRIES. */
const V8_ENTRIES = 1000
/** Bits of a zone that start the worker of v10. */
const V10_THRESHOLD = 16

interface HogsOptions {
  readonly setup: DensitySetup
  readonly guests: number
  readonly startsS: 'turns' | ((index: number) => readonly number[])
  readonly holdS: number
  readonly seed?: number
  readonly cost?: Partial<Record<CostName, number>>
}

function runHogs(by: HintedBy, scale: number, { setup, guests, startsS, holdS, seed = 1, cost = {} }: HogsOptions): HostRunResult<HogGuest> {
  const scaled = (bytes: number, unit: number): number => Math.floor(bytes / scale / unit) * unit
  const swap = setup.swapBytes > 0
  const memory = scaled(setup.hostBytes - setup.hostOwnBytes, 2 * MIB)
  const { host } = parseRunOptions({ start: 'fresh', host: { memory, swap: swap ? scaled(setup.swapBytes, 2 * MIB) : 0 } })
  const run = parseRunOptions({ start: 'fresh', seed, guest: { memory: scaled(setup.guestBytes, 4 * MIB), vcpus: 1 }, cost })
  const blockBytes = PAGE_SIZE * 2 ** setup.bootOrder
  const plan: Omit<HogPlan, 'startsS'> = {
    bootBytes: scaled(setup.bootBytes, blockBytes),
    bootFreedMax: scaled(setup.bootFreedMax, blockBytes),
    bootOrder: setup.bootOrder,
    hogBytes: scaled(setup.hogBytes, 2 * MIB),
    hogOrder: setup.hogOrder,
    holdS,
    pauseS: setup.pauseS,
    pauseRuns: setup.pauseRuns,
    pauseBytes: scaled(setup.pauseBytes, PAGE_SIZE),
  }
  let turns: Turns | null = null
  return runHost({
    host,
    guests: Array.from({ length: guests }, (_, i) => ({ name: `guest ${i}`, run, interface: scaledInterface(by, scale) })),
    stopWhenFull: !swap,
    load: (machine, index) => {
      turns ??= new Turns(machine.engine)
      return new HogGuest(machine, { ...plan, startsS: startsS === 'turns' ? startsS : startsS(index) }, turns, index)
    },
  })
}

/** What is counted in frees or blocks before anything is hinted is as much smaller as the memory: the arrays of v8, the threshold of v10. */
function scaledInterface({ interface: face }: HintedBy, scale: number): Interface {
  const scaled = (count: number): number => Math.max(1, Math.floor(count / scale))
  if (face?.policy === 'percpu-array') return { ...face, settings: { ...face.settings, entries: scaled(V8_ENTRIES) } }
  if (face?.policy === 'zone-bitmap') return { ...face, settings: { ...face.settings, threshold: scaled(V10_THRESHOLD) } }
  return face
}
