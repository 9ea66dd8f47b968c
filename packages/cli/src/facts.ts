/** What stands above and below both tables: which run this is, of which trace, in which guest; which rules were broken. */
import { bytesText, grouped, percentText, significant, timeText } from '@hintlab/lab'
import type { Comparison, RunOptions } from '@hintlab/lab'
import { PAGE_SIZE } from '@hintlab/kit'

/** Violations shown with their text, per run. */
const SHOWN_MAX = 5

/** `hintlab 0.1.0, seed 1, scenario 0123456789ab, costs 01234567` */
export function runLine({ version, seeds, scenarioHash, costsHash }: Comparison): string {
  const which = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds[seeds.length - 1]}`
  return `hintlab ${version}, ${which}, scenario ${scenarioHash}, costs ${costsHash}`
}

/** File, size, and what in it did not fit. */
export function traceLine({ trace }: Pick<Comparison, 'trace'>): string {
  const { file, events, durationNs, cpus, peakPages } = trace
  const doubts = [
    [trace.freesWithoutAlloc, 'frees without an allocation'], [trace.allocsOverLive, 'allocations over live pages'],
    [trace.failedAllocs, 'failed allocations'], [trace.lost, 'events lost by the recorder'],
  ] as const
  const told = doubts.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`)
  const span = `${grouped(events)} events in ${timeText(durationNs)} on ${cpus} CPU${cpus === 1 ? '' : 's'}`
  return `trace ${file}: ${[span, `peak ${bytesText(peakPages * PAGE_SIZE)}`, malformed(trace.malformedLines), ...told].join(', ')}`
}

const malformed = (lines: number): string => `${grouped(lines)} malformed line${lines === 1 ? '' : 's'}`

/** Memory, vCPUs, and the state in which the guest starts; `load` is what it idles after. */
export function guestLine({ options }: Pick<Comparison, 'options'>, load = 'trace'): string {
  const { guest, workload } = options
  const size = `${bytesText(guest.memory)}, ${guest.vcpus} vCPU${guest.vcpus === 1 ? '' : 's'}`
  return `guest ${size}, ${startText(options)}; idles ${significant(workload['settle-s'])} s after the ${load}`
}

function startText({ start, aged, host }: RunOptions): string {
  if (start === 'fresh') return 'starts fresh: the host backs nothing yet'
  const { used, fragmented, huge } = aged
  const pages = host.thp === 'never' ? 'small pages' : `${percentText(huge)} of it with huge pages`
  return `starts aged: ${percentText(used)} of pageblocks in use, ${percentText(fragmented)} of the others fragmented, all backed by the host, ${pages}`
}

/** One line per broken rule: which, when, what; the first few of each run. */
export function violationLines({ rows, sensitivity }: Comparison): string[] {
  const lines: string[] = []
  for (const { name, runs } of rows) {
    for (const { seed, violations, violationTexts } of runs) {
      for (const { rule, at, text } of violationTexts.slice(0, SHOWN_MAX)) lines.push(`${rule} at ${at}, ${name}, seed ${seed}: ${text}`)
      const more = violations - Math.min(SHOWN_MAX, violationTexts.length)
      if (more > 0) lines.push(`and ${grouped(more)} more in ${name}, seed ${seed}`)
    }
  }
  if (sensitivity !== null && sensitivity.violations > 0) lines.push(`${grouped(sensitivity.violations)} violations with changed costs`)
  return lines
}

/** Numbered sentences; the sensitivity's lines come after them. */
export function conclusionLines({ conclusions, safety }: Comparison): string[] {
  return [...conclusions.map(({ text }) => text), safety].map((text, i) => `${i + 1}. ${text}`)
}
