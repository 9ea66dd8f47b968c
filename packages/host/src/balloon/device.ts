/**
 * The balloon device of a VMM below its transport: what it does with requests, what stands in its configuration, and what its owner can ask of it. Queues
 * come to it as sources of requests, whatever they travel in.
 *
 *     owner: setTarget, stats, runs        config space <-- driver
 *                 |                            |
 *     inflate, deflate, free page, reporting --> HintDevice --> Vm.discard
 *     stats ----------------------------------> StatsCollector
 *
 *   B1  With PAGE_POISON and a value other than 0, reported pages are left as they are: a discarded page would read as 0 (rule 44).
 *   B2  The target is the owner's and outlives a reset; what the driver wrote outlives it where the personality says so.
 */
import { assert } from '@hintlab/kit'
import { ConfigField, Feature, hasFeature, RequestKind } from '@hintlab/protocol'
import type { FeatureSet, RequestSource, StatsBatch } from '@hintlab/protocol'
import { Kind, point, WaitQueue } from '@hintlab/sim'
import type { Engine, Point, Task } from '@hintlab/sim'
import { HintDevice } from '../device.ts'
import type { DeviceOptions } from '../device.ts'
import type { Vm } from '../vm.ts'
import { BalloonConfig, STRICT_CONFIG } from './config.ts'
import type { ConfigTraits } from './config.ts'
import { HintRuns } from './hint-runs.ts'
import type { HintRunsOptions } from './hint-runs.ts'
import { StatsCollector } from './stats-collector.ts'
import type { StatsCollectorOptions } from './stats-collector.ts'

const AT_IDLE = point(Kind.WAIT, 'balloon device: wait for a kick')

/** Pages of the largest target: the field has 32 bits. */
const TARGET_MAX = 2 ** 32 - 1

export interface BalloonSources {
  /** Inflate, deflate, free page and reporting queues, in the order in which they are looked at. */
  readonly hints: readonly RequestSource<Task>[]
  readonly stats: RequestSource<Task, StatsBatch>
}

export interface BalloonDeviceOptions {
  readonly label: string
  readonly offered: FeatureSet
  /** Entries that a request may have. */
  readonly entriesMax: number
  readonly ignoreBelowOrder?: number
  readonly inhibited?: boolean
  /** As `DeviceOptions.served`. */
  readonly served?: DeviceOptions['served']
  /** As `DeviceOptions.named`. */
  readonly named?: DeviceOptions['named']
  /** Free page hints are accepted, and the memory is left as it is. */
  readonly keepsHints?: boolean
  /** As `DeviceOptions.joins`. */
  readonly joins?: boolean
  readonly config?: ConfigTraits
  /** `actual` stays over a reset of the device. */
  readonly configSurvivesReset?: boolean
  readonly stats?: Partial<Omit<StatsCollectorOptions, 'label'>>
  readonly runs?: Partial<Omit<HintRunsOptions, 'label'>>
}

export class BalloonDevice {
  readonly config: BalloonConfig
  readonly hints: HintDevice
  readonly stats: StatsCollector
  readonly runs: HintRuns
  /** Tells the driver that the configuration has changed; set by the transport. */
  onConfigChanged: () => void = () => {}
  /** Called when the queues were found empty: a transport looks there whether its rings are still in order. */
  onDrained: () => void = () => {}
  private readonly options: BalloonDeviceOptions
  private readonly engine: Engine
  private readonly rung: WaitQueue
  private readonly object: number
  private readonly state: Uint8Array

  constructor(engine: Engine, vm: Vm, sources: BalloonSources, options: BalloonDeviceOptions) {
    const { label, offered } = options
    const { cols } = engine
    this.engine = engine
    this.options = options
    this.config = new BalloonConfig(cols, label, offered, options.config ?? STRICT_CONFIG)
    this.runs = new HintRuns(cols, this.config, () => this.runChanged(), { label, idMin: 2, doneAtStop: false, ...options.runs })
    this.object = cols.objects(`${label} negotiated`)
    this.state = cols.u8(`${label}.poisoned`, 1, this.object)
    const { ignoreBelowOrder = 0, inhibited = false, entriesMax } = options
    this.hints = new HintDevice(engine, vm, sources.hints, {
      label, entriesMax, ignoreBelowOrder, inhibited,
      keeps: (kind) => (kind === RequestKind.HINT ? options.keepsHints === true : kind === RequestKind.REPORT && this.keepsContents),
      command: (id) => this.command(id),
      ...(options.served && { served: options.served }),
      joins: options.joins ?? false,
      ...(options.named && { named: options.named }),
    })
    this.stats = new StatsCollector(engine, sources.stats, { label, intervalNs: 0, knownTags: 16, unknownTags: 'skipped', ...options.stats })
    this.stats.onDrained = () => this.onDrained()
    this.rung = new WaitQueue(engine, `${label} balloon rung`)
  }

  /** The owner's wish, in pages of 4 KiB. */
  setTarget(pages: number): void {
    assert(Number.isInteger(pages) && pages >= 0 && pages <= TARGET_MAX, 'a target is a number of pages')
    this.config.set(ConfigField.NUM_PAGES, pages)
    this.onConfigChanged()
  }

  get target(): number {
    return this.config.get(ConfigField.NUM_PAGES)
  }

  /** Pages that the driver says are in the balloon. */
  get actual(): number {
    return this.config.get(ConfigField.ACTUAL)
  }

  /** FEATURES_OK stands. */
  negotiated(features: FeatureSet): void {
    this.engine.cols.footprint.write(this.object)
    this.state[0] = hasFeature(features, Feature.PAGE_POISON) ? 1 : 0
  }

  /** The first queue runs: the driver is in service. */
  started(): void {
    this.config.inService = true
  }

  /** The device was reset; its queues are gone. */
  reset(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[0] = 0
    this.config.inService = false
    if (this.options.configSurvivesReset !== true) this.config.set(ConfigField.ACTUAL, 0)
    this.config.set(ConfigField.POISON, 0)
    this.runs.reset()
    this.hints.currentRun = this.runs.current
    this.stats.forget()
  }

  /** A queue of requests was kicked, or may have something. */
  wake(): void {
    this.rung.wakeAll()
  }

  /** Body of the device thread that serves every queue but statistics (`stats.threadBody`). */
  *threadBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      yield* this.hints.drain(task)
      this.onDrained()
      this.rung.wait(task)
      yield AT_IDLE
    }
  }

  /** B1. */
  private get keepsContents(): boolean {
    return this.state[0] === 1 && this.config.get(ConfigField.POISON) !== 0
  }

  private command(id: number): void {
    this.runs.command(id)
    this.hints.currentRun = this.runs.current
  }

  private runChanged(): void {
    this.hints.currentRun = this.runs.current
    this.onConfigChanged()
  }
}
