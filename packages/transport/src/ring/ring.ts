/**
 * The two ends of a virtqueue as their callers see them, whatever the format of the ring. Each end is constructed once for the features
 * that were negotiated (`make-ring.ts`), and nothing about a chain's life differs between them:
 *
 *   driver    addChain -> publish -> needsKick                                       popUsed
 *   device                                       pop -> push -> publish -> needsInterrupt
 *
 * A chain's name is the number that `addChain` returned, below `size`: a split ring's head, a packed ring's buffer id. The device's `pop`
 * returns the same number.
 */
import type { BufferChain } from './buffer-chain.ts'
import type { ChainFault } from './chain-fault.ts'
import type { DeviceCounters, DriverCounters } from './counters.ts'
import type { RingFault } from './ring-fault.ts'

export interface DriverRing {
  readonly size: number
  /** Used entries that were not believed, by reason. */
  readonly counters: DriverCounters
  /** Descriptors that `addChain` can still take; a chain in an indirect table takes one. */
  readonly freeCount: number
  /** Chains added and not yet returned. */
  readonly inFlight: number
  /** The device claimed what cannot be true. Nothing is added to or taken from a broken ring until `reset`. */
  readonly broken: boolean
  /** Bytes that the device says it wrote into the chain that `popUsed` returned last. At most the chain's writable bytes. */
  readonly usedLength: number
  /** Takes a chain of 1 to `size` buffers; its name until `popUsed` returns it, or FULL. The device sees it after `publish`. */
  addChain(chain: BufferChain): number
  publish(): void
  /** Whether what was published since the last question must be notified. */
  needsKick(): boolean
  /** Takes back one chain: its name, with its `usedLength`, or NONE. */
  popUsed(): number
  /** Asks for an interrupt; true when used chains are there already, for which none may come. */
  enableInterrupts(): boolean
  disableInterrupts(): void
  /** Back to an empty queue, after a reset of the device or of this queue. Counters stay. */
  reset(): void
  /** Compares the counts with their slow truth. */
  check(): void
}

export interface DeviceRing {
  readonly size: number
  /** The chain that `pop` returned last; valid until the next `pop`. Empty when it was malformed. */
  readonly chain: BufferChain
  /** Malformed chains, by fault. */
  readonly counters: DeviceCounters
  /** Chains popped and not yet pushed. */
  readonly inFlight: number
  /** The ring is corrupt: nothing more is popped until `reset`. */
  readonly needsReset: boolean
  readonly ringFault: RingFault
  /**
   * Where a new device end goes on that takes this one's place (vhost's GET_VRING_BASE; a `startIndex`): the first chain that is not visibly used.
   * Chains popped and not published are popped again there, which is right for a device that answers in order.
   */
  readonly nextIndex: number
  /** What was wrong with the chain popped last. */
  readonly chainFault: ChainFault
  /** Takes the next available chain: its name, which must be pushed exactly once, or NONE. */
  pop(): number
  /** Answers a popped chain, in any order; `written` bytes from the start of its writable buffers were filled. */
  push(name: number, written: number): void
  /** Shows the driver what was pushed. With IN_ORDER a chain waits here until all that were popped before it are pushed. */
  publish(): void
  /** Whether what was published since the last question must interrupt the driver. */
  needsInterrupt(): boolean
  /** Asks for a kick; true when available chains are there already, for which none may come. */
  enableKicks(): boolean
  disableKicks(): void
  reset(): void
  check(): void
}
