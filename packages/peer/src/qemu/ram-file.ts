/**
 * The memory of a machine as a file that QEMU maps and we read, write and measure. It never has a name for longer than it takes to open it, so nothing is
 * left behind however the processes end: QEMU gets it as an open descriptor.
 *
 *   gpa 0 ............ bytes        file 0 ............ bytes        (one region: such a machine has no hole below 2 GiB)
 */
import { closeSync, constants, existsSync, fstatSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from '@hintlab/kit'
import { FileMemory } from '../file-memory.ts'

/** Kept in memory; where it is missing, the temporary folder must do, whose file system may count blocks late. */
const SHARED_MEMORY = '/dev/shm'

/** What `fstat` counts blocks in, whatever the file system's own. */
const STAT_BLOCK_BYTES = 512

export class RamFile {
  readonly bytes: number
  /** For the process that maps it. */
  readonly fd: number
  readonly memory: FileMemory
  private open = true

  /** A new file of `bytes` zeroes, none of which takes memory yet. */
  constructor(bytes: number) {
    const folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'hintlab-ram-'))
    try {
      this.fd = openSync(join(folder, 'ram'), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    } finally {
      rmSync(folder, { recursive: true })
    }
    ftruncateSync(this.fd, bytes)
    this.bytes = bytes
    this.memory = new FileMemory(this.fd)
    assert(this.memory.addRegion({ gpa: 0, fileOffset: 0, length: bytes }), 'a new file has its bytes')
  }

  /** Memory that the file holds now, in KiB: what was written and not discarded. */
  blocksKib(): number {
    return (fstatSync(this.fd).blocks * STAT_BLOCK_BYTES) / 1024
  }

  /** The memory is gone as soon as QEMU is too. A second call does nothing. */
  close(): void {
    if (this.open) closeSync(this.fd)
    this.open = false
  }
}
