/**
 * The driver's end of a packed virtqueue. Both ends write the same ring, so nothing of this end's own is ever read back from it: a used
 * descriptor is only compared with this end's record of what is in flight.
 *
 *            USED_AT                  pending           AVAIL_AT
 *   ---------|--- published ----------|--- added -------|--- free ----->      positions, as in `packed-layout.ts`
 *
 *   The flags of the first descriptor that was added and not published are held back. The device takes descriptors in the order of the
 *   ring, so that one word hides everything behind it, and `publish` is one store.
 *
 *   D1  free + in flight = size, in descriptors
 *   D2  added = returned + in flight, in chains
 *   D3  `popUsed` returns each id at most once per `addChain`, and only after it was published
 *   D4  with IN_ORDER chains return as they were added; a used descriptor names the last of a batch, the others were written completely
 */
import { assert } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { FULL } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { CHAIN_BYTES_MAX } from './buffer-chain.ts'
import type { BufferChain } from './buffer-chain.ts'
import { BAD_LENGTH, BOGUS_ID, DRIVER_COUNTERS, DriverCounters, DUPLICATE } from './counters.ts'
import { makeIndirectTables } from './indirect-tables.ts'
import type { IndirectTables } from './indirect-tables.ts'
import { DESC_BYTES, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_LEN, descTableBytes, writeBuffer } from './layout.ts'
import {
  advance, availBits, EVENT_BYTES, EVENT_DESC, EVENT_DISABLE, EVENT_ENABLE, EVENT_FLAGS, EVENT_OFFSET, fromOffsetWrap, isUsed, PACKED_FLAGS,
  PACKED_ID, PACKED_START, packedNeedsEvent, slotOf, toOffsetWrap, usedBits,
} from './packed-layout.ts'
import { NONE, ringFault } from './queue-options.ts'
import type { QueueOptions } from './queue-options.ts'
import type { DriverRing } from './ring.ts'

/** Elements of the `state` column. */
const AVAIL_AT = 0
const USED_AT = 1
/** Free descriptors. */
const FREE = 2
/** First of the free ids; as many ids as descriptors, so there is one whenever a descriptor is free. */
const FREE_ID = 3
const IN_FLIGHT = 4
/** The descriptor whose flags are held back, or NONE; and those flags. */
const PENDING_SLOT = 5
const PENDING_FLAGS = 6
/** Descriptors added since the last `publish`, and published since the last `needsKick` (two laps at most). */
const UNPUBLISHED = 7
const UNASKED = 8
const INTERRUPTS_ON = 9
const BROKEN = 10
/** With IN_ORDER: chains that the used descriptor read last speaks of and that are not returned yet. */
const BATCH_LEFT = 11
const STATE_WORDS = 12

/** Elements of the `ledger` column: numbers of chains, and lengths in bytes. */
const ADDED = 0
const PUBLISHED = 1
const RETURNED = 2
const USED_LENGTH = 3
/** Of the last chain of the batch. */
const BATCH_LENGTH = 4
const LEDGER_WORDS = 5

/** What this end last did with an id. */
const NEVER_USED = 0
const ID_IN_FLIGHT = 1
const ID_RETURNED = 2
/** Answered with a length that cannot be true: its descriptors are the driver's again, but it is never returned. */
const ID_DISBELIEVED = 3

export class PackedDriverQueue implements DriverRing {
  readonly size: number
  readonly counters: DriverCounters
  private readonly footprint: Footprint
  private readonly object: number
  private readonly desc: MemoryWindow
  /** What this end wants to hear of, and what the device wants to hear of. */
  private readonly driverEvent: MemoryWindow
  private readonly deviceEvent: MemoryWindow
  private readonly tables: IndirectTables | null
  private readonly eventIdx: boolean
  private readonly inOrder: boolean
  private readonly recheck: boolean
  private readonly start: number
  private readonly state: Int32Array
  private readonly ledger: Float64Array
  private readonly counts: Uint32Array
  /** By id: its state, the next free id, its descriptors, the bytes that the device may write, and the number of its chain. */
  private readonly idState: Uint8Array
  private readonly idNext: Uint16Array
  private readonly descriptors: Uint16Array
  private readonly writable: Float64Array
  private readonly sequence: Float64Array
  /** The ids in the order in which they were added; chain n lies in element n modulo `size`. */
  private readonly order: Uint16Array

  /** The areas belong to this driver and lie inside memory (`ringFault` says `null`). Initialises them. */
  constructor(cols: Columns, memory: GuestMemory, options: QueueOptions) {
    const { size, descGpa, availGpa, usedGpa, eventIdx, inOrder = false, label = 'driver queue', safeguards = {} } = options
    assert(options.packed === true && ringFault(memory, options) === null, 'driver places its rings where a packed queue can lie')
    const start = fromOffsetWrap(options.startIndex ?? PACKED_START, size)
    assert(start < 2 * size && slotOf(start, size) < size, 'a packed ring begins at one of its descriptors')
    this.footprint = cols.footprint
    this.size = size
    this.start = start
    this.eventIdx = eventIdx
    this.inOrder = inOrder
    this.recheck = safeguards.recheck ?? true
    this.desc = memory.window(descGpa, descTableBytes(size))!
    this.driverEvent = memory.window(availGpa, EVENT_BYTES)!
    this.deviceEvent = memory.window(usedGpa, EVENT_BYTES)!
    this.tables = makeIndirectTables(memory, options)
    this.object = cols.objects(label)
    this.state = cols.i32(`${label}.state`, STATE_WORDS, this.object)
    this.ledger = cols.f64(`${label}.ledger`, LEDGER_WORDS, this.object)
    this.counts = cols.u32(`${label}.counters`, DRIVER_COUNTERS, this.object)
    this.counters = new DriverCounters(this.counts)
    this.idState = cols.u8(`${label}.idState`, size, this.object)
    this.idNext = cols.u16(`${label}.idNext`, size, this.object)
    this.descriptors = cols.u16(`${label}.descriptors`, size, this.object)
    this.writable = cols.f64(`${label}.writable`, size, this.object)
    this.sequence = cols.f64(`${label}.sequence`, size, this.object)
    this.order = cols.u16(`${label}.order`, size, this.object)
    this.reset()
  }

  get freeCount(): number {
    this.footprint.read(this.object)
    return this.state[FREE]
  }

  get inFlight(): number {
    this.footprint.read(this.object)
    return this.state[IN_FLIGHT]
  }

  get broken(): boolean {
    this.footprint.read(this.object)
    return this.state[BROKEN] !== 0
  }

  get usedLength(): number {
    return this.ledger[USED_LENGTH]
  }

  addChain(chain: BufferChain): number {
    this.footprint.write(this.object)
    const { state, ledger, tables, size } = this
    const count = chain.count
    const writableBytes = chain.writableBytes
    assert(count > 0 && count <= size, 'a chain has between one and queue-size buffers')
    assert(chain.readableBytes + writableBytes <= CHAIN_BYTES_MAX, 'a chain has at most 2^32 bytes')
    const indirect = tables !== null && tables.holds(count)
    const taken = indirect ? 1 : count
    if (state[BROKEN] !== 0 || taken > state[FREE]) return FULL
    const id = state[FREE_ID]
    const at = state[AVAIL_AT]
    const flags = indirect ? this.writeTable(id, chain, tables) : this.writeList(id, chain)
    this.makeAvailable(slotOf(at, size), flags | availBits(at, size))
    state[AVAIL_AT] = advance(at, taken, size)
    state[FREE_ID] = this.idNext[id]
    state[FREE] -= taken
    state[UNPUBLISHED] += taken
    state[IN_FLIGHT]++
    const number = ledger[ADDED]++
    this.idState[id] = ID_IN_FLIGHT
    this.descriptors[id] = taken
    this.writable[id] = writableBytes
    this.sequence[id] = number
    this.order[number % size] = id
    return id
  }

  /** Makes every added chain visible to the device: the flags that hide them go last, behind everything (virtqueue_add_packed). */
  publish(): void {
    this.footprint.write(this.object)
    const { state, ledger } = this
    if (state[PENDING_SLOT] === NONE) return
    this.desc.storeRelease16(state[PENDING_SLOT] * DESC_BYTES + PACKED_FLAGS, state[PENDING_FLAGS])
    state[PENDING_SLOT] = NONE
    state[UNASKED] = Math.min(state[UNASKED] + state[UNPUBLISHED], 2 * this.size)
    state[UNPUBLISHED] = 0
    ledger[PUBLISHED] = ledger[ADDED]
  }

  /** Ask after `publish`; the fence between the two is what the device's own re-check relies on. */
  needsKick(): boolean {
    this.footprint.write(this.object)
    const { state, size } = this
    const fresh = state[UNASKED]
    if (fresh === 0) return false
    state[UNASKED] = 0
    this.deviceEvent.fence()
    const event = this.deviceEvent.load32(EVENT_OFFSET)
    return packedNeedsEvent(event, this.publishedAt(), fresh, size, this.eventIdx)
  }

  /**
   * A used descriptor that names no chain in flight does not say how many descriptors it covers, so nobody can say where the next one is:
   * it is counted and breaks the ring (Linux's BAD_RING). One whose length is a lie is counted, and its chain stays in flight for good.
   */
  popUsed(): number {
    this.footprint.write(this.object)
    const { state } = this
    if (state[BROKEN] !== 0) return NONE
    if (this.inOrder) return this.popInOrder()
    for (let chains = 0; chains <= this.size; chains++) {
      if (!this.seesUsed()) return NONE
      const id = this.takeUsed()
      if (id !== NONE || state[BROKEN] !== 0) return id
    }
    assert(false, 'there are no more chains than descriptors')
  }

  enableInterrupts(): boolean {
    this.footprint.write(this.object)
    const { state } = this
    state[INTERRUPTS_ON] = 1
    this.storeEvent()
    if (!this.recheck || state[BROKEN] !== 0) return false
    this.driverEvent.fence()
    return state[BATCH_LEFT] > 0 || this.seesUsed()
  }

  disableInterrupts(): void {
    this.footprint.write(this.object)
    this.state[INTERRUPTS_ON] = 0
    this.driverEvent.store16(EVENT_FLAGS, EVENT_DISABLE)
  }

  /** Each descriptor looks as if it had been used when the ring passed it last, so that a ring can also begin in the middle of a lap. */
  reset(): void {
    this.footprint.write(this.object)
    const { state, size, start, idNext, desc } = this
    const slot = slotOf(start, size)
    for (let i = 0; i < size; i++) {
      for (let at = 0; at < DESC_BYTES; at += 4) desc.store32(i * DESC_BYTES + at, 0)
      desc.store16(i * DESC_BYTES + PACKED_FLAGS, usedBits((i < slot) === start < size ? 0 : size, size))
      idNext[i] = i + 1
    }
    state.fill(0)
    this.ledger.fill(0)
    this.idState.fill(NEVER_USED)
    state[AVAIL_AT] = start
    state[USED_AT] = start
    state[FREE] = size
    state[PENDING_SLOT] = NONE
    state[INTERRUPTS_ON] = 1
    this.storeEvent()
    // The device's wish is its own to write; until it has, every chain is notified. QEMU's balloon never writes one.
    this.deviceEvent.store16(EVENT_OFFSET, 0)
    this.deviceEvent.storeRelease16(EVENT_FLAGS, EVENT_ENABLE)
  }

  /** Recomputes D1 and D2 from the ids. Cost: the size of the queue. */
  check(): void {
    const { state, ledger, size } = this
    let [chains, taken, withDevice] = [0, 0, 0]
    for (let id = 0; id < size; id++) {
      if (this.idState[id] !== ID_IN_FLIGHT && this.idState[id] !== ID_DISBELIEVED) continue
      chains++
      taken += this.descriptors[id]
      if (this.idState[id] === ID_IN_FLIGHT) withDevice += this.descriptors[id]
    }
    assert(chains === state[IN_FLIGHT], 'chains in flight are counted')
    assert(taken + state[FREE] === size, 'free and taken descriptors are all there are')
    assert(ledger[ADDED] === ledger[RETURNED] + state[IN_FLIGHT], 'added = returned + in flight')
    assert(advance(state[USED_AT], withDevice, size) === state[AVAIL_AT], 'what is in flight lies between the two positions')
    const free = new Set<number>()
    for (let id = state[FREE_ID]; free.size < size - chains; id = this.idNext[id]) {
      assert(id < size && !free.has(id), 'a free id is free once')
      assert(this.idState[id] === NEVER_USED || this.idState[id] === ID_RETURNED, 'a free id is not in flight')
      free.add(id)
    }
  }

  private publishedAt(): number {
    const at = this.state[AVAIL_AT] - this.state[UNPUBLISHED]
    return at < 0 ? at + 2 * this.size : at
  }

  /** Writes one descriptor per buffer, without the flags of the first; returns those, without the bits of the lap. */
  private writeList(id: number, chain: BufferChain): number {
    const { desc, size } = this
    const { gpa, len, count, readableCount } = chain
    let at = this.state[AVAIL_AT]
    const offset = slotOf(at, size) * DESC_BYTES
    writeBuffer(desc, offset, gpa[0], len[0])
    desc.store16(offset + PACKED_ID, id)
    const last = count - 1
    for (let i = 1; i <= last; i++) {
      at = advance(at, 1, size)
      const offset = slotOf(at, size) * DESC_BYTES
      const flags = availBits(at, size) | (i < last ? DESC_F_NEXT : 0) | (i < readableCount ? 0 : DESC_F_WRITE)
      writeBuffer(desc, offset, gpa[i], len[i])
      desc.store32(offset + PACKED_ID, ((flags << 16) | id) >>> 0)
    }
    return (last > 0 ? DESC_F_NEXT : 0) | (readableCount > 0 ? 0 : DESC_F_WRITE)
  }

  private writeTable(id: number, chain: BufferChain, tables: IndirectTables): number {
    const offset = slotOf(this.state[AVAIL_AT], this.size) * DESC_BYTES
    tables.writeSequence(id, chain)
    writeBuffer(this.desc, offset, tables.addressOf(id), chain.count * DESC_BYTES)
    this.desc.store16(offset + PACKED_ID, id)
    return DESC_F_INDIRECT
  }

  /** Flags of a chain's first descriptor: held back when nothing is, else written, behind those that are. */
  private makeAvailable(slot: number, flags: number): void {
    const { state } = this
    if (state[PENDING_SLOT] === NONE) {
      state[PENDING_SLOT] = slot
      state[PENDING_FLAGS] = flags
    } else {
      this.desc.storeRelease16(slot * DESC_BYTES + PACKED_FLAGS, flags)
    }
  }

  /** Whether the descriptor at USED_AT says that it was used. */
  private seesUsed(): boolean {
    const at = this.state[USED_AT]
    return isUsed(this.desc.loadAcquire16(slotOf(at, this.size) * DESC_BYTES + PACKED_FLAGS), at, this.size)
  }

  private takeUsed(): number {
    const offset = slotOf(this.state[USED_AT], this.size) * DESC_BYTES
    const id = this.desc.load16(offset + PACKED_ID)
    const length = this.desc.load32(offset + DESC_LEN)
    if (!this.isInFlight(id)) return this.break()
    this.pass(id)
    if (length <= this.writable[id]) return this.giveBack(id, length)
    this.counts[BAD_LENGTH]++
    this.idState[id] = ID_DISBELIEVED
    return NONE
  }

  /** The oldest chain in flight, when a used descriptor says that it or a later one was used (rule D4). */
  private popInOrder(): number {
    const { state } = this
    if (state[BATCH_LEFT] === 0 && !this.openBatch()) return NONE
    const id = this.order[this.ledger[RETURNED] % this.size]
    const left = --state[BATCH_LEFT]
    this.pass(id)
    return this.giveBack(id, left === 0 ? this.ledger[BATCH_LENGTH] : this.writable[id])
  }

  /** Reads the used descriptor of the next batch; true when there is one. A false one breaks the ring, its length included. */
  private openBatch(): boolean {
    if (!this.seesUsed()) return false
    const { state, ledger } = this
    const offset = slotOf(state[USED_AT], this.size) * DESC_BYTES
    const id = this.desc.load16(offset + PACKED_ID)
    const length = this.desc.load32(offset + DESC_LEN)
    if (!this.isInFlight(id)) return this.break() !== NONE
    if (length > this.writable[id]) {
      this.counts[BAD_LENGTH]++
      state[BROKEN] = 1
      return false
    }
    ledger[BATCH_LENGTH] = length
    state[BATCH_LEFT] = this.sequence[id] - ledger[RETURNED] + 1
    return true
  }

  /** Goes on behind a used chain; the next one shall interrupt as well when interrupts are on. */
  private pass(id: number): void {
    const { state, size } = this
    state[USED_AT] = advance(state[USED_AT], this.descriptors[id], size)
    if (!this.eventIdx || state[INTERRUPTS_ON] === 0) return
    this.driverEvent.store16(EVENT_OFFSET, toOffsetWrap(state[USED_AT], size))
    this.driverEvent.fence()
  }

  private giveBack(id: number, length: number): number {
    const { state, ledger } = this
    this.idState[id] = ID_RETURNED
    this.idNext[id] = state[FREE_ID]
    state[FREE_ID] = id
    state[FREE] += this.descriptors[id]
    state[IN_FLIGHT]--
    ledger[RETURNED]++
    ledger[USED_LENGTH] = length
    return id
  }

  /** Whether the device can have used this id; counts when it cannot. */
  private isInFlight(id: number): boolean {
    const known = id < this.size ? this.idState[id] : NEVER_USED
    if (known === ID_IN_FLIGHT && this.sequence[id] < this.ledger[PUBLISHED]) return true
    this.counts[known === ID_RETURNED || known === ID_DISBELIEVED ? DUPLICATE : BOGUS_ID]++
    return false
  }

  private break(): typeof NONE {
    this.state[BROKEN] = 1
    return NONE
  }

  /** Asks for an interrupt with the next used descriptor: the offset first, then the flags that give it a meaning. */
  private storeEvent(): void {
    const { driverEvent } = this
    if (!this.eventIdx) {
      driverEvent.store16(EVENT_FLAGS, EVENT_ENABLE)
      return
    }
    driverEvent.store16(EVENT_OFFSET, toOffsetWrap(this.state[USED_AT], this.size))
    driverEvent.storeRelease16(EVENT_FLAGS, EVENT_DESC)
  }
}
