/**
 * Runs a recorded guest again: our allocator starts in its state, each event moves the page it moved, and our page reporting runs beside it.
 *
 *     events --task "recorded guest"--> Steer -> free lists <-isolate, put back- page reporting --> recorded device
 *
 * Only placement comes from the recording. When a pass begins, what it takes and in which order, its budget, merges, list order and Reported flags are
 * the model's, so each of them can be wrong, and shows in the comparison.
 */
import { assert, Columns, ns, SECOND } from '@hintlab/kit'
import { ALL_SAFEGUARDS, GuestKernel, PageAllocator, PageReporting, PAGE_REPORTING_DEFAULTS, Steer, STEER_COUNTERS } from '@hintlab/guest'
import type { PageReportingOptions, SteerCounter } from '@hintlab/guest'
import { Kind, makeCosts, Measure, point } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { KmemKind } from './kmem-events.ts'
import { workBetween } from './passes.ts'
import { RecordedDevice } from './recorded-device.ts'
import type { Scenario, TruthBuffer } from './scenario.ts'
import { cpusOf, layoutOf, loadSnapshot, takeLists } from './snapshot.ts'
import type { SnapshotList } from './snapshot.ts'

const AT_EVENT = point(Kind.SLEEP, 'recorded guest: until the next event')
const AT_AWAY = point(Kind.SLEEP, 'recorded guest: until a report gives a page back')
const AT_LOCK = point(Kind.SPIN, 'recorded guest: zone lock')
const AT_DONE = point(Kind.RUN, 'recorded guest: event done')

/** CONFIG_HZ=250 of the recorded kernel. */
const TICK_NS = 4_000_000
/** Of the widest bucket that a 2 s timer falls into: 8 ticks. */
const BUCKET_NS = 8 * TICK_NS

/** How often an event looks whether its page is back, ns. */
const AWAY_NS = 100_000

export interface SteeredRun {
  readonly buffers: readonly TruthBuffer[]
  /** Free lists at the end, by zone. */
  readonly lists: readonly (readonly SnapshotList[])[]
  readonly counts: Record<SteerCounter, number>
}

/**
 * Where the buckets of the guest's timer wheel begin. Its boot decides it, and the passes at boot show it: each begins within a tick of a bucket's begin.
 */
export function tickPhase(bootBuffers: readonly TruthBuffer[]): number {
  const residues = bootBuffers.map(({ atNs }) => atNs % BUCKET_NS)
  return residues.length === 0 ? 0 : Math.floor(Math.min(...residues) / TICK_NS) * TICK_NS
}

/** Replays a recording. `reporting` changes the settings of Linux: a wrong one must show. */
export function runSteered(scenario: Scenario, reporting: Partial<PageReportingOptions> = {}): SteeredRun {
  const { begin, buffers, bootBuffers, beginNs, endNs, reportingOrder } = scenario
  const cols = new Columns()
  const engine = new Measure(cols, makeCosts(), 1)
  const cpus = Array.from({ length: cpusOf(begin) }, (_, i) => engine.addCpu(`vcpu${i}`))
  const mm = new PageAllocator(cols, layoutOf(begin), { cpus: cpus.length, minFreeKbytes: 0 })
  const kernel = new GuestKernel(engine, mm)
  const steer = new Steer(cols, mm)
  const device = new RecordedDevice(engine, buffers, {
    entriesMax: PAGE_REPORTING_DEFAULTS.capacity,
    workNs: workBetween(bootBuffers),
  })
  const policy = new PageReporting(engine, kernel, device, cpus, {
    ...PAGE_REPORTING_DEFAULTS,
    delayNs: ns(2 * SECOND),
    order: reportingOrder,
    tick: { ns: TICK_NS, phaseNs: tickPhase(bootBuffers) },
    safeguards: ALL_SAFEGUARDS,
    ...reporting,
  })
  device.client = policy
  kernel.policy = policy
  // The pass that registration asks for runs long before the recording begins, over a guest without memory.
  assert(beginNs > 4 * SECOND, 'a recording begins after the guest has booted')
  engine.addTask('recorded guest', engine.addCpu('recording'), (task) => replayBody(task, scenario, { engine, kernel, steer, policy }))
  engine.run(endNs)
  mm.check()
  return {
    buffers: device.buffers,
    lists: mm.zones.map((_, zone) => takeLists(mm, zone)),
    counts: Object.fromEntries(STEER_COUNTERS.map((name) => [name, steer.counter(name)])) as Record<SteerCounter, number>,
  }
}

interface Parts {
  readonly engine: Engine
  readonly kernel: GuestKernel
  readonly steer: Steer
  readonly policy: PageReporting
}

function* replayBody(task: Task, { begin, beginNs, events }: Scenario, parts: Parts): Generator<Point, void, void> {
  const { engine, kernel, steer, policy } = parts
  task.wakeAt = beginNs
  yield AT_EVENT
  loadSnapshot(kernel.mm, steer, begin)
  kernel.mm.check()
  for (let i = 0; i < events.length; i++) {
    if (events.atNs[i] > engine.now) {
      task.wakeAt = events.atNs[i]
      yield AT_EVENT
    }
    const zone = kernel.mm.zoneOf(events.pfn[i])
    const lock = kernel.zoneLocks[zone]
    for (;;) {
      if (lock.acquireIrq(task)) yield AT_LOCK
      if (!steer.isAway(events.pfn[i], events.order[i])) break
      // The recorded pass was a moment earlier or later than ours.
      lock.releaseIrq(task)
      task.wakeAt = engine.now + AWAY_NS
      yield AT_AWAY
    }
    apply(steer, events, i)
    policy.collect(task, events.cpu[i], zone)
    // Time stands still within an event: what it cost the real guest is in its time stamps.
    lock.releaseIrq(task)
  }
  yield AT_DONE
}

function apply(steer: Steer, events: Scenario['events'], i: number): void {
  const cpu = events.cpu[i]
  const pfn = events.pfn[i]
  const order = events.order[i]
  const migratetype = events.migratetype[i]
  switch (events.kind[i]) {
    case KmemKind.ALLOC: return steer.alloc(cpu, pfn, order, migratetype)
    case KmemKind.FREE: return steer.free(cpu, pfn, order, { toPcp: events.toPcp[i] !== 0 })
    case KmemKind.TAKE: return steer.take(cpu, pfn, order, migratetype, { toPcp: events.toPcp[i] !== 0 })
    default: return steer.drain(pfn, order, migratetype)
  }
}
