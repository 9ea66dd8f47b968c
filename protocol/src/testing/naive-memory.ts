/** Guest memory as a map from address to byte: the readable specification of GuestMemory, and the twin of every implementation. */
import { assert } from '@hintlab/kit'
import type { GuestMemory, MemoryWindow } from '../guest-memory.ts'

export class NaiveMemory implements GuestMemory {
  private readonly bytes = new Map<number, number>()
  private readonly regionOf = new Map<number, number>()
  private regions = 0

  addRegion(gpa: number, length: number): void {
    for (let at = gpa; at < gpa + length; at++) {
      this.bytes.set(at, 0)
      this.regionOf.set(at, this.regions)
    }
    this.regions++
  }

  window(gpa: number, length: number): MemoryWindow | null {
    return this.inOneRegion(gpa, length) ? new NaiveWindow(this, gpa, length) : null
  }

  read(gpa: number, into: Uint8Array): boolean {
    if (!this.holds(gpa, into.length)) return false
    for (let i = 0; i < into.length; i++) into[i] = this.bytes.get(gpa + i)!
    return true
  }

  write(gpa: number, from: Uint8Array): boolean {
    if (!this.holds(gpa, from.length)) return false
    for (let i = 0; i < from.length; i++) this.bytes.set(gpa + i, from[i])
    return true
  }

  view(): null {
    return null
  }

  /** An empty range is where its address is. */
  private holds(gpa: number, length: number): boolean {
    for (let i = 0; i < Math.max(1, length); i++) if (!this.bytes.has(gpa + i)) return false
    return true
  }

  private inOneRegion(gpa: number, length: number): boolean {
    return this.holds(gpa, length) && this.regionOf.get(gpa) === this.regionOf.get(gpa + Math.max(1, length) - 1)
  }
}

class NaiveWindow implements MemoryWindow {
  readonly length: number
  private readonly memory: NaiveMemory
  private readonly gpa: number

  constructor(memory: NaiveMemory, gpa: number, length: number) {
    this.memory = memory
    this.gpa = gpa
    this.length = length
  }

  load16 = (offset: number): number => this.load(offset, 2)
  load32 = (offset: number): number => this.load(offset, 4)
  store16 = (offset: number, value: number): void => this.store(offset, 2, value)
  store32 = (offset: number, value: number): void => this.store(offset, 4, value)
  loadAcquire16 = this.load16
  storeRelease16 = this.store16
  fence = (): void => {}

  private load(offset: number, size: number): number {
    assert(offset >= 0 && offset + size <= this.length, 'the word lies inside the window')
    const word = new Uint8Array(size)
    this.memory.read(this.gpa + offset, word)
    return word.reduceRight((sum, byte) => sum * 256 + byte, 0)
  }

  private store(offset: number, size: number, value: number): void {
    assert(offset >= 0 && offset + size <= this.length, 'the word lies inside the window')
    this.memory.write(this.gpa + offset, Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i)))
  }
}
