/**
 * The device's end of a native wire (native-driver.ts has the formats). The driver is not trusted: a chain may have any buffers in any direction, cut in any
 * way, and be longer than a batch.
 *
 *     pop --+--> part --> part --> last part --> answer          `more` until the last part
 *           \--> unreadable (no buffer in the right direction, or outside memory) --> answer
 *
 *   N1  a request of more than a batch comes in parts under one handle; nothing is taken twice
 *   N2  what is not understood costs its own bytes only: a rest behind the last whole number, a part of a page
 *   N3  hints carry the id of the run whose command came last on this queue, 0 after STOP
 */
import { Counters } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import {
  COMMAND_BYTES, HintCommand, PFN_BYTES, QUEUE_SIZE_MAX, QueueRole, readCommand, readPfns, readStats, REQUEST_PFNS_MAX, RequestKind, STAT_BYTES,
} from '@hintlab/protocol'
import type { GuestMemory, HintBatch, RequestOutcome, StatsBatch } from '@hintlab/protocol'
import { NONE } from '../carrier.ts'
import type { BufferChain } from '../ring/buffer-chain.ts'
import { ChainReader } from './chain-reader.ts'
import type { HintRole } from './native-driver.ts'
import { QueueDevice } from './queue-device.ts'
import { RangeReader } from './range-reader.ts'
import type { HostWire } from './wire.ts'

export interface NativeDeviceOptions {
  readonly label: string
  /** The length in a used element: 0, because nothing is written, or the bytes of the writable buffers, as some devices say whatever happened. */
  readonly usedLength?: 'zero' | 'sum'
}

export interface NativeHintDeviceOptions extends NativeDeviceOptions {
  readonly role: HintRole
  /** A range whose ends are parts of pages: its whole pages are taken (the default), or none of it. */
  readonly misaligned?: 'cut' | 'ignore'
}

/** Numbers that are read at once: a page of them. */
const PART_PFNS_MAX = 1024

/** What the device's end counts: chains with buffers in the wrong direction, bytes that are part of nothing. */
export const NATIVE_COUNTERS = ['misdirected', 'trailingBytes'] as const
export type NativeCounter = (typeof NATIVE_COUNTERS)[number]

/** Elements of the `state` column. */
const NAME = 0
const MORE = 1
const READABLE = 2
/** Numbers of an inflate or deflate request that are still to be read. */
const PFNS_LEFT = 3
/** Of free page hinting. */
const RUN = 4
/** The command of the chain is still to be read. */
const COMMAND_DUE = 5
const STATE_WORDS = 6

/** What the two devices below share: the part that was taken last, its chain's bytes, and the answer, which says nothing. */
class NativeDevice extends QueueDevice {
  readonly handles = QUEUE_SIZE_MAX
  protected readonly object: number
  protected readonly state: Float64Array
  protected readonly counts: Counters<NativeCounter>
  protected readonly reader: ChainReader
  /** By name: the bytes that its used element shall claim; `null` when they are 0. */
  private readonly sums: Float64Array | null

  constructor(cols: Columns, memory: GuestMemory, { label, usedLength = 'zero' }: NativeDeviceOptions) {
    super(cols)
    this.object = cols.objects(`${label} requests`)
    this.state = cols.f64(`${label}.request`, STATE_WORDS, this.object)
    this.counts = new Counters(cols, `${label}.nativeCounts`, this.object, NATIVE_COUNTERS)
    this.reader = new ChainReader(cols, memory, this.object, label)
    this.sums = usedLength === 'sum' ? cols.f64(`${label}.usedLength`, QUEUE_SIZE_MAX, this.object) : null
  }

  counter(name: NativeCounter): number {
    return this.counts.get(name)
  }

  get readable(): boolean {
    return this.state[READABLE] !== 0
  }

  get more(): boolean {
    return this.state[MORE] !== 0
  }

  /** The ring is corrupt: the device model says DEVICE_NEEDS_RESET. */
  get needsReset(): boolean {
    return this.ring !== null && this.ring.needsReset
  }

  answer(handle: number, _outcome: RequestOutcome): boolean {
    this.cols.footprint.write(this.object)
    this.pushChain(handle, this.sums === null ? 0 : this.sums[handle])
    return true
  }

  override reset(): void {
    super.reset()
    this.forget()
  }

  override detach(): void {
    super.detach()
    this.forget()
  }

  /** Takes the next chain, as readable until somebody says otherwise; its name, or NONE. */
  protected next(): number {
    const name = this.popChain()
    if (name < 0) return NONE
    this.reader.begin()
    this.state[NAME] = name
    this.state[MORE] = 0
    this.state[READABLE] = 1
    if (this.sums !== null) this.sums[name] = Math.min(this.ring!.chain.writableBytes, 0xffff_ffff)
    return name
  }

  /** The request ends here, and is not understood. */
  protected refuse(): void {
    this.state[READABLE] = 0
    this.state[MORE] = 0
  }

  private forget(): void {
    this.cols.footprint.write(this.object)
    this.state.fill(0)
  }
}

export class NativeHintDevice extends NativeDevice implements HostWire<HintBatch> {
  private readonly role: HintRole
  private readonly ranges: RangeReader
  private readonly bytes = new Uint8Array(PART_PFNS_MAX * PFN_BYTES)

  constructor(cols: Columns, memory: GuestMemory, options: NativeHintDeviceOptions) {
    super(cols, memory, options)
    this.role = options.role
    this.ranges = new RangeReader(cols, this.object, { label: options.label, misaligned: options.misaligned ?? 'cut' })
  }

  /** Ranges of which something was not taken. */
  get rejectedRanges(): number {
    return this.ranges.rejected
  }

  take(batch: HintBatch): number {
    this.cols.footprint.write(this.object)
    const { state } = this
    const name = state[MORE] !== 0 ? state[NAME] : this.open()
    if (name === NONE) return NONE
    batch.count = 0
    batch.commandId = batch.extra = 0
    if (state[READABLE] !== 0) this.readPart(batch, this.ring!.chain)
    return name
  }

  /** Takes the next chain and sees what is in it. */
  private open(): number {
    const name = this.next()
    if (name === NONE) return NONE
    const { state } = this
    const { chain } = this.ring!
    const takesBytes = this.role !== QueueRole.REPORTING
    const takesBlocks = this.role === QueueRole.REPORTING || this.role === QueueRole.FREE_PAGE
    if ((chain.readableCount > 0 && !takesBytes) || (chain.writableCount > 0 && !takesBlocks)) this.counts.add('misdirected')
    if (!(takesBytes && chain.readableCount > 0) && !(takesBlocks && chain.writableCount > 0)) this.refuse()
    state[COMMAND_DUE] = this.role === QueueRole.FREE_PAGE && chain.readableCount > 0 ? 1 : 0
    this.ranges.begin(chain)
    if (takesBytes && !takesBlocks) {
      const left = Math.min(Math.floor(chain.readableBytes / PFN_BYTES), REQUEST_PFNS_MAX)
      state[PFNS_LEFT] = left
      this.counts.add('trailingBytes', chain.readableBytes - left * PFN_BYTES)
    }
    return name
  }

  private readPart(batch: HintBatch, chain: BufferChain): void {
    const { state } = this
    switch (this.role) {
      case QueueRole.INFLATE:
        batch.kind = RequestKind.INFLATE
        return this.readPages(batch, chain)
      case QueueRole.DEFLATE:
        batch.kind = RequestKind.DEFLATE
        return this.readPages(batch, chain)
      case QueueRole.REPORTING:
        batch.kind = RequestKind.REPORT
        break
      case QueueRole.FREE_PAGE:
        if (state[COMMAND_DUE] !== 0) return this.readRun(batch, chain)
        batch.kind = RequestKind.HINT
        batch.commandId = state[RUN]
        break
    }
    state[MORE] = this.ranges.fill(chain, batch) ? 1 : 0
  }

  private readPages(batch: HintBatch, chain: BufferChain): void {
    const { state } = this
    const count = Math.min(state[PFNS_LEFT], batch.pfn.length, PART_PFNS_MAX)
    if (!this.reader.read(chain, this.bytes.subarray(0, count * PFN_BYTES))) return this.refuse()
    readPfns(this.bytes, count, batch)
    state[PFNS_LEFT] -= count
    state[MORE] = state[PFNS_LEFT] > 0 ? 1 : 0
  }

  /** The command of a chain; blocks that come with it are its second part, and belong to the run that it begins. */
  private readRun(batch: HintBatch, chain: BufferChain): void {
    const { state } = this
    const short = chain.readableBytes < COMMAND_BYTES
    if (short || !this.reader.read(chain, this.bytes.subarray(0, COMMAND_BYTES))) return this.refuse()
    this.counts.add('trailingBytes', chain.readableBytes - COMMAND_BYTES)
    batch.kind = RequestKind.HINT_COMMAND
    batch.commandId = readCommand(this.bytes)
    state[RUN] = batch.commandId === HintCommand.DONE ? HintCommand.STOP : batch.commandId
    state[COMMAND_DUE] = 0
    state[MORE] = chain.writableCount > 0 ? 1 : 0
  }
}

export class NativeStatsDevice extends NativeDevice implements HostWire<StatsBatch> {
  private readonly bytes: Uint8Array

  /** `entriesMax` statistics are read of a buffer; the rest of it is trailing bytes. */
  constructor(cols: Columns, memory: GuestMemory, options: NativeDeviceOptions & { readonly entriesMax: number }) {
    super(cols, memory, options)
    this.bytes = new Uint8Array(options.entriesMax * STAT_BYTES)
  }

  take(stats: StatsBatch): number {
    this.cols.footprint.write(this.object)
    const name = this.next()
    if (name === NONE) return NONE
    stats.count = 0
    const { chain } = this.ring!
    if (chain.writableCount > 0) this.counts.add('misdirected')
    const bytes = this.bytes.subarray(0, Math.min(chain.readableBytes, this.bytes.length))
    if (chain.readableCount === 0 || !this.reader.read(chain, bytes)) this.refuse()
    else this.counts.add('trailingBytes', chain.readableBytes - bytes.length + readStats(bytes, stats))
    return name
  }
}
