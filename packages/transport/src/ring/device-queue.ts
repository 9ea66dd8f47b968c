/**
 * The device's end of a split virtqueue: pops chains that the driver made available, pushes them back as used. Everything the driver can
 * write (descriptor table, avail ring) is loaded once, judged and copied; what this end must remember it keeps in its own columns.
 *
 *   (driver)    pop             ...service...        push -> publish -> needsInterrupt        (driver)
 *      avail.idx -> head -> `chain`                     element   used.idx
 *
 *   V1  popped = pushed + in flight: every popped head is pushed exactly once
 *   V2  a malformed chain is popped like any other, with an empty `chain` and a `chainFault`; the device answers it with `push(head, 0)`
 *   V3  what makes no sense as a ring (index too far ahead, a head that names no descriptor or one in flight) sets `needsReset`
 *   V4  with IN_ORDER used chains become visible in the order in which they were popped, a batch by the element of its last chain
 */
import { assert } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { BufferChain } from './buffer-chain.ts'
import { ChainFault } from './chain-fault.ts'
import { CompletionOrder } from './completion-order.ts'
import { DEVICE_COUNTERS, DeviceCounters } from './counters.ts'
import { farEvent, INDEX_MASK, needsEvent } from './event-index.ts'
import {
  AVAIL_F_NO_INTERRUPT, availElement, availEventOffset, availRingBytes, descTableBytes, RING_FLAGS, RING_IDX, USED_F_NO_NOTIFY, usedElement,
  usedEventOffset, usedRingBytes,
} from './layout.ts'
import { NONE, ringFault } from './queue-options.ts'
import type { QueueOptions } from './queue-options.ts'
import { readChain } from './read-chain.ts'
import { RingFault } from './ring-fault.ts'
import type { DeviceRing } from './ring.ts'
import { TableReader } from './table-reader.ts'

/** Elements of the `state` column. Indexes are kept modulo 2^16. */
const AVAIL_LAST = 0
/** The driver's index as last read and found plausible. */
const AVAIL_SEEN = 1
/** Where the next used element goes; ahead of PUBLISHED until `publish`. */
const USED_NEXT = 2
const PUBLISHED = 3
/** Elements published since the last `needsInterrupt`. */
const UNASKED = 4
const IN_FLIGHT = 5
const KICKS_ON = 6
const RING_FAULT = 7
const CHAIN_FAULT = 8
/** Only without `publishLast`: the head whose element is still to be written, or NONE. */
const LATE_HEAD = 9
const STATE_WORDS = 10

/** Elements of the `ledger` column. */
const POPPED = 0
const PUSHED = 1
const LATE_LENGTH = 2
const LEDGER_WORDS = 3

/** In `writable`: this head is not in flight. */
const NOT_IN_FLIGHT = -1
/** After every 2^16 elements an index says nothing about how many were pushed in between. */
const INDEX_CYCLE = 0x1_0000

export class DeviceQueue implements DeviceRing {
  readonly size: number
  /** The chain that `pop` returned last; valid until the next `pop`. Empty when it was malformed. */
  readonly chain: BufferChain
  /** Malformed chains, by fault. */
  readonly counters: DeviceCounters
  private readonly footprint: Footprint
  private readonly object: number
  private readonly desc: MemoryWindow
  private readonly avail: MemoryWindow
  private readonly used: MemoryWindow
  private readonly mask: number
  private readonly eventIdx: boolean
  private readonly publishLast: boolean
  private readonly recheck: boolean
  private readonly startIndex: number
  private readonly state: Int32Array
  private readonly ledger: Float64Array
  private readonly counts: Uint32Array
  /** By head: bytes that may be written into the chain in flight, or NOT_IN_FLIGHT. */
  private readonly writable: Float64Array
  /** `null` without IN_ORDER. */
  private readonly order: CompletionOrder | null
  /** `null` without INDIRECT_DESC. */
  private readonly tables: TableReader | null

  /** The addresses come from the driver: ask `ringFault` first. Writes nothing into guest memory; the driver initialised the areas. */
  constructor(cols: Columns, memory: GuestMemory, options: QueueOptions) {
    const { size, descGpa, availGpa, usedGpa, eventIdx, indirect = false, inOrder = false, startIndex = 0 } = options
    const { label = 'device queue', safeguards = {} } = options
    assert(options.packed !== true, 'a packed ring has its own device end')
    assert(ringFault(memory, options) === null, 'device checks the ring before it opens it')
    this.footprint = cols.footprint
    this.size = size
    this.mask = size - 1
    this.eventIdx = eventIdx
    this.startIndex = startIndex & INDEX_MASK
    this.publishLast = safeguards.publishLast ?? true
    this.recheck = safeguards.recheck ?? true
    assert(this.publishLast || !inOrder, 'rule R1 can be switched off only where elements need not be in order')
    this.desc = memory.window(descGpa, descTableBytes(size))!
    this.avail = memory.window(availGpa, availRingBytes(size))!
    this.used = memory.window(usedGpa, usedRingBytes(size))!
    this.object = cols.objects(label)
    this.chain = new BufferChain(cols, this.object, `${label}.chain`, size)
    this.state = cols.i32(`${label}.state`, STATE_WORDS, this.object)
    this.ledger = cols.f64(`${label}.ledger`, LEDGER_WORDS, this.object)
    this.counts = cols.u32(`${label}.counters`, DEVICE_COUNTERS, this.object)
    this.counters = new DeviceCounters(this.counts)
    this.writable = cols.f64(`${label}.writable`, size, this.object)
    this.order = inOrder ? new CompletionOrder(cols, this.object, label, size) : null
    this.tables = indirect ? new TableReader(cols, this.object, label, memory, size) : null
    this.reset()
  }

  /** Chains popped and not yet pushed. */
  get inFlight(): number {
    this.footprint.read(this.object)
    return this.state[IN_FLIGHT]
  }

  /** The ring is corrupt: nothing more is popped until `reset`. The device model says DEVICE_NEEDS_RESET to the driver. */
  get needsReset(): boolean {
    return this.ringFault !== RingFault.NONE
  }

  get ringFault(): RingFault {
    this.footprint.read(this.object)
    return this.state[RING_FAULT] as RingFault
  }

  /** As the ring has it: where the next used element goes. */
  get nextIndex(): number {
    this.footprint.read(this.object)
    return this.state[PUBLISHED]
  }

  /** What was wrong with the chain popped last; ChainFault.NONE when nothing was. */
  get chainFault(): ChainFault {
    return this.state[CHAIN_FAULT] as ChainFault
  }

  /**
   * Takes the next available chain: its head, which must be pushed exactly once, or NONE. Its buffers are in `chain`; a malformed one is
   * empty there, and a device that treats it as a request it cannot read does the right thing. At most `size` descriptors are read.
   */
  pop(): number {
    this.footprint.write(this.object)
    const state = this.state
    if (state[RING_FAULT] !== RingFault.NONE) return NONE
    const last = state[AVAIL_LAST]
    if (last === state[AVAIL_SEEN] && !this.refreshAvail()) return NONE
    const head = this.avail.load16(availElement(last & this.mask))
    if (head >= this.size) return this.fail(RingFault.HEAD_RANGE)
    if (this.writable[head] !== NOT_IN_FLIGHT || this.order?.holds(head) === true) return this.fail(RingFault.HEAD_IN_FLIGHT)
    const next = (last + 1) & INDEX_MASK
    state[AVAIL_LAST] = next
    if (this.eventIdx && state[KICKS_ON] !== 0) {
      // The next chain shall kick as well; the fence stands before the next look at the index (QEMU's virtqueue_split_pop).
      this.used.store16(availEventOffset(this.size), next)
      this.used.fence()
    }
    const fault = readChain(this.desc, this.size, head, this.chain, this.tables)
    state[CHAIN_FAULT] = fault
    if (fault !== ChainFault.NONE) this.counts[fault]++
    this.writable[head] = this.chain.writableBytes
    this.order?.popped(head)
    state[IN_FLIGHT]++
    this.ledger[POPPED]++
    return head
  }

  /** Answers a popped chain; `written` bytes from the start of its writable buffers were filled. The driver sees it after `publish`. */
  push(head: number, written: number): void {
    this.footprint.write(this.object)
    assert(head >= 0 && head < this.size, 'a pushed head is a descriptor')
    const limit = this.writable[head]
    assert(limit !== NOT_IN_FLIGHT, 'a pushed head was popped and not pushed yet')
    assert(written >= 0 && written <= limit && written <= 0xffff_ffff, 'no more was written than the chain can hold')
    this.writable[head] = NOT_IN_FLIGHT
    const state = this.state
    state[IN_FLIGHT]--
    this.ledger[PUSHED]++
    if (this.order !== null) {
      this.order.done(head, written, limit)
      return
    }
    const at = state[USED_NEXT]
    if (this.publishLast) this.storeElement(at, head, written)
    else this.storeIndexFirst(at, head, written)
    state[USED_NEXT] = (at + 1) & INDEX_MASK
  }

  /** Makes every pushed element visible to the driver. The index goes last, behind what it covers (rule R1). */
  publish(): void {
    this.footprint.write(this.object)
    const state = this.state
    if (this.order !== null) this.useInOrder(this.order)
    const now = state[USED_NEXT]
    const fresh = (now - state[PUBLISHED]) & INDEX_MASK
    if (fresh === 0) return
    if (!this.publishLast) this.storeLateElement()
    state[PUBLISHED] = now
    state[UNASKED] = Math.min(state[UNASKED] + fresh, INDEX_CYCLE)
    this.used.storeRelease16(RING_IDX, now)
  }

  /**
   * True when what was published since the last question must interrupt the driver (vhost_notify). Ask after `publish`; the fence between
   * the two is what the driver's own re-check relies on.
   */
  needsInterrupt(): boolean {
    this.footprint.write(this.object)
    const state = this.state
    const fresh = state[UNASKED]
    if (fresh === 0) return false
    state[UNASKED] = 0
    this.avail.fence()
    if (!this.eventIdx) return (this.avail.load16(RING_FLAGS) & AVAIL_F_NO_INTERRUPT) === 0
    if (fresh >= INDEX_CYCLE) return true
    const now = state[PUBLISHED]
    return needsEvent(this.avail.load16(usedEventOffset(this.size)), now, now - fresh)
  }

  /**
   * Asks for a kick with the next available chain. Returns true when chains are there already: no kick may come for those, so the caller
   * pops again (rule R2; vhost_enable_notify).
   */
  enableKicks(): boolean {
    this.footprint.write(this.object)
    const last = this.state[AVAIL_LAST]
    this.state[KICKS_ON] = 1
    if (this.eventIdx) this.used.store16(availEventOffset(this.size), last)
    else this.used.store16(RING_FLAGS, 0)
    if (!this.recheck || this.state[RING_FAULT] !== RingFault.NONE) return false
    this.used.fence()
    return this.avail.loadAcquire16(RING_IDX) !== last
  }

  /** Asks for no kicks. Only a hint: one may still come. */
  disableKicks(): void {
    this.footprint.write(this.object)
    this.state[KICKS_ON] = 0
    if (this.eventIdx) this.used.store16(availEventOffset(this.size), farEvent(this.state[AVAIL_LAST]))
    else this.used.store16(RING_FLAGS, USED_F_NO_NOTIFY)
  }

  /** Back to a queue that has seen nothing; chains in flight are forgotten, the driver takes them back by its own reset. Counters stay. */
  reset(): void {
    this.footprint.write(this.object)
    const { state, startIndex } = this
    state.fill(0)
    this.ledger.fill(0)
    this.writable.fill(NOT_IN_FLIGHT)
    this.chain.clear()
    this.order?.reset()
    for (const index of [AVAIL_LAST, AVAIL_SEEN, USED_NEXT, PUBLISHED]) state[index] = startIndex
    state[KICKS_ON] = 1
    state[LATE_HEAD] = NONE
  }

  /** Recomputes V1 from the heads in flight. Cost: the size of the queue. */
  check(): void {
    const { state, ledger } = this
    let inFlight = 0
    for (let i = 0; i < this.size; i++) if (this.writable[i] !== NOT_IN_FLIGHT) inFlight++
    assert(inFlight === state[IN_FLIGHT], 'heads in flight are counted')
    assert(ledger[POPPED] === ledger[PUSHED] + state[IN_FLIGHT], 'popped = pushed + in flight')
    this.order?.check(state[IN_FLIGHT])
  }

  private fail(fault: RingFault): typeof NONE {
    this.state[RING_FAULT] = fault
    return NONE
  }

  /** Reads the driver's index; true when it shows new chains. */
  private refreshAvail(): boolean {
    const state = this.state
    const seen = this.avail.loadAcquire16(RING_IDX)
    const ahead = (seen - state[AVAIL_LAST]) & INDEX_MASK
    if (ahead > this.size) {
      this.fail(RingFault.INDEX_AHEAD)
      return false
    }
    state[AVAIL_SEEN] = seen
    return ahead !== 0
  }

  /** Writes an element for each batch of chains that are done, into the place of its first chain (rule V4). */
  private useInOrder(order: CompletionOrder): void {
    let at = this.state[USED_NEXT]
    let batch = at
    for (let head = order.shift(); head !== NONE; head = order.shift()) {
      at = (at + 1) & INDEX_MASK
      if (order.mayOmit(head)) continue
      this.storeElement(batch, head, order.writtenInto(head))
      batch = at
    }
    this.state[USED_NEXT] = at
  }

  private storeElement(index: number, head: number, written: number): void {
    const at = usedElement(index & this.mask)
    this.used.store32(at, head)
    this.used.store32(at + 4, written)
  }

  /** `push` with rule R1 off: the driver can see the index before the element that it covers. */
  private storeIndexFirst(index: number, head: number, written: number): void {
    this.storeLateElement()
    this.used.store16(RING_IDX, (index + 1) & INDEX_MASK)
    this.state[LATE_HEAD] = head
    this.ledger[LATE_LENGTH] = written
  }

  private storeLateElement(): void {
    const head = this.state[LATE_HEAD]
    if (head === NONE) return
    this.state[LATE_HEAD] = NONE
    this.storeElement(this.state[USED_NEXT] - 1, head, this.ledger[LATE_LENGTH])
  }
}
