/**
 * The density experiments of the mailing list: how many guests fit on a host, how long a memhog takes when the host has to swap for it, and what it matters
 * whether peaks of several guests meet.
 *
 * Memory is scaled down: every size by the same factor, everything else (block sizes, delays, costs) as it is. What fits is a ratio of sizes and does not
 * change, and times of runs are proportional to sizes: hosts.test.ts compares two scales.
 */
import { GIB, MIB } from '@hintlab/kit'
import type { CostName } from '@hintlab/sim'
import { NAMED_INTERFACES } from '../interfaces.ts'
import type { Interface } from '../interfaces.ts'
import { InputError, parseRunOptions } from '../options.ts'
import { HogGuest, Turns } from './hog-guest.ts'
import type { HogPlan, HogRun } from './hog-guest.ts'
import { runHost } from './run-host.ts'
import type { HostRunResult } from './run-host.ts'

/** What the experiments assume, in bytes, before scaling. */
export const DENSITY_SETUP = {
  /** Published: 15837 MB, one node. */
  hostBytes: 15837 * MIB,
  /** Assumed: what the host itself and the VMM processes use. */
  hostOwnBytes: 1024 * MIB,
  /** Published: guests of 5 GB that touch 4 GB; here in huge pages of the guest, as memset of a large allocation does. */
  guestBytes: 5 * GIB,
  hogBytes: 4 * GIB,
  /** Assumed: what a guest has touched when it is up, and keeps. */
  bootBytes: 600 * MIB,
  swapBytes: 16 * GIB,
  guestsMax: 8,
  /** Assumed: from one program's end to the next guest's start. Reporting is through with 4 GiB after 22 s. */
  pauseS: 40,
} as const

/** Sizes of the third memhog run: three guests that do not fit by one program. */
const MEMHOG = { guests: 3, guestBytes: 6 * GIB, hogBytes: 5 * GIB } as const
/** Assumed: a disk of 100 MB/s instead of NVMe, as hosts of those years swapped to. */
const DISK = { swapRead: 4_000_000, swapWrite: 4_000_000, swapPage: 40_000 } as const
/** Peaks: each guest has two, held for 20 s, four minutes apart; offset ones begin a minute after each other. */
const PEAKS = { guests: 4, hogBytes: 4 * GIB, holdS: 20, everyS: 240, offsetS: 60 } as const

export interface DensityRow {
  readonly what: string
  readonly interface: string
  readonly model: number
  readonly unit: 'guests' | 's' | 'ratio' | 'GiB'
  /** The experiment ended there, for want of more guests: there may be room for more. */
  readonly orMore: boolean
  /** What was published, in words; null where nothing is given to compare with. */
  readonly published: string | null
  /** What is accepted of the model; null for a prediction. */
  readonly accepted: { readonly min: number; readonly max: number } | null
  readonly within: boolean
}

export interface DensityResult {
  readonly scale: number
  readonly rows: readonly DensityRow[]
  readonly violations: number
  readonly outside: number
}

export interface HintedBy {
  readonly name: string
  readonly interface: Interface
}

const named = (name: string): HintedBy => ({ name, interface: NAMED_INTERFACES.find((row) => row.name === name)?.interface ?? null })
export const NO_HINTS: HintedBy = { name: 'no hinting', interface: null }
/** Upstream's free page reporting. */
export const UPSTREAM: HintedBy = named('page-reporting')
/** The per-CPU arrays of v8, which the published numbers were measured with. */
export const V8: HintedBy = named('percpu-array')

/** `scale` divides every size; 1 takes some minutes. */
export function studyDensity(scale = 16, onRow: (row: DensityRow) => void = () => {}): DensityResult {
  if (!Number.isInteger(scale) || scale < 1 || scale > 32) throw new InputError(`--scale: found ${scale}; accepted is a whole number from 1 to 32`)
  const rows: DensityRow[] = []
  let violations = 0
  const add = (row: Omit<DensityRow, 'within' | 'orMore'>): void => {
    const { accepted, model, unit } = row
    const within = accepted === null || (model >= accepted.min && model <= accepted.max)
    const whole = { ...row, orMore: unit === 'guests' && model === DENSITY_SETUP.guestsMax, within }
    rows.push(whole)
    onRow(whole)
  }
  for (const by of [NO_HINTS, V8, UPSTREAM]) {
    const fit = guestsThatFit(by, scale)
    violations += fit.violations
    const accepted = by.interface === null ? { min: 3, max: 3 } : { min: 5, max: Infinity }
    const published = by.interface === null ? '3' : 'at least 5, up to 7 (v8)'
    add({ what: 'guests of 5 GiB that each touch 4 GiB in turn on 15.5 GiB', interface: by.name, model: fit.guests, unit: 'guests', published, accepted })
  }
  for (const disk of ['NVMe', 'disk'] as const) {
    const seconds: number[] = []
    for (const by of [NO_HINTS, UPSTREAM]) {
      const { runs, swapWritten, violations: found } = memhogRuns(by, scale, disk)
      violations += found
      seconds.push(secondsOf(runs[2]))
      const third = `third memhog of 5 GiB, swap on ${disk}`
      add({ what: third, interface: by.name, model: secondsOf(runs[2]) * scale, unit: 's', published: null, accepted: null })
      const ratio = secondsOf(runs[2]) / secondsOf(runs[0])
      add({ what: `${third}: against the first`, interface: by.name, model: ratio, unit: 'ratio', published: null, accepted: null })
      add({ what: `${third}: written to swap`, interface: by.name, model: gib(swapWritten) * scale, unit: 'GiB', published: null, accepted: null })
    }
    const what = `third memhog, swap on ${disk}: without hints against with`
    add({ what, interface: 'both', model: seconds[0] / seconds[1], unit: 'ratio', published: null, accepted: null })
  }
  for (const offset of [false, true]) {
    for (const by of [NO_HINTS, UPSTREAM]) {
      const { usedMax, swapWritten, slowest, violations: found } = peaks(by, scale, offset)
      violations += found
      const what = offset ? 'offset peaks' : 'simultaneous peaks'
      add({ what: `${what}: most memory in use`, interface: by.name, model: gib(usedMax) * scale, unit: 'GiB', published: null, accepted: null })
      add({ what: `${what}: written to swap`, interface: by.name, model: gib(swapWritten) * scale, unit: 'GiB', published: null, accepted: null })
      add({ what: `${what}: slowest run`, interface: by.name, model: slowest * scale, unit: 's', published: null, accepted: null })
    }
  }
  return { scale, rows, violations, outside: rows.filter((row) => !row.within).length }
}

/** Starts guests in turn until the host is out of memory, without swap: how many had all that they touched. At most `guestsMax`. */
export function guestsThatFit(by: HintedBy, scale: number): { guests: number; violations: number } {
  const { guestBytes, hogBytes, guestsMax } = DENSITY_SETUP
  const run = runHogs(by, scale, { guests: guestsMax, guestBytes, hogBytes, swap: false, startsS: 'turns', holdS: 0 })
  return { guests: run.guests.filter(({ load }) => load.runs.length > 0 && load.runs[0].whole).length, violations: run.violations }
}

/** Three guests in turn on a host with swap that has room for the programs of two. */
export function memhogRuns(by: HintedBy, scale: number, disk: 'NVMe' | 'disk' = 'NVMe'): { runs: HogRun[]; swapWritten: number; violations: number } {
  const run = runHogs(by, scale, { ...MEMHOG, swap: true, startsS: 'turns', holdS: 0, ...(disk === 'disk' ? { cost: DISK } : {}) })
  return { runs: run.guests.map(({ load }) => load.runs[0]), swapWritten: run.swapWritten, violations: run.violations }
}

function peaks(by: HintedBy, scale: number, offset: boolean): { usedMax: number; swapWritten: number; slowest: number; violations: number } {
  const { guests, hogBytes, holdS, everyS, offsetS } = PEAKS
  const startsOf = (index: number): number[] => [0, 1].map((n) => 30 + n * everyS + (offset ? index * offsetS : 0))
  const run = runHogs(by, scale, { guests, guestBytes: DENSITY_SETUP.guestBytes, hogBytes, swap: true, startsS: startsOf, holdS })
  const slowest = Math.max(...run.guests.flatMap(({ load }) => load.runs.map(secondsOf)))
  return { usedMax: run.usedMax, swapWritten: run.swapWritten, slowest, violations: run.violations }
}

/** MAX_FGPT_ENTRIES. */
const V8_ENTRIES = 1000

interface HogsOptions {
  readonly guests: number
  readonly guestBytes: number
  readonly hogBytes: number
  readonly swap: boolean
  readonly startsS: 'turns' | ((index: number) => readonly number[])
  readonly holdS: number
  readonly cost?: Partial<Record<CostName, number>>
}

function runHogs(by: HintedBy, scale: number, options: HogsOptions): HostRunResult<HogGuest> {
  const { guests, guestBytes, hogBytes, swap, startsS, holdS, cost = {} } = options
  const { hostBytes, hostOwnBytes, bootBytes, swapBytes, pauseS } = DENSITY_SETUP
  const scaled = (bytes: number, unit: number): number => Math.floor(bytes / scale / unit) * unit
  const { host } = parseRunOptions({ start: 'fresh', host: { memory: scaled(hostBytes - hostOwnBytes, 2 * MIB), swap: swap ? scaled(swapBytes, 2 * MIB) : 0 } })
  const run = parseRunOptions({ start: 'fresh', guest: { memory: scaled(guestBytes, 4 * MIB), vcpus: 1 }, cost })
  let turns: Turns | null = null
  return runHost({
    host,
    guests: Array.from({ length: guests }, (_, i) => ({ name: `guest ${i}`, run, interface: scaledInterface(by, scale) })),
    stopWhenFull: !swap,
    load: (machine, index) => {
      turns ??= new Turns(machine.engine)
      const starts: HogPlan['startsS'] = startsS === 'turns' ? startsS : startsS(index)
      const plan = { bootBytes: scaled(bootBytes, 4096), hogBytes: scaled(hogBytes, 2 * MIB), hogOrder: 9, startsS: starts, holdS, pauseS }
      return new HogGuest(machine, plan, turns, index)
    },
  })
}

/** The arrays of v8 are filled by so many frees: with less memory they are as much smaller. */
function scaledInterface({ interface: face }: HintedBy, scale: number): Interface {
  if (face?.policy !== 'percpu-array') return face
  return { ...face, settings: { ...face.settings, entries: Math.max(1, Math.round(V8_ENTRIES / scale)) } }
}

const secondsOf = ({ beginNs, touchedNs }: HogRun): number => (touchedNs - beginNs) / 1e9
const gib = (pages: number): number => (pages * 4096) / GIB
