/**
 * Guest memory that writes down which end touched which word of a ring, in order, and counts the touches. Order is what the barriers are
 * about, and the count is what bounds the work that a hostile peer can cause.
 */
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { availElement, DESC_BYTES, RING_FLAGS, RING_IDX, usedElement } from '../ring/layout.ts'
import type { QueuePlace } from '../ring/queue-options.ts'

/** Where the lines go; one trace may serve both ends. */
export interface Trace {
  lines: string[]
  accesses: number
}

type Area = 'desc' | 'avail' | 'used' | 'tables'

export class TracedMemory implements GuestMemory {
  private readonly inner: GuestMemory
  private readonly place: QueuePlace
  private readonly who: string
  private readonly trace: Trace

  constructor(inner: GuestMemory, place: QueuePlace, who: string, trace: Trace) {
    this.inner = inner
    this.place = place
    this.who = who
    this.trace = trace
  }

  window(gpa: number, length: number): MemoryWindow | null {
    const inner = this.inner.window(gpa, length)
    if (inner === null) return null
    const { descGpa, availGpa, usedGpa, size, packed = false } = this.place
    const area: Area = gpa === descGpa ? 'desc' : gpa === availGpa ? 'avail' : gpa === usedGpa ? 'used' : 'tables'
    const nameOf = packed ? (offset: number) => packedWordName(area, offset) : (offset: number) => wordName(area, size, offset)
    return new TracedWindow(inner, nameOf, this.who, this.trace)
  }

  read(gpa: number, into: Uint8Array): boolean {
    this.trace.accesses++
    this.trace.lines.push(`${this.who} read ${into.length} bytes`)
    return this.inner.read(gpa, into)
  }

  write(gpa: number, from: Uint8Array): boolean {
    return this.inner.write(gpa, from)
  }

  view(gpa: number, length: number): Uint8Array | null {
    return this.inner.view(gpa, length)
  }
}

const DESC_WORDS = ['low', 'high', 'len', 'flags'] as const

function wordName(area: Area, size: number, offset: number): string {
  if (area === 'desc' || area === 'tables') return `${area}[${Math.floor(offset / DESC_BYTES)}].${DESC_WORDS[(offset % DESC_BYTES) / 4]}`
  if (offset === RING_FLAGS) return `${area}.flags`
  if (offset === RING_IDX) return `${area}.idx`
  if (area === 'avail') return offset === availElement(size) ? 'used_event' : `avail.head[${(offset - 4) / 2}]`
  if (offset === usedElement(size)) return 'avail_event'
  return `used[${Math.floor((offset - 4) / 8)}].${(offset - 4) % 8 === 0 ? 'id' : 'len'}`
}

/** A word's name by its offset; the descriptor's last word is one of both halves, or either of them. */
function packedWordName(area: Area, offset: number): string {
  if (area === 'avail' || area === 'used') return `${area === 'avail' ? 'driver' : 'device'} event.${offset === 0 ? 'offset' : 'flags'}`
  const word = offset % DESC_BYTES
  return `${area}[${Math.floor(offset / DESC_BYTES)}].${word === 12 ? 'id' : word === 14 ? 'flags' : DESC_WORDS[word / 4]}`
}

class TracedWindow implements MemoryWindow {
  readonly length: number
  private readonly inner: MemoryWindow
  private readonly nameOf: (offset: number) => string
  private readonly who: string
  private readonly trace: Trace

  constructor(inner: MemoryWindow, nameOf: (offset: number) => string, who: string, trace: Trace) {
    this.inner = inner
    this.length = inner.length
    this.nameOf = nameOf
    this.who = who
    this.trace = trace
  }

  load16(offset: number): number {
    return this.loaded('load', offset, this.inner.load16(offset))
  }

  load32(offset: number): number {
    return this.loaded('load', offset, this.inner.load32(offset))
  }

  loadAcquire16(offset: number): number {
    return this.loaded('load-acquire', offset, this.inner.loadAcquire16(offset))
  }

  store16(offset: number, value: number): void {
    this.inner.store16(offset, this.stored('store', offset, value))
  }

  store32(offset: number, value: number): void {
    this.inner.store32(offset, this.stored('store', offset, value))
  }

  storeRelease16(offset: number, value: number): void {
    this.inner.storeRelease16(offset, this.stored('store-release', offset, value))
  }

  fence(): void {
    this.inner.fence()
    this.trace.lines.push(`${this.who} fence`)
  }

  private loaded(how: string, offset: number, value: number): number {
    this.trace.accesses++
    this.trace.lines.push(`${this.who} ${how} ${this.nameOf(offset)} -> ${value}`)
    return value
  }

  private stored(how: string, offset: number, value: number): number {
    this.trace.accesses++
    this.trace.lines.push(`${this.who} ${how} ${this.nameOf(offset)} = ${value}`)
    return value
  }
}
