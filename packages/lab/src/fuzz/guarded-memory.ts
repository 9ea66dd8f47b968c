/**
 * The guest's memory as a device under test sees it. It checks each access by itself, and writes down which pages of the guest the driver has named, as far
 * as the device has read it.
 *
 *   F1  no access outside the regions          F2  the device stores only where a ring belongs to it (`allow`), and never writes a buffer
 *   F3  accesses per case are bounded
 *   named   pages inside a buffer of a descriptor that was loaded; any four bytes in a row that were read, taken for a page number
 */
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { demand } from './fuzz-target.ts'

const PAGE_BYTES = 4096
const DESC_BYTES = 16
const DESC_LEN = 8
/** Loads, stores and 16-byte pieces of copies. A case of 100 bytes cannot ask for more. */
const ACCESSES_MAX = 400_000

export interface Region {
  readonly base: number
  readonly bytes: number
}

export class GuardedMemory implements GuestMemory {
  accesses = 0
  /** By page of the guest: 1 when the driver has named it in this case. */
  readonly named: Uint8Array
  private readonly inner: GuestMemory
  private readonly regions: readonly Region[]
  private readonly allowed: Region[] = []
  /** The last bytes read, for numbers that lie in two pieces. */
  private tail = 0

  constructor(inner: GuestMemory, regions: readonly Region[], pages: number) {
    this.inner = inner
    this.regions = regions
    this.named = new Uint8Array(pages)
  }

  begin(): void {
    this.accesses = 0
    this.named.fill(0)
    this.tail = 0
  }

  /** From now on the device may store in these places and nowhere else. */
  allow(places: readonly Region[]): void {
    this.allowed.length = 0
    this.allowed.push(...places)
  }

  window(gpa: number, length: number): MemoryWindow | null {
    const window = this.inner.window(gpa, length)
    if (window === null) return null
    this.inside(gpa, length)
    return new GuardedWindow(this, window, gpa)
  }

  read(gpa: number, into: Uint8Array): boolean {
    this.count(1 + (into.length >>> 4))
    if (!this.inner.read(gpa, into)) return false
    this.inside(gpa, into.length)
    this.noteBytes(into)
    return true
  }

  write(): boolean {
    demand(false, () => 'F2: a balloon device wrote into a buffer')
    return false
  }

  view(): null {
    return null
  }

  count(n: number): void {
    this.accesses += n
    demand(this.accesses <= ACCESSES_MAX, () => `F3: more than ${ACCESSES_MAX} accesses to guest memory`)
  }

  storing(gpa: number, bytes: number): void {
    for (const { base, bytes: room } of this.allowed) if (gpa >= base && gpa + bytes <= base + room) return
    demand(false, () => `F2: a store of ${bytes} bytes at 0x${gpa.toString(16)}, which is not the device's`)
  }

  /** The pages that lie inside a buffer as a whole. */
  noteBuffer(gpa: number, length: number): void {
    const first = Math.ceil(gpa / PAGE_BYTES)
    const end = Math.min(Math.floor((gpa + length) / PAGE_BYTES), this.named.length)
    if (first < end) this.named.fill(1, first, end)
  }

  private noteBytes(bytes: Uint8Array): void {
    const { named } = this
    let word = this.tail
    for (let i = 0; i < bytes.length; i++) {
      word = (word >>> 8) | (bytes[i] << 24)
      const pfn = word >>> 0
      if (pfn < named.length) named[pfn] = 1
    }
    this.tail = word
    if (bytes.length % DESC_BYTES === 0) this.noteTable(bytes)
  }

  private noteTable(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; at += DESC_BYTES) {
      const high = view.getUint32(at + 4, true)
      if (high < 2 ** 20) this.noteBuffer(high * 2 ** 32 + view.getUint32(at, true), view.getUint32(at + DESC_LEN, true))
    }
  }

  private inside(gpa: number, length: number): void {
    let at = gpa
    const end = gpa + length
    for (let round = 0; round < this.regions.length && at < end; round++) {
      for (const { base, bytes } of this.regions) if (at >= base && at < base + bytes) at = Math.min(end, base + bytes)
    }
    demand(at >= end, () => `F1: [0x${gpa.toString(16)}, +${length}) is not guest memory`)
  }
}

class GuardedWindow implements MemoryWindow {
  readonly length: number
  private readonly guard: GuardedMemory
  private readonly inner: MemoryWindow
  private readonly gpa: number
  /** It can be a table of descriptors: a load of a length tells of a buffer. */
  private readonly table: boolean

  constructor(guard: GuardedMemory, inner: MemoryWindow, gpa: number) {
    this.guard = guard
    this.inner = inner
    this.length = inner.length
    this.gpa = gpa
    this.table = inner.length % DESC_BYTES === 0
  }

  load16(offset: number): number {
    this.loading(offset, 2)
    return this.inner.load16(offset)
  }

  load32(offset: number): number {
    this.loading(offset, 4)
    const value = this.inner.load32(offset)
    if (this.table && offset % DESC_BYTES === DESC_LEN) {
      this.guard.noteBuffer(this.inner.load32(offset - 4) * 2 ** 32 + this.inner.load32(offset - 8), value)
    }
    return value
  }

  loadAcquire16(offset: number): number {
    this.loading(offset, 2)
    return this.inner.loadAcquire16(offset)
  }

  store16(offset: number, value: number): void {
    this.storing(offset, 2)
    this.inner.store16(offset, value)
  }

  store32(offset: number, value: number): void {
    this.storing(offset, 4)
    this.inner.store32(offset, value)
  }

  storeRelease16(offset: number, value: number): void {
    this.storing(offset, 2)
    this.inner.storeRelease16(offset, value)
  }

  fence(): void {
    this.inner.fence()
  }

  private loading(offset: number, bytes: number): void {
    this.guard.count(1)
    demand(offset >= 0 && offset + bytes <= this.length, () => 'F1: a load outside its window')
  }

  private storing(offset: number, bytes: number): void {
    this.guard.count(1)
    demand(offset >= 0 && offset + bytes <= this.length, () => 'F1: a store outside its window')
    this.guard.storing(this.gpa + offset, bytes)
  }
}
