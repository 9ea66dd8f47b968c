/** The study: a recorded guest, run again, beside what it really did. */
import { compareTruth } from './compare-truth.ts'
import type { GroundTruthResult } from './compare-truth.ts'
import { readScenario } from './scenario.ts'
import { runSteered } from './steered-replay.ts'

/** Replays the recording in `folder` and compares. An InputError names what is missing in it. */
export function studyGroundTruth(folder: string): GroundTruthResult {
  const scenario = readScenario(folder)
  return compareTruth(scenario, runSteered(scenario))
}
