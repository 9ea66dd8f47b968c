/** What a run reports: plain data, the same numbers whatever they are printed as. Times in nanoseconds, memory in bytes unless the name says otherwise. */
import { GIB, PAGE_SIZE, SECOND } from '@hintlab/kit'
import { PRECOPY_COUNTERS } from '@hintlab/host'
import type { Precopy, PrecopyCounter } from '@hintlab/host'
import { CAUSE_NAMES, CAUSES } from '@hintlab/sim'
import type { Cpu, Histogram, Measure, Task } from '@hintlab/sim'
import { DMA_COUNTERS } from './backing/dma-agent.ts'
import type { DmaAgent, DmaCounter } from './backing/dma-agent.ts'
import { guestMemoryOf } from './guest-memory/memory-result.ts'
import type { GuestMemoryResult } from './guest-memory/memory-result.ts'
import type { Machine } from './machine.ts'
import type { Violation } from './ghost.ts'
import type { PhaseResult, Workload } from './workload/workload.ts'

export interface Stall {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly sum: number
}

export interface RunResult {
  readonly name: string
  readonly seed: number
  readonly eventHash: string
  readonly virtualSeconds: number
  readonly memory: {
    /** Host resident memory integrated over time. */
    readonly footprintGiBs: number
    readonly residentStart: number
    readonly residentEnd: number
    readonly residentMax: number
    readonly returned: number
    readonly returnedPerSecond: number
    readonly guestFreeEnd: number
    readonly hugeStart: number
    readonly hugeEnd: number
    readonly awayMax: number
    readonly awayEnd: number
    /** From the last free in a block's 2 MiB to its discard. */
    readonly freeToReturned: Stall
  }
  readonly cost: {
    /** CPU time of vCPUs and of host threads by cause; work is the workload's own. */
    readonly vcpuNs: Record<string, number>
    readonly hostNs: Record<string, number>
    /** Everything on vCPUs but the work itself and the allocator. */
    readonly vcpuOverheadNs: number
    /** Of it, first touches of memory that the host does not back: exit, fault and zeroing. */
    readonly vcpuFaultNs: number
    /** Of it, the interface at work: all but those faults and the waiting for guest locks. */
    readonly vcpuHintingNs: number
    readonly hostOverheadNs: number
    readonly byTask: { task: string; cpu: string; ns: number }[]
    readonly kicks: number
    readonly interrupts: number
    readonly messages: number
    readonly bytes: number
    readonly exits: number
  }
  readonly latency: {
    readonly alloc: Stall
    readonly free: Stall
    readonly touch: Stall
    readonly latenessEndNs: number
    readonly latenessMaxNs: number
  }
  readonly waste: {
    readonly hintedPages: number
    readonly rejectedEntries: number
    readonly ignoredEntries: number
    readonly staleEntries: number
    readonly refusedEntries: number
    readonly droppedEntries: number
    readonly refaults4k: number
    readonly refaults2m: number
    readonly refaults1g: number
    readonly splits: number
  }
  /** Discards that gave the host nothing, and why, in pages of 4 KiB: VM_COUNTERS. Those of `refusedPartial` that a later part completed are taken off. */
  readonly discards: {
    readonly refusedBacking: number
    readonly refusedPartial: number
    readonly refusedPinned: number
    readonly kept: number
    readonly zeroed: number
    readonly lazy: number
  }
  /** What an assigned device did, where there is one: DMA_COUNTERS. */
  readonly dma?: Readonly<Record<DmaCounter, number>>
  /** Zones, page cache, compaction and huge pages of the guest, at the end. */
  readonly guestMemory: GuestMemoryResult
  readonly oom: number
  readonly hostOutOfMemory: number
  /** What each phase of a scenario did; empty for a replayed trace. */
  readonly phases: readonly PhaseResult[]
  /** What a migration of the guest did, where there was one: PRECOPY_COUNTERS. */
  readonly migration?: Readonly<Record<PrecopyCounter, number>>
  readonly violations: number
  readonly violationTexts: readonly Violation[]
}

export interface Baseline {
  readonly residentPages: number
  readonly hugePages: number
}

export const stallOf = (h: Histogram): Stall => ({
  count: h.count,
  p50: h.percentile(500),
  p99: h.percentile(990),
  p999: h.percentile(999),
  max: h.max,
  sum: h.sum,
})

/** Reads a finished run. */
export function collect(name: string, machine: Machine, engine: Measure, workload: Workload, baseline: Baseline): RunResult {
  const { pages } = workload
  return {
    name,
    seed: engine.seed,
    eventHash: engine.eventHash.toString(16).padStart(8, '0'),
    virtualSeconds: engine.now / SECOND,
    memory: memoryOf(machine, engine, baseline),
    cost: costOf(machine, engine),
    latency: {
      alloc: stallOf(pages.allocStall),
      free: stallOf(pages.freeStall),
      touch: stallOf(pages.touchStall),
      latenessEndNs: Math.max(0, ...workload.latenessEnd),
      latenessMaxNs: workload.latenessMax,
    },
    waste: wasteOf(machine),
    discards: discardsOf(machine),
    ...(machine.dma === null ? {} : { dma: dmaOf(machine.dma) }),
    guestMemory: guestMemoryOf(machine.kernel, machine.files),
    oom: pages.failedAllocs,
    hostOutOfMemory: pages.hostFailures,
    phases: workload.phases,
    ...(machine.precopy === null ? {} : { migration: migrationOf(machine.precopy) }),
    violations: machine.ghost.violationCount,
    violationTexts: machine.ghost.violations,
  }
}

function migrationOf(precopy: Precopy): Record<PrecopyCounter, number> {
  return Object.fromEntries(PRECOPY_COUNTERS.map((name) => [name, precopy.counter(name)])) as Record<PrecopyCounter, number>
}

function memoryOf(machine: Machine, engine: Measure, baseline: Baseline): RunResult['memory'] {
  const { ghost, vm, kernel, policy } = machine
  const footprint = ghost.footprint()
  return {
    footprintGiBs: (footprint * PAGE_SIZE) / GIB / SECOND,
    residentStart: baseline.residentPages * PAGE_SIZE,
    residentEnd: vm.residentPages * PAGE_SIZE,
    residentMax: ghost.residentMax * PAGE_SIZE,
    returned: ghost.discardedPages * PAGE_SIZE,
    returnedPerSecond: (ghost.discardedPages * PAGE_SIZE * SECOND) / engine.now,
    guestFreeEnd: kernel.mm.freePages() * PAGE_SIZE,
    hugeStart: baseline.hugePages,
    hugeEnd: vm.mm.huge,
    awayMax: (policy?.records.counter('awayMax') ?? 0) * PAGE_SIZE,
    awayEnd: (policy?.pagesAway ?? 0) * PAGE_SIZE,
    freeToReturned: stallOf(ghost.returnLatency),
  }
}

function costOf(machine: Machine, engine: Measure): RunResult['cost'] {
  const { transport, vm, vcpus, hostCpus } = machine
  const vcpuNs = byCause(engine, vcpus)
  const hostNs = byCause(engine, hostCpus)
  const counter = (name: 'kicks' | 'interrupts' | 'submitted' | 'bytesOut' | 'bytesIn'): number => transport?.port.counter(name) ?? 0
  const faults = vm.counter('faults4k') + vm.counter('faults2m') + vm.counter('faults1g') + vm.counter('faultsResident')
  const vcpuOverheadNs = sumBut(vcpuNs, ['work', 'alloc', 'free'])
  const vcpuFaultNs = faultTime(vcpuNs, faults * engine.costs.exitKernel)
  return {
    vcpuNs,
    hostNs,
    vcpuOverheadNs,
    vcpuFaultNs,
    vcpuHintingNs: Math.max(0, vcpuOverheadNs - vcpuFaultNs - (vcpuNs['lock spin'] ?? 0)),
    hostOverheadNs: sumBut(hostNs, []),
    byTask: byTask(engine),
    kicks: counter('kicks'),
    interrupts: counter('interrupts'),
    messages: counter('submitted'),
    bytes: counter('bytesOut') + counter('bytesIn'),
    exits: faults + counter('kicks'),
  }
}

function wasteOf({ policy, device, vm }: Machine): RunResult['waste'] {
  return {
    hintedPages: policy?.records.counter('hintedPages') ?? 0,
    rejectedEntries: device?.counter('rejected') ?? 0,
    ignoredEntries: device?.counter('ignored') ?? 0,
    staleEntries: policy?.records.counter('stale') ?? 0,
    refusedEntries: policy?.records.counter('refused') ?? 0,
    droppedEntries: policy?.records.counter('dropped') ?? 0,
    refaults4k: vm.counter('faults4k'),
    refaults2m: vm.counter('faults2m'),
    refaults1g: vm.counter('faults1g'),
    splits: vm.counter('splits'),
  }
}

function discardsOf({ vm }: Machine): RunResult['discards'] {
  return {
    refusedBacking: vm.counter('refusedBacking'),
    refusedPartial: vm.counter('refusedPartial') - vm.counter('gathered'),
    refusedPinned: vm.counter('refusedPinned'),
    kept: vm.counter('kept'),
    zeroed: vm.counter('zeroed'),
    lazy: vm.counter('lazy'),
  }
}

function dmaOf(dma: DmaAgent): Record<DmaCounter, number> {
  return Object.fromEntries(DMA_COUNTERS.map((name) => [name, dma.counter(name)])) as Record<DmaCounter, number>
}

function byCause(engine: Measure, cpus: readonly Cpu[]): Record<string, number> {
  const sums = new Float64Array(CAUSES)
  for (const task of engine.tasks) for (const cpu of cpus) task.accountOn(cpu).forEach((ns, cause) => (sums[cause] += ns))
  return Object.fromEntries(CAUSE_NAMES.map((name, cause) => [name, sums[cause]]).filter(([, ns]) => ns !== 0)) as Record<string, number>
}

/** Exits are charged to one cause whatever they are for; those of faults are known by their number. */
function faultTime(vcpuNs: Record<string, number>, exitsNs: number): number {
  return (vcpuNs['fault'] ?? 0) + (vcpuNs['zeroing'] ?? 0) + Math.min(vcpuNs['exit'] ?? 0, exitsNs)
}

function byTask(engine: Measure): { task: string; cpu: string; ns: number }[] {
  const rows = engine.tasks.flatMap((task) => engine.cpus.map((cpu) => ({ task: task.name, cpu: cpu.name, ns: total(task, cpu) })))
  return rows.filter((row) => row.ns > 0)
}

function total(task: Task, cpu: Cpu): number {
  let sum = 0
  for (const ns of task.accountOn(cpu)) sum += ns
  return sum
}

function sumBut(causes: Record<string, number>, without: readonly string[]): number {
  let sum = 0
  for (const [name, ns] of Object.entries(causes)) if (!without.includes(name)) sum += ns
  return sum
}
