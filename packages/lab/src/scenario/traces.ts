/** The traces of a scenario as one: read, joined one after the other, cut to the wanted duration. */
import { SECOND } from '@hintlab/kit'
import { InputError } from '../options.ts'
import { bundledTracePath } from '../trace/bundled.ts'
import type { TraceEvents } from '../trace/events.ts'
import { readTrace } from '../trace/read-trace.ts'
import type { ReadTraceOptions, TraceSummary } from '../trace/read-trace.ts'
import { BUNDLED } from './scenario.ts'
import type { RunScenario } from './scenario.ts'

/** How the repository names the bundled file, so that output does not depend on where that lies. */
export const BUNDLED_NAME = 'traces/redis.ftrace.gz (bundled)'
const PFN_END = 2 ** 32

export interface ScenarioTrace {
  readonly events: TraceEvents
  /** One per file. */
  readonly summaries: readonly TraceSummary[]
}

/** Reads what the scenario names; null for one with phases. */
export async function readScenarioTrace(load: Pick<RunScenario, 'traces' | 'durationS'>, options: ReadTraceOptions = {}): Promise<ScenarioTrace | null> {
  const { traces, durationS } = load
  if (traces.length === 0) return null
  const parts = []
  for (const path of traces) {
    const { events, summary } = await readTrace(path === BUNDLED ? bundledTracePath() : path, options)
    parts.push({ events, summary: path === BUNDLED ? { ...summary, file: BUNDLED_NAME } : summary })
  }
  const joined = joinTraces(parts.map(({ events }) => events))
  return { events: durationS === null ? joined : cutTrace(joined, durationS * SECOND), summaries: parts.map(({ summary }) => summary) }
}

/**
 * One trace after the other. Each begins when the one before has ended; its frame numbers are moved above those of the ones before, so that no block of one is
 * taken for a block of another.
 */
export function joinTraces(parts: readonly TraceEvents[]): TraceEvents {
  if (parts.length === 1) return parts[0]
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const joined = {
    length, timeNs: new Float64Array(length), cpu: new Uint16Array(length), kind: new Uint8Array(length), pfn: new Uint32Array(length),
    order: new Uint8Array(length), migratetype: new Uint8Array(length), zone: new Uint8Array(length), flags: new Uint8Array(length),
  }
  let [at, time, pfn] = [0, 0, 0]
  for (const part of parts) {
    for (const name of ['cpu', 'kind', 'order', 'migratetype', 'zone', 'flags'] as const) joined[name].set(part[name], at)
    let [lastTime, lastPfn] = [0, 0]
    for (let i = 0; i < part.length; i++) {
      joined.timeNs[at + i] = time + part.timeNs[i]
      joined.pfn[at + i] = pfn + part.pfn[i]
      lastTime = Math.max(lastTime, part.timeNs[i])
      lastPfn = Math.max(lastPfn, part.pfn[i])
    }
    at += part.length
    time += lastTime
    pfn += lastPfn + 1
    if (pfn > PFN_END) throw new InputError('workload.trace: found more frame numbers in all traces together than there are; accepted are fewer traces')
  }
  return joined
}

/** The events before `endNs`. */
export function cutTrace(events: TraceEvents, endNs: number): TraceEvents {
  const kept = Uint32Array.from(events.timeNs.keys()).filter((i) => events.timeNs[i] < endNs)
  if (kept.length === events.length) return events
  const pick = <T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(column: T): T => {
    const cut = column.slice(0, kept.length) as T
    kept.forEach((i, n) => (cut[n] = column[i]))
    return cut
  }
  return {
    length: kept.length, timeNs: pick(events.timeNs), cpu: pick(events.cpu), kind: pick(events.kind), pfn: pick(events.pfn), order: pick(events.order),
    migratetype: pick(events.migratetype), zone: pick(events.zone), flags: pick(events.flags),
  }
}
