/** Runs the new interface: beside others, through random schedules, and recorded, one side at a time. */
import { fileURLToPath } from 'node:url'
import { MIB } from '@hintlab/kit'
import { buildFourPages, parsePhases, parseRunOptions, randomSchedules, recordAndReplay, runPhases } from '@hintlab/lab'
import { ROWS } from './rich-hints.ts'

// #region load
const options = parseRunOptions({ guest: { memory: 256 * MIB, vcpus: 2 }, start: 'fresh', workload: { 'settle-s': 5 } })
const phases = parsePhases([{ seconds: 4, run: [{ do: 'burst', size: '160 MiB', order: 9, 'over-ms': 200, 'hold-ms': 600, 'pause-ms': 1200, times: 2 }] }])
// #endregion

// #region compare
/** One row of a table for each interface. */
export function compare(): string[] {
  return ROWS.map(({ name, interface: face }) => {
    const { memory, cost, waste, violations } = runPhases({ name, options, interface: face, phases })
    const [returned, faults] = [Math.round(memory.returned / MIB), waste.refaults2m]
    return `${name.padEnd(27)} returned ${String(returned).padStart(4)} MiB, ${cost.messages} requests, ${faults} refaults of 2 MiB, ${violations} violations`
  })
}
// #endregion

// #region check
/** Two vCPUs and four pages under random schedules: with every safeguard, and without "put back only after the completion". */
export function check(): string[] {
  return ([[], ['F2']] as const).map((without) => {
    const { finding, schedules } = randomSchedules(buildFourPages(ROWS[1].interface, without), { schedules: 2000, seed: 1 })
    return `without ${without.length === 0 ? 'nothing' : without.join()}: ${finding === null ? `clean in ${schedules} schedules` : finding.texts[0]}`
  })
}
// #endregion

// #region record
/** Records the host with a limit, and replays each side alone: as it was, and the host as one without a limit. */
export async function record(): Promise<string[]> {
  const { findings, guestAlone, hostAlone } = await recordAndReplay({ ...ROWS[2], options, phases })
  const replays = [guestAlone(), hostAlone(), hostAlone(ROWS[1].interface)]
  return [
    `lint: ${findings.length} findings`,
    ...replays.map(({ side, events, alike, divergence }) => `${side}: ${alike} of ${events} alike${divergence === null ? '' : `, then ${divergence.what}`}`),
  ]
}
// #endregion

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log([...compare(), ...check(), ...(await record())].join('\n'))
