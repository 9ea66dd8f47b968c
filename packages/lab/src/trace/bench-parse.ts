/**
 * How fast a recording is read, from the packed file to columns and summary. The caller gives the clock, so that this file measures
 * without owning time.
 *
 * Goal: below one microsecond an event on one core, gunzip and SHA-256 included. Not a goal: memory below that of the columns.
 */
import { assert } from '@hintlab/kit'
import { readTrace } from './read-trace.ts'

export interface ParseBench {
  events: number
  textBytes: number
  /** Milliseconds of each run, in the unit and order of the clock; the first includes the compilation of the reader. */
  runsMs: number[]
  /** Nanoseconds an event in the fastest run. */
  nsPerEvent: number
  sha256: string
}

/** Reads `path` `runs` times. `now` returns milliseconds. Every run must give the same text and the same number of events. */
export async function benchParse(path: string, now: () => number, runs = 3): Promise<ParseBench> {
  assert(runs >= 1, 'a bench runs at least once')
  const { summary } = await readTrace(path)
  assert(summary.allocs + summary.frees === summary.events, 'every event is an allocation or a free')
  const runsMs: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedMs = now()
    const again = (await readTrace(path)).summary
    runsMs.push(now() - startedMs)
    assert(again.events === summary.events && again.sha256 === summary.sha256, 'every run reads the same')
  }
  const { events, textBytes, sha256 } = summary
  return { events, textBytes, runsMs, nsPerEvent: (Math.min(...runsMs) * 1_000_000) / events, sha256 }
}
