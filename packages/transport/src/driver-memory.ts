/** Hands out pieces of the pages that a driver pinned for its rings and buffers, once, at start. */
import { alignUp, assert } from '@hintlab/kit'

export class DriverMemory {
  private at: number
  private readonly end: number

  /** `[gpa, gpa + length)` in bytes, already part of a GuestMemory. */
  constructor(gpa: number, length: number) {
    this.at = gpa
    this.end = gpa + length
  }

  /** Guest physical address of `bytes` fresh bytes; asserts when the driver pinned too little. */
  carve(bytes: number, align = 16): number {
    const gpa = alignUp(this.at, align)
    assert(gpa + bytes <= this.end, 'the driver pinned enough pages for its rings and buffers')
    this.at = gpa + bytes
    return gpa
  }
}
