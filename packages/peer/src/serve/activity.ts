/**
 * What a guest asks for, summed up: requests of one kind that follow each other closely become one line. The real host's view (the memory file) stands beside
 * the model's.
 */
import { MS } from '@hintlab/kit'
import { RequestKind } from '@hintlab/protocol'

/** Requests of one kind between two pauses. */
export interface Activity {
  readonly kind: keyof typeof RequestKind
  readonly requests: number
  readonly blocks: number
  readonly pages: number
  readonly rejected: number
  /** From the first to the last, ns of the clock. */
  readonly fromNs: number
  readonly toNs: number
}

/** Requests that are further apart than this belong to different lines. */
const PAUSE_NS = 100 * MS
/** A line is given out at the latest after this. */
const LONGEST_NS = 1000 * MS

const KIND_NAMES = new Map(Object.entries(RequestKind).map(([name, kind]) => [kind, name as keyof typeof RequestKind]))

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class ActivityLog {
  private readonly open = new Map<RequestKind, Writable<Activity>>()
  private readonly out: (activity: Activity) => void

  constructor(out: (activity: Activity) => void) {
    this.out = out
  }

  /** Whether something has not been given out. */
  get isOpen(): boolean {
    return this.open.size > 0
  }

  /** A request, or a part of one, was done. */
  add(kind: RequestKind, blocks: number, pages: number, rejected: number, now: number): void {
    let line = this.open.get(kind)
    if (line === undefined) {
      line = { kind: KIND_NAMES.get(kind)!, requests: 0, blocks: 0, pages: 0, rejected: 0, fromNs: now, toNs: now }
      this.open.set(kind, line)
    }
    line.requests++
    line.blocks += blocks
    line.pages += pages
    line.rejected += rejected
    line.toNs = now
  }

  /** Gives out what has paused or lasted long; all of it with `all`. */
  flush(now: number, all = false): void {
    for (const [kind, line] of this.open) {
      if (!all && now - line.toNs < PAUSE_NS && now - line.fromNs < LONGEST_NS) continue
      this.open.delete(kind)
      this.out(line)
    }
  }
}
