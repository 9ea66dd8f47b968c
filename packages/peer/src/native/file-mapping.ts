/**
 * A range of a file, mapped shared into this process. JavaScript sees it through array buffers; one ends at 8 GiB, so a long mapping has several that
 * overlap, and any range of up to 1 GiB lies inside one:
 *
 *   mapping   |-----------|-----------|-----------|----|
 *   buffers   |<------- 0 ----------->|
 *                         |<------- 1 ----------->|
 *                                     |<----- 2 ------>|
 *
 * M1  A view that outlives its mapping must not end the process. `retire` puts anonymous zero pages in the place of the file, which is let go of at once;
 *     the addresses are given back when the last view has been collected.
 * M2  The file's owner may still cut it short, and whoever touches a page that is gone is ended by SIGBUS. JavaScript has no means against that: the
 *     length is checked when the file is mapped, and a server that must outlive such a peer runs in a process of its own.
 */
import { fstatSync } from 'node:fs'
import { assert } from '@hintlab/kit'
import { fdKind } from './file-descriptor.ts'
import { libc, Madvise, MAP_FAILED, MapFlag, Prot } from './libc.ts'
import { errnoName } from './system-error.ts'

const CHUNK = 2 ** 30
const READ_WRITE = Prot.READ | Prot.WRITE
/** Pages that one `mincore` call is asked about. */
const RESIDENT_PAGES = 65_536

interface Range {
  readonly address: bigint
  readonly length: number
  /** Array buffers that may still be seen. */
  buffers: number
}

const collected = new FinalizationRegistry<Range>((range) => {
  if (--range.buffers === 0) libc().munmap(range.address, range.length)
})

export class FileMapping {
  /** False once retired. Views that were handed out show zeroes from then on. */
  live = true
  readonly length: number
  private readonly range: Range
  private readonly lead: number
  private readonly buffers: ArrayBuffer[] = []

  private constructor(range: Range, lead: number, length: number) {
    this.range = range
    this.lead = lead
    this.length = length
    const total = lead + length
    range.buffers = Math.max(1, Math.ceil(total / CHUNK) - 1)
    for (let i = 0; i < range.buffers; i++) {
      const buffer = libc().view(range.address + BigInt(i * CHUNK), Math.min(2 * CHUNK, total - i * CHUNK))
      collected.register(buffer, range)
      this.buffers.push(buffer)
    }
  }

  /** Maps `[offset, offset + length)`, or says why not. The descriptor may be closed afterwards. */
  static map(fd: number, offset: number, length: number): FileMapping | string {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length <= 0) return 'no such range'
    if (fdKind(fd) !== 'file') return 'not a file'
    const { size, blksize } = fstatSync(fd)
    if (offset + length > size) return 'the file is too short'
    const { mmap, errno, pageSize } = libc()
    // Files in huge pages are mapped in units of these, which they show as their block size.
    const unit = Math.max(pageSize, blksize)
    const lead = offset % unit
    const mapped = Math.ceil((lead + length) / unit) * unit
    const address = mmap(null, mapped, READ_WRITE, MapFlag.SHARED | MapFlag.NORESERVE, fd, offset - lead)
    if (address === MAP_FAILED) return `mmap: ${errnoName(errno())}`
    return new FileMapping({ address, length: mapped, buffers: 0 }, lead, length)
  }

  /** The bytes of a range, lent until `retire`; null when it is longer than 1 GiB. */
  bytes(offset: number, length: number): Uint8Array | null {
    const at = this.lead + offset
    const buffer = this.bufferAt(at)
    return length > CHUNK ? null : new Uint8Array(buffer, at - this.startOf(at), length)
  }

  /** The same for words. */
  words(offset: number, length: number): DataView | null {
    const at = this.lead + offset
    const buffer = this.bufferAt(at)
    return length > CHUNK ? null : new DataView(buffer, at - this.startOf(at), length)
  }

  /** Gives the pages of a range back to the file system: 0, or the errno. Both ends on page boundaries. */
  remove(offset: number, length: number): number {
    assert(this.live, 'a mapping is used before it is retired')
    const { madvise, errno } = libc()
    return madvise(this.addressOf(offset), length, Madvise.REMOVE) < 0 ? errno() : 0
  }

  /** Pages of this machine that a range touches and that hold memory. Looking brings none in. -1 when the system does not tell. */
  residentPages(offset: number, length: number): number {
    assert(this.live, 'a mapping is used before it is retired')
    const { mincore, pageSize } = libc()
    const end = Math.ceil((this.lead + offset + length) / pageSize)
    let resident = 0
    for (let page = Math.floor((this.lead + offset) / pageSize); page < end; page += RESIDENT_PAGES) {
      const count = Math.min(RESIDENT_PAGES, end - page)
      const pages = Buffer.alloc(RESIDENT_PAGES)
      if (mincore(this.range.address + BigInt(page * pageSize), count * pageSize, pages) < 0) return -1
      for (let i = 0; i < count; i++) resident += pages[i] & 1
    }
    return resident
  }

  /** Which pages of a range, from a page boundary on, hold memory: bit 0 of one byte each. False when the system does not tell. */
  residency(offset: number, into: Uint8Array): boolean {
    assert(this.live, 'a mapping is used before it is retired')
    const { mincore, pageSize } = libc()
    const at = this.lead + offset
    return at % pageSize === 0 && mincore(this.range.address + BigInt(at), into.length * pageSize, into) === 0
  }

  /** Lets go of the file. Views that still exist show zeroes, and what is written into them is lost. */
  retire(): void {
    if (!this.live) return
    this.live = false
    const { address, length } = this.range
    libc().mmap(address, length, READ_WRITE, MapFlag.PRIVATE | MapFlag.ANONYMOUS | MapFlag.NORESERVE | MapFlag.FIXED, -1, 0)
  }

  private addressOf(offset: number): bigint {
    return this.range.address + BigInt(this.lead + offset)
  }

  private chunkAt(at: number): number {
    return Math.min(Math.floor(at / CHUNK), this.buffers.length - 1)
  }

  private startOf(at: number): number {
    return this.chunkAt(at) * CHUNK
  }

  private bufferAt(at: number): ArrayBuffer {
    assert(this.live, 'a mapping is used before it is retired')
    return this.buffers[this.chunkAt(at)]
  }
}
