/**
 * The rings of a connection, and the one place that starts and stops them on the device. Whatever changes under a running ring (memory, features, its own
 * place) stops it first and lets it go on afterwards from where it was:
 *
 *   settle(queue)    gives it to the device if everything is known; serves it if it resumes, or a kick waits
 *   halt(queue)      takes it back; it resumes
 *   forgetAll()      takes all back; the next driver's rings lie elsewhere
 *
 * The specification lets a ring start with its first kick. As other back-ends do, the device has it as soon as it could be kicked, so that it can tell a
 * driver of a changed configuration which has nothing to kick for; it is served with the first kick.
 */
import type { ForeignMemory } from '../foreign-memory.ts'
import { OUTSIDE } from '../foreign-memory.ts'
import type { PollSet } from '../native/poll-set.ts'
import { Ready } from '../native/poll-set.ts'
import { drainFd, signalFd } from '../native/notifier.ts'
import { NO_FD } from '../native/file-descriptor.ts'
import type { VhostUserCounters } from './counters.ts'
import type { VhostUserDevice, VringPlace } from './device.ts'
import { Vring } from './vring.ts'

export class VringSet {
  readonly rings: readonly Vring[]
  /** Kicks may come in band. */
  inBand = false
  private readonly device: VhostUserDevice
  private readonly memory: ForeignMemory
  private readonly counters: VhostUserCounters
  /** By ring: its number in the poll set, or -1. */
  private readonly polled: Int32Array

  constructor(device: VhostUserDevice, memory: ForeignMemory, counters: VhostUserCounters) {
    this.device = device
    this.memory = memory
    this.counters = counters
    this.rings = Array.from({ length: device.queues }, () => new Vring())
    this.polled = new Int32Array(device.queues)
  }

  get anyRunning(): boolean {
    return this.rings.some(({ running }) => running)
  }

  /** Where the ring lies in guest addresses, or null when it is not in memory. */
  placeOf({ size, descUser, availUser, usedUser, base }: Vring): VringPlace | null {
    const descGpa = this.memory.userToGuest(descUser)
    const availGpa = this.memory.userToGuest(availUser)
    const usedGpa = this.memory.userToGuest(usedUser)
    return descGpa === OUTSIDE || availGpa === OUTSIDE || usedGpa === OUTSIDE ? null : { size, descGpa, availGpa, usedGpa, base }
  }

  settle(queue: number): void {
    const ring = this.rings[queue]
    if (ring.running || !ring.isReady(this.inBand)) return
    const waiting = ring.resumes || ring.pending
    if (this.start(queue) && waiting) this.notify(queue)
  }

  settleAll(): void {
    for (let queue = 0; queue < this.rings.length; queue++) this.settle(queue)
  }

  /** Stops the ring where it is. */
  halt(queue: number): void {
    const ring = this.rings[queue]
    if (!ring.running) return
    ring.running = false
    ring.base = this.device.stopQueue(queue)
    ring.resumes = true
  }

  haltAll(): void {
    for (let queue = 0; queue < this.rings.length; queue++) this.halt(queue)
  }

  /** Stops all rings for good: the next driver says anew where they lie. */
  forgetAll(): void {
    for (let queue = 0; queue < this.rings.length; queue++) {
      this.halt(queue)
      const ring = this.rings[queue]
      ring.addressed = false
      ring.resumes = false
      ring.pending = false
    }
  }

  setKick(queue: number, fd: number): void {
    this.rings[queue].stopped = false
    this.rings[queue].setKick(fd, true)
  }

  /** A kick in band. Kept for a ring that cannot run yet. */
  kickInBand(queue: number): void {
    const ring = this.rings[queue]
    ring.stopped = false
    ring.pending = true
    if (ring.running) this.notify(queue)
    else this.settle(queue)
  }

  /** Adds the descriptors whose kicks could be served now. Others stay unread. */
  addTo(polls: PollSet): void {
    for (let queue = 0; queue < this.rings.length; queue++) {
      const ring = this.rings[queue]
      this.polled[queue] = ring.running && ring.kick !== NO_FD ? polls.add(ring.kick) : -1
    }
  }

  /** Serves the kicks that poll saw; whether there was one. */
  serve(polls: PollSet): boolean {
    let served = false
    for (let queue = 0; queue < this.rings.length; queue++) {
      if (this.polled[queue] < 0 || polls.ready(this.polled[queue]) === Ready.NO) continue
      served = true
      const ring = this.rings[queue]
      const drained = drainFd(ring.kick)
      if (drained === true) {
        this.notify(queue)
      } else if (drained === null) {
        // It would be ready for ever and never say anything.
        this.counters.broken++
        ring.setKick(NO_FD, false)
      }
    }
    return served
  }

  /** Signals the call descriptor; false when there is none. */
  call(queue: number): boolean {
    const { call } = this.rings[queue]
    if (call === NO_FD) return false
    const result = signalFd(call)
    if (result === 'sent') this.counters.calls++
    else if (result === 'full') this.counters.callsFull++
    else this.counters.broken++
    return true
  }

  close(): void {
    this.haltAll()
    for (const ring of this.rings) ring.close()
  }

  private notify(queue: number): void {
    // A device that was kicked for another ring may have stopped this one.
    if (!this.rings[queue].running) return
    this.rings[queue].pending = false
    this.counters.kicks++
    this.device.kicked(queue)
  }

  private start(queue: number): boolean {
    const ring = this.rings[queue]
    const place = this.placeOf(ring)
    ring.running = place !== null && this.device.startQueue(queue, place)
    if (ring.running) {
      ring.resumes = false
      return true
    }
    // Until the front-end says again where it lies.
    ring.addressed = false
    this.counters.badRings++
    if (ring.error !== NO_FD) signalFd(ring.error)
    return false
  }
}
