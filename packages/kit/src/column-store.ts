/**
 * Memory of columns that are no longer used, kept for the columns of the next machine. A run of 4 GiB of guest has 30 MiB of columns; a process that makes
 * one after the other spends more on the garbage collections and page faults of fresh memory than on clearing the old.
 *
 *     run 1: columns --release--> store --take, clear--> run 2: columns
 *
 *   K1  A buffer is in the store or in use by one Columns, never both.
 *   K2  What is taken is zero, as fresh memory is.
 *   K3  The store holds at most `bytesMax`; what does not fit is left to the collector.
 */
import { assert } from './assert.ts'

export class ColumnStore {
  /** Bytes in the store. */
  held = 0
  private readonly bytesMax: number
  private readonly bySize = new Map<number, ArrayBuffer[]>()

  constructor(bytesMax: number) {
    assert(bytesMax >= 0, 'a store has a limit')
    this.bytesMax = bytesMax
  }

  /** Zeroed memory of exactly this size: from the store, or fresh. */
  take(bytes: number): ArrayBuffer {
    const kept = this.bySize.get(bytes)?.pop()
    if (kept === undefined) return new ArrayBuffer(bytes)
    this.held -= bytes
    new Uint8Array(kept).fill(0)
    return kept
  }

  /** Keeps a buffer that nobody uses any more. A store that is full starts over: sizes that are no longer asked for must not fill it for good. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength
    if (bytes > this.bytesMax) return
    if (this.held + bytes > this.bytesMax) {
      this.bySize.clear()
      this.held = 0
    }
    const kept = this.bySize.get(bytes)
    assert(kept === undefined || !kept.includes(buffer), 'a buffer is given back once')
    if (kept === undefined) this.bySize.set(bytes, [buffer])
    else kept.push(buffer)
    this.held += bytes
  }
}
