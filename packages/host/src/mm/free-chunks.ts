/**
 * The whole free 2 MiB chunks of a host node: an intrusive list, last freed first allocated. A fresh node hands out ascending chunks.
 * `prev` doubles as the mark of a chunk that is not on the list.
 */
import type { Columns } from '@hintlab/kit'
import { assert } from '@hintlab/kit'

const NIL = -1
const NOT_FREE = -2

// Indexes of the state column.
const HEAD = 0
const COUNT = 1

export class FreeChunks {
  private readonly next: Int32Array
  private readonly prev: Int32Array
  private readonly state: Int32Array

  constructor(cols: Columns, label: string, object: number, chunks: number) {
    this.next = cols.i32(`${label}.wholeNext`, chunks, object)
    this.prev = cols.i32(`${label}.wholePrev`, chunks, object)
    this.state = cols.i32(`${label}.wholeState`, 2, object)
    this.prev.fill(NOT_FREE)
    this.state[HEAD] = NIL
    for (let chunk = chunks - 1; chunk >= 0; chunk--) this.free(chunk)
  }

  get count(): number {
    return this.state[COUNT]
  }

  /** The chunk that `alloc` would hand out, or -1. */
  get first(): number {
    return this.state[HEAD]
  }

  /** A chunk, or -1. */
  alloc(): number {
    const chunk = this.state[HEAD]
    if (chunk !== NIL) this.take(chunk)
    return chunk
  }

  /** Takes this very chunk, which is on the list. */
  take(chunk: number): void {
    assert(this.isFree(chunk), 'a taken chunk is free')
    const before = this.prev[chunk]
    const after = this.next[chunk]
    if (before === NIL) this.state[HEAD] = after
    else this.next[before] = after
    if (after !== NIL) this.prev[after] = before
    this.prev[chunk] = NOT_FREE
    this.state[COUNT]--
  }

  free(chunk: number): void {
    assert(this.prev[chunk] === NOT_FREE, 'a freed chunk was in use')
    const old = this.state[HEAD]
    this.next[chunk] = old
    this.prev[chunk] = NIL
    if (old !== NIL) this.prev[old] = chunk
    this.state[HEAD] = chunk
    this.state[COUNT]++
  }

  /** False also for the incomplete chunk at the end of the node, which is never whole. */
  isFree(chunk: number): boolean {
    return chunk < this.prev.length && this.prev[chunk] !== NOT_FREE
  }

  /** Walks the list and compares it with the marks; returns the chunks found. */
  check(): number {
    let found = 0
    let before = NIL
    for (let c = this.state[HEAD]; c !== NIL; c = this.next[c]) {
      assert(found++ < this.state[COUNT] && this.prev[c] === before, 'the list of whole chunks is linked both ways and ends')
      before = c
    }
    let marked = 0
    for (let c = 0; c < this.prev.length; c++) if (this.isFree(c)) marked++
    assert(found === this.state[COUNT] && marked === found, 'the count of whole chunks is the list and the marks')
    return found
  }
}
