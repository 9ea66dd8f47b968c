/**
 * The balloon driver as a whole: which features it takes, and its parts, which are built once with the guest and work whenever a device is in service. How
 * the device is found, negotiated with and interrupts is for whoever owns its bus; here is what Linux's probe, remove and config_changed do with it.
 *
 *                        features          start, remove, configChanged
 *     bus --> initDriver ---------> BalloonDriver --------+-----------+-------------+
 *                                       |                 |           |             |
 *                                    Balloon        StatsWorker  FreePageHints  PageReporting
 *                                 inflate deflate     stats        free_page      reporting        <- ports, one per queue
 */
import { assert } from '@hintlab/kit'
import { ConfigField, Feature, hasFeature, SPEC_STAT_TAGS, STAT_TAGS } from '@hintlab/protocol'
import type { FeatureSet, HintPort, StatsPort } from '@hintlab/protocol'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { GuestKernel } from '../kernel.ts'
import { PageReporting } from '../policies/page-reporting.ts'
import type { PageReportingOptions } from '../policies/page-reporting.ts'
import { Balloon } from './balloon.ts'
import type { BalloonPorts, FillPages } from './balloon.ts'
import type { ConfigBus } from './config-access.ts'
import { acceptFeatures, poisonValue } from './features.ts'
import type { Poisoning } from './features.ts'
import { FreePageHints } from './free-page-hints.ts'
import { statTags } from './memory-stats.ts'
import { StatsWorker } from './stats-worker.ts'

/** What kind of driver it is; the personalities of the lab are values of this. */
export interface DriverTraits {
  /** Every feature it would take. */
  readonly knows: FeatureSet
  readonly poisoning: Poisoning
  /** Statistics it sends: those of the specification, or those of Linux since 6.12. */
  readonly statTags: typeof SPEC_STAT_TAGS | typeof STAT_TAGS
  /** Uses deflated pages before the acknowledgement where MUST_TELL_HOST does not forbid it. */
  readonly releaseBeforeAck: boolean
}

/** A port for each queue that the driver can use; null for what it never uses. */
export interface DriverPorts extends BalloonPorts {
  readonly stats: StatsPort<Task> | null
  readonly freePage: HintPort<Task> | null
  readonly reporting: HintPort<Task> | null
}

export interface BalloonDriverOptions {
  readonly traits: DriverTraits
  readonly reporting: PageReportingOptions
  /** Writes `value` over the pages of a block that becomes free or is reported while PAGE_POISON is negotiated. For memory that has bytes. */
  readonly fill?: (task: Task, pfn: number, order: number, value: number) => void
}

// Elements of the state column.
const STARTED = 0
const LOW = 1
const HIGH = 2
const WORDS = 3

export class BalloonDriver {
  readonly balloon: Balloon
  readonly stats: StatsWorker | null
  readonly hints: FreePageHints | null
  readonly reporting: PageReporting | null
  private readonly traits: DriverTraits
  private readonly engine: Engine
  private readonly object: number
  private readonly state: Uint32Array

  /** `cpus[0]` runs the workers. The clients of the ports are for the caller to set. */
  constructor(engine: Engine, kernel: GuestKernel, ports: DriverPorts, cpus: readonly Cpu[], options: BalloonDriverOptions) {
    const { traits } = options
    this.traits = traits
    this.engine = engine
    this.object = engine.cols.objects('balloon driver')
    this.state = engine.cols.u32('balloon.driver', WORDS, this.object)
    const fill = options.fill === undefined ? null : this.filler(options.fill)
    this.balloon = new Balloon(engine, kernel, ports, cpus[0], 0, fill)
    const { config } = this.balloon
    const managedPages = (): number => this.balloon.managedPages
    this.stats = ports.stats === null
      ? null
      : new StatsWorker(engine, kernel, ports.stats, cpus[0], { tags: statTags(traits.statTags), managedPages })
    this.hints = ports.freePage === null ? null : new FreePageHints(engine, kernel, ports.freePage, config, cpus[0], 0)
    this.reporting = ports.reporting === null
      ? null
      : new PageReporting(engine, kernel, ports.reporting, cpus, { ...options.reporting, registered: false, ...(fill && { fill }) })
    if (this.hints !== null) kernel.shrinkers.push(this.hints)
    if (this.reporting !== null) kernel.policy = this.reporting
    kernel.oomNotifiers.push(this.balloon)
  }

  /** What was negotiated; nothing while no device is in service. */
  get features(): FeatureSet {
    return { low: this.state[LOW], high: this.state[HIGH] }
  }

  /** virtballoon_validate: what to accept of what is offered. */
  accept(offered: FeatureSet): FeatureSet {
    return acceptFeatures(offered, this.traits.knows, this.traits.poisoning)
  }

  /** What the configuration must hold before DRIVER_OK (rule 6). */
  prepare(bus: ConfigBus, features: FeatureSet): void {
    if (hasFeature(features, Feature.PAGE_POISON)) bus.writeConfig(ConfigField.POISON, 4, poisonValue(this.traits.poisoning))
  }

  /** DRIVER_OK stands: every part goes to work. */
  start(bus: ConfigBus, features: FeatureSet): void {
    assert(this.state[STARTED] === 0, 'a driver is started once, and again after it was removed')
    this.engine.cols.footprint.write(this.object)
    this.state[STARTED] = 1
    this.state[LOW] = features.low
    this.state[HIGH] = features.high
    this.balloon.config.attach(bus)
    this.balloon.resume({
      deflateOnOom: hasFeature(features, Feature.DEFLATE_ON_OOM),
      releaseBeforeAck: this.traits.releaseBeforeAck && !hasFeature(features, Feature.MUST_TELL_HOST),
    })
    if (hasFeature(features, Feature.STATS_VQ)) this.stats?.resume()
    if (hasFeature(features, Feature.FREE_PAGE_HINT)) this.hints?.resume()
    if (hasFeature(features, Feature.PAGE_REPORTING)) this.reporting?.register()
  }

  /** virtballoon_changed, in the interrupt handler: the workers read what they need themselves. */
  configChanged(): void {
    this.engine.cols.footprint.read(this.object)
    if (this.state[STARTED] === 0) return
    this.balloon.configChanged()
    if (hasFeature(this.features, Feature.FREE_PAGE_HINT)) this.hints?.configChanged()
  }

  /** virtballoon_remove up to the reset, which is the caller's: nothing of the guest is the host's any more. */
  *remove(task: Task): Generator<Point, void, void> {
    if (this.reporting !== null) yield* this.reporting.unregister(task)
    yield* this.balloon.pause(task)
    if (this.hints !== null) yield* this.hints.pause(task)
    yield* this.balloon.empty(task)
    if (this.hints !== null) yield* this.hints.giveBack(task, Infinity)
    this.balloon.config.detach()
    this.engine.cols.footprint.write(this.object)
    this.state.fill(0)
  }

  check(): void {
    this.balloon.check()
    this.hints?.check()
  }

  private filler(fill: NonNullable<BalloonDriverOptions['fill']>): FillPages {
    const value = poisonValue(this.traits.poisoning)
    return (task, pfn, order) => {
      if (hasFeature(this.features, Feature.PAGE_POISON)) fill(task, pfn, order, value)
    }
  }
}
