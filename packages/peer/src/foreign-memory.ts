/**
 * Guest memory that another process keeps, mapped into this one. Three address spaces meet in its regions, and none of them agree:
 *
 *   gpa            |### 0 ###|-------------|##### 1 #####|      what descriptors name
 *   user address   ---|##### 1 #####|--|### 0 ###|              what vhost-user names rings by
 *   file           |### 0 ###|##### 1 #####|                    what is mapped and punched
 *
 * N1  The table is replaced as a whole or not at all. `generation` counts the replacements.
 * N2  A window of an older table asserts when it is used; a view of an older table shows zeroes. Whoever drives rings stops them before a replacement and
 *     starts them afterwards with new windows. Neither can touch what is no longer mapped (`native/file-mapping.ts`, M1).
 * N3  Every descriptor that came with a region is closed exactly once, also when the region is refused.
 * N4  Nothing here reads a page in order to look at it: reading a page that was given back would bring it in again.
 */
import { fstatSync } from 'node:fs'
import { assert } from '@hintlab/kit'
import { RegionTable } from '@hintlab/protocol'
import type { GuestMemory, MemoryWindow } from '@hintlab/protocol'
import { closeAll, closeFd } from './native/file-descriptor.ts'
import { FileMapping } from './native/file-mapping.ts'
import { Falloc, libc } from './native/libc.ts'

/** One region of the table, as the peer describes it. */
export interface ForeignRegion {
  readonly gpa: number
  readonly userAddress: number
  readonly fileOffset: number
  readonly length: number
  readonly fd: number
}

/** How memory is given back: a hole in the file, the same through the mapping, or not at all. */
export const DISCARD_MODES = ['punch-hole', 'remove', 'none'] as const
export type DiscardMode = (typeof DISCARD_MODES)[number]

/** The range, or a part of it, is in no region. */
export const OUTSIDE = -1

interface Mapped {
  readonly region: ForeignRegion
  readonly mapping: FileMapping
}

export class ForeignMemory implements GuestMemory {
  /** Grows with every replacement of the table. */
  generation = 0
  private table = new RegionTable()
  private mapped: Mapped[] = []

  /**
   * Takes the place of the present table, and the descriptors of `regions` whatever happens. Returns null, or why the table cannot be: the old one then
   * stays as it is.
   */
  replace(regions: readonly ForeignRegion[]): string | null {
    const table = new RegionTable()
    const mapped: Mapped[] = []
    for (const region of regions) {
      const fault = mapRegion(region, table, mapped)
      if (fault === null) continue
      for (const { mapping } of mapped) mapping.retire()
      closeAll(regions.map(({ fd }) => fd))
      return fault
    }
    this.letGo()
    this.table = table
    this.mapped = mapped
    this.generation++
    return null
  }

  /** Back to no memory at all. */
  clear(): void {
    if (this.mapped.length > 0) this.replace([])
  }

  /** The table; the descriptors in it stay this object's. */
  get regions(): readonly ForeignRegion[] {
    return this.mapped.map(({ region }) => region)
  }

  /** The guest physical address of a user address of the peer, when all of `[userAddress, userAddress + length)` is in one region; else OUTSIDE. */
  userToGuest(userAddress: number, length = 1): number {
    if (!Number.isSafeInteger(userAddress)) return OUTSIDE
    for (const { region } of this.mapped) {
      const offset = userAddress - region.userAddress
      if (offset >= 0 && offset < region.length && offset + length <= region.length) return region.gpa + offset
    }
    return OUTSIDE
  }

  /** As the contract says; a window is at most 1 GiB long. */
  window(gpa: number, length: number): MemoryWindow | null {
    const index = this.table.find(gpa, length)
    if (index < 0) return null
    const { mapping } = this.mapped[index]
    const words = mapping.words(gpa - this.table.base(index), length)
    return words === null ? null : new ForeignWindow(mapping, words)
  }

  read(gpa: number, into: Uint8Array): boolean {
    return this.eachPart(gpa, into.length, (mapping, offset, done, count) => {
      into.set(mapping.bytes(offset, count)!, done)
    })
  }

  write(gpa: number, from: Uint8Array): boolean {
    return this.eachPart(gpa, from.length, (mapping, offset, done, count) => {
      mapping.bytes(offset, count)!.set(from.subarray(done, done + count))
    })
  }

  view(gpa: number, length: number): Uint8Array | null {
    const index = this.table.find(gpa, length)
    return index < 0 ? null : this.mapped[index].mapping.bytes(gpa - this.table.base(index), length)
  }

  /**
   * Gives `[gpa, gpa + length)` back to the host: it reads as zeroes afterwards, except with mode 'none', which does nothing. Returns 0, OUTSIDE with
   * nothing done, or the errno with the parts before it done. MADV_REMOVE ('remove') wants whole pages; a hole may begin and end anywhere.
   */
  discard(gpa: number, length: number, mode: DiscardMode): number {
    let failed = 0
    const inside = this.eachPart(gpa, length, (mapping, offset, _, count, { fd, fileOffset }) => {
      if (failed !== 0 || mode === 'none') return
      failed = mode === 'remove' ? mapping.remove(offset, count) : punchHole(fd, fileOffset + offset, count)
    })
    return inside ? failed : OUTSIDE
  }

  /** Pages of this machine, touched by the range, that the host holds memory for; OUTSIDE when it leaves the regions or the system does not tell. */
  residentPages(gpa: number, length: number): number {
    let pages = 0
    let known = true
    const inside = this.eachPart(gpa, length, (mapping, offset, _, count) => {
      const resident = mapping.residentPages(offset, count)
      if (resident < 0) known = false
      pages += resident
    })
    return inside && known ? pages : OUTSIDE
  }

  /** Which pages of this machine hold memory, from `gpa` on, inside one region: bit 0 of one byte each. False when that is not to be had. */
  residency(gpa: number, into: Uint8Array): boolean {
    const index = this.table.at(gpa)
    return index >= 0 && this.mapped[index].mapping.residency(gpa - this.table.base(index), into)
  }

  /** Bytes that the file system holds for the files behind the table; a file behind several regions counts once. */
  allocatedBytes(): number {
    const files = new Map<string, number>()
    for (const { region } of this.mapped) {
      const { dev, ino, blocks } = fstatSync(region.fd)
      files.set(`${dev} ${ino}`, blocks * 512)
    }
    let sum = 0
    for (const bytes of files.values()) sum += bytes
    return sum
  }

  /** Calls `move` for the part in each region that the range touches; false, without a call, when a byte of it lies outside. */
  private eachPart(
    gpa: number, length: number, move: (mapping: FileMapping, offset: number, done: number, count: number, region: ForeignRegion) => void,
  ): boolean {
    if (!this.table.covers(gpa, length)) return false
    for (let done = 0; done < length;) {
      const index = this.table.at(gpa + done)
      const count = Math.min(length - done, this.table.end(index) - gpa - done, PART_BYTES_MAX)
      const { mapping, region } = this.mapped[index]
      move(mapping, gpa + done - this.table.base(index), done, count, region)
      done += count
    }
    return true
  }

  private letGo(): void {
    for (const { mapping, region } of this.mapped) {
      mapping.retire()
      closeFd(region.fd)
    }
  }
}

/** What a mapping lends in one piece. */
const PART_BYTES_MAX = 2 ** 30

/** Adds one region to a table in the making; null, or why it cannot be. */
function mapRegion(region: ForeignRegion, table: RegionTable, mapped: Mapped[]): string | null {
  const { gpa, userAddress, fileOffset, length, fd } = region
  if (!Number.isSafeInteger(userAddress) || userAddress < 0 || !Number.isSafeInteger(userAddress + length)) return 'the user address is no address'
  const overlaps = mapped.some(({ region: other }) => userAddress < other.userAddress + other.length && other.userAddress < userAddress + length)
  if (overlaps) return 'regions overlap in user addresses'
  if (table.add(gpa, length) < 0) return 'regions overlap, or one lies outside the address space'
  const mapping = FileMapping.map(fd, fileOffset, length)
  if (typeof mapping === 'string') return mapping
  mapped.push({ region, mapping })
  return null
}

function punchHole(fd: number, offset: number, length: number): number {
  const { fallocate, errno } = libc()
  return fallocate(fd, Falloc.PUNCH_HOLE | Falloc.KEEP_SIZE, offset, length) < 0 ? errno() : 0
}

/** A word that only fences touch. */
const FENCE = new Int32Array(1)

/**
 * Words that another processor changes at the same time. Ordered accesses are atomic ones; the others are plain loads and stores of the same memory, which a
 * processor does not tear at their natural alignment.
 */
class ForeignWindow implements MemoryWindow {
  readonly length: number
  private readonly mapping: FileMapping
  private readonly words: DataView
  /** By half-word; null at an odd address, where no ordered word may lie. */
  private readonly halves: Uint16Array | null
  private readonly last16: number
  private readonly last32: number

  constructor(mapping: FileMapping, words: DataView) {
    this.mapping = mapping
    this.words = words
    this.length = words.byteLength
    this.last16 = this.length - 2
    this.last32 = this.length - 4
    this.halves = words.byteOffset % 2 === 0 ? new Uint16Array(words.buffer, words.byteOffset, this.length >> 1) : null
  }

  load16(offset: number): number {
    this.mayAccess(offset >>> 0 <= this.last16)
    return this.words.getUint16(offset, true)
  }

  load32(offset: number): number {
    this.mayAccess(offset >>> 0 <= this.last32)
    return this.words.getUint32(offset, true)
  }

  store16(offset: number, value: number): void {
    this.mayAccess(offset >>> 0 <= this.last16)
    this.words.setUint16(offset, value, true)
  }

  store32(offset: number, value: number): void {
    this.mayAccess(offset >>> 0 <= this.last32)
    this.words.setUint32(offset, value, true)
  }

  loadAcquire16(offset: number): number {
    this.mayAccess(offset >>> 0 <= this.last16)
    return Atomics.load(this.ordered(offset), offset >> 1)
  }

  storeRelease16(offset: number, value: number): void {
    this.mayAccess(offset >>> 0 <= this.last16)
    Atomics.store(this.ordered(offset), offset >> 1, value)
  }

  /** An atomic store and an atomic load are not reordered with each other, and nothing passes the first backwards or the second forwards. */
  fence(): void {
    Atomics.store(FENCE, 0, 0)
    Atomics.load(FENCE, 0)
  }

  private mayAccess(inside: boolean): void {
    assert(this.mapping.live, 'a window is used only as long as its memory table')
    assert(inside, 'the word lies inside the window')
  }

  private ordered(offset: number): Uint16Array {
    assert(this.halves !== null && (offset & 1) === 0, 'an ordered word is aligned')
    return this.halves
  }
}
