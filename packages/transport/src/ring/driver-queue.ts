/**
 * The driver's end of a split virtqueue: makes chains available, takes used ones back. What the device can write (the used ring) is only
 * ever compared with this end's own record of what is in flight; nothing is read back from the areas that this end writes itself.
 *
 *   addChain -> publish -> needsKick        (device)        popUsed
 *      |           |                                            |
 *      v           v                                            v
 *   element     avail.idx                 used.idx  ->  refresh, judge id and length, free the descriptors
 *
 *   D1  every descriptor is free or in exactly one chain in flight
 *   D2  added = returned + in flight
 *   D3  `popUsed` returns each head at most once per `addChain`, and only after it was published
 *   D4  with IN_ORDER chains return as they were added; an entry names the last chain of a batch, the others were written completely
 */
import { assert } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import { FULL } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { CHAIN_BYTES_MAX } from './buffer-chain.ts'
import type { BufferChain } from './buffer-chain.ts'
import { BAD_LENGTH, BOGUS_ID, DRIVER_COUNTERS, DriverCounters, DUPLICATE } from './counters.ts'
import { DescriptorTable } from './descriptor-table.ts'
import { farEvent, INDEX_MASK, needsEvent } from './event-index.ts'
import { makeIndirectTables } from './indirect-tables.ts'
import type { IndirectTables } from './indirect-tables.ts'
import {
  AVAIL_F_NO_INTERRUPT, availElement, availEventOffset, availRingBytes, descTableBytes, RING_FLAGS, RING_IDX, USED_F_NO_NOTIFY, usedElement,
  usedEventOffset, usedRingBytes,
} from './layout.ts'
import { NONE, ringFault } from './queue-options.ts'
import type { QueueOptions } from './queue-options.ts'
import type { DriverRing } from './ring.ts'

/** Elements of the `state` column; indexes are kept modulo 2^16. AVAIL_NEXT, for the next chain, is ahead of PUBLISHED until `publish`. */
const AVAIL_NEXT = 0
const PUBLISHED = 1
/** Chains published since the last `needsKick`. */
const UNASKED = 2
const USED_LAST = 3
/** The device's index as last read and found plausible. */
const USED_SEEN = 4
const IN_FLIGHT = 5
const INTERRUPTS_ON = 6
const BROKEN = 7
/** With IN_ORDER: chains that the entry read last speaks of and that are not returned yet. */
const BATCH_LEFT = 8
const STATE_WORDS = 9

/** Elements of the `ledger` column. */
const ADDED = 0
const RETURNED = 1
const USED_LENGTH = 2
/** Of the last chain of the batch. */
const BATCH_LENGTH = 3
const LEDGER_WORDS = 4

/** What this end last did with a descriptor as the head of a chain. */
const NEVER_HEAD = 0
const HEAD_IN_FLIGHT = 1
const HEAD_RETURNED = 2

/** After every 2^16 chains an index says nothing about how many were added in between. */
const INDEX_CYCLE = 0x1_0000

export class DriverQueue implements DriverRing {
  readonly size: number
  /** Used entries that were skipped, by reason. */
  readonly counters: DriverCounters
  private readonly footprint: Footprint
  private readonly object: number
  private readonly desc: MemoryWindow
  private readonly avail: MemoryWindow
  private readonly used: MemoryWindow
  private readonly mask: number
  private readonly eventIdx: boolean
  private readonly recheck: boolean
  private readonly startIndex: number
  private readonly state: Int32Array
  private readonly ledger: Float64Array
  private readonly counts: Uint32Array
  private readonly table: DescriptorTable
  private readonly headState: Uint8Array
  /** By head: the bytes that the device may write. */
  private readonly writable: Float64Array
  /** The heads in the avail ring as this end wrote them. */
  private readonly availHeads: Uint16Array
  /** By head: its index in the avail ring. */
  private readonly availIndex: Uint16Array
  private readonly tables: IndirectTables | null
  private readonly inOrder: boolean

  /** The areas belong to this driver and lie inside memory (`ringFault` says `null`). Initialises them, as Linux does for a new queue. */
  constructor(cols: Columns, memory: GuestMemory, options: QueueOptions) {
    const { size, descGpa, availGpa, usedGpa, eventIdx, startIndex = 0, label = 'driver queue', safeguards = {}, inOrder = false } = options
    assert(options.packed !== true, 'a packed ring has its own driver end')
    assert(ringFault(memory, options) === null, 'driver places its rings where a queue can lie')
    this.footprint = cols.footprint
    this.size = size
    this.mask = size - 1
    this.eventIdx = eventIdx
    this.startIndex = startIndex & INDEX_MASK
    this.recheck = safeguards.recheck ?? true
    this.desc = memory.window(descGpa, descTableBytes(size))!
    this.avail = memory.window(availGpa, availRingBytes(size))!
    this.used = memory.window(usedGpa, usedRingBytes(size))!
    this.object = cols.objects(label)
    this.state = cols.i32(`${label}.state`, STATE_WORDS, this.object)
    this.ledger = cols.f64(`${label}.ledger`, LEDGER_WORDS, this.object)
    this.counts = cols.u32(`${label}.counters`, DRIVER_COUNTERS, this.object)
    this.counters = new DriverCounters(this.counts)
    this.table = new DescriptorTable(cols, this.object, label, this.desc, options)
    this.headState = cols.u8(`${label}.headState`, size, this.object)
    this.writable = cols.f64(`${label}.writable`, size, this.object)
    this.availHeads = cols.u16(`${label}.availHeads`, size, this.object)
    this.availIndex = cols.u16(`${label}.availIndex`, size, this.object)
    this.tables = makeIndirectTables(memory, options)
    this.inOrder = inOrder
    this.reset()
  }

  /** Descriptors that `addChain` can still take. */
  get freeCount(): number {
    this.footprint.read(this.object)
    return this.table.freeCount
  }

  /** Chains added and not yet returned. */
  get inFlight(): number {
    this.footprint.read(this.object)
    return this.state[IN_FLIGHT]
  }

  /** The device claimed more than it was given. Nothing is added to or taken from a broken queue until `reset`. */
  get broken(): boolean {
    this.footprint.read(this.object)
    return this.state[BROKEN] !== 0
  }

  /** Bytes that the device says it wrote into the chain that `popUsed` returned last. At most the chain's writable bytes. */
  get usedLength(): number {
    return this.ledger[USED_LENGTH]
  }

  /**
   * Writes a chain into the descriptor table and the avail ring; the device sees it after `publish`. Returns its head, which names it
   * until `popUsed` returns it, or FULL when descriptors are short or the ring is broken. A chain has 1 to `size` buffers.
   */
  addChain(chain: BufferChain): number {
    this.footprint.write(this.object)
    const count = chain.count
    const writableBytes = chain.writableBytes
    assert(count > 0 && count <= this.size, 'a chain has between one and queue-size buffers')
    assert(chain.readableBytes + writableBytes <= CHAIN_BYTES_MAX, 'a chain has at most 2^32 bytes')
    const state = this.state
    if (state[BROKEN] !== 0) return FULL
    const { tables } = this
    const head = tables !== null && tables.holds(count) ? this.table.takeIndirect(chain, tables) : this.table.take(chain)
    if (head === FULL) return FULL
    this.writable[head] = writableBytes
    this.headState[head] = HEAD_IN_FLIGHT
    const at = state[AVAIL_NEXT]
    this.availHeads[at & this.mask] = head
    this.availIndex[head] = at
    this.avail.store16(availElement(at & this.mask), head)
    state[AVAIL_NEXT] = (at + 1) & INDEX_MASK
    state[IN_FLIGHT]++
    this.ledger[ADDED]++
    return head
  }

  /** Makes every added chain visible to the device. The index goes last, behind what it covers. */
  publish(): void {
    this.footprint.write(this.object)
    const state = this.state
    const now = state[AVAIL_NEXT]
    const fresh = this.unpublished()
    if (fresh === 0) return
    state[PUBLISHED] = now
    state[UNASKED] = Math.min(state[UNASKED] + fresh, INDEX_CYCLE)
    this.avail.storeRelease16(RING_IDX, now)
  }

  /**
   * True when what was published since the last question must be notified (virtqueue_kick_prepare). Ask after `publish`; the fence between
   * the two is what the device's own re-check relies on.
   */
  needsKick(): boolean {
    this.footprint.write(this.object)
    const state = this.state
    const fresh = state[UNASKED]
    if (fresh === 0) return false
    state[UNASKED] = 0
    this.used.fence()
    if (!this.eventIdx) return (this.used.load16(RING_FLAGS) & USED_F_NO_NOTIFY) === 0
    if (fresh >= INDEX_CYCLE) return true
    const now = state[PUBLISHED]
    return needsEvent(this.used.load16(availEventOffset(this.size)), now, now - fresh)
  }

  /**
   * Takes back one chain: its head, with its `usedLength`, or NONE. Entries that cannot be true are counted and skipped. A chain whose
   * length was a lie stays in flight, as if the device had not answered it: what it holds is not to be believed, and the port above has
   * its own way to give a request up.
   */
  popUsed(): number {
    this.footprint.write(this.object)
    const state = this.state
    if (state[BROKEN] !== 0) return NONE
    if (this.inOrder) return this.popInOrder()
    for (let entries = 0; entries <= this.size; entries++) {
      if (state[USED_LAST] === state[USED_SEEN] && !this.refreshUsed()) return NONE
      const head = this.takeUsed()
      if (head !== NONE) return head
    }
    // A device that writes false entries as fast as they are read must not hold this end in the loop.
    state[BROKEN] = 1
    return NONE
  }

  /**
   * Asks for an interrupt with the next used entry. Returns true when entries are there already: no interrupt may come for those, so the
   * caller pops again (rule R2; virtqueue_enable_cb).
   */
  enableInterrupts(): boolean {
    this.footprint.write(this.object)
    const last = this.state[USED_LAST]
    this.state[INTERRUPTS_ON] = 1
    if (this.eventIdx) this.avail.store16(usedEventOffset(this.size), last)
    else this.avail.store16(RING_FLAGS, 0)
    if (!this.recheck || this.state[BROKEN] !== 0) return false
    this.avail.fence()
    return this.used.loadAcquire16(RING_IDX) !== last
  }

  /** Asks for no interrupts. Only a hint: one may still come. */
  disableInterrupts(): void {
    this.footprint.write(this.object)
    this.state[INTERRUPTS_ON] = 0
    if (this.eventIdx) this.avail.store16(usedEventOffset(this.size), farEvent(this.state[USED_LAST]))
    else this.avail.store16(RING_FLAGS, AVAIL_F_NO_INTERRUPT)
  }

  /** Back to an empty queue, after a reset of the device; whoever added the chains in flight has taken them back. Counters stay. */
  reset(): void {
    this.footprint.write(this.object)
    const { state, size, startIndex } = this
    for (const area of [this.desc, this.avail, this.used]) for (let at = 0; at < area.length; at += 2) area.store16(at, 0)
    state.fill(0)
    this.ledger.fill(0)
    this.headState.fill(NEVER_HEAD)
    this.table.reset()
    state[INTERRUPTS_ON] = 1
    for (const index of [AVAIL_NEXT, PUBLISHED, USED_LAST, USED_SEEN]) state[index] = startIndex
    this.avail.store16(usedEventOffset(size), startIndex)
    this.used.store16(availEventOffset(size), startIndex)
    this.used.store16(RING_IDX, startIndex)
    this.avail.storeRelease16(RING_IDX, startIndex)
  }

  /** Recomputes D1 and D2 from the links. Cost: the size of the queue. */
  check(): void {
    const { state, ledger } = this
    const heads: number[] = []
    for (let i = 0; i < this.size; i++) if (this.headState[i] === HEAD_IN_FLIGHT) heads.push(i)
    assert(heads.length === state[IN_FLIGHT], 'chains in flight are counted')
    assert(ledger[ADDED] === ledger[RETURNED] + state[IN_FLIGHT], 'added = returned + in flight')
    assert(this.unpublished() <= state[IN_FLIGHT], 'what is not published is in flight')
    this.table.check(heads)
  }

  /** Chains added and not yet published. */
  private unpublished(): number {
    return (this.state[AVAIL_NEXT] - this.state[PUBLISHED]) & INDEX_MASK
  }

  /** Reads the device's index; true when it shows new entries. An index ahead of all that was published breaks the ring. */
  private refreshUsed(): boolean {
    const state = this.state
    const seen = this.used.loadAcquire16(RING_IDX)
    const ahead = (seen - state[USED_LAST]) & INDEX_MASK
    if (ahead > state[IN_FLIGHT] - this.unpublished()) {
      state[BROKEN] = 1
      return false
    }
    state[USED_SEEN] = seen
    return ahead !== 0
  }

  /** Consumes one used entry; its head, or NONE when it cannot be true. */
  private takeUsed(): number {
    const at = usedElement(this.state[USED_LAST] & this.mask)
    const id = this.used.load32(at)
    const length = this.used.load32(at + 4)
    this.passEntry()
    return this.believable(id, length) ? this.giveBack(id, length) : NONE
  }

  /** Goes on to the next used entry, which shall interrupt as well when interrupts are on. */
  private passEntry(): void {
    const state = this.state
    const next = (state[USED_LAST] + 1) & INDEX_MASK
    state[USED_LAST] = next
    if (!this.eventIdx || state[INTERRUPTS_ON] === 0) return
    // The fence stands before the next look at the index (virtqueue_get_buf).
    this.avail.store16(usedEventOffset(this.size), next)
    this.avail.fence()
  }

  private giveBack(id: number, length: number): number {
    this.table.release(id)
    this.headState[id] = HEAD_RETURNED
    this.state[IN_FLIGHT]--
    this.ledger[RETURNED]++
    this.ledger[USED_LENGTH] = length
    return id
  }

  /** `popUsed` with IN_ORDER: the oldest chain in flight, when an entry says that it or a later one was used (rule D4). */
  private popInOrder(): number {
    const state = this.state
    if (state[BATCH_LEFT] === 0 && !this.openBatch()) return NONE
    const head = this.availHeads[state[USED_LAST] & this.mask]
    this.passEntry()
    const left = --state[BATCH_LEFT]
    return this.giveBack(head, left === 0 ? this.ledger[BATCH_LENGTH] : this.writable[head])
  }

  /**
   * Reads the entry of the next batch; true when there is one. After a false one nobody can say which chain the next entry speaks of, so it
   * is counted and breaks the ring, as does one for a chain that lies beyond the device's own index.
   */
  private openBatch(): boolean {
    const state = this.state
    if (state[USED_LAST] === state[USED_SEEN] && !this.refreshUsed()) return false
    const last = state[USED_LAST]
    const at = usedElement(last & this.mask)
    const id = this.used.load32(at)
    const length = this.used.load32(at + 4)
    if (this.believable(id, length)) {
      const covered = ((this.availIndex[id] - last) & INDEX_MASK) + 1
      this.ledger[BATCH_LENGTH] = length
      state[BATCH_LEFT] = covered
      if (covered <= ((state[USED_SEEN] - last) & INDEX_MASK)) return true
      state[BATCH_LEFT] = 0
      this.skip(BOGUS_ID)
    }
    state[BROKEN] = 1
    return false
  }

  private believable(id: number, length: number): boolean {
    const known = id < this.size ? this.headState[id] : NEVER_HEAD
    if (known === HEAD_RETURNED) return this.skip(DUPLICATE)
    if (known === NEVER_HEAD || this.isUnpublished(id)) return this.skip(BOGUS_ID)
    if (length > this.writable[id]) return this.skip(BAD_LENGTH)
    return true
  }

  private skip(reason: number): false {
    this.counts[reason]++
    return false
  }

  /** True for a chain that the device cannot have seen. Seldom more than a comparison: chains are published soon after they are added. */
  private isUnpublished(head: number): boolean {
    const { state, mask } = this
    for (let at = state[PUBLISHED]; at !== state[AVAIL_NEXT]; at = (at + 1) & INDEX_MASK) {
      if (this.availHeads[at & mask] === head) return true
    }
    return false
  }
}
