/**
 * `hintlab run` of a scenario with `guests:`: a line for each guest, and what the host had to do for them.
 *
 *     guest             interface       resident at end  most  returned  to swap  from swap
 */
import { InputError, parseHostScenario, runHostScenario } from '@hintlab/lab'
import type { HostScenarioResult, ScenarioFile } from '@hintlab/lab'
import { settingsOf } from './scenario-flags.ts'
import type { ScenarioFlags } from './scenario-flags.ts'

/** Flags for one guest on a host of its own. */
const OF_ONE = ['report', 'csv', 'perfetto', 'record', 'seeds', 'assert', 'workers'] as const

/** Returns 0, or 1 when a guest lost data. */
export function runGuests(file: ScenarioFile, flags: ScenarioFlags): number {
  const given = OF_ONE.filter((name) => flags[name] !== undefined && !(Array.isArray(flags[name]) && flags[name].length === 0))
  if (given.length > 0) throw new InputError(given.map((name) => `--${name}: found a scenario with guests; accepted is one without`).join('\n'))
  const scenario = parseHostScenario(file, settingsOf(flags))
  const result = runHostScenario(scenario)
  process.stdout.write(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : renderGuests(result))
  return result.violations > 0 ? 1 : 0
}

export function renderGuests(result: HostScenarioResult): string {
  const { guests, frames, usedMax, usedEnd, swapUsedMax, swapWritten, swapRead, directReclaims, virtualSeconds, violations } = result
  const rows = guests.map(({ name, interfaceName, residentEnd, swappedOut, swappedIn, run }) => {
    const { residentMax, returned } = run.memory
    const stall = `${(run.latency.touch.max / 1e6).toFixed(1)} ms`
    return [name, interfaceName, mib(residentEnd), bytes(residentMax), bytes(returned), mib(swappedOut), mib(swappedIn), stall, String(run.hostOutOfMemory)]
  })
  const head = ['guest', 'hints', 'at end', 'most', 'returned', 'to swap', 'from swap', 'longest touch', 'refused']
  return [
    `${result.name}, seed ${result.seed}: ${guests.length} guests on one host, ${virtualSeconds.toFixed(1)} s.`,
    'Memory of the host in MiB; refused: touches for which it had none.',
    '',
    ...columns([head, ...rows]),
    '',
    `host of ${mib(frames)} MiB: most in use ${mib(usedMax)}, at end ${mib(usedEnd)}`,
    `swap: at most ${mib(swapUsedMax)}, written ${mib(swapWritten)}, read ${mib(swapRead)}`,
    `direct reclaims ${directReclaims}, data lost ${violations}`,
    '',
  ].join('\n')
}

const mib = (pages: number): string => ((pages * 4096) / 2 ** 20).toFixed(0)
const bytes = (size: number): string => (size / 2 ** 20).toFixed(0)

/** The first two columns are text, the others numbers. */
function columns(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd())
}
