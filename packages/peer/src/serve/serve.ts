/**
 * `hintlab serve`: a vhost-user back-end that serves one real guest after another from the host package, and says what they hint. The loop sleeps in poll(2)
 * over everything that can happen, and lets Node's own events (commands, signals) in between.
 *
 *   poll(2) --> messages, kicks --> model --> holes, answers, interrupts
 *      ^          |  every 250 ms: what has the guest touched?
 *      +----------+  activity that has paused: one event
 */
import { setImmediate } from 'node:timers/promises'
import { MS, PAGE_SIZE } from '@hintlab/kit'
import type { DevicePersonality, RunOptions } from '@hintlab/lab'
import { featureNames } from '@hintlab/protocol'
import type { FeatureSet, Tap } from '@hintlab/protocol'
import { ForeignMemory } from '../foreign-memory.ts'
import type { DiscardMode } from '../foreign-memory.ts'
import { VhostUserServer } from '../vhost-user/server.ts'
import { ActivityLog } from './activity.ts'
import type { Activity } from './activity.ts'
import type { ServeCommand } from './commands.ts'
import { LiveGuest } from './live-guest.ts'
import { RealDiscard } from './real-discard.ts'
import { rehearse } from './rehearsal.ts'
import { statusOf } from './status.ts'
import type { GuestStatus } from './status.ts'

export interface ServeOptions {
  readonly socket: string
  /** The balloon's target from the start, pages. */
  readonly balloonPages: number
  readonly discard: DiscardMode
  readonly run: RunOptions
  readonly personality: DevicePersonality
  readonly offers: FeatureSet
  readonly statsIntervalNs: number
  readonly discardHints: boolean
  /** Ends after the first guest. */
  readonly once: boolean
  readonly tap: Tap | null
}

/** One thing that is told to whoever watches; `at` is seconds since the start. */
export type ServeEvent = { readonly at: number } & (
  | { readonly event: 'listening'; readonly socket: string; readonly offers: readonly string[] }
  | { readonly event: 'connected' }
  | { readonly event: 'driver'; readonly features: readonly string[] }
  | { readonly event: 'memory'; readonly bytes: number; readonly regions: number }
  | { readonly event: 'queue'; readonly queue: number; readonly running: boolean }
  | ({ readonly event: 'requests'; readonly fileBytes: number; readonly modelBytes: number } & Activity)
  | { readonly event: 'target'; readonly pages: number }
  | ({ readonly event: 'status' } & GuestStatus)
  /** What is in the balloon: first page and number of pages of each stretch, ascending. */
  | { readonly event: 'pages'; readonly pages: number; readonly ranges: readonly (readonly [number, number])[] }
  | ({ readonly event: 'disconnected' } & GuestStatus)
  | { readonly event: 'closed' }
)

const SAMPLE_NS = 250 * MS
/** While requests come in, looking can wait. */
const SAMPLE_BUSY_NS = 1000 * MS
const WAIT_MAX_MS = 100
/** While the guest is active, its activity is told soon. */
const WAIT_BUSY_MS = 20

export class Serve {
  private readonly options: ServeOptions
  private readonly tell: (event: ServeEvent) => void
  private readonly memory = new ForeignMemory()
  private readonly discard: RealDiscard
  private readonly guest: LiveGuest
  private readonly server: VhostUserServer
  private readonly activity: ActivityLog
  private readonly startNs = process.hrtime.bigint()
  private sampledNs = 0
  private stopping = false

  /** Listens; throws a SystemError when it cannot. */
  constructor(options: ServeOptions, tell: (event: ServeEvent) => void) {
    this.options = options
    this.tell = tell
    this.discard = new RealDiscard(this.memory, options.discard)
    this.activity = new ActivityLog((line) => this.say({ event: 'requests', ...line, ...this.footprint() }))
    rehearse(options)
    this.guest = new LiveGuest(this.memory, this.discard, {
      ...options,
      clock: () => this.now(),
      observer: {
        connected: () => this.say({ event: 'connected' }),
        driver: (features) => this.say({ event: 'driver', features: featureNames(features) }),
        memory: (bytes, regions) => this.say({ event: 'memory', bytes, regions }),
        queue: (queue, running) => this.say({ event: 'queue', queue, running }),
        disconnected: () => this.guestLeft(),
      },
      served: (kind, blocks, pages, rejected) => this.activity.add(kind, blocks, pages, rejected, this.now()),
    })
    this.guest.setTarget(options.balloonPages)
    this.server = new VhostUserServer({ path: options.socket, device: this.guest, memory: this.memory, ...(options.tap && { tap: options.tap }) })
  }

  /** Serves until `stop`, or with `once` until the first guest has gone. */
  async run(): Promise<void> {
    // Only now: whoever hears it may send a signal or a command.
    this.say({ event: 'listening', socket: this.options.socket, offers: featureNames(this.guest.offered) })
    while (!this.stopping) {
      const dueMs = this.guest.tick() / MS
      const busy = this.activity.isOpen ? WAIT_BUSY_MS : WAIT_MAX_MS
      this.server.step(Math.max(0, Math.min(busy, Math.ceil(dueMs))))
      const now = this.now()
      if (this.server.connected && now - this.sampledNs >= (this.activity.isOpen ? SAMPLE_BUSY_NS : SAMPLE_NS)) {
        this.sampledNs = now
        this.guest.sample()
      }
      this.activity.flush(now)
      await setImmediate()
    }
    this.server.close()
    this.say({ event: 'closed' })
  }

  stop(): void {
    this.stopping = true
  }

  /** Also wakes for this descriptor: where commands come from. */
  watch(fd: number): void {
    this.server.watch(fd, () => {})
  }

  unwatch(fd: number): void {
    this.server.unwatch(fd)
  }

  command(command: ServeCommand): void {
    const { device } = this.guest.world.model
    if (command.name === 'balloon') {
      this.guest.setTarget(command.pages)
      this.say({ event: 'target', pages: command.pages })
    } else if (command.name === 'stats') this.guest.inTime(() => device.stats.ask())
    else if (command.name === 'hint') this.guest.inTime(() => void device.runs.start())
    else if (command.name === 'status') this.say({ event: 'status', ...this.status() })
    else if (command.name === 'pages') this.say({ event: 'pages', pages: this.guest.pages.count, ranges: this.guest.pages.ranges() })
    else this.stop()
  }

  private status(): GuestStatus {
    return statusOf(this.memory, this.guest.world, this.discard)
  }

  private footprint(): { fileBytes: number; modelBytes: number } {
    return { fileBytes: this.memory.allocatedBytes(), modelBytes: this.guest.world.vm.residentPages * PAGE_SIZE }
  }

  private guestLeft(): void {
    this.activity.flush(this.now(), true)
    this.say({ event: 'disconnected', ...this.status() })
    if (this.options.once) this.stop()
  }

  private now(): number {
    return Number(process.hrtime.bigint() - this.startNs)
  }

  private say(event: DistributiveOmit<ServeEvent, 'at'>): void {
    this.tell({ at: Math.round(this.now() / MS) / 1000, ...event })
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

