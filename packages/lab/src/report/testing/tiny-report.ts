/** Runs of a few milliseconds with everything captured, and the report on them. */
import { MIB } from '@hintlab/kit'
import { observePhases, observeReplay, planReplay } from '../../run.ts'
import type { ObservedRun } from '../../run.ts'
import { COMPARED } from '../../interfaces.ts'
import { parseRunOptions } from '../../options.ts'
import { tinyTraceText } from '../../testing/tiny-trace.ts'
import type { CaptureOptions } from '../../timeline/timeline.ts'
import { readTrace } from '../../trace/read-trace.ts'
import type { TraceEvents } from '../../trace/events.ts'
import { parsePhases } from '../../workload/phase-schema.ts'
import type { ReportInput, ReportSource } from '../report.ts'
import { policyName } from '../../presets/policy-parts.ts'

export const EVERYTHING: CaptureOptions = { series: true, cpus: true }

/** One of each kind: none, sleeping report, blocking buffer, asynchronous buffer. */
export const TINY_ROWS = ['no hinting', 'reporting, virtqueue, sleeps', 'buffer, hypercall', 'buffer, virtqueue, async'].map((wanted) => {
  return COMPARED.find(({ name }) => name === wanted)!
})

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

export async function tinyEvents(): Promise<TraceEvents> {
  return (await readTrace({ name: 'tiny', stream: once(tinyTraceText()) })).events
}

/** A 128 MiB guest with an aged start, which idles for some seconds after the trace. */
export function tinyRun(events: TraceEvents, row: (typeof TINY_ROWS)[number], capture?: CaptureOptions, settings: object = {}): ObservedRun {
  const options = parseRunOptions({ seed: 3, guest: { memory: 128 * 2 ** 20 }, workload: { 'settle-s': 5 }, ...settings })
  const setup = { name: row.name, options, interface: row.interface, plan: planReplay(events, options.guest.vcpus) }
  return observeReplay(capture === undefined ? setup : { ...setup, capture })
}

/** A guest of 96 MiB on a host of 64 MiB with swap: a program takes 72 MiB, holds it, and ends. */
export function swappingRun(): ObservedRun {
  const options = parseRunOptions({
    start: 'fresh', guest: { memory: 96 * MIB, vcpus: 1 }, host: { memory: 64 * MIB, swap: 128 * MIB, thp: 'never' }, workload: { 'settle-s': 2 },
  })
  const phases = parsePhases([{ name: 'hog', seconds: 1, run: [{ do: 'burst', size: 72 * MIB, 'over-ms': 200, 'hold-ms': 600 }] }])
  return observePhases({ name: 'swap', options, interface: null, phases, capture: { series: true, cpus: false } })
}

/** Names and texts that would break out of a page that does not escape them. */
export const NASTY = '</script><img src=x onerror="alert(1)">&amp;\'"'

export async function tinyReport(): Promise<ReportInput> {
  const events = await tinyEvents()
  const rows: ReportSource[] = TINY_ROWS.map((row) => {
    const { result, timeline } = tinyRun(events, row, EVERYTHING)
    return { name: row.name, policy: policyName(row.interface), axes: row.interface?.axes ?? null, runs: [result], timeline }
  })
  return {
    title: 'A tiny comparison',
    version: '0.0.0',
    seeds: [3],
    scenarioHash: '0123456789ab',
    costsHash: '01234567',
    facts: ['a trace of a few hundred lines', NASTY],
    conclusions: ['No guest data was lost.', NASTY],
    notes: [NASTY],
    rows: [...rows, { ...rows[1], name: NASTY }],
  }
}
