/**
 * The driver's end of a native wire: requests as virtio-balloon has them, one queue per role. There is no answer: a request is done when its chain comes
 * back, and that is all the device can say.
 *
 *   INFLATE, DEFLATE   [ le32 pfn, pfn, ... ]                   one buffer that the device reads
 *   REPORTING          { block } { block } ...                  a buffer per block that the device may write: the block itself
 *   FREE_PAGE          [ le32 command ]  or  { block } ...      by the kind of request
 *   STATS              [ tag, value, tag, value, ... ]          kept by the device until it wants new ones; one at a time
 *
 * Blocks are pages of the guest that have no bytes here: their addresses go into descriptors, and nothing is read or written there.
 */
import { assert, Counters, framesIn, PAGE_SIZE } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import {
  COMMAND_BYTES, PFN_BYTES, putCommand, putPfns, putStats, QueueRole, RequestKind, STAT_BYTES, Status, WIRE_ORDER_MAX,
} from '@hintlab/protocol'
import type { GuestMemory, HintBatch, StatsBatch } from '@hintlab/protocol'
import { NONE } from '../carrier.ts'
import { QueueDriver } from './queue-driver.ts'
import type { GuestWire } from './wire.ts'

/** The queues that take batches of blocks. */
export type HintRole = Exclude<QueueRole, typeof QueueRole.STATS>

export interface NativeDriverOptions {
  readonly role: QueueRole
  readonly label: string
  /** The doorbell number that a kick carries. */
  readonly target: number
  /** The largest ring that will be attached. */
  readonly queueSize: number
  readonly slots: number
  readonly entriesMax: number
  /** Where the slots' buffers lie, one behind the other: `nativeBufferBytes` each. Of no meaning where that is 0. */
  readonly buffersGpa: number
}

/** Bytes of driver memory that a slot needs. */
export function nativeBufferBytes(role: QueueRole, entriesMax: number): number {
  switch (role) {
    case QueueRole.INFLATE:
    case QueueRole.DEFLATE: return entriesMax * PFN_BYTES
    case QueueRole.STATS: return entriesMax * STAT_BYTES
    case QueueRole.FREE_PAGE: return COMMAND_BYTES
    case QueueRole.REPORTING: return 0
  }
}

/** Buffers of the longest chain. */
export const nativeBuffersMax = (role: QueueRole, entriesMax: number): number =>
  role === QueueRole.REPORTING || role === QueueRole.FREE_PAGE ? entriesMax : 1

/** What the driver's end counts: completions with a length other than 0, which some devices give. */
const COUNTERS = ['claims'] as const

/** What the two drivers below share: slots with a buffer each, and completions without an answer. */
class NativeDriver extends QueueDriver {
  readonly slots: number
  readonly entriesMax: number
  readonly status: Status = Status.OK
  readonly readable = true
  protected readonly bytes: Uint8Array
  private readonly memory: GuestMemory
  private readonly buffersGpa: number
  private readonly counts: Counters<(typeof COUNTERS)[number]>

  constructor(cols: Columns, memory: GuestMemory, options: NativeDriverOptions) {
    const { role, label, target, queueSize, entriesMax } = options
    super(cols, { label, target, queueSize, buffersMax: nativeBuffersMax(role, entriesMax) })
    this.slots = options.slots
    this.entriesMax = entriesMax
    this.memory = memory
    this.buffersGpa = options.buffersGpa
    this.bytes = new Uint8Array(nativeBufferBytes(role, entriesMax))
    this.counts = new Counters(cols, `${label}.nativeCounts`, this.object, COUNTERS)
  }

  /** Completions whose length was not 0. It says nothing about the pages. */
  get claims(): number {
    return this.counts.get('claims')
  }

  override reap(): number {
    const slot = super.reap()
    if (slot !== NONE && this.answerLength > 0) this.counts.add('claims')
    return slot
  }

  /** Posts the first `length` bytes of `bytes` as the only buffer of the slot. */
  protected postBytes(slot: number, length: number): number {
    assert(length > 0, 'a request has bytes')
    const gpa = this.buffersGpa + slot * this.bytes.length
    const written = this.memory.write(gpa, length === this.bytes.length ? this.bytes : this.bytes.subarray(0, length))
    assert(written, 'the buffers of a driver lie in guest memory')
    this.chain.clear()
    this.chain.addReadable(gpa, length)
    return this.postChain(slot) ? length : NONE
  }
}

export class NativeHintDriver extends NativeDriver implements GuestWire<HintBatch> {
  private readonly role: HintRole

  constructor(cols: Columns, memory: GuestMemory, options: NativeDriverOptions & { readonly role: HintRole }) {
    super(cols, memory, options)
    this.role = options.role
  }

  post(slot: number, batch: HintBatch): number {
    this.cols.footprint.write(this.object)
    switch (this.role) {
      case QueueRole.INFLATE:
        assert(batch.kind === RequestKind.INFLATE, 'the queue takes requests to inflate')
        return this.postBytes(slot, putPfns(batch, this.bytes))
      case QueueRole.DEFLATE:
        assert(batch.kind === RequestKind.DEFLATE, 'the queue takes requests to deflate')
        return this.postBytes(slot, putPfns(batch, this.bytes))
      case QueueRole.REPORTING:
        assert(batch.kind === RequestKind.REPORT, 'the queue takes reports')
        return this.postBlocks(slot, batch)
      case QueueRole.FREE_PAGE:
        if (batch.kind === RequestKind.HINT_COMMAND) return this.postBytes(slot, putCommand(batch.commandId, this.bytes))
        assert(batch.kind === RequestKind.HINT, 'the queue takes hints and commands')
        return this.postBlocks(slot, batch)
    }
  }

  /** The blocks in the order of the batch. They take no bytes of the driver's memory: 0, or NONE. */
  private postBlocks(slot: number, { count, pfn, order }: HintBatch): number {
    assert(count > 0 && count <= this.entriesMax, 'a report names between one and entriesMax blocks')
    this.chain.clear()
    for (let i = 0; i < count; i++) {
      assert(order[i] <= WIRE_ORDER_MAX, 'a block can be named on the wire')
      this.chain.addWritable(pfn[i] * PAGE_SIZE, PAGE_SIZE * framesIn(order[i]))
    }
    return this.postChain(slot) ? 0 : NONE
  }
}

export class NativeStatsDriver extends NativeDriver implements GuestWire<StatsBatch> {
  constructor(cols: Columns, memory: GuestMemory, options: NativeDriverOptions & { readonly role: typeof QueueRole.STATS }) {
    super(cols, memory, options)
    assert(options.slots === 1, 'at most one buffer of statistics is with the device')
  }

  post(slot: number, stats: StatsBatch): number {
    this.cols.footprint.write(this.object)
    return this.postBytes(slot, putStats(stats, this.bytes))
  }
}
