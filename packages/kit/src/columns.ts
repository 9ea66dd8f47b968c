/**
 * All plain state of a machine, as named typed arrays. A component asks for its columns in its constructor and allocates nothing after it.
 * Because every column is registered here, four things are written once and hold for every component:
 *
 *   reset / save / load   copy all columns (exploration starts over some 100,000 times)
 *   hash                  one number for the whole state (same seed, same hash)
 *   bytesByLabel          the memory budget, by column
 *   changedOutside        the footprint audit: which shared object changed without being declared
 *
 * A *shared object* is what footprints speak of: a zone, a page, a ring, a table. A column belongs to one object, or its elements are spread
 * over consecutive objects, `perObject` elements each.
 */
import { assert } from './assert.ts'
import type { ColumnStore } from './column-store.ts'
import { Footprint } from './footprint.ts'

type Column = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array

const EMPTY = new Uint8Array(0)
const OS_PAGE = 4096

interface Entry {
  label: string
  data: Column
  bytes: Uint8Array
  /** What `reset` puts back; empty until `seal`. */
  image: Uint8Array
  /** What the audit compares with; empty until `remember`. */
  before: Uint8Array
  object: number
  perObject: number
}

export class Columns {
  readonly footprint = new Footprint()
  private readonly entries: Entry[] = []
  private readonly objectLabels: { first: number; count: number; label: string }[] = []
  private readonly store: ColumnStore | null
  private nextObject = 0
  private sealed = false

  /** With a store, columns are made of memory from there, and `release` gives it back. */
  constructor(store: ColumnStore | null = null) {
    this.store = store
  }

  /** Registers `count` consecutive shared objects under a label; returns the id of the first. */
  objects(label: string, count = 1): number {
    const first = this.nextObject
    this.nextObject += count
    this.objectLabels.push({ first, count, label })
    return first
  }

  u8(label: string, length: number, object: number, perObject: number = length): Uint8Array {
    return this.add(label, new Uint8Array(this.memory(length)), object, perObject)
  }

  u16(label: string, length: number, object: number, perObject: number = length): Uint16Array {
    return this.add(label, new Uint16Array(this.memory(length * 2)), object, perObject)
  }

  i32(label: string, length: number, object: number, perObject: number = length): Int32Array {
    return this.add(label, new Int32Array(this.memory(length * 4)), object, perObject)
  }

  u32(label: string, length: number, object: number, perObject: number = length): Uint32Array {
    return this.add(label, new Uint32Array(this.memory(length * 4)), object, perObject)
  }

  f64(label: string, length: number, object: number, perObject: number = length): Float64Array {
    return this.add(label, new Float64Array(this.memory(length * 8)), object, perObject)
  }

  /** Gives the memory of all columns back to the store: neither they nor what was built on them may be used any more. */
  release(): void {
    for (const { data } of this.entries) this.store?.give(data.buffer as ArrayBuffer)
    this.entries.length = 0
    this.sealed = true
  }

  /** Bytes held, by the label's first part (`zone.next` counts under `zone`). */
  bytesByLabel(): Map<string, number> {
    return this.sumByLabel((bytes) => bytes.length)
  }

  /** Of them, those in 4 KiB pages that are not all zero: what the operating system backs of fresh columns at least. Reads every byte. */
  touchedByLabel(): Map<string, number> {
    return this.sumByLabel(touchedBytes)
  }

  /** Copies all columns into one array. */
  save(into: Uint8Array = new Uint8Array(this.byteLength())): Uint8Array {
    assert(into.length === this.byteLength(), 'image has the size of all columns')
    let at = 0
    for (const { bytes } of this.entries) {
      into.set(bytes, at)
      at += bytes.length
    }
    return into
  }

  /** Puts back what `save` took. */
  load(image: Uint8Array): void {
    assert(image.length === this.byteLength(), 'image has the size of all columns')
    let at = 0
    for (const { bytes } of this.entries) {
      bytes.set(image.subarray(at, at + bytes.length))
      at += bytes.length
    }
  }

  /** The state to which `reset` returns is the present one. No column may be added afterwards. */
  seal(): void {
    this.sealed = true
    for (const entry of this.entries) entry.image = entry.bytes.slice()
  }

  reset(): void {
    assert(this.sealed, 'reset needs a sealed state')
    for (const entry of this.entries) entry.bytes.set(entry.image)
  }

  /** FNV-1a over every byte of every column. */
  hash(): number {
    let h = 0x811c9dc5
    for (const { bytes } of this.entries) {
      for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i], 0x01000193)
    }
    return h >>> 0
  }

  /** Notes the present state for `changedOutside`. */
  remember(): void {
    for (const entry of this.entries) {
      if (entry.before.length !== entry.bytes.length) entry.before = entry.bytes.slice()
      else entry.before.set(entry.bytes)
    }
  }

  /**
   * The footprint audit. Compares with the state at `remember` and returns a sentence for each column whose element changed although the object it
   * belongs to was not declared as written in the present footprint.
   */
  changedOutside(): string[] {
    const found: string[] = []
    for (const entry of this.entries) {
      if (sameBytes(entry.bytes, entry.before)) continue
      const stray = this.strayChange(entry)
      if (stray >= 0) found.push(`${entry.label}[${stray}] changed, ${this.objectName(this.objectAt(entry, stray))} not declared`)
    }
    return found
  }

  /** Name of a shared object for messages: its label, with the index where the label covers several. */
  objectName(id: number): string {
    const range = this.objectLabels.find((r) => id >= r.first && id < r.first + r.count)
    assert(range !== undefined, 'object id is registered')
    return range.count === 1 ? range.label : `${range.label} ${id - range.first}`
  }

  private sumByLabel(count: (bytes: Uint8Array) => number): Map<string, number> {
    const sum = new Map<string, number>()
    for (const { label, bytes } of this.entries) {
      const owner = label.split('.')[0]
      sum.set(owner, (sum.get(owner) ?? 0) + count(bytes))
    }
    return sum
  }

  private strayChange(entry: Entry): number {
    const { bytes, before, data } = entry
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === before[i]) continue
      const element = Math.floor(i / data.BYTES_PER_ELEMENT)
      if (!this.footprint.wrote(this.objectAt(entry, element))) return element
    }
    return -1
  }

  private objectAt(entry: Entry, element: number): number {
    return entry.object + Math.floor(element / entry.perObject)
  }

  private byteLength(): number {
    let sum = 0
    for (const { bytes } of this.entries) sum += bytes.length
    return sum
  }

  private memory(bytes: number): ArrayBuffer {
    return this.store === null ? new ArrayBuffer(bytes) : this.store.take(bytes)
  }

  private add<T extends Column>(label: string, data: T, object: number, perObject: number): T {
    assert(!this.sealed, () => `column ${label} added after seal`)
    assert(object >= 0 && object < this.nextObject, () => `column ${label} belongs to a registered object`)
    this.entries.push({ label, data, bytes: new Uint8Array(data.buffer), image: EMPTY, before: EMPTY, object, perObject: Math.max(1, perObject) })
    return data
  }
}

function touchedBytes(bytes: Uint8Array): number {
  let touched = 0
  for (let at = 0; at < bytes.length; at += OS_PAGE) {
    const end = Math.min(bytes.length, at + OS_PAGE)
    let i = at
    while (i < end && bytes[i] === 0) i++
    if (i < end) touched += end - at
  }
  return touched
}

/** Equality, a word at a time; both arrays begin at a word. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const words = a.length >> 2
  const left = new Uint32Array(a.buffer, a.byteOffset, words)
  const right = new Uint32Array(b.buffer, b.byteOffset, words)
  for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false
  for (let i = words << 2; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
