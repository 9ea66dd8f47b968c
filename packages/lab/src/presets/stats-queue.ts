/** The statistics queue of a balloon beside its other queues: the guest's worker, the host's collector, and a virtqueue between them. */
import { StatsWorker, statTags } from '@hintlab/guest'
import type { GuestKernel } from '@hintlab/guest'
import { StatsCollector } from '@hintlab/host'
import type { NotifyRegister } from '@hintlab/host'
import { SPEC_STAT_TAGS } from '@hintlab/protocol'
import type { GuestMemory, StatsBatch } from '@hintlab/protocol'
import type { Cpu, Engine } from '@hintlab/sim'
import { connectStats, statsTransportBytes } from '@hintlab/transport'
import type { Axes, DriverMemory, Transport } from '@hintlab/transport'

/** Linux's: the worker sleeps until the host wants new values. */
const AXES: Axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' }
const SIZES = { axes: AXES, entriesMax: SPEC_STAT_TAGS, slots: 1 }

/** Bytes of pinned guest memory. */
export const statsQueueBytes = (): number => statsTransportBytes(SIZES)

export interface StatsQueueParts {
  readonly engine: Engine
  readonly kernel: GuestKernel
  readonly memory: GuestMemory
  readonly driver: DriverMemory
  readonly vcpu: Cpu
  readonly hostCpu: Cpu
  /** Number of its doorbell. */
  readonly target: number
}

export function addStatsQueue(parts: StatsQueueParts): { collector: StatsCollector; bell: NotifyRegister; transport: Transport<StatsBatch> } {
  const { engine, kernel, memory, driver, vcpu, hostCpu, target } = parts
  const transport = connectStats(engine, memory, driver, { label: 'hint stats', ...SIZES, target, irqCpu: vcpu })
  const { port, source } = transport
  const tags = statTags(SPEC_STAT_TAGS)
  const worker = new StatsWorker(engine, kernel, port, vcpu, { tags, managedPages: () => kernel.mm.managed() })
  port.setClient(worker)
  const collector = new StatsCollector(engine, source, { label: 'hint stats', intervalNs: 0, knownTags: SPEC_STAT_TAGS, unknownTags: 'skipped' })
  engine.addTask('balloon device stats', hostCpu, (task) => collector.threadBody(task), { wakeNs: engine.costs.deviceWake })
  return { collector, bell: { written: () => collector.wake() }, transport }
}
