/**
 * The least balloon device behind a vhost-user connection, in one screen: for tests of the connection with a real guest, and beside the host package's
 * device as its slow truth. Linux's numbering of queues; what the driver says is believed as far as it names memory that exists.
 */
import { Columns } from '@hintlab/kit'
import { featureSet, Feature, queueRole, QueueRole } from '@hintlab/protocol'
import type { ConfigSpace, FeatureSet } from '@hintlab/protocol'
import { makeDeviceRing, ringFault, ringOptions } from '@hintlab/transport'
import type { DeviceRing } from '@hintlab/transport'
import type { ForeignMemory } from '../foreign-memory.ts'
import type { VhostUserDevice, VhostUserLink, VringPlace } from '../vhost-user/device.ts'

const PAGE = 4096

export class PlainBalloon implements VhostUserDevice, ConfigSpace {
  readonly queues = 5
  readonly length = 16
  readonly generation = 0
  readonly offered: FeatureSet
  /** What the driver has given and not taken back, by page. */
  readonly inflated = new Set<number>()
  readonly reported: { gpa: number; length: number }[] = []
  /** The last statistics, as bytes. */
  stats: Uint8Array | null = null
  /** Buffers answered, and PFNs or ranges that were outside memory or not what the state says. */
  buffers = 0
  strange = 0
  private readonly memory: ForeignMemory
  private readonly space = new DataView(new ArrayBuffer(16))
  private readonly rings = new Map<number, DeviceRing>()
  private negotiated = featureSet()
  private link: VhostUserLink | null = null
  /** The statistics buffer that waits for the next question. */
  private statsName = -1

  constructor(memory: ForeignMemory, offered: FeatureSet) {
    this.memory = memory
    this.offered = offered
  }

  get config(): ConfigSpace {
    return this
  }

  /** Pages that the driver says it has given. */
  get actual(): number {
    return this.space.getUint32(4, true)
  }

  setTarget(pages: number): void {
    this.space.setUint32(0, pages, true)
    this.link?.configChanged()
  }

  /** Gives the statistics buffer back, so that the guest fills it again. */
  askStats(): boolean {
    const queue = [...this.rings.keys()].find((index) => this.roleOf(index) === QueueRole.STATS)
    if (queue === undefined || this.statsName < 0) return false
    const name = this.statsName
    this.statsName = -1
    this.answer(queue, this.rings.get(queue)!, [name])
    return true
  }

  read(offset: number, into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = offset + i < 16 ? this.space.getUint8(offset + i) : 0
  }

  write(offset: number, from: Uint8Array): void {
    for (let i = 0; i < from.length; i++) if (offset + i < 16) this.space.setUint8(offset + i, from[i])
  }

  queueSizeMax(queue: number): number {
    return queue < this.queues ? 256 : 0
  }

  setFeatures(features: FeatureSet): boolean {
    this.negotiated = features
    return true
  }

  memoryReplaced(): void {}

  startQueue(queue: number, place: VringPlace): boolean {
    const options = ringOptions(place, this.negotiated)
    // User-mode Linux says 0 for every new ring, also for a packed one, which begins at 0 with its wrap counter set.
    const startIndex = options.packed === true && place.base === 0 ? 0x8000 : place.base & 0xffff
    if (ringFault(this.memory, options) !== null) return false
    this.rings.set(queue, makeDeviceRing(new Columns(), this.memory, { ...options, startIndex }))
    return true
  }

  stopQueue(queue: number): number {
    const next = this.rings.get(queue)!.nextIndex
    this.rings.delete(queue)
    if (this.roleOf(queue) === QueueRole.STATS) this.statsName = -1
    return ringOptions({ size: 1, descGpa: 0, availGpa: 0, usedGpa: 0 }, this.negotiated).packed === true ? next * 0x1_0001 : next
  }

  kicked(queue: number): void {
    const ring = this.rings.get(queue)!
    const answered: number[] = []
    for (let name = ring.pop(); name >= 0; name = ring.pop()) {
      if (this.take(queue, ring)) answered.push(name)
      else this.statsName = name
    }
    if (answered.length > 0) this.answer(queue, ring, answered)
  }

  reset(): void {
    this.negotiated = featureSet()
    this.space.setUint32(4, 0, true)
  }

  connected(link: VhostUserLink): void {
    this.link = link
  }

  disconnected(): void {
    this.link = null
  }

  private roleOf(queue: number): number {
    return queueRole(queue, 'dense-negotiated', this.offered, this.negotiated)
  }

  private answer(queue: number, ring: DeviceRing, names: readonly number[]): void {
    for (const name of names) ring.push(name, 0)
    this.buffers += names.length
    ring.publish()
    if (ring.needsInterrupt()) this.link?.interrupt(queue)
  }

  /** Does what the popped chain says; false when it is kept. */
  private take(queue: number, { chain }: DeviceRing): boolean {
    const role = this.roleOf(queue)
    for (let i = 0; i < chain.count; i++) {
      const gpa = chain.gpa[i]
      const length = chain.len[i]
      if (role === QueueRole.REPORTING) {
        this.reported.push({ gpa, length })
        this.discard(gpa, length)
        continue
      }
      const bytes = new Uint8Array(length)
      if (!this.memory.read(gpa, bytes)) this.strange++
      else if (role === QueueRole.STATS) this.stats = bytes
      else this.takePages(role, new Uint32Array(bytes.buffer, 0, length >>> 2))
    }
    return role !== QueueRole.STATS
  }

  private takePages(role: number, pfns: Uint32Array): void {
    for (const pfn of pfns) {
      if (this.inflated.has(pfn) === (role === QueueRole.INFLATE)) this.strange++
      if (role === QueueRole.DEFLATE) {
        this.inflated.delete(pfn)
        continue
      }
      this.inflated.add(pfn)
      this.discard(pfn * PAGE, PAGE)
    }
  }

  private discard(gpa: number, length: number): void {
    if (this.memory.discard(gpa, length, 'punch-hole') !== 0) this.strange++
  }
}

export const BALLOON_FEATURES = [Feature.VERSION_1, Feature.STATS_VQ, Feature.DEFLATE_ON_OOM, Feature.PAGE_REPORTING] as const
