/**
 * The device's side of free page hinting. A run has an id that the driver reads in the configuration and sends back before its first hint; only hints of
 * the present run count (rule 34), and none after the device has said that it needs no more (rule 36).
 *
 *   IDLE --start--> REQUESTED --driver sends the id--> STARTED --driver sends STOP--> ENDED --done--> IDLE, config DONE
 *                        \_____________________stop____________/                        (rule 37: the driver holds its pages until then)
 *
 *   H1  Ids are never STOP or DONE, and an id comes again only after all others (rules 33, 38).
 */
import { assert, Counters } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ConfigField, HintCommand } from '@hintlab/protocol'
import type { BalloonConfig } from './config.ts'

export const RunPhase = { IDLE: 0, REQUESTED: 1, STARTED: 2, ENDED: 3 } as const
export type RunPhase = (typeof RunPhase)[keyof typeof RunPhase]

export interface HintRunsOptions {
  readonly label: string
  /** Ids count from the one after this up to 2^32 - 1, and begin again with it. */
  readonly idMin: number
  /** Says DONE as soon as the driver has sent STOP, instead of when it is told to. */
  readonly doneAtStop: boolean
}

export const RUN_COUNTERS = ['runs', 'staleCommands', 'earlyStops'] as const
export type RunCounter = (typeof RUN_COUNTERS)[number]

const ID_MAX = 2 ** 32 - 1

// Elements of the state column.
const PHASE = 0
const ID = 1

export class HintRuns {
  private readonly cols: Columns
  private readonly config: BalloonConfig
  private readonly options: HintRunsOptions
  private readonly changed: () => void
  private readonly object: number
  private readonly state: Uint32Array
  private readonly counts: Counters<RunCounter>

  /** `changed` is called after each change of the configuration. */
  constructor(cols: Columns, config: BalloonConfig, changed: () => void, options: HintRunsOptions) {
    assert(options.idMin > HintCommand.DONE && options.idMin < ID_MAX, 'the ids leave out what names no run')
    this.cols = cols
    this.config = config
    this.options = options
    this.changed = changed
    this.object = cols.objects(`${options.label} runs`)
    this.state = cols.u32(`${options.label}.runState`, 2, this.object)
    this.counts = new Counters(cols, `${options.label}.runCounts`, this.object, RUN_COUNTERS)
    this.state[ID] = options.idMin
  }

  counter(name: RunCounter): number {
    return this.counts.get(name)
  }

  get phase(): RunPhase {
    return this.state[PHASE] as RunPhase
  }

  /** The run whose hints count now; STOP when none do. */
  get current(): number {
    this.cols.footprint.read(this.object)
    return this.phase === RunPhase.STARTED ? this.state[ID] : HintCommand.STOP
  }

  /** Begins a run, and ends one that is under way; its id. */
  start(): number {
    this.cols.footprint.write(this.object)
    this.counts.add('runs')
    const { state } = this
    state[ID] = state[ID] === ID_MAX ? this.options.idMin : state[ID] + 1
    this.enter(RunPhase.REQUESTED, state[ID])
    return state[ID]
  }

  /** The driver shall stop, and keep its pages: the run is void, or another follows. */
  stop(): void {
    this.enter(RunPhase.IDLE, HintCommand.STOP)
  }

  /** No hint is needed any more: the driver gets its pages back. */
  done(): void {
    this.enter(RunPhase.IDLE, HintCommand.DONE)
  }

  /** What the driver sent on the free page queue. A STOP or an id that belongs to no present run is stale. */
  command(id: number): void {
    this.cols.footprint.write(this.object)
    if (id === this.state[ID] && this.phase === RunPhase.REQUESTED) this.state[PHASE] = RunPhase.STARTED
    else if (id === HintCommand.STOP && this.phase === RunPhase.STARTED) {
      this.state[PHASE] = RunPhase.ENDED
      if (this.options.doneAtStop) this.done()
    } else this.counts.add(id === HintCommand.STOP ? 'earlyStops' : 'staleCommands')
  }

  /** A reset of the device ends the run; the next one has another id. */
  reset(): void {
    this.cols.footprint.write(this.object)
    this.state[PHASE] = RunPhase.IDLE
    this.config.set(ConfigField.COMMAND_ID, HintCommand.STOP)
  }

  private enter(phase: RunPhase, commandId: number): void {
    this.cols.footprint.write(this.object)
    this.state[PHASE] = phase
    this.config.set(ConfigField.COMMAND_ID, commandId)
    this.changed()
  }
}
