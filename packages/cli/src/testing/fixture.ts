/** A comparison with made-up numbers, so that what is printed can be compared with what is meant. */
import { COMPARED, HEADLINE_NAMES, parseRunOptions, policyName } from '@hintlab/lab'
import type { ComparedRow, Comparison, HeadlineName, HeadlineSpread, RunResult, Spread, TraceSummary } from '@hintlab/lab'

const TRACE: TraceSummary = {
  file: 'redis.ftrace.gz', dialect: 'ftrace',
  events: 440_656, allocs: 222_443, frees: 218_213, cpus: 2, cpuMax: 1, durationNs: 11_380_160_000, peakPages: 120_027,
  endPages: 4469, peakBlocksByOrder: [], freesWithoutAlloc: 170, allocsOverLive: 0, freesOfPart: 0, lines: 440_668, lost: 0, lostMarks: 0,
  otherEvents: 0, otherLines: 0, failedAllocs: 0, outOfOrder: 0, textBytes: 63_569_962, malformedLines: 3, malformed: [], sha256: 'abc',
}

/** Row `index` of the compared interfaces; numbers not given are 0, null stays null. */
export function fixtureRow(index: number, numbers: Partial<Record<HeadlineName, number | null | Spread>>, runs: readonly RunResult[] = []): ComparedRow {
  const { name, interface: face } = COMPARED[index]
  const headline = Object.fromEntries(HEADLINE_NAMES.map((key) => [key, spread(numbers[key] ?? (key in numbers ? null : 0))])) as HeadlineSpread
  return { name, policy: policyName(face), axes: face?.axes ?? null, headline, runs }
}

const spread = (n: number | null | Spread): Spread | null => (typeof n === 'number' ? { min: n, median: n, max: n } : n)

const ROWS: readonly ComparedRow[] = [
  fixtureRow(0, { residentEndMiB: 4096, footprintGiBs: 285.5, savedPercent: null, returnP50Ms: null, returnP99Ms: null, allocMaxUs: 12.97, allocP999Us: 2.5 }),
  fixtureRow(4, {
    residentEndMiB: 1124, returnedMiB: 3286, footprintGiBs: 79.95, savedPercent: 72, returnP50Ms: 98.57, returnP99Ms: 2013.3,
    vcpuOverheadMs: 237.3, hintingMs: 166.3,
    faultMs: 70.98, kicks: 10, messages: 10, faults: 156, allocP999Us: 2.5, allocMaxUs: 13.29, freeP999Us: 12.8, freeMaxUs: 17.99, latenessEndMs: 233.5,
  }),
  fixtureRow(7, {
    residentEndMiB: 1136, returnedMiB: 3274, footprintGiBs: 80.49, savedPercent: 71.8, returnP50Ms: 98.57, returnP99Ms: 2013.3,
    vcpuOverheadMs: 71.33, hintingMs: 0.329,
    faultMs: 70.98, hostThreadMs: 166.7, kicks: 3, interrupts: 10, messages: 10, faults: 156, allocP999Us: 2.5, allocMaxUs: 5.69,
    freeP999Us: 12.8, freeMaxUs: 17.9,
    latenessEndMs: 69.06,
  }),
]

/** One seed, three rows, one conclusion; anything can be replaced. */
export function fixtureComparison(more: Partial<Comparison> = {}): Comparison {
  const conclusion = {
    id: 'vcpu-overhead', subject: 'least vCPU overhead', answer: 'buffer, virtqueue, async', asGood: ['buffer, virtqueue, async'], value: '71.3 ms',
    text: 'Least vCPU overhead: "buffer, virtqueue, async", 71.3 ms.',
  } as const
  return {
    version: '0.1.0', seeds: [1], scenarioHash: '0123456789ab', costsHash: '89abcdef', trace: TRACE, options: parseRunOptions({}), rows: ROWS,
    conclusions: [conclusion], safety: 'No guest data was lost: 0 violations in 3 runs.', notes: [], violations: 0,
    sensitivity: {
      seed: 1, runs: 8, holding: ['vcpu-overhead'], flips: [], asynchronyRatios: [3.33, 3.32, 3.33, 3.33], violations: 0,
      texts: ['Sensitivity: with the costs that are only an order of magnitude (M) halved and doubled, all 1 conclusions hold.'],
    },
    ...more,
  }
}
