/**
 * Builds small conversations for tests of the checker: a driver and a device that keep every rule, one step at a time, and single events for what goes wrong.
 *
 *   conversation({ offered: [STATS_VQ] }).init().inflate([1, 2]).deflate([1]).close().events
 */
import { Feature, featureSet, QueueRole, queueExists, queueIndex } from '@hintlab/protocol'
import type { FeatureSet, messages, TapEvent } from '@hintlab/protocol'
import { DescFlag, MemoryKind, QueueChange } from '../seen.ts'

const PAGE = 4096
/** Buffers of the driver lie from here on, far from the pages that tests speak of. */
const BUFFERS_GPA = 0x4000_0000
const RINGS_GPA = 0x5000_0000
const RING_BYTES = 0x10000

export interface ConversationOptions {
  /** Besides VERSION_1. */
  readonly offered?: readonly number[]
  /** What the driver does not take of it. */
  readonly declined?: readonly number[]
  readonly size?: number
}

type Words = messages.RingWords.$Properties
/** Pages of a block: first and how many. */
export type Block = readonly [pfn: number, pages: number]

export class ConversationBuilder {
  readonly events: TapEvent[] = []
  readonly offered: FeatureSet
  readonly accepted: FeatureSet
  readonly size: number
  private nextHead = 0
  private actual = 0

  constructor({ offered = [], declined = [], size = 128 }: ConversationOptions) {
    this.offered = featureSet(Feature.VERSION_1, ...offered)
    this.accepted = featureSet(Feature.VERSION_1, ...offered.filter((bit) => !declined.includes(bit)))
    this.size = size
  }

  /** Any event, as it is. */
  raw(...events: TapEvent[]): this {
    this.events.push(...events)
    return this
  }

  // The driver's way to DRIVER_OK, whole and in parts.

  init(): this {
    return this.begin().features().ready()
  }

  begin(): this {
    return this.write(0).read(0).raw({ offered: { features: this.offered } }).write(1).write(3)
  }

  features(): this {
    return this.raw({ accepted: { features: this.accepted } }).write(11).read(11)
  }

  ready(): this {
    if (this.has(Feature.PAGE_POISON)) this.configWrite(12, 0xaaaa_aaaa)
    for (const role of Object.values(QueueRole)) if (queueExists(role, this.accepted)) this.setUp(role)
    return this.write(15)
  }

  setUp(role: QueueRole, place: messages.QueueSetup.$Properties = {}): this {
    const queue = this.queue(role)
    const gpa = RINGS_GPA + queue * RING_BYTES
    const setup = { queue, size: this.size, descGpa: gpa, availGpa: gpa + 0x8000, usedGpa: gpa + 0xc000, ...place }
    return this.raw({ queueSetup: setup }).change(queue, QueueChange.ENABLED)
  }

  close(): this {
    return this.write(0).read(0)
  }

  write(value: number): this {
    return this.raw({ status: { write: true, value } })
  }

  read(value: number): this {
    return this.raw({ status: { write: false, value } })
  }

  change(queue: number, change: messages.QueueState.Change): this {
    return this.raw({ queueState: { queue, change } })
  }

  configWrite(offset: number, value: number, bytes = 4): this {
    return this.raw({ configAccess: { write: true, offset, data: le32(value).slice(0, bytes), generation: 0 } })
  }

  configRead(offset: number, value: number, generation: number): this {
    return this.raw({ configAccess: { write: false, offset, data: le32(value), generation } })
  }

  // Whole exchanges.

  inflate(pfns: readonly number[]): this {
    this.target(this.actual + pfns.length)
    return this.exchange(QueueRole.INFLATE, pfns).updateActual(pfns.length)
  }

  deflate(pfns: readonly number[]): this {
    this.target(this.actual - pfns.length)
    return this.exchange(QueueRole.DEFLATE, pfns).updateActual(-pfns.length)
  }

  report(...blocks: readonly Block[]): this {
    const head = this.postReport(...blocks)
    return this.finish(QueueRole.REPORTING, head)
  }

  /** A round: the device announces `id`, the driver hints and stops, the device says DONE. */
  round(id: number, ...blocks: readonly Block[]): this {
    this.announce(id).command(id)
    for (const block of blocks) this.hint(block)
    return this.command(0).announce(1)
  }

  announce(id: number, fields: messages.BalloonConfig.$Properties = {}): this {
    return this.raw({ config: { numPages: this.actual, actual: this.actual, freePageHintCmdId: id, ...fields } }, { interrupt: { config: true } })
  }

  command(id: number): this {
    return this.finish(QueueRole.FREE_PAGE, this.post(QueueRole.FREE_PAGE, le32(id)))
  }

  hint(block: Block): this {
    return this.finish(QueueRole.FREE_PAGE, this.postBlocks(QueueRole.FREE_PAGE, [block]))
  }

  target(numPages: number): this {
    const poisonVal = this.has(Feature.PAGE_POISON) ? 0xaaaa_aaaa : 0
    return this.raw({ config: { numPages, actual: this.actual, poisonVal } }, { interrupt: { config: true } })
  }

  updateActual(change: number): this {
    this.actual += change
    return this.configWrite(4, this.actual)
  }

  // Halves of them. `post` returns the head.

  /** A chain of one readable buffer, and a kick. */
  post(role: QueueRole, payload: Uint8Array, words?: Words): number {
    const head = this.nextHead++ % this.size
    const descriptors = [{ gpa: BUFFERS_GPA + head * PAGE, len: payload.length, flags: 0 }]
    this.raw({ chain: { queue: this.queue(role), head, descriptors }, payload, words: words ?? null })
    this.kick(role)
    return head
  }

  postPfns(role: QueueRole, pfns: readonly number[]): number {
    return this.post(role, joined(pfns.map(le32)))
  }

  postStats(tags: readonly number[]): number {
    return this.post(QueueRole.STATS, joined(tags.map((tag) => Uint8Array.from([tag & 255, tag >> 8, 1, 0, 0, 0, 0, 0, 0, 0]))))
  }

  postReport(...blocks: readonly Block[]): number {
    return this.postBlocks(QueueRole.REPORTING, blocks)
  }

  postBlocks(role: QueueRole, blocks: readonly Block[]): number {
    const head = this.nextHead++ % this.size
    const descriptors = blocks.map(([pfn, pages]) => ({ gpa: pfn * PAGE, len: pages * PAGE, flags: DescFlag.WRITE }))
    this.raw({ chain: { queue: this.queue(role), head, descriptors } })
    this.kick(role)
    return head
  }

  kick(role: QueueRole): this {
    return this.raw({ kick: { queue: this.queue(role) } })
  }

  used(role: QueueRole, head: number, len = 0, words?: Words): this {
    return this.raw({ used: { queue: this.queue(role), head, len }, words: words ?? null })
  }

  interrupt(role: QueueRole): this {
    return this.raw({ interrupt: { queue: this.queue(role) } })
  }

  finish(role: QueueRole, head: number, len = 0): this {
    return this.used(role, head, len).interrupt(role)
  }

  // Pages.

  guestReads(pfn: number, pages = 1): this {
    return this.memory(MemoryKind.GUEST_READ, pfn, pages)
  }

  guestWrites(pfn: number, pages = 1, fill?: number): this {
    return this.memory(MemoryKind.GUEST_WRITE, pfn, pages, fill)
  }

  discard(pfn: number, pages = 1): this {
    return this.memory(MemoryKind.DISCARD, pfn, pages)
  }

  sees(pfn: number, fill: number): this {
    return this.memory(MemoryKind.SEEN, pfn, 1, fill)
  }

  queue(role: QueueRole): number {
    return Math.max(0, queueIndex(role, 'dense-negotiated', this.offered, this.accepted))
  }

  has(bit: number): boolean {
    return ((bit < 32 ? this.accepted.low >>> bit : this.accepted.high >>> (bit - 32)) & 1) === 1
  }

  private exchange(role: QueueRole, pfns: readonly number[]): this {
    return this.finish(role, this.postPfns(role, pfns))
  }

  private memory(kind: messages.MemoryAccess.Kind, pfn: number, pages: number, fill?: number): this {
    return this.raw({ memory: { kind, gpa: pfn * PAGE, length: pages * PAGE, ...(fill === undefined ? {} : { fill }) } })
  }
}

export const conversation = (options: ConversationOptions = {}): ConversationBuilder => new ConversationBuilder(options)

export const le32 = (value: number): Uint8Array => Uint8Array.from([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24])

const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
