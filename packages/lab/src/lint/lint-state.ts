/**
 * What a conversation has established so far: a fold over its events. Rules look at the state before an event and at the event; afterwards the state takes
 * the event in.
 *
 *   event --rules(state, event)--> findings
 *         --state.apply(event)---> state
 */
import { Feature, hasFeature, NO_QUEUE, QueueRole, queueRole } from '@hintlab/protocol'
import type { FeatureSet, Numbering } from '@hintlab/protocol'
import type { Seen, SeenOf, SeenWords } from './seen.ts'
import { DescFlag, leWords, MemoryKind } from './seen.ts'
import { BalloonPages } from './state/balloon-pages.ts'
import { ConfigField, ConfigState } from './state/config-state.ts'
import { HintRounds } from './state/hint-rounds.ts'
import { MmioState } from './state/mmio-state.ts'
import { pagesOf } from './state/page-set.ts'
import { QueueState } from './state/queue-state.ts'
import { StatsState, statTags } from './state/stats-state.ts'
import { StatusBit, StatusState } from './state/status-state.ts'
import { announcesConfig, VhostUserState } from './state/vhost-user-state.ts'

const NOTHING = new Uint8Array(0)

/** Guest memory [gpa, gpa + length). */
export interface Region {
  readonly gpa: number
  readonly length: number
}

export class LintState {
  numbering: Numbering
  /** The recording says how the device numbers its queues. */
  numberingKnown = false
  regions: readonly Region[] = []
  offered: FeatureSet | null = null
  accepted: FeatureSet | null = null
  readonly status = new StatusState()
  readonly config = new ConfigState()
  readonly queues = new Map<number, QueueState>()
  /** What the recording itself says of queues. */
  private readonly roles = new Map<number, QueueRole | typeof NO_QUEUE>()
  readonly pages = new BalloonPages()
  readonly rounds = new HintRounds()
  readonly stats = new StatsState()
  readonly vhost = new VhostUserState()
  readonly mmio = new MmioState()
  /** Something went on after the last reset. */
  begun = false

  constructor(numbering: Numbering) {
    this.numbering = numbering
  }

  /** Whether a feature was negotiated; null when nobody has said what was. */
  negotiated(bit: Feature): boolean | null {
    return this.accepted === null ? null : hasFeature(this.accepted, bit)
  }

  has(bit: Feature): boolean {
    return this.negotiated(bit) === true
  }

  get packed(): boolean {
    return this.has(Feature.RING_PACKED)
  }

  queue(index: number): QueueState {
    let queue = this.queues.get(index)
    if (queue === undefined) this.queues.set(index, (queue = new QueueState(index)))
    return queue
  }

  /** Takes in what an event says of its queue; before the rules look at it. */
  named(event: Seen): void {
    if (event.role !== null && 'queue' in event) this.roles.set(event.queue, event.role)
  }

  /** What a queue is for; null when neither the recording nor the features say it. */
  role(index: number): QueueRole | typeof NO_QUEUE | null {
    const named = this.roles.get(index)
    if (named !== undefined) return named === NO_QUEUE ? null : named
    const { accepted, offered } = this
    return accepted === null ? null : queueRole(index, this.numbering, offered ?? accepted, accepted)
  }

  /** The queue of a role, if there were events of it. */
  queueFor(role: QueueRole): QueueState | null {
    for (const queue of this.queues.values()) if (this.role(queue.index) === role) return queue
    return null
  }

  /** A report with these bytes has not been answered. */
  reportOver(gpa: number, length: number): boolean {
    const queue = this.queueFor(QueueRole.REPORTING)
    return queue !== null && queue.chainOver(gpa, length) !== null
  }

  /** Whether the device may serve queues, as far as there is a status that says so. */
  get driverOk(): boolean {
    return !this.status.present || this.status.has(StatusBit.DRIVER_OK)
  }

  /** Whether every byte lies in memory that the guest has; true when nobody has told what it has. */
  inMemory(gpa: number, length: number): boolean {
    return this.regions.length === 0 || this.regions.some((region) => gpa >= region.gpa && gpa + length <= region.gpa + region.length)
  }

  /** Nothing is under way any more: the device was reset, or all its queues were stopped. */
  get atRest(): boolean {
    if (!this.begun) return true
    const all = [...this.queues.values()].filter(({ everEnabled }) => everEnabled)
    return all.length > 0 && all.every(({ enabled }) => enabled === false)
  }

  apply(event: Seen): void {
    switch (event.kind) {
      case 'chain': return this.applyChain(event)
      case 'used': return this.applyUsed(event)
      case 'kick': return this.queue(event.queue).kick()
      case 'interrupt': return this.applyInterrupt(event)
      case 'config':
        this.config.shown(event)
        return this.announced()
      case 'configAccess': return this.applyConfigAccess(event)
      case 'offered':
        this.offered = event.features
        return
      case 'accepted': return this.applyAccepted(event)
      case 'status': return this.applyStatus(event)
      case 'queueSetup': return this.queue(event.queue).setUp(event)
      case 'queueState': return this.queue(event.queue).change(event)
      case 'vhostUser':
        if (announcesConfig(event)) this.status.unannounced = -1
        return this.vhost.message(event)
      case 'memory': return this.applyMemory(event)
      case 'register': return this.mmio.access(event)
    }
  }

  private applyChain(event: SeenOf<'chain'>): void {
    this.begun = true
    const queue = this.queue(event.queue)
    queue.available(event, event.words !== null && this.asksForKick(event.words))
    queue.words = event.words ?? queue.words
    this.requireWords(queue)
    switch (this.role(event.queue)) {
      case QueueRole.INFLATE:
        for (const pfn of leWords(event.payload ?? NOTHING)) this.offer(pfn, 1)
        return this.pages.request(event, true)
      case QueueRole.DEFLATE: return this.pages.request(event, false)
      case QueueRole.STATS: return this.applyStats(event)
      case QueueRole.FREE_PAGE: return this.applyHint(event)
      case QueueRole.REPORTING: return this.applyRanges(event, (pfn, pages) => this.offer(pfn, pages))
      default:
    }
  }

  private applyStats({ payload }: SeenOf<'chain'>): void {
    this.stats.posted++
    if (payload !== null) this.stats.tags ??= statTags(payload)
  }

  private applyHint(event: SeenOf<'chain'>): void {
    const { payload } = event
    if (payload === null) return
    if (payload.length >= 4) return this.rounds.command(leWords(payload)[0])
    this.applyRanges(event, (pfn, pages) => {
      this.pages.reported.delete(pfn, pages)
      this.rounds.hint(pfn, pages)
    })
  }

  private applyRanges({ descriptors }: SeenOf<'chain'>, take: (pfn: number, pages: number) => void): void {
    for (const { gpa, len, flags } of descriptors) {
      const { pfn, pages } = pagesOf(gpa, len)
      if ((flags & (DescFlag.INDIRECT | DescFlag.WRITE)) === DescFlag.WRITE && this.inMemory(gpa, len)) take(pfn, pages)
    }
  }

  /** Pages are offered to the device, which may drop them again. */
  private offer(pfn: number, pages: number): void {
    this.pages.reported.delete(pfn, pages)
    this.rounds.offered(pfn, pages)
  }

  private applyUsed(event: SeenOf<'used'>): void {
    const queue = this.queue(event.queue)
    const role = this.role(event.queue)
    for (const { chain } of queue.answer(event.head, this.has(Feature.IN_ORDER))) {
      if (role === QueueRole.INFLATE) this.pages.answered(chain, true, event.sequence)
      else if (role === QueueRole.DEFLATE) this.pages.answered(chain, false, event.sequence)
      else if (role === QueueRole.STATS) this.stats.answered++
      else if (role === QueueRole.REPORTING) this.pages.reportAnswered(chain)
    }
    queue.words = event.words ?? queue.words
    this.requireWords(queue)
    if (event.words !== null && this.asksForInterrupt(queue) && !queue.interrupted) queue.owedInterrupt ??= { sequence: event.sequence, words: event.words }
  }

  /** Whether the ring's words, as they stand with a used element, ask for an interrupt. */
  private asksForInterrupt(queue: QueueState): boolean {
    const { words } = queue
    if (words === null) return false
    if (this.packed) return words.availFlags === 0
    if (!this.has(Feature.EVENT_IDX)) return words.availFlags === 0
    if (queue.interruptIdx === null) {
      queue.interruptIdx = words.usedIdx
      return false
    }
    return ((words.usedIdx - words.usedEvent - 1) & 0xffff) < ((words.usedIdx - queue.interruptIdx) & 0xffff)
  }

  /** Whether the ring's words, as they stand with a chain, ask for a kick. */
  private asksForKick(words: SeenWords): boolean {
    if (this.packed || !this.has(Feature.EVENT_IDX)) return words.usedFlags === 0
    return words.availEvent === ((words.availIdx - 1) & 0xffff)
  }

  /** Forgets an interrupt that was owed when the driver has changed what it asks for. */
  private requireWords(queue: QueueState): void {
    const { owedInterrupt: owed, words } = queue
    if (owed === null || words === null) return
    if (owed.words.availFlags !== words.availFlags || owed.words.usedEvent !== words.usedEvent) queue.owedInterrupt = null
  }

  private applyInterrupt({ queue, config, words, sequence }: SeenOf<'interrupt'>): void {
    if (this.mmio.present) this.mmio.unreadInterrupt = sequence
    if (config) this.status.unannounced = -1
    else this.queue(queue).interrupt(words)
  }

  private applyConfigAccess(event: SeenOf<'configAccess'>): void {
    this.config.accessed(event)
    this.announced()
    if (event.write && event.offset <= ConfigField.ACTUAL && event.offset + event.data.length >= ConfigField.ACTUAL + 4) this.pages.actualStale = false
  }

  private announced(): void {
    const id = this.config.field(ConfigField.COMMAND)
    if (id >= 0) this.rounds.announce(id)
  }

  private applyAccepted({ features }: SeenOf<'accepted'>): void {
    this.accepted = features
    this.begun = true
    if (!this.status.present) this.newDriver()
  }

  private applyStatus(event: SeenOf<'status'>): void {
    this.status.access(event)
    if (!event.write || event.value !== 0) return
    this.begun = false
    this.accepted = null
    this.queues.clear()
    this.newDriver()
  }

  private newDriver(): void {
    this.pages.reset(this.config.field(ConfigField.ACTUAL))
    this.config.reset()
    this.rounds.reset()
    this.stats.reset()
    for (const queue of this.queues.values()) queue.stop()
  }

  private applyMemory({ access, gpa, length, fill }: SeenOf<'memory'>): void {
    const { pfn, pages } = pagesOf(gpa, length)
    if (access === MemoryKind.GUEST_WRITE) {
      this.pages.wrote(pfn, pages)
      this.rounds.wrote(pfn, pages)
    } else if (access === MemoryKind.SEEN && this.reportOver(gpa, length)) {
      for (let page = pfn; page < pfn + pages; page++) this.pages.seenBefore.set(page, fill)
    }
  }
}
