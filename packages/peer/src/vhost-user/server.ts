/**
 * A vhost-user back-end at a unix socket: one connection at a time, the next waits until it has ended. Nothing happens outside `step`, which waits in
 * poll(2); whoever must do other work meanwhile adds a descriptor of his own with `watch`, for instance an eventfd that another thread signals.
 *
 *   step:  poll { listener | kicks, back channel, connection } + watched  ->  kicks, answers, messages  ->  watched
 *
 * A front-end may do what it likes: its connection ends, it is counted, and the next may come.
 */
import { lstatSync, unlinkSync } from 'node:fs'
import { featureSet } from '@hintlab/protocol'
import type { FeatureSet, Tap } from '@hintlab/protocol'
import type { ForeignMemory } from '../foreign-memory.ts'
import { closeFd, NO_FD } from '../native/file-descriptor.ts'
import { PollSet, Ready } from '../native/poll-set.ts'
import { acceptFrom, listenAt } from '../native/unix-socket.ts'
import { makeCounters } from './counters.ts'
import type { VhostUserCounters } from './counters.ts'
import type { VhostUserDevice } from './device.ts'
import { ProtocolFeature } from './requests.ts'
import { VhostUserSession } from './session.ts'

/** What is offered by default. Calls in band are slower than call descriptors, and STATUS says nothing that SET_FEATURES has not said. */
export const PROTOCOL_FEATURES_DEFAULT = featureSet(
  ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK, ProtocolFeature.BACKEND_REQ, ProtocolFeature.CONFIG, ProtocolFeature.RESET_DEVICE,
)

/** Connections that wait while one is served. */
const BACKLOG = 4

export interface ServerOptions {
  readonly path: string
  readonly device: VhostUserDevice
  /** The guest's memory, empty while nobody is connected. The device has the same. */
  readonly memory: ForeignMemory
  readonly protocolFeatures?: FeatureSet
  readonly tap?: Tap
}

export class VhostUserServer {
  readonly counters: VhostUserCounters = makeCounters()
  private readonly options: ServerOptions
  private readonly polls = new PollSet()
  private readonly watched = new Map<number, () => void>()
  private readonly inode: number
  private listener: number
  private session: VhostUserSession | null = null

  /** Listens. Throws a SystemError when it cannot. */
  constructor(options: ServerOptions) {
    this.options = options
    this.listener = listenAt(options.path, BACKLOG)
    this.inode = lstatSync(options.path).ino
  }

  get connected(): boolean {
    return this.session !== null
  }

  /** Calls `ready` from `step` whenever the descriptor, which stays the caller's, is readable or at an end. */
  watch(fd: number, ready: () => void): void {
    this.watched.set(fd, ready)
  }

  unwatch(fd: number): void {
    this.watched.delete(fd)
  }

  /** The device's configuration has changed: tells the guest, if one is there. */
  notifyConfigChanged(): void {
    this.session?.configChanged()
  }

  /** Serves what has arrived, after waiting at most `timeoutMs` for it (negative: without limit). Whether anything had. */
  step(timeoutMs: number): boolean {
    const { polls, session } = this
    polls.begin()
    session?.addTo(polls)
    const listening = session === null && this.listener !== NO_FD ? polls.add(this.listener) : -1
    const extra = [...this.watched].map(([fd, ready]) => ({ index: polls.add(fd), fd, ready }))
    if (polls.wait(timeoutMs) === 0) return false
    let served = session?.serve(polls) ?? false
    if (session !== null && !session.alive) this.disconnect()
    if (listening >= 0 && polls.ready(listening) !== Ready.NO) {
      served = true
      this.accept()
    }
    for (const { index, fd, ready } of extra) {
      if (polls.ready(index) === Ready.NO || this.watched.get(fd) !== ready) continue
      served = true
      ready()
    }
    return served
  }

  /** Ends the connection, if there is one. */
  disconnect(): void {
    const { session } = this
    this.session = null
    session?.close()
  }

  /** Ends the connection and stops listening. The path goes away if it is still this server's. */
  close(): void {
    if (this.listener === NO_FD) return
    this.disconnect()
    const { path } = this.options
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === this.inode) unlinkSync(path)
    closeFd(this.listener)
    this.listener = NO_FD
  }

  private accept(): void {
    const fd = acceptFrom(this.listener)
    if (fd === NO_FD) return
    const { device, memory, protocolFeatures = PROTOCOL_FEATURES_DEFAULT, tap = null } = this.options
    this.session = new VhostUserSession(fd, device, memory, { protocolFeatures, counters: this.counters, tap })
  }
}
