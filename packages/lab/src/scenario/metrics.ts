/**
 * The numbers of a run that have a name of their own: what `--assert` can ask for, what a table of a sweep shows, what `diff` compares. One table; the
 * documentation is printed from it (`hintlab metrics`).
 */
import { PAGE_SIZE } from '@hintlab/kit'
import type { RunResult, Stall } from '../result.ts'

/** What a number is counted in. `ns` and `bytes` are read and printed in units that suit them. */
export type MetricKind = 'ns' | 'bytes' | 'bytes/s' | 'GiB*s' | 's' | 'count'

export interface Metric {
  readonly name: string
  readonly kind: MetricKind
  readonly text: string
  /** null where the number has no meaning: no time to return where nothing was returned. */
  readonly of: (run: RunResult) => number | null
}

const metric = (name: string, kind: MetricKind, text: string, of: Metric['of']): Metric => ({ name, kind, text, of })

/** p50, p99, p99.9, maximum and number of one kind of stall. */
function stalls(of: string, what: string, stall: (run: RunResult) => Stall): Metric[] {
  const part = (key: 'p50' | 'p99' | 'p999' | 'max') => (run: RunResult): number | null => (stall(run).count === 0 ? null : stall(run)[key])
  return [
    metric(`p50_${of}`, 'ns', `${what}, median`, part('p50')),
    metric(`p99_${of}`, 'ns', `${what}, 99th percentile`, part('p99')),
    metric(`p999_${of}`, 'ns', `${what}, 99.9th percentile`, part('p999')),
    metric(`max_${of}`, 'ns', `${what}, longest`, part('max')),
  ]
}

const phaseSum = (key: 'touchedPages' | 'loops') => ({ phases }: RunResult): number | null => {
  return phases.length === 0 ? null : phases.reduce((sum, phase) => sum + phase[key], 0)
}

/** In the order in which a report prints them. */
export const METRICS: readonly Metric[] = [
  metric('footprint', 'GiB*s', 'host memory of the guest, integrated over time', (run) => run.memory.footprintGiBs),
  metric('resident_end', 'bytes', 'host memory of the guest at the end', (run) => run.memory.residentEnd),
  metric('resident_max', 'bytes', 'host memory of the guest, most', (run) => run.memory.residentMax),
  metric('returned', 'bytes', 'memory given back to the host', (run) => run.memory.returned),
  metric('returned_rate', 'bytes/s', 'memory given back to the host per second of virtual time', (run) => run.memory.returnedPerSecond),
  metric('guest_free_end', 'bytes', 'free memory inside the guest at the end', (run) => run.memory.guestFreeEnd),
  metric('huge_end', 'count', 'huge pages with which the host backs the guest at the end', (run) => run.memory.hugeEnd),
  metric('huge_lost', 'count', 'huge pages fewer than at the start', (run) => run.memory.hugeStart - run.memory.hugeEnd),
  metric('away_max', 'bytes', 'memory out of the guest\'s reach in hints, most', (run) => run.memory.awayMax),
  ...stalls('return', 'from free to returned', (run) => run.memory.freeToReturned),
  metric('vcpu_overhead', 'ns', 'vCPU time but work and allocator', (run) => run.cost.vcpuOverheadNs),
  metric('vcpu_hinting', 'ns', 'of it the interface at work', (run) => run.cost.vcpuHintingNs),
  metric('vcpu_fault', 'ns', 'of it first touches of memory that the host does not back', (run) => run.cost.vcpuFaultNs),
  metric('host_overhead', 'ns', 'CPU time of host threads', (run) => run.cost.hostOverheadNs),
  metric('exits', 'count', 'exits of vCPUs for faults and kicks', (run) => run.cost.exits),
  metric('kicks', 'count', 'notifications to the host', (run) => run.cost.kicks),
  metric('interrupts', 'count', 'notifications to the guest', (run) => run.cost.interrupts),
  metric('messages', 'count', 'requests', (run) => run.cost.messages),
  metric('message_bytes', 'bytes', 'bytes of requests and answers', (run) => run.cost.bytes),
  ...stalls('alloc', 'stall of an allocation', (run) => run.latency.alloc),
  ...stalls('free', 'stall of a free', (run) => run.latency.free),
  ...stalls('touch', 'first touch of all pages of a block', (run) => run.latency.touch),
  metric('late_end', 'ns', 'lateness of the workload at its end', (run) => run.latency.latenessEndNs),
  metric('late_max', 'ns', 'lateness of the workload, most', (run) => run.latency.latenessMaxNs),
  metric('hinted_pages', 'count', '4 KiB pages in hints', (run) => run.waste.hintedPages),
  metric('rejected', 'count', 'hints that the host refused', (run) => run.waste.rejectedEntries),
  metric('ignored', 'count', 'hints that the host did not use', (run) => run.waste.ignoredEntries),
  metric('stale', 'count', 'hints whose block was gone when they were to be sent', (run) => run.waste.staleEntries),
  metric('refused', 'count', 'hints without room in a buffer', (run) => run.waste.refusedEntries),
  metric('dropped', 'count', 'hints lost because no buffer was ready', (run) => run.waste.droppedEntries),
  metric('faults_4k', 'count', 'first touches that the host served with 4 KiB', (run) => run.waste.refaults4k),
  metric('faults_2m', 'count', 'first touches that the host served with 2 MiB', (run) => run.waste.refaults2m),
  metric('faults_1g', 'count', 'first touches that the host served with 1 GiB', (run) => run.waste.refaults1g),
  metric('splits', 'count', 'huge pages of the host that were split', (run) => run.waste.splits),
  metric('unfit', 'bytes', 'named in discards that the memory of the host has no call for', (run) => run.discards.refusedBacking * PAGE_SIZE),
  metric('partial', 'bytes', 'named in discards of less than a page of the host', (run) => run.discards.refusedPartial * PAGE_SIZE),
  metric('pinned', 'bytes', 'named in discards of memory that an assigned device holds', (run) => run.discards.refusedPinned * PAGE_SIZE),
  metric('kept', 'bytes', 'discarded with success, and kept by the file behind it', (run) => run.discards.kept * PAGE_SIZE),
  metric('zeroed', 'bytes', 'discarded with success: filled with zeroes and kept', (run) => run.discards.zeroed * PAGE_SIZE),
  metric('lazy', 'bytes', 'discarded with success: the host takes it when it is short', (run) => run.discards.lazy * PAGE_SIZE),
  metric('dma', 'count', 'transfers of an assigned device', (run) => run.dma?.transfers ?? null),
  metric('dma_faults', 'count', 'of them, those for which the IOMMU had no mapping', (run) => run.dma?.faults ?? null),
  metric('dma_stale', 'count', 'of them, those to another frame than the guest has', (run) => run.dma?.stale ?? null),
  metric('touched_pages', 'count', 'pages that the phases touched', phaseSum('touchedPages')),
  metric('loops', 'count', 'full turns of bursts, hogs and storms', phaseSum('loops')),
  metric('thp_faults', 'count', 'page faults that the guest served with a huge page', (run) => run.guestMemory.thp?.faultAlloc ?? null),
  metric('thp_fallbacks', 'count', 'page faults that wanted one and got a small page', (run) => run.guestMemory.thp?.faultFallback ?? null),
  metric('collapsed', 'count', 'huge pages that the guest\'s khugepaged made', (run) => run.guestMemory.thp?.khugepaged?.collapsed ?? null),
  metric('collapse_freed', 'count', 'small pages that became free by it', (run) => run.guestMemory.thp?.khugepaged?.pagesFreed ?? null),
  metric('virtual_time', 's', 'length of the run', (run) => run.virtualSeconds),
  metric('oom', 'count', 'allocations that failed', (run) => run.oom),
  metric('host_oom', 'count', 'first touches for which the host had no memory', (run) => run.hostOutOfMemory),
  metric('violations', 'count', 'broken rules of the ghost', (run) => run.violations),
]

const BY_NAME = new Map(METRICS.map((m) => [m.name, m]))

export const METRIC_NAMES = METRICS.map(({ name }) => name)

export const findMetric = (name: string): Metric | undefined => BY_NAME.get(name)

export type MetricValues = Readonly<Record<string, number | null>>

/** All of them, in the order of the table. */
export const metricsOf = (run: RunResult): MetricValues => Object.fromEntries(METRICS.map(({ name, of }) => [name, of(run)]))
