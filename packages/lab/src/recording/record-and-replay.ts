/**
 * What a recording is for, in one call: a run is recorded, the recording is held to the rules, and each side runs alone against the other's part of it.
 *
 *     phases --run--> recording --lint--> findings
 *                         |--replay--> guest alone, host alone (of another interface too: what it does otherwise is the divergence)
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReplayResult } from '../conversation/divergence.ts'
import { loadRecording } from '../conversation/load-recording.ts'
import { replayGuest } from '../conversation/replay-guest.ts'
import { replayHost } from '../conversation/replay-host.ts'
import type { Interface } from '../machine.ts'
import { lintFile } from '../lint/lint-file.ts'
import type { LintFileResult } from '../lint/lint-file.ts'
import { runPhases } from '../run.ts'
import type { PhasesInput } from '../run.ts'

export interface Rehearsal {
  readonly findings: LintFileResult['findings']
  /** The guest alone, with the recording in place of its host. */
  readonly guestAlone: (face?: Interface) => ReplayResult
  /** The host alone, with the recording in place of its guest. */
  readonly hostAlone: (face?: Interface) => ReplayResult
}

/** The file is gone when this returns; to keep one, give `runPhases` a `record`. Each side is of the interface that was recorded, or of another. */
export async function recordAndReplay(run: Omit<PhasesInput, 'record' | 'capture'>): Promise<Rehearsal> {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-recording-'))
  const file = join(folder, 'run.bin')
  try {
    runPhases({ ...run, record: { file, load: { kind: 'phases', phases: run.phases } } })
    const recording = await loadRecording(file)
    return {
      findings: lintFile(file).findings,
      guestAlone: (face = run.interface) => replayGuest({ ...recording, interface: face }),
      hostAlone: (face = run.interface) => replayHost({ ...recording, interface: face }),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
