/**
 * The device's end of a packed virtqueue. Every word of the ring can be written by the driver at any time, so each is loaded once, judged
 * and copied; where this end stands and what it must answer it keeps in its own columns.
 *
 *            USED_AT                     AVAIL_AT
 *   ---------|--- popped or pushed ------|--- available, or the driver's --->     positions, as in `packed-layout.ts`
 *
 *   Used descriptors go where the oldest descriptors lie that are not used yet, one for each chain, whichever chain it was. The flags of
 *   the first that is pushed and not published are held back: the driver reads in the order of the ring, so that one word hides the rest.
 *
 *   V1  popped = pushed + in flight: every popped id is pushed exactly once
 *   V2  a malformed chain is popped like any other, with an empty `chain` and a `chainFault`; the device answers it with `push(id, 0)`
 *   V3  what makes no sense as a ring sets `needsReset`: a list that runs into descriptors which the driver does not own, an id in flight
 *   V4  with IN_ORDER used chains become visible in the order in which they were popped, a batch by the descriptor of its last chain
 */
import { assert } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { GPA_LIMIT } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { BufferChain } from './buffer-chain.ts'
import { ChainFault } from './chain-fault.ts'
import { CompletionOrder } from './completion-order.ts'
import { DEVICE_COUNTERS, DeviceCounters } from './counters.ts'
import {
  DESC_BYTES, DESC_F_INDIRECT, DESC_F_NEXT, DESC_F_WRITE, DESC_GPA_HIGH, DESC_GPA_LOW, DESC_LEN, descTableBytes,
} from './layout.ts'
import {
  advance, EVENT_BYTES, EVENT_DESC, EVENT_DISABLE, EVENT_ENABLE, EVENT_FLAGS, EVENT_OFFSET, fromOffsetWrap, isAvailable, PACKED_FLAGS,
  PACKED_ID, PACKED_START, packedNeedsEvent, slotOf, toOffsetWrap, usedBits,
} from './packed-layout.ts'
import { NONE, ringFault } from './queue-options.ts'
import type { QueueOptions } from './queue-options.ts'
import { RingFault } from './ring-fault.ts'
import type { DeviceRing } from './ring.ts'
import { TableReader } from './table-reader.ts'

/** Elements of the `state` column. */
const AVAIL_AT = 0
/** Where the next used descriptor goes; ahead of what the driver sees by UNPUBLISHED. */
const USED_AT = 1
/** The descriptor whose flags are held back, or NONE; and those flags. */
const PENDING_SLOT = 2
const PENDING_FLAGS = 3
/** Descriptors passed since the last `publish`, and published since the last `needsInterrupt` (two laps at most). */
const UNPUBLISHED = 4
const UNASKED = 5
const IN_FLIGHT = 6
const KICKS_ON = 7
const RING_FAULT = 8
const CHAIN_FAULT = 9
/** Descriptors from USED_AT to AVAIL_AT. */
const OUTSTANDING = 10
/** Of the list read last. */
const LIST_ID = 11
const STATE_WORDS = 12

/** Elements of the `ledger` column. */
const POPPED = 0
const PUSHED = 1
const LEDGER_WORDS = 2

/** Values of KICKS_ON, beside 0. A ring begins with kicks for every list, because that is what an empty event suppression structure says. */
const KICKS_FOR_ALL = 1
const KICKS_BY_INDEX = 2

/** In `writable`: this id is not in flight. */
const NOT_IN_FLIGHT = -1

export class PackedDeviceQueue implements DeviceRing {
  readonly size: number
  readonly chain: BufferChain
  readonly counters: DeviceCounters
  private readonly footprint: Footprint
  private readonly object: number
  private readonly desc: MemoryWindow
  private readonly driverEvent: MemoryWindow
  private readonly deviceEvent: MemoryWindow
  private readonly eventIdx: boolean
  private readonly recheck: boolean
  private readonly start: number
  private readonly state: Int32Array
  private readonly ledger: Float64Array
  private readonly counts: Uint32Array
  /** By id: bytes that may be written into the chain in flight, or NOT_IN_FLIGHT; and the descriptors of its list. */
  private readonly writable: Float64Array
  private readonly descriptors: Uint16Array
  /** `null` without IN_ORDER. */
  private readonly order: CompletionOrder | null
  /** `null` without INDIRECT_DESC. */
  private readonly tables: TableReader | null

  /** The addresses come from the driver: ask `ringFault` first. Writes nothing into guest memory; the driver initialised the areas. */
  constructor(cols: Columns, memory: GuestMemory, options: QueueOptions) {
    const { size, descGpa, availGpa, usedGpa, eventIdx, indirect = false, inOrder = false } = options
    const { label = 'device queue', safeguards = {} } = options
    assert(options.packed === true && ringFault(memory, options) === null, 'device checks the ring before it opens it')
    assert(safeguards.publishLast ?? true, 'rule R1 can be switched off in a split ring only')
    const start = fromOffsetWrap(options.startIndex ?? PACKED_START, size)
    assert(start < 2 * size && slotOf(start, size) < size, 'a packed ring begins at one of its descriptors')
    this.footprint = cols.footprint
    this.size = size
    this.start = start
    this.eventIdx = eventIdx
    this.recheck = safeguards.recheck ?? true
    this.desc = memory.window(descGpa, descTableBytes(size))!
    this.driverEvent = memory.window(availGpa, EVENT_BYTES)!
    this.deviceEvent = memory.window(usedGpa, EVENT_BYTES)!
    this.object = cols.objects(label)
    this.chain = new BufferChain(cols, this.object, `${label}.chain`, size)
    this.state = cols.i32(`${label}.state`, STATE_WORDS, this.object)
    this.ledger = cols.f64(`${label}.ledger`, LEDGER_WORDS, this.object)
    this.counts = cols.u32(`${label}.counters`, DEVICE_COUNTERS, this.object)
    this.counters = new DeviceCounters(this.counts)
    this.writable = cols.f64(`${label}.writable`, size, this.object)
    this.descriptors = cols.u16(`${label}.descriptors`, size, this.object)
    this.order = inOrder ? new CompletionOrder(cols, this.object, label, size) : null
    this.tables = indirect ? new TableReader(cols, this.object, label, memory, size) : null
    this.reset()
  }

  get inFlight(): number {
    this.footprint.read(this.object)
    return this.state[IN_FLIGHT]
  }

  get needsReset(): boolean {
    return this.ringFault !== RingFault.NONE
  }

  get ringFault(): RingFault {
    this.footprint.read(this.object)
    return this.state[RING_FAULT] as RingFault
  }

  /** As the ring has it: the offset of the next used descriptor, with the wrap counter in bit 15. */
  get nextIndex(): number {
    this.footprint.read(this.object)
    return toOffsetWrap(this.shownAt(), this.size)
  }

  get chainFault(): ChainFault {
    return this.state[CHAIN_FAULT] as ChainFault
  }

  /** Takes the next available list: its buffer id, which must be pushed exactly once, or NONE. At most `size` descriptors are read. */
  pop(): number {
    this.footprint.write(this.object)
    const { state, size } = this
    if (state[RING_FAULT] !== RingFault.NONE) return NONE
    const at = state[AVAIL_AT]
    const flags = this.desc.loadAcquire16(slotOf(at, size) * DESC_BYTES + PACKED_FLAGS)
    if (!isAvailable(flags, at, size)) return NONE
    const count = this.readList(at, flags)
    if (count === 0) return NONE
    const id = state[LIST_ID]
    if (id >= size) return this.fail(RingFault.HEAD_RANGE)
    if (this.writable[id] !== NOT_IN_FLIGHT || this.order?.holds(id) === true) return this.fail(RingFault.HEAD_IN_FLIGHT)
    state[AVAIL_AT] = advance(at, count, size)
    state[OUTSTANDING] += count
    if (this.eventIdx && state[KICKS_ON] !== 0) this.askForNext()
    if (state[CHAIN_FAULT] !== ChainFault.NONE) this.counts[state[CHAIN_FAULT]]++
    this.writable[id] = this.chain.writableBytes
    this.descriptors[id] = count
    this.order?.popped(id)
    state[IN_FLIGHT]++
    this.ledger[POPPED]++
    return id
  }

  /** Answers a popped chain; `written` bytes from the start of its writable buffers were filled. The driver sees it after `publish`. */
  push(id: number, written: number): void {
    this.footprint.write(this.object)
    assert(id >= 0 && id < this.size, 'a pushed id is a buffer id')
    const limit = this.writable[id]
    assert(limit !== NOT_IN_FLIGHT, 'a pushed id was popped and not pushed yet')
    assert(written >= 0 && written <= limit && written <= 0xffff_ffff, 'no more was written than the chain can hold')
    this.writable[id] = NOT_IN_FLIGHT
    this.state[IN_FLIGHT]--
    this.ledger[PUSHED]++
    if (this.order === null) this.storeUsed(id, written, this.descriptors[id])
    else this.order.done(id, written, limit)
  }

  /** Makes every pushed element visible to the driver: the flags that hide them go last, behind everything. */
  publish(): void {
    this.footprint.write(this.object)
    const { state } = this
    if (this.order !== null) this.useInOrder(this.order)
    if (state[PENDING_SLOT] === NONE) return
    this.desc.storeRelease16(state[PENDING_SLOT] * DESC_BYTES + PACKED_FLAGS, state[PENDING_FLAGS])
    state[PENDING_SLOT] = NONE
    state[UNASKED] = Math.min(state[UNASKED] + state[UNPUBLISHED], 2 * this.size)
    state[UNPUBLISHED] = 0
  }

  /** Ask after `publish`; the fence between the two is what the driver's own re-check relies on. */
  needsInterrupt(): boolean {
    this.footprint.write(this.object)
    const { state, size } = this
    const fresh = state[UNASKED]
    if (fresh === 0) return false
    state[UNASKED] = 0
    this.driverEvent.fence()
    return packedNeedsEvent(this.driverEvent.load32(EVENT_OFFSET), this.shownAt(), fresh, size, this.eventIdx)
  }

  enableKicks(): boolean {
    this.footprint.write(this.object)
    const { state, size, deviceEvent } = this
    const at = state[AVAIL_AT]
    state[KICKS_ON] = this.eventIdx ? KICKS_BY_INDEX : KICKS_FOR_ALL
    if (this.eventIdx) {
      deviceEvent.store16(EVENT_OFFSET, toOffsetWrap(at, size))
      deviceEvent.storeRelease16(EVENT_FLAGS, EVENT_DESC)
    } else {
      deviceEvent.store16(EVENT_FLAGS, EVENT_ENABLE)
    }
    if (!this.recheck || state[RING_FAULT] !== RingFault.NONE) return false
    deviceEvent.fence()
    return isAvailable(this.desc.loadAcquire16(slotOf(at, size) * DESC_BYTES + PACKED_FLAGS), at, size)
  }

  disableKicks(): void {
    this.footprint.write(this.object)
    this.state[KICKS_ON] = 0
    this.deviceEvent.store16(EVENT_FLAGS, EVENT_DISABLE)
  }

  /** Back to a queue that has seen nothing; chains in flight are forgotten, the driver takes them back by its own reset. Counters stay. */
  reset(): void {
    this.footprint.write(this.object)
    const { state, start } = this
    state.fill(0)
    this.ledger.fill(0)
    this.writable.fill(NOT_IN_FLIGHT)
    this.chain.clear()
    this.order?.reset()
    state[AVAIL_AT] = start
    state[USED_AT] = start
    state[PENDING_SLOT] = NONE
    state[KICKS_ON] = KICKS_FOR_ALL
  }

  /** Recomputes V1 from the ids in flight. Cost: the size of the queue. */
  check(): void {
    const { state, ledger, size } = this
    let inFlight = 0
    let held = 0
    for (let id = 0; id < size; id++) {
      const open = this.writable[id] !== NOT_IN_FLIGHT
      if (open) inFlight++
      if (open || this.order?.holds(id) === true) held += this.descriptors[id]
    }
    assert(inFlight === state[IN_FLIGHT], 'ids in flight are counted')
    assert(held === state[OUTSTANDING] && held <= size, 'descriptors that are not used yet are counted')
    assert(advance(state[USED_AT], held, size) === state[AVAIL_AT], 'what is outstanding lies between the two positions')
    assert(ledger[POPPED] === ledger[PUSHED] + state[IN_FLIGHT], 'popped = pushed + in flight')
    this.order?.check(inFlight)
  }

  /** The position up to which the driver can see used descriptors. */
  private shownAt(): number {
    const shown = this.state[USED_AT] - this.state[UNPUBLISHED]
    return shown < 0 ? shown + 2 * this.size : shown
  }

  /** With EVENT_IDX: the next list shall kick as well; the fence stands before the next look at the ring (QEMU's vring_packed_off_wrap_write). */
  private askForNext(): void {
    const { state, deviceEvent } = this
    deviceEvent.store16(EVENT_OFFSET, toOffsetWrap(state[AVAIL_AT], this.size))
    if (state[KICKS_ON] === KICKS_FOR_ALL) {
      deviceEvent.storeRelease16(EVENT_FLAGS, EVENT_DESC)
      state[KICKS_ON] = KICKS_BY_INDEX
    }
    deviceEvent.fence()
  }

  private fail(fault: RingFault): typeof NONE {
    this.state[RING_FAULT] = fault
    return NONE
  }

  /**
   * Reads the list whose first descriptor lies at `at` and has `flags` into `chain`: the number of its descriptors, with LIST_ID and
   * CHAIN_FAULT, or 0 when it is no list that a driver can have made. A fault does not end the reading, because the id is in the last one.
   */
  private readList(at: number, flags: number): number {
    const { state, desc, chain, size } = this
    const { gpa, len } = chain
    const room = size - state[OUTSTANDING]
    let fault: ChainFault = ChainFault.NONE
    let position = at
    let word = flags
    let readable = 0
    let readableBytes = 0
    let writableBytes = 0
    chain.clear()
    for (let count = 1; count <= room; count++) {
      const offset = slotOf(position, size) * DESC_BYTES
      if (count > 1) word = desc.load16(offset + PACKED_FLAGS)
      if (!isAvailable(word, position, size)) return this.noList(RingFault.LIST_TORN)
      const address = desc.load32(offset + DESC_GPA_HIGH) * 0x1_0000_0000 + desc.load32(offset + DESC_GPA_LOW)
      const length = desc.load32(offset + DESC_LEN)
      const reads = (word & DESC_F_WRITE) === 0
      if ((word & DESC_F_INDIRECT) !== 0) fault ||= this.readTable(address, length, word, count)
      else if (length === 0) fault ||= ChainFault.ZERO_LENGTH
      else if (address + length > GPA_LIMIT) fault ||= ChainFault.ADDRESS
      else if (reads && writableBytes > 0) fault ||= ChainFault.ORDER
      if ((word & DESC_F_INDIRECT) === 0) {
        gpa[count - 1] = address
        len[count - 1] = length
      }
      if (reads) {
        readable = count
        readableBytes += length
      } else {
        writableBytes += length
      }
      if ((word & DESC_F_NEXT) === 0) {
        state[LIST_ID] = desc.load16(offset + PACKED_ID)
        // After an indirect descriptor the chain holds what its table says.
        if ((flags & DESC_F_INDIRECT) === 0) chain.finish(readable, count - readable, readableBytes, writableBytes)
        state[CHAIN_FAULT] = chain.orEmpty(fault)
        return count
      }
      position = advance(position, 1, size)
    }
    return this.noList(RingFault.LIST_LENGTH)
  }

  private noList(fault: RingFault): 0 {
    this.state[RING_FAULT] = fault
    return 0
  }

  /** Reads the table to which the list's descriptor number `nth` refers; only one that is a list by itself may do so. */
  private readTable(gpa: number, bytes: number, flags: number, nth: number): ChainFault {
    if (this.tables === null) return ChainFault.INDIRECT
    if (nth > 1 || (flags & DESC_F_NEXT) !== 0) return ChainFault.INDIRECT_NEXT
    return this.tables.readSequence(gpa, bytes, this.chain)
  }

  /** Writes the used descriptor that covers the next `count` descriptors; its flags are held back when nothing is. */
  private storeUsed(id: number, written: number, count: number): void {
    const { state, desc, size } = this
    const at = state[USED_AT]
    const slot = slotOf(at, size)
    const flags = usedBits(at, size) | (written > 0 ? DESC_F_WRITE : 0)
    desc.store32(slot * DESC_BYTES + DESC_LEN, written)
    desc.store16(slot * DESC_BYTES + PACKED_ID, id)
    if (state[PENDING_SLOT] === NONE) {
      state[PENDING_SLOT] = slot
      state[PENDING_FLAGS] = flags
    } else {
      desc.storeRelease16(slot * DESC_BYTES + PACKED_FLAGS, flags)
    }
    state[USED_AT] = advance(at, count, size)
    state[OUTSTANDING] -= count
    state[UNPUBLISHED] += count
  }

  /** Writes a used descriptor for each batch of chains that are done, into the place of its first chain (rule V4). */
  private useInOrder(order: CompletionOrder): void {
    let covered = 0
    for (let id = order.shift(); id !== NONE; id = order.shift()) {
      covered += this.descriptors[id]
      if (order.mayOmit(id)) continue
      this.storeUsed(id, order.writtenInto(id), covered)
      covered = 0
    }
  }
}
