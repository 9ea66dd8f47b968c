/**
 * Samples at equal distances of virtual time. The distance follows from the length of the run, for about 1000 samples; when a run is much later than planned,
 * every second sample is dropped and the distance doubles.
 *
 *     0    p   2p   3p ...     2000 samples: keep 0, 2p, 4p, ... and go on with 2p
 */
import type { Machine } from '../machine.ts'

/** Samples aimed at. */
const SAMPLES = 1000
const SAMPLES_MAX = 2 * SAMPLES

export const SERIES_NAMES = ['guestFree', 'hostResident', 'hostHuge', 'swapped', 'away', 'ballooned'] as const
export type SeriesName = (typeof SERIES_NAMES)[number]

/** In 4 KiB pages, one number per sample; `hostHuge` in 4 KiB pages too, 512 for each huge page. */
export interface Series {
  /** Nanoseconds between two samples; sample i was taken at i times this. */
  readonly periodNs: number
  readonly samples: Readonly<Record<SeriesName, readonly number[]>>
}

const HUGE_PAGES = 512

const READ: Record<SeriesName, (machine: Machine) => number> = {
  guestFree: ({ kernel }) => kernel.mm.freePages(),
  hostResident: ({ vm }) => vm.residentPages,
  hostHuge: ({ vm }) => vm.mm.huge * HUGE_PAGES,
  swapped: ({ vm }) => vm.mm.swappedPages,
  away: ({ policy }) => policy?.pagesAway ?? 0,
  ballooned: ({ balloon }) => balloon?.actual ?? 0,
}

export class SeriesRecorder {
  periodNs: number
  private readonly samples: Record<SeriesName, number[]> = { guestFree: [], hostResident: [], hostHuge: [], swapped: [], away: [], ballooned: [] }

  /** `plannedNs` is how long the run will take when nothing delays it. */
  constructor(plannedNs: number) {
    this.periodNs = Math.max(1000, Math.ceil(plannedNs / SAMPLES))
  }

  get length(): number {
    return this.samples.guestFree.length
  }

  /** When the next sample is due. */
  get nextNs(): number {
    return this.length * this.periodNs
  }

  take(machine: Machine): void {
    for (const name of SERIES_NAMES) this.samples[name].push(READ[name](machine))
    if (this.length === SAMPLES_MAX) this.halve()
  }

  result(): Series {
    return { periodNs: this.periodNs, samples: this.samples }
  }

  private halve(): void {
    for (const name of SERIES_NAMES) this.samples[name] = this.samples[name].filter((_, i) => i % 2 === 0)
    this.periodNs *= 2
  }
}
