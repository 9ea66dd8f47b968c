/**
 * Guest memory that a real peer keeps in a file (a memfd, shared memory, a dump), reached by pread and pwrite. Its regions lie anywhere:
 *
 *   gpa    |### 0 ###|----------------|##### 1 #####|
 *   file   ----|##### 1 #####|---|### 0 ###|
 *
 * It has no bytes to lend: `view` is null, and every word is a system call. So it is for setting up, inspecting and testing; a live queue
 * wants mapped memory.
 *
 * F1  The file is the peer's, who may cut it short at any time. A range that is no longer there is outside (`false`); a word of a window
 *     already given reads as 0, is not written, and is counted in `lost`, which the owner of the connection watches.
 */
import { fstatSync, readSync, writeSync } from 'node:fs'
import { assert } from '@hintlab/kit'
import { RegionTable } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'

export class FileMemory implements GuestMemory {
  /** Words of windows that the file no longer had. */
  lost = 0
  private readonly fd: number
  private readonly table = new RegionTable()
  private readonly fileOffsets: number[] = []

  /** Over an open file descriptor (reading and writing), which stays the caller's to close. */
  constructor(fd: number) {
    this.fd = fd
  }

  /**
   * Maps guest bytes `[gpa, gpa + length)` to the file from `fileOffset` on. False, with nothing added, when the file does not have them or
   * the region overlaps another: the numbers come from the peer.
   */
  addRegion({ gpa, fileOffset, length }: { gpa: number; fileOffset: number; length: number }): boolean {
    if (!Number.isSafeInteger(fileOffset) || fileOffset < 0 || !this.inFile(fileOffset, length)) return false
    if (this.table.add(gpa, length) < 0) return false
    this.fileOffsets.push(fileOffset)
    return true
  }

  window(gpa: number, length: number): MemoryWindow | null {
    const index = this.table.find(gpa, length)
    if (index < 0) return null
    const offset = this.fileOffset(index, gpa)
    return this.inFile(offset, length) ? new FileWindow(this, { offset, length, even: gpa % 2 === 0 }) : null
  }

  read(gpa: number, into: Uint8Array): boolean {
    if (!this.backed(gpa, into.length)) return false
    // Through a copy: a file cut between two reads must not leave half of an answer in `into`.
    const whole = new Uint8Array(into.length)
    const done = this.eachPart(gpa, whole, (bytes, offset) => readSync(this.fd, bytes, 0, bytes.length, offset))
    if (done) into.set(whole)
    return done
  }

  write(gpa: number, from: Uint8Array): boolean {
    if (!this.backed(gpa, from.length)) return false
    return this.eachPart(gpa, from, (bytes, offset) => writeSync(this.fd, bytes, 0, bytes.length, offset))
  }

  view(): null {
    return null
  }

  /** One word of a window: false when the file no longer has it. */
  readWord(offset: number, word: Uint8Array): boolean {
    return readSync(this.fd, word, 0, word.length, offset) === word.length
  }

  /** One word of a window. Never grows the file: a write past its end would bring back what the peer took away. */
  writeWord(offset: number, word: Uint8Array): boolean {
    return this.inFile(offset, word.length) && writeSync(this.fd, word, 0, word.length, offset) === word.length
  }

  /** True when the range is inside, and the file still has every byte of it. */
  private backed(gpa: number, length: number): boolean {
    if (!this.table.covers(gpa, length)) return false
    for (let done = 0; done < length;) {
      const index = this.table.at(gpa + done)
      const count = Math.min(length - done, this.table.end(index) - gpa - done)
      if (!this.inFile(this.fileOffset(index, gpa + done), count)) return false
      done += count
    }
    return true
  }

  /** Moves the range region by region; false when a part came short. The system may move less than asked, so each part repeats. */
  private eachPart(gpa: number, bytes: Uint8Array, move: (part: Uint8Array, offset: number) => number): boolean {
    for (let done = 0; done < bytes.length;) {
      const index = this.table.at(gpa + done)
      const end = Math.min(bytes.length, this.table.end(index) - gpa)
      const moved = move(bytes.subarray(done, end), this.fileOffset(index, gpa + done))
      if (moved === 0) return false
      done += moved
    }
    return true
  }

  private fileOffset(index: number, gpa: number): number {
    return this.fileOffsets[index] + (gpa - this.table.base(index))
  }

  private inFile(offset: number, length: number): boolean {
    return offset + length <= fstatSync(this.fd).size
  }
}

/** Words by pread and pwrite. System calls are made in program order and are not reordered: the barriers have nothing to add. */
class FileWindow implements MemoryWindow {
  readonly length: number
  private readonly memory: FileMemory
  private readonly offset: number
  private readonly even: boolean
  private readonly half = new Uint8Array(2)
  private readonly word = new Uint8Array(4)

  constructor(memory: FileMemory, { offset, length, even }: { offset: number; length: number; even: boolean }) {
    this.memory = memory
    this.offset = offset
    this.length = length
    this.even = even
  }

  load16(offset: number): number {
    const { half } = this
    return this.get(offset, half) ? half[0] | (half[1] << 8) : 0
  }

  load32(offset: number): number {
    const { word } = this
    return this.get(offset, word) ? (word[0] | (word[1] << 8) | (word[2] << 16) | (word[3] << 24)) >>> 0 : 0
  }

  store16(offset: number, value: number): void {
    this.half[0] = value
    this.half[1] = value >>> 8
    this.put(offset, this.half)
  }

  store32(offset: number, value: number): void {
    for (let i = 0; i < 4; i++) this.word[i] = value >>> (8 * i)
    this.put(offset, this.word)
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
    // Nothing to order: see the class.
  }

  private get(offset: number, word: Uint8Array): boolean {
    assert(offset >= 0 && offset + word.length <= this.length, 'the word lies inside the window')
    if (this.memory.readWord(this.offset + offset, word)) return true
    this.memory.lost++
    return false
  }

  private put(offset: number, word: Uint8Array): void {
    assert(offset >= 0 && offset + word.length <= this.length, 'the word lies inside the window')
    if (!this.memory.writeWord(this.offset + offset, word)) this.memory.lost++
  }
}
