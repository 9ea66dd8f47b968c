/**
 * The contents of one host's memory, as tags: what each frame holds, and what each page in swap. Ghosts of several guests share it, so that a guest that reads
 * what another wrote is caught. The host itself asks only whether a frame is zero, and says what it moves where.
 */
import type { Columns } from '@hintlab/kit'
import type { FrameContents } from '@hintlab/protocol'

/** Tag of a frame that reads as zeroes. */
export const ZEROES = 0

export class FrameTags implements FrameContents {
  /** By frame; 4 bytes each. Its shared objects begin at `object`, one per frame. */
  readonly tag: Uint32Array
  readonly object: number
  private readonly swapped: Uint32Array
  private readonly swapObject: number
  private readonly cols: Columns
  private readonly known: boolean

  /** `known` false: nobody writes tags, so that no frame may be taken for zero. */
  constructor(cols: Columns, hostFrames: number, { swapSlots = 0, known = true }: { swapSlots?: number; known?: boolean } = {}) {
    this.cols = cols
    this.known = known
    this.object = cols.objects('host frame', hostFrames)
    this.tag = cols.u32('ghost.content', hostFrames, this.object, 1)
    this.swapObject = swapSlots === 0 ? this.object : cols.objects('swap slot', swapSlots)
    this.swapped = cols.u32('ghost.swapped', swapSlots, this.swapObject, 1)
  }

  isZero(hfn: number): boolean {
    this.cols.footprint.read(this.object + hfn)
    return this.known && this.tag[hfn] === ZEROES
  }

  swappedOut(hfn: number, slot: number): void {
    this.cols.footprint.read(this.object + hfn)
    this.cols.footprint.write(this.swapObject + slot)
    this.swapped[slot] = this.tag[hfn]
  }

  swappedIn(slot: number, hfn: number): void {
    this.cols.footprint.read(this.swapObject + slot)
    this.cols.footprint.write(this.object + hfn)
    this.tag[hfn] = this.swapped[slot]
  }

  copied(from: number, to: number): void {
    this.cols.footprint.read(this.object + from)
    this.cols.footprint.write(this.object + to)
    this.tag[to] = this.tag[from]
  }

  /** What the page in a swap slot reads as. */
  inSlot(slot: number): number {
    return this.swapped[slot]
  }
}
