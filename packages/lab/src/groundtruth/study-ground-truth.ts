/** The study: a recorded guest, run again, beside what it really did; and its driver's bytes, served again. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { replayDriver } from '../recording/replay-device.ts'
import { compareTruth } from './compare-truth.ts'
import type { GroundTruthResult } from './compare-truth.ts'
import { readScenario } from './scenario.ts'
import { runSteered } from './steered-replay.ts'

/** Replays the recording in `folder` and compares. An InputError names what is missing in it. */
export function studyGroundTruth(folder: string): GroundTruthResult {
  const scenario = readScenario(folder)
  const wire = join(folder, 'wire.jsonl')
  return compareTruth(scenario, runSteered(scenario), existsSync(wire) ? replayDriver(wire) : null)
}
