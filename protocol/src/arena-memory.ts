/**
 * Guest memory of the model: each region is one byte column, and one shared object for footprints. Barriers are plain here, because steps
 * of tasks do not overlap.
 *
 * A1  A load marks the region as read, a store as written. A lent view can be used for either, so it marks the region as written; whoever
 *     keeps a view beyond the step in which he got it hides his accesses from the explorer.
 * A2  Columns keep their storage across `load` and `reset`: windows stay valid.
 */
import { assert } from '@hintlab/kit'
import type { Columns, Footprint } from '@hintlab/kit'
import type { GuestMemory, MemoryWindow } from './guest-memory.ts'
import { RegionTable } from './regions.ts'

export class ArenaMemory implements GuestMemory {
  private readonly cols: Columns
  private readonly label: string
  private readonly table = new RegionTable()
  private readonly bytes: Uint8Array[] = []
  private readonly objects: number[] = []

  /** Without memory yet. `label` is the first part of the names of its columns and objects. */
  constructor(cols: Columns, label = 'memory') {
    this.cols = cols
    this.label = label
  }

  /**
   * Adds `length` zero bytes at `gpa`, before the columns are sealed. The region belongs to the shared object `object`, by default one of
   * its own.
   */
  addRegion(gpa: number, length: number, object: number = this.cols.objects(`${this.label} at ${gpa.toString(16)}`)): void {
    const index = this.table.add(gpa, length)
    assert(index >= 0, 'a region lies below 2^52 and overlaps no other')
    this.bytes.push(this.cols.u8(`${this.label}.region${index}`, length, object))
    this.objects.push(object)
  }

  window(gpa: number, length: number): MemoryWindow | null {
    const index = this.table.find(gpa, length)
    if (index < 0) return null
    const view = new DataView(this.bytes[index].buffer, gpa - this.table.base(index), length)
    return new ArenaWindow(view, this.cols.footprint, this.objects[index], gpa % 2 === 0)
  }

  read(gpa: number, into: Uint8Array): boolean {
    if (!this.table.covers(gpa, into.length)) return false
    let done = 0
    while (done < into.length) {
      const index = this.table.at(gpa + done)
      const offset = gpa + done - this.table.base(index)
      const part = this.bytes[index].subarray(offset, offset + into.length - done)
      this.cols.footprint.read(this.objects[index])
      into.set(part, done)
      done += part.length
    }
    return true
  }

  write(gpa: number, from: Uint8Array): boolean {
    if (!this.table.covers(gpa, from.length)) return false
    let done = 0
    while (done < from.length) {
      const index = this.table.at(gpa + done)
      const count = Math.min(from.length - done, this.table.end(index) - gpa - done)
      this.cols.footprint.write(this.objects[index])
      this.bytes[index].set(from.subarray(done, done + count), gpa + done - this.table.base(index))
      done += count
    }
    return true
  }

  view(gpa: number, length: number): Uint8Array | null {
    const index = this.table.find(gpa, length)
    if (index < 0) return null
    this.cols.footprint.write(this.objects[index])
    const offset = gpa - this.table.base(index)
    return this.bytes[index].subarray(offset, offset + length)
  }
}

/**
 * Words over a DataView, which reads little-endian at any alignment at the cost of a plain load. An offset is compared as an unsigned word,
 * so that one comparison catches both ends.
 */
class ArenaWindow implements MemoryWindow {
  readonly length: number
  /** The last offset at which a word begins; negative when the window is too short for one. */
  private readonly last16: number
  private readonly last32: number
  private readonly view: DataView
  private readonly footprint: Footprint
  private readonly object: number
  private readonly even: boolean

  constructor(view: DataView, footprint: Footprint, object: number, even: boolean) {
    this.length = view.byteLength
    this.last16 = view.byteLength - 2
    this.last32 = view.byteLength - 4
    this.view = view
    this.footprint = footprint
    this.object = object
    this.even = even
  }

  load16(offset: number): number {
    assert(offset >>> 0 <= this.last16, 'the word lies inside the window')
    this.footprint.read(this.object)
    return this.view.getUint16(offset, true)
  }

  load32(offset: number): number {
    assert(offset >>> 0 <= this.last32, 'the word lies inside the window')
    this.footprint.read(this.object)
    return this.view.getUint32(offset, true)
  }

  store16(offset: number, value: number): void {
    assert(offset >>> 0 <= this.last16, 'the word lies inside the window')
    this.footprint.write(this.object)
    this.view.setUint16(offset, value, true)
  }

  store32(offset: number, value: number): void {
    assert(offset >>> 0 <= this.last32, 'the word lies inside the window')
    this.footprint.write(this.object)
    this.view.setUint32(offset, value, true)
  }

  loadAcquire16(offset: number): number {
    assert(this.even && (offset & 1) === 0, 'an ordered word is aligned')
    return this.load16(offset)
  }

  storeRelease16(offset: number, value: number): void {
    assert(this.even && (offset & 1) === 0, 'an ordered word is aligned')
    this.store16(offset, value)
  }

  fence(): void {
    // Nothing to order: see the head of the file.
  }
}
