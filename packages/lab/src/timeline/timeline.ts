/**
 * What a run looked like while it went on: plain data that crosses from a worker and goes into reports. Capturing it changes nothing in the run, whose
 * events are the same with and without (recorder.test.ts).
 *
 *     engine.run(t) -> sample -> engine.run(t + period) -> sample, picture -> ...            series, pictures: series.ts, page-pictures.ts
 *     TracedMeasure: every nanosecond that a CPU is busy, by task and cause                   cpu: cpu-trace.ts, messages: message-log.ts
 */
import type { Histogram } from '@hintlab/sim'
import type { CpuTrace } from './cpu-trace.ts'
import type { PagePictures } from './page-pictures.ts'
import type { Series } from './series.ts'

/** What is captured beside the result. Nothing is captured by a run that is not asked. */
export interface CaptureOptions {
  /** Samples, pictures of the pages, and histograms of the stalls. */
  readonly series: boolean
  /** Every task on every CPU, locks and messages. */
  readonly cpus: boolean
}

/** One bucket of a histogram: `count` values up to `upTo` nanoseconds, and above the bucket before. */
export interface Bucket {
  readonly upTo: number
  readonly count: number
}

export const STALL_KINDS = ['alloc', 'free', 'touch', 'return'] as const
export type StallKind = (typeof STALL_KINDS)[number]
export type StallHistograms = Readonly<Record<StallKind, readonly Bucket[]>>

export interface Timeline {
  /** null when it was not asked for. */
  readonly series: Series | null
  readonly pictures: PagePictures | null
  readonly stalls: StallHistograms | null
  readonly cpus: CpuTrace | null
  /** When the last event of the trace or the last phase was due, ns: what follows is the idle time. */
  readonly workloadNs: number
  readonly endNs: number
}

export const bucketsOf = (histogram: Histogram): Bucket[] => histogram.entries()
