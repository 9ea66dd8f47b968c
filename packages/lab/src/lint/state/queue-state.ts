/**
 * One queue of a conversation: where it lies, whether it runs, and the chains that the device has and has not given back.
 *
 *   none --setup--> set up --enabled--> running --disabled | reset asked--> still --setup or enabled--> ...
 */
import { pagesOf } from './page-set.ts'
import type { SeenOf, SeenWords } from '../seen.ts'
import { DescFlag, QueueChange } from '../seen.ts'

/** A chain between its being made available and its being used. */
export interface ChainInFlight {
  readonly sequence: number
  readonly chain: SeenOf<'chain'>
  /** Made available without a kick before it, while the device asked for one. */
  unannounced: boolean
}

/** An answer for which the words of the ring ask an interrupt. */
interface Owed {
  readonly sequence: number
  readonly words: SeenWords
}

export class QueueState {
  readonly index: number
  setup: SeenOf<'queueSetup'> | null = null
  /** null: nobody has said. */
  enabled: boolean | null = null
  everEnabled = false
  /** A reset of this queue was asked for, and it was not enabled since. */
  resetting = false
  /** In the order in which they were made available. */
  readonly inFlight = new Map<number, ChainInFlight>()
  /** Chains seen since the set-up. */
  chains = 0
  words: SeenWords | null = null
  /** The driver has notified since the queue was last empty. */
  kicked = false
  owedInterrupt: Owed | null = null
  /** An interrupt was sent since the queue was last empty: where the driver is listened to, it stands before what it is for. */
  interrupted = false
  /** used.idx at the last interrupt; null when it is not known. */
  interruptIdx: number | null = null

  constructor(index: number) {
    this.index = index
  }

  /** Whether bytes of a range lie in the part of the ring that is the driver's, or in a buffer that the device may only read; which, or null. */
  overlap(gpa: number, length: number, packed: boolean): string | null {
    const { setup } = this
    if (setup !== null && this.enabled === true) {
      const table = setup.size * 16
      if (!packed && meets(gpa, length, setup.descGpa, table)) return `the descriptor table of queue ${this.index}`
    }
    for (const { chain } of this.inFlight.values()) {
      for (const d of chain.descriptors) {
        if ((d.flags & (DescFlag.WRITE | DescFlag.INDIRECT)) === 0 && meets(gpa, length, d.gpa, d.len)) return `a buffer of queue ${this.index}`
      }
    }
    return null
  }

  /** A chain in flight with a device-writable buffer in these pages: reports and hints. */
  chainOver(gpa: number, length: number): ChainInFlight | null {
    const { pfn, pages } = pagesOf(gpa, length)
    for (const held of this.inFlight.values()) {
      for (const d of held.chain.descriptors) {
        const range = pagesOf(d.gpa, d.len)
        if ((d.flags & DescFlag.WRITE) !== 0 && pfn < range.pfn + range.pages && range.pfn < pfn + pages) return held
      }
    }
    return null
  }

  setUp(setup: SeenOf<'queueSetup'>): void {
    this.stop()
    this.setup = setup
    this.chains = 0
    this.words = null
    this.interruptIdx = null
    this.resetting = false
  }

  change({ change }: SeenOf<'queueState'>): void {
    if (change === QueueChange.ENABLED) {
      this.enabled = true
      this.everEnabled = true
      this.resetting = false
    } else if (change === QueueChange.DISABLED) {
      this.enabled = false
    } else if (change === QueueChange.RESET_ASKED) {
      this.resetting = true
    } else if (change === QueueChange.RESET_DONE) {
      this.enabled = false
      this.stop()
    }
  }

  /** The device has, or will get, none of it any more. */
  stop(): void {
    this.inFlight.clear()
    this.kicked = false
    this.owedInterrupt = null
  }

  available(chain: SeenOf<'chain'>, wantsKick: boolean): void {
    this.chains++
    if (this.inFlight.size === 0) this.interrupted = false
    this.inFlight.set(chain.head, { sequence: chain.sequence, chain, unannounced: wantsKick && !this.kicked })
  }

  kick(): void {
    this.kicked = true
    for (const held of this.inFlight.values()) held.unannounced = false
  }

  /**
   * The chains that a used element gives back: the one it names, and with IN_ORDER those before it, which it answers as well. Empty when it names none.
   */
  answer(head: number, inOrder: boolean): ChainInFlight[] {
    const named = this.inFlight.get(head)
    if (named === undefined) return []
    const answered: ChainInFlight[] = []
    for (const [name, held] of this.inFlight) {
      if (held !== named && !inOrder) continue
      answered.push(held)
      this.inFlight.delete(name)
      if (held === named) break
    }
    if (this.inFlight.size === 0) this.kicked = false
    return answered
  }

  interrupt(words: SeenWords | null): void {
    this.interrupted = true
    this.owedInterrupt = null
    this.interruptIdx = words?.usedIdx ?? null
  }
}

const meets = (gpa: number, length: number, otherGpa: number, otherLength: number): boolean => gpa < otherGpa + otherLength && otherGpa < gpa + length
