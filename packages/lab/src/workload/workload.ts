/** What a run needs to know of whatever makes its load: a replayed trace, or the phases of a scenario. */
import type { PageUser } from './page-user.ts'

/** What a phase did. Times in nanoseconds of virtual time since the run began. */
export interface PhaseResult {
  readonly name: string
  readonly beginNs: number
  /** When it was to end. */
  readonly endNs: number
  /** When the last of its tasks was done, at least `endNs`. */
  readonly doneNs: number
  readonly allocs: number
  readonly frees: number
  readonly touchedPages: number
  /** Full turns of bursts, hogs and storms: touched all, gave back all. */
  readonly loops: number
  /** Pages that stay allocated after it (`keep`). */
  readonly keptPages: number
}

export interface Workload {
  /** Its stalls and failures. */
  readonly pages: PageUser
  /** How long it takes when nothing delays it. */
  readonly durationNs: number
  /** When it ended; 0 while it runs. */
  readonly finishedAt: number
  readonly latenessMax: number
  /** By vCPU: lateness at its last event, ns. */
  readonly latenessEnd: readonly number[]
  readonly phases: readonly PhaseResult[]
  /** Reads back every block that is still allocated, for the ghost; returns their number. */
  verifyLive(): number
}
