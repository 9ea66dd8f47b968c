/**
 * What must be in each page of a real guest's memory, page by page: the oracle of a driven machine. It hears of every page that the guest gives to the host,
 * and of every page that the guest writes; the RAM file must hold exactly that, and take exactly that much memory.
 *
 *   WRITTEN --inflated or reported--> GONE (reads as zeroes, takes no memory) --the guest writes--> WRITTEN
 *
 * A written page holds words of its own number, so a page that turns up elsewhere is noticed.
 */
import { PAGE_SIZE } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import type { PageObserver } from '@hintlab/protocol'
import type { RamFile } from './ram-file.ts'

const GONE = 0
const WRITTEN = 1
/** Bytes that this oracle does not know: rings and buffers. They take memory. */
const UNKNOWN = 2

const KIB_OF_PAGE = PAGE_SIZE / 1024
/** Pages that are read or written at once when it is about all of them. */
const CHUNK_PAGES = 256

/** So that the word of page 0 is not zero. */
const SALT = 0x5a000000

export class PageContents implements PageObserver {
  /** Pages in the balloon, and pages reported, that were written when they were given away: what the file must have lost. */
  discarded = 0
  private readonly ram: RamFile
  private readonly first: number
  private readonly state: Uint8Array
  private readonly page = Buffer.alloc(PAGE_SIZE)
  private readonly words = new Uint32Array(this.page.buffer, this.page.byteOffset, PAGE_SIZE / 4)
  private readonly chunk = Buffer.alloc(CHUNK_PAGES * PAGE_SIZE)
  private readonly baseKib: number

  /** Pages from `first` on belong to the guest; nothing of the file is written yet. */
  constructor(ram: RamFile, first: number) {
    this.ram = ram
    this.first = first
    this.state = new Uint8Array(ram.bytes / PAGE_SIZE)
    this.baseKib = ram.blocksKib()
  }

  moved(pfn: number, order: number, _from: PageOwner, to: PageOwner): void {
    // Inflation takes single pages. What free page hinting holds is larger, and keeps its contents: it is only not migrated.
    if (to === PageOwner.IN_FLIGHT || (to === PageOwner.BALLOON && order === 0)) this.give(pfn, 2 ** order)
  }

  /** The guest writes a page. */
  write(pfn: number): void {
    this.words.fill(wordOf(pfn))
    this.ram.memory.write(pfn * PAGE_SIZE, this.page)
    this.state[pfn] = WRITTEN
  }

  /** Writes every page of the guest, as one that has been running for long has. */
  writeAll(): void {
    const words = new Uint32Array(this.chunk.buffer, this.chunk.byteOffset, this.chunk.length / 4)
    for (let pfn = this.first; pfn < this.state.length; pfn += CHUNK_PAGES) {
      const pages = Math.min(CHUNK_PAGES, this.state.length - pfn)
      for (let i = 0; i < pages; i++) words.fill(wordOf(pfn + i), (i * PAGE_SIZE) / 4, ((i + 1) * PAGE_SIZE) / 4)
      this.ram.memory.write(pfn * PAGE_SIZE, this.chunk.subarray(0, pages * PAGE_SIZE))
    }
    this.state.fill(WRITTEN, this.first)
  }

  /** The driver's own pages: written already, and from now on by others. */
  pin(pfn: number, pages: number): void {
    this.state.fill(UNKNOWN, pfn, pfn + pages)
  }

  /** Pages that are written now. */
  get writtenPages(): number {
    let pages = 0
    for (const state of this.state) if (state !== GONE) pages++
    return pages
  }

  /** KiB that the file takes beyond what must be there; 0 when all is well. */
  surplusKib(): number {
    return this.ram.blocksKib() - this.baseKib - this.writtenPages * KIB_OF_PAGE
  }

  /** The first page whose bytes are not what they must be, or -1. Reads the whole memory. */
  firstWrong(): number {
    for (let pfn = this.first; pfn < this.state.length; pfn += CHUNK_PAGES) {
      const pages = Math.min(CHUNK_PAGES, this.state.length - pfn)
      if (!this.ram.memory.read(pfn * PAGE_SIZE, this.chunk.subarray(0, pages * PAGE_SIZE))) return pfn
      for (let i = 0; i < pages; i++) if (!this.isRight(pfn + i, i * PAGE_SIZE)) return pfn + i
    }
    return -1
  }

  /** Whether the page, read to `at` of the chunk, holds what it must. */
  private isRight(pfn: number, at: number): boolean {
    if (this.state[pfn] === UNKNOWN) return true
    this.words.fill(this.state[pfn] === WRITTEN ? wordOf(pfn) : 0)
    return this.page.equals(this.chunk.subarray(at, at + PAGE_SIZE))
  }

  private give(pfn: number, pages: number): void {
    for (let p = pfn; p < pfn + pages; p++) {
      if (this.state[p] === WRITTEN) this.discarded++
      this.state[p] = GONE
    }
  }
}

const wordOf = (pfn: number): number => (SALT ^ pfn) >>> 0
