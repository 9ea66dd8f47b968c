/** Captures one run as its options ask: drives the engine from sample to sample, and listens to it. */
import type { Columns } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import type { Costs } from '@hintlab/sim'
import type { Machine } from '../machine.ts'
import type { Workload } from '../workload/workload.ts'
import { CpuTraceRecorder, TracedMeasure } from './cpu-trace.ts'
import { MessageLog } from './message-log.ts'
import { PagePictureRecorder } from './page-pictures.ts'
import { SeriesRecorder } from './series.ts'
import { bucketsOf } from './timeline.ts'
import type { CaptureOptions, Timeline } from './timeline.ts'

/** The engine that a run needs; without a capture it is the plain one. */
export function engineFor(capture: CaptureOptions | undefined, cols: Columns, costs: Costs, seed: number): Measure {
  return capture?.cpus === true ? new TracedMeasure(cols, costs, seed) : new Measure(cols, costs, seed)
}

/** Begins when the machine and its workload stand and nothing has run; `settleNs` is the idle time after the workload. */
export class Recorder {
  private readonly engine: Measure
  private readonly machine: Machine
  private readonly workload: Workload
  private readonly series: SeriesRecorder | null
  private readonly pictures: PagePictureRecorder | null
  private readonly cpus: CpuTraceRecorder | null
  private readonly messages: MessageLog | null

  constructor(capture: CaptureOptions, { engine, machine, workload, settleNs }: { engine: Measure; machine: Machine; workload: Workload; settleNs: number }) {
    this.engine = engine
    this.machine = machine
    this.workload = workload
    const plannedNs = workload.durationNs + settleNs
    this.series = capture.series ? new SeriesRecorder(plannedNs) : null
    this.pictures = capture.series ? new PagePictureRecorder(machine, workload.durationNs, plannedNs) : null
    const traced = engine instanceof TracedMeasure ? engine : null
    this.cpus = traced === null ? null : new CpuTraceRecorder([...machine.kernel.zoneLocks, machine.vm.mmuLock])
    this.messages = traced === null ? null : new MessageLog(traced)
    if (traced !== null) traced.listener = this.cpus
    const { transport, client, balloonTransport, balloon } = machine
    if (transport !== null && client !== null) this.messages?.listen(transport, client)
    if (balloonTransport !== null && balloon !== null) this.messages?.listen(balloonTransport, balloon)
  }

  /** As engine.run. */
  run(until: number): void {
    const { engine, series } = this
    if (series !== null) {
      for (let next = series.nextNs; next <= until; next = series.nextNs) {
        engine.run(Math.max(engine.now, next))
        series.take(this.machine)
        this.pictures?.takeIfDue(engine.now)
      }
    }
    engine.run(until)
  }

  result(): Timeline {
    const { engine, workload: { pages, durationNs }, machine } = this
    this.pictures?.take(engine.now)
    return {
      series: this.series?.result() ?? null,
      pictures: this.pictures?.result() ?? null,
      stalls: this.series === null ? null : {
        alloc: bucketsOf(pages.allocStall),
        free: bucketsOf(pages.freeStall),
        touch: bucketsOf(pages.touchStall),
        return: bucketsOf(machine.ghost.returnLatency),
      },
      cpus: this.cpus?.result(engine.cpus, engine.tasks, this.messages?.messages ?? []) ?? null,
      workloadNs: durationNs,
      endNs: engine.now,
    }
  }
}
